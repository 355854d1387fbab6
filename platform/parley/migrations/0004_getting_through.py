"""Addresses of companies, mail to them and back, contacts outside, thanks: a frozen copy."""

from peewee import (
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    Model,
    TextField,
)

from parley.kernel.db import InstantField, is_sqlite

TABLES = (
    "contact_address", "outside_contact", "thanks", "delivery", "reply_token", "reply_refusal")


def up(migrator, db):
    flag = "INTEGER NOT NULL DEFAULT 1" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT true"
    db.execute_sql(f"ALTER TABLE representative ADD COLUMN by_mail {flag}")

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

    class ContactAddress(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        email = TextField()
        source = TextField()
        state = TextField(default="waiting")
        entered_by = ForeignKeyField(Account, backref="contacts_entered")
        entered_at = InstantField()
        decided_by = ForeignKeyField(Account, null=True, backref="contacts_decided")
        decided_at = InstantField(null=True)
        words = TextField(default="")
        stopped_at = InstantField(null=True)
        stopped_why = TextField(null=True)

        class Meta:
            database = db
            table_name = "contact_address"
            indexes = (
                (("vendor", "state"), False),
                (("state", "entered_at", "id"), False),
            )
    db.create_tables([ContactAddress])

    class OutsideContact(Model):
        id = TextField(primary_key=True)
        thread = ForeignKeyField(Thread)
        side = TextField()
        entered_by = ForeignKeyField(Account, backref="outside_entered")
        how = TextField()
        day = TextField()
        words = TextField()
        entered_at = InstantField()
        confirmed_by = ForeignKeyField(Account, null=True, backref="outside_confirmed")
        confirmed_at = InstantField(null=True)
        claimed = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "outside_contact"
            indexes = ((("thread", "entered_at"), False),)
    db.create_tables([OutsideContact])

    class Thanks(Model):
        thread = ForeignKeyField(Thread)
        representative = ForeignKeyField(Account)
        post = ForeignKeyField(Post)
        at = InstantField()

        class Meta:
            database = db
            table_name = "thanks"
            primary_key = CompositeKey("thread", "representative")
            indexes = ((("representative", "at"), False),)
    db.create_tables([Thanks])

    class Delivery(Model):
        thread = ForeignKeyField(Thread, primary_key=True)
        vendor = ForeignKeyField(Vendor)
        address = ForeignKeyField(ContactAddress)
        state = TextField(default="waiting")
        send_at = InstantField()
        ended_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "delivery"
            indexes = ((("vendor", "send_at"), False),)
    db.create_tables([Delivery])

    class ReplyToken(Model):
        token_hash = TextField(primary_key=True)
        thread = ForeignKeyField(Thread)
        account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
        made_at = InstantField(index=True)
        used_at = InstantField(null=True)
        used_by = TextField(null=True)

        class Meta:
            database = db
            table_name = "reply_token"
    db.create_tables([ReplyToken])

    class ReplyRefusal(Model):
        address_hash = TextField(primary_key=True)
        at = InstantField(index=True)

        class Meta:
            database = db
            table_name = "reply_refusal"
    db.create_tables([ReplyRefusal])


def down(migrator, db):
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
    db.execute_sql("ALTER TABLE representative DROP COLUMN by_mail")
