"""Archives from elsewhere: who brought them, what came back, and whose signature counts."""

from peewee import (
    BooleanField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    TextField,
)

from parley.kernel.db import InstantField

TABLES = ("trusted_key", "archive_document", "bringing", "restored_report", "restored", "origin")


def up(migrator, db):
    class Account(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "account"

    class Vendor(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "vendor"

    class Origin(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        kind = TextField()
        server = TextField()
        server_url = TextField()
        handle = TextField()
        source_id = TextField()
        made_at = InstantField()
        signed_by = TextField(null=True)
        checked = BooleanField()
        brought_at = InstantField()

        class Meta:
            database = db
            table_name = "origin"
            indexes = ((("account", "server_url", "source_id"), True),)

    class Restored(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        origin = ForeignKeyField(Origin, on_delete="CASCADE")
        kind = TextField()
        ref = TextField()
        vendor = ForeignKeyField(Vendor, null=True)
        title = TextField()
        at = InstantField()
        listed = SmallIntegerField()
        hidden_at = InstantField(null=True)
        removed_at = InstantField(null=True)
        made_at = InstantField()
        checked = BooleanField()
        digest = TextField()
        record = JSONField()
        earlier = JSONField()

        class Meta:
            database = db
            table_name = "restored"
            indexes = (
                (("account", "kind", "ref"), True),
                (("account", "at", "id"), False),
                (("account", "listed", "at", "id"), False),
            )

    class RestoredReport(Model):
        id = TextField(primary_key=True)
        restored = ForeignKeyField(Restored, null=True, on_delete="SET NULL")
        reporter = ForeignKeyField(Account)
        reason = TextField()
        note = TextField()
        at = InstantField()
        settled_at = InstantField(null=True)
        upheld = BooleanField(null=True)
        steward = ForeignKeyField(Account, null=True)
        words = TextField()
        lifted_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "restored_report"
            indexes = (
                (("restored", "reporter"), True),
                (("settled_at", "at", "id"), False),
            )

    class Bringing(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        name = TextField()
        state = TextField()
        done = IntegerField()
        total = IntegerField()
        report = JSONField()
        asked_at = InstantField()
        ended_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "bringing"
            indexes = ((("account", "asked_at"), False),)

    class Document(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        origin = ForeignKeyField(Origin, on_delete="CASCADE")
        path = TextField()
        text = TextField()
        made_at = InstantField()
        checked = BooleanField()

        class Meta:
            database = db
            table_name = "archive_document"
            indexes = ((("origin", "path"), True),)

    class TrustedKey(Model):
        kid = TextField(primary_key=True)
        jwk = JSONField()
        trusted_at = InstantField()

        class Meta:
            database = db
            table_name = "trusted_key"
    db.create_tables([Origin, Restored, RestoredReport, Bringing, Document, TrustedKey])
    db.execute_sql("ALTER TABLE file ADD COLUMN restored_id TEXT "
                   "REFERENCES restored (id) ON DELETE CASCADE")
    db.execute_sql("ALTER TABLE file ADD COLUMN restored_post TEXT NOT NULL DEFAULT ''")
    db.execute_sql("CREATE INDEX file_restored_id ON file (restored_id)")


def down(migrator, db):
    db.execute_sql("DROP INDEX file_restored_id")
    db.execute_sql("ALTER TABLE file DROP COLUMN restored_id")
    db.execute_sql("ALTER TABLE file DROP COLUMN restored_post")
    for table in TABLES:
        db.execute_sql(f"DROP TABLE {table}")
