"""Figures of companies, what adds to them, how they were, and comments on them: a frozen copy."""

from peewee import (
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)

from parley.kernel.db import InstantField

TABLES = ("tally", "contribution", "snapshot", "closed_day", "scorecard_comment")


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

    class Tally(Model):
        vendor = TextField()
        period = IntegerField()
        key = TextField()
        count = IntegerField()

        class Meta:
            database = db
            table_name = "tally"
            primary_key = CompositeKey("vendor", "period", "key")

    class Contribution(Model):
        subject = TextField(primary_key=True)
        vendor = TextField()
        day = IntegerField()
        counts = JSONField()
        changed_at = InstantField()

        class Meta:
            database = db
            table_name = "contribution"
            indexes = (
                (("vendor", "changed_at"), False),
                (("changed_at",), False),
                (("day", "vendor"), False),
            )

    class Snapshot(Model):
        vendor = TextField()
        window = TextField()
        day = IntegerField()
        totals = JSONField()

        class Meta:
            database = db
            table_name = "snapshot"
            primary_key = CompositeKey("vendor", "window", "day")

    class ClosedDay(Model):
        day = IntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "closed_day"

    class ScorecardComment(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        text = TextField()
        at = InstantField()
        by = ForeignKeyField(Account)

        class Meta:
            database = db
            table_name = "scorecard_comment"
            indexes = ((("vendor", "at", "id"), False),)
    db.create_tables([Tally, Contribution, Snapshot, ClosedDay, ScorecardComment])


def down(migrator, db):
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
