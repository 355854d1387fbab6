"""What a thread is measured against, and how its clocks stand: a frozen copy."""

from peewee import (
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from parley.kernel.db import InstantField, is_sqlite

COLUMNS = (
    ("claims", "INTEGER NOT NULL DEFAULT 0"),
    ("promise_id", "TEXT REFERENCES promise (id)"),
    ("rulebook", "INTEGER NOT NULL DEFAULT 0"),
    ("clock_since", "BIGINT"),
    ("clock_by", "TEXT"),
    ("soon_at", "BIGINT"),
    ("due_at", "BIGINT"),
    ("very_at", "BIGINT"),
    ("clock_at", "BIGINT"),
    ("lateness", "TEXT NOT NULL DEFAULT ''"),
    ("queue_day", "INTEGER"),
    ("queue_first", "SMALLINT NOT NULL DEFAULT 1"),
    ("escalated_at", "BIGINT"),
)
INDEXES = (
    ("thread_clock_at", "clock_at"),
    ("thread_listed_due_at_id", "listed, due_at, id"),
    ("thread_vendor_id_listed_due_at_id", "vendor_id, listed, due_at, id"),
    ("thread_vendor_id_listed_queue_day_queue_first_waiting_since_id",
     "vendor_id, listed, queue_day, queue_first, waiting_since, id"),
    ("thread_vendor_id_kind_listed_queue_day_queue_first_waiti_85c9097",
     "vendor_id, kind, listed, queue_day, queue_first, waiting_since, id"),
)


def up(migrator, db):
    for name, kind in COLUMNS:
        db.execute_sql(f"ALTER TABLE thread ADD COLUMN {name} {kind}")
    for name, columns in INDEXES:
        db.execute_sql(f"CREATE INDEX {name} ON thread ({columns})")
    flag = "INTEGER NOT NULL DEFAULT 0" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT false"
    db.execute_sql("ALTER TABLE post ADD COLUMN claim INTEGER")
    db.execute_sql(f"ALTER TABLE post ADD COLUMN explains_delay {flag}")

    class Thread(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "thread"

    class Clock(Model):
        thread = ForeignKeyField(Thread)
        number = SmallIntegerField()
        name = TextField()
        round = IntegerField()
        promised = BooleanField()
        started_at = InstantField()
        due_at = InstantField(null=True)
        stopped_at = InstantField(null=True)
        verdict = TextField(null=True)
        decided_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "clock"
            primary_key = CompositeKey("thread", "number")
    db.create_tables([Clock])


def down(migrator, db):
    db.execute_sql("DROP TABLE clock")
    db.execute_sql("ALTER TABLE post DROP COLUMN explains_delay")
    db.execute_sql("ALTER TABLE post DROP COLUMN claim")
    for name, _ in INDEXES:
        db.execute_sql(f"DROP INDEX {name}")
    for name, _ in reversed(COLUMNS):
        db.execute_sql(f"ALTER TABLE thread DROP COLUMN {name}")
