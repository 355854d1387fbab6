"""Dues, gifts, the solidarity fund, and the rule book."""

from peewee import (
    BigIntegerField,
    BooleanField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    TextField,
)

from parley.kernel.db import InstantField

TABLES = (
    "subscription", "gift", "payment", "coverage", "solidarity_request", "fund", "stripe_event",
    "difference", "bank_import", "rulebook_version",
)


def up(migrator, db):
    class Account(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "account"

    class Subscription(Model):
        account = ForeignKeyField(Account, primary_key=True)
        provider = TextField(default="manual")
        interval = TextField(default="year")
        amount = IntegerField(null=True)
        currency = TextField()
        reference = TextField(unique=True)
        cancel_at_end = BooleanField(default=False)
        paid_until = InstantField(null=True)
        notice_at = InstantField(null=True, index=True)
        created_at = InstantField()
        customer = TextField(null=True, unique=True)
        provider_ref = TextField(null=True)
        provider_state = TextField(default="")
        asks = IntegerField(default=0)
        applied = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "subscription"
    db.create_tables([Subscription])

    class Gift(Model):
        id = TextField(primary_key=True)
        giver = ForeignKeyField(Account)
        receiver = ForeignKeyField(Account, null=True)
        email = TextField(default="")
        months = IntegerField()
        amount = IntegerField()
        currency = TextField()
        reference = TextField(unique=True)
        made_at = InstantField()
        paid_at = InstantField(null=True)
        accepted_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "gift"
    db.create_tables([Gift])

    class Payment(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account)
        kind = TextField()
        amount = IntegerField()
        currency = TextField()
        paid_at = InstantField()
        booked_at = InstantField()
        provider = TextField()
        provider_ref = TextField(unique=True)
        fund_share = IntegerField(default=0)
        refunded = IntegerField(default=0)
        lost = BooleanField(default=False)
        gift = ForeignKeyField(Gift, null=True)
        recorded_by = ForeignKeyField(Account, null=True)

        class Meta:
            database = db
            table_name = "payment"
            indexes = (
                (("account", "paid_at", "id"), False),
                (("booked_at", "id"), False),
            )
    db.create_tables([Payment])

    class Coverage(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account)
        kind = TextField()
        at = InstantField()
        months = IntegerField(default=0)
        span = BigIntegerField(default=0)
        until = InstantField(null=True)
        ref = TextField(unique=True)
        void_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "coverage"
            indexes = ((("account", "at", "id"), False),)
    db.create_tables([Coverage])

    class SolidarityRequest(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account)
        asked_at = InstantField()
        granted_at = InstantField(null=True)
        cost = IntegerField(default=0)
        open = SmallIntegerField(null=True, default=1)

        class Meta:
            database = db
            table_name = "solidarity_request"
            indexes = (
                (("account", "open"), True),
                (("open", "asked_at", "id"), False),
            )
    db.create_tables([SolidarityRequest])

    class Fund(Model):
        name = TextField(primary_key=True)
        balance = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "fund"
    db.create_tables([Fund])

    class StripeEvent(Model):
        id = TextField(primary_key=True)
        kind = TextField()
        at = InstantField()
        outcome = TextField()

        class Meta:
            database = db
            table_name = "stripe_event"
    db.create_tables([StripeEvent])

    class Difference(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, null=True)
        found_at = InstantField()
        words = TextField()
        settled_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "difference"
            indexes = ((("settled_at", "found_at", "id"), False),)
    db.create_tables([Difference])

    class BankImport(Model):
        id = TextField(primary_key=True)
        by = ForeignKeyField(Account)
        name = TextField()
        made_at = InstantField()
        booked_at = InstantField(null=True)
        lines = JSONField()
        rest = JSONField()
        counts = JSONField()

        class Meta:
            database = db
            table_name = "bank_import"
    db.create_tables([BankImport])

    class RulebookVersion(Model):
        number = IntegerField(primary_key=True)
        at = InstantField()
        values = JSONField()

        class Meta:
            database = db
            table_name = "rulebook_version"
    db.create_tables([RulebookVersion])


def down(migrator, db):
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
