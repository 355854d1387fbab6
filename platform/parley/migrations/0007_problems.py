"""Problems, their links, steps, votes, followers and updates; notices about them: a frozen copy."""

from peewee import (
    BigAutoField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    TextField,
)

from parley.kernel.db import InstantField

TABLES = ("problem", "problem_link", "problem_step", "problem_vote", "problem_follow",
          "problem_update", "problem_answer")


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

    class Thread(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "thread"

    class Post(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "post"

    class Problem(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        title = TextField()
        body = TextField()
        html = TextField()
        opened_by = ForeignKeyField(Account)
        hat = TextField()
        opened_at = InstantField()
        form_key = TextField(null=True)

        state = TextField()
        place = SmallIntegerField()
        moved_at = InstantField()
        fix = IntegerField(default=0)
        fixed_at = InstantField(null=True)
        planned_for = TextField(null=True)

        linked = IntegerField(default=0)
        affected = IntegerField(default=0)
        works = IntegerField(default=0)
        broken = IntegerField(default=0)
        weeks = JSONField(default=list)

        class Meta:
            database = db
            table_name = "problem"
            indexes = (
                (("vendor", "state", "moved_at", "id"), False),
                (("vendor", "place", "moved_at", "id"), False),
                (("vendor", "moved_at", "id"), False),
                (("opened_by", "form_key"), True),
            )
    db.create_tables([Problem])

    class ProblemLink(Model):
        id = TextField(primary_key=True)
        problem = ForeignKeyField(Problem, index=False)
        thread = ForeignKeyField(Thread, index=False)
        state = TextField()
        side = TextField()
        by = ForeignKeyField(Account)
        at = InstantField()
        since = InstantField()
        decided_by = TextField(null=True)
        only = TextField(null=True, unique=True)

        class Meta:
            database = db
            table_name = "problem_link"
            indexes = (
                (("problem", "thread"), True),
                (("problem", "state", "since", "id"), False),
                (("thread", "state"), False),
            )
    db.create_tables([ProblemLink])

    class ProblemStep(Model):
        id = BigAutoField()
        problem = ForeignKeyField(Problem, index=False)
        at = InstantField()
        state = TextField()
        fix = IntegerField(default=0)
        planned_for = TextField(null=True)
        words = TextField(default="")
        html = TextField(default="")
        by = ForeignKeyField(Account, null=True)
        told = TextField(default="")

        class Meta:
            database = db
            table_name = "problem_step"
            indexes = ((("problem", "id"), False),)
    db.create_tables([ProblemStep])

    class ProblemVote(Model):
        problem = ForeignKeyField(Problem)
        fix = IntegerField()
        account = ForeignKeyField(Account)
        works = BooleanField()
        at = InstantField()

        class Meta:
            database = db
            table_name = "problem_vote"
            primary_key = CompositeKey("problem", "fix", "account")
    db.create_tables([ProblemVote])

    class ProblemFollow(Model):
        account = ForeignKeyField(Account, on_delete="CASCADE")
        problem = ForeignKeyField(Problem)
        affected = BooleanField(default=False)
        since = InstantField()

        class Meta:
            database = db
            table_name = "problem_follow"
            primary_key = CompositeKey("account", "problem")
    db.create_tables([ProblemFollow])

    class ProblemUpdate(Model):
        id = TextField(primary_key=True)
        problem = ForeignKeyField(Problem, index=False)
        by = ForeignKeyField(Account)
        body = TextField()
        html = TextField()
        at = InstantField()
        form_key = TextField(null=True)
        total = IntegerField(default=0)
        answered = IntegerField(default=0)
        updated = IntegerField(default=0)
        left = IntegerField(default=0)
        reached = TextField(default="")
        finished_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "problem_update"
            indexes = (
                (("problem", "at", "id"), False),
                (("by", "form_key"), True),
            )
    db.create_tables([ProblemUpdate])

    class ProblemAnswer(Model):
        source = ForeignKeyField(ProblemUpdate)
        thread = ForeignKeyField(Thread)
        post = ForeignKeyField(Post, null=True)
        claim = IntegerField(null=True)
        left = TextField(default="")

        class Meta:
            database = db
            table_name = "problem_answer"
            primary_key = CompositeKey("source", "thread")
            indexes = ((("source", "left", "thread"), False),)
    db.create_tables([ProblemAnswer])
    db.execute_sql("ALTER TABLE notice ADD COLUMN problem_id TEXT REFERENCES problem (id)")


def down(migrator, db):
    db.execute_sql("ALTER TABLE notice DROP COLUMN problem_id")
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
