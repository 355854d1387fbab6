"""Stewards hide briefings; reports and acts about them: a frozen copy."""

from peewee import BooleanField, ForeignKeyField, Model, TextField

from parley.kernel.db import InstantField


def up(migrator, db):
    class Account(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "account"

    class Briefing(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "briefing"

    class BriefingReport(Model):
        id = TextField(primary_key=True)
        briefing = ForeignKeyField(Briefing, index=False)
        reporter = ForeignKeyField(Account)
        reason = TextField()
        note = TextField(default="")
        at = InstantField()
        settled_at = InstantField(null=True)
        upheld = BooleanField(null=True)

        class Meta:
            database = db
            table_name = "briefing_report"
            indexes = (
                (("briefing", "reporter"), True),
                (("settled_at", "at", "id"), False),
            )

    class BriefingAct(Model):
        id = TextField(primary_key=True)
        kind = TextField()
        steward = ForeignKeyField(Account)
        briefing = ForeignKeyField(Briefing)
        reason = TextField()
        words = TextField(default="")
        at = InstantField()

        class Meta:
            database = db
            table_name = "briefing_act"
            indexes = ((("at", "id"), False),)

    db.create_tables([BriefingReport, BriefingAct])
    db.execute_sql("ALTER TABLE briefing ADD COLUMN hidden_at BIGINT")


def down(migrator, db):
    db.execute_sql("ALTER TABLE briefing DROP COLUMN hidden_at")
    for table in ("briefing_act", "briefing_report"):
        db.execute_sql(f'DROP TABLE "{table}"')
