"""Leaving: who left and what became of it, handles that are never given again, posts in which a
name was replaced, and how many of those whom a problem hit have left. A frozen copy."""

from peewee import JSONField, Model, TextField

from parley.kernel.db import InstantField


def up(migrator, db):
    class Leaving(Model):
        id = TextField(primary_key=True)
        account = TextField(null=True, unique=True)
        email = TextField(default="")
        handle = TextField(default="")
        name = TextField(default="")
        licence = TextField(default="")
        words = TextField()
        left_at = InstantField()
        counts = JSONField(default=dict)
        erased_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "leaving"

    class RetiredHandle(Model):
        digest = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "retired_handle"

    db.create_tables([Leaving, RetiredHandle])
    db.execute_sql("ALTER TABLE post ADD COLUMN unnamed_at BIGINT")
    db.execute_sql("ALTER TABLE problem ADD COLUMN gone INTEGER NOT NULL DEFAULT 0")


def down(migrator, db):
    db.execute_sql("ALTER TABLE problem DROP COLUMN gone")
    db.execute_sql("ALTER TABLE post DROP COLUMN unnamed_at")
    db.execute_sql("DROP TABLE retired_handle")
    db.execute_sql("DROP TABLE leaving")
