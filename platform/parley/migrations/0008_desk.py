"""The vendor's desk: who takes care of a thread, and what the people keep there: a frozen copy."""

from peewee import CompositeKey, ForeignKeyField, Model, TextField

from parley.kernel.db import InstantField, JSONField

INDEXES = (
    ("thread_vendor_id_assignee_kind_listed_queue_day_queue_fi_7f48957",
     "vendor_id, assignee, kind, listed, queue_day, queue_first, waiting_since, id"),
    ("thread_vendor_id_listed_status_kind_last_post_at_id",
     "vendor_id, listed, status, kind, last_post_at, id"),
    ("thread_vendor_id_assignee_listed_status_kind_last_post_at_id",
     "vendor_id, assignee, listed, status, kind, last_post_at, id"),
    ("thread_author_id_vendor_id_opened_at", "author_id, vendor_id, opened_at"),
)
TABLES = ("note", "saved_reply", "briefing", "answering", "bulk")


def up(migrator, db):
    db.execute_sql("ALTER TABLE thread ADD COLUMN assignee TEXT NOT NULL DEFAULT ''")
    for name, columns in INDEXES:
        db.execute_sql(f"CREATE INDEX {name} ON thread ({columns})")

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

    class Note(Model):
        id = TextField(primary_key=True)
        thread = ForeignKeyField(Thread)
        vendor = ForeignKeyField(Vendor)
        author = ForeignKeyField(Account)
        body = TextField()
        html = TextField()
        at = InstantField()
        edited_at = InstantField(null=True)
        sealed_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "note"
            indexes = ((("thread", "at"), False), (("author", "at"), False))

    class SavedReply(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        title = TextField()
        purpose = TextField()
        body = TextField()
        by = ForeignKeyField(Account)
        at = InstantField()
        removed_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "saved_reply"
            indexes = ((("vendor", "title", "id"), False),)

    class Briefing(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        title = TextField()
        body = TextField()
        html = TextField()
        by = ForeignKeyField(Account)
        at = InstantField()
        removed_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "briefing"
            indexes = ((("vendor", "at"), False),)

    class Answering(Model):
        thread = ForeignKeyField(Thread)
        account = ForeignKeyField(Account)
        since = InstantField()
        until = InstantField(index=True)

        class Meta:
            database = db
            table_name = "answering"
            primary_key = CompositeKey("thread", "account")

    class Bulk(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        account = ForeignKeyField(Account)
        act = TextField()
        form_key = TextField()
        at = InstantField(index=True)
        done = JSONField(default=list)
        undone_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "bulk"
            indexes = ((("account", "form_key"), True),)
    db.create_tables([Note, SavedReply, Briefing, Answering, Bulk])


def down(migrator, db):
    for table in reversed(TABLES):
        db.execute_sql(f"DROP TABLE {table}")
    for name, _ in INDEXES:
        db.execute_sql(f"DROP INDEX {name}")
    db.execute_sql("ALTER TABLE thread DROP COLUMN assignee")
