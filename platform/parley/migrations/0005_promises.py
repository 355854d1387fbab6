"""Promises in versions, their drafts, and the closed dates of each: a frozen copy."""

from peewee import CompositeKey, ForeignKeyField, IntegerField, JSONField, Model, TextField

from parley.kernel.db import InstantField

TABLES = ("promise", "promise_draft", "closed_year")


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

    class Promise(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        page = TextField()
        number = IntegerField()
        terms = JSONField(null=True)
        note = TextField(default="")
        published_at = InstantField()
        published_by = ForeignKeyField(Account)
        effective_from = InstantField()
        expires_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "promise"
            indexes = ((("page", "number"), True),)
    db.create_tables([Promise])

    class PromiseDraft(Model):
        vendor = ForeignKeyField(Vendor, primary_key=True)
        fields = JSONField(default=dict)
        revision = IntegerField(default=1)
        edited_at = InstantField()
        edited_by = ForeignKeyField(Account)

        class Meta:
            database = db
            table_name = "promise_draft"
    db.create_tables([PromiseDraft])

    class ClosedYear(Model):
        promise = ForeignKeyField(Promise)
        year = IntegerField()
        dates = JSONField()

        class Meta:
            database = db
            table_name = "closed_year"
            primary_key = CompositeKey("promise", "year")
    db.create_tables([ClosedYear])


def down(migrator, db):
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
