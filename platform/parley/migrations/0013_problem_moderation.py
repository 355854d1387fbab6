"""Stewards hide problems; reports and acts about them: a frozen copy."""

from peewee import BooleanField, ForeignKeyField, Model, TextField

from parley.kernel.db import InstantField


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

    class Problem(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "problem"

    class ProblemReport(Model):
        id = TextField(primary_key=True)
        problem = ForeignKeyField(Problem, index=False)
        reporter = ForeignKeyField(Account)
        vendor = ForeignKeyField(Vendor, null=True)
        reason = TextField()
        note = TextField(default="")
        at = InstantField()
        settled_at = InstantField(null=True)
        upheld = BooleanField(null=True)

        class Meta:
            database = db
            table_name = "problem_report"
            indexes = (
                (("problem", "reporter"), True),
                (("settled_at", "at", "id"), False),
            )

    class ProblemAct(Model):
        id = TextField(primary_key=True)
        kind = TextField()
        steward = ForeignKeyField(Account)
        problem = ForeignKeyField(Problem)
        reason = TextField()
        words = TextField(default="")
        at = InstantField()

        class Meta:
            database = db
            table_name = "problem_act"
            indexes = ((("at", "id"), False),)

    db.create_tables([ProblemReport, ProblemAct])
    db.execute_sql("ALTER TABLE problem ADD COLUMN hidden_at BIGINT")


def down(migrator, db):
    db.execute_sql("ALTER TABLE problem DROP COLUMN hidden_at")
    for table in ("problem_act", "problem_report"):
        db.execute_sql(f'DROP TABLE "{table}"')
