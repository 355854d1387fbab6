"""Who pays how, what was paid, and for how long each payment makes a member."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids


class Subscription(db.Model):
    """How one person pays, and the reference that their transfers carry.

    `paid_until` mirrors the membership; `notice_at` is when the next mail about its end is due.
    `asks` counts what the card provider told us about this customer, `applied` up to which of
    these its state has been fetched.
    """

    account = peewee.ForeignKeyField(Account, primary_key=True, backref="subscription")
    provider = peewee.TextField(default="manual")
    interval = peewee.TextField(default="year")
    amount = peewee.IntegerField(null=True)
    currency = peewee.TextField()
    reference = peewee.TextField(unique=True)
    cancel_at_end = peewee.BooleanField(default=False)
    paid_until = db.InstantField(null=True)
    notice_at = db.InstantField(null=True, index=True)
    created_at = db.InstantField()
    customer = peewee.TextField(null=True, unique=True)
    provider_ref = peewee.TextField(null=True)
    provider_state = peewee.TextField(default="")
    asks = peewee.IntegerField(default=0)
    applied = peewee.IntegerField(default=0)


class Gift(db.Model):
    """Months of membership from one person to another. Its id is the link that accepts it."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    giver = peewee.ForeignKeyField(Account, backref="gifts_made")
    receiver = peewee.ForeignKeyField(Account, null=True, backref="gifts_received")
    email = peewee.TextField(default="")
    months = peewee.IntegerField()
    amount = peewee.IntegerField()
    currency = peewee.TextField()
    reference = peewee.TextField(unique=True)
    made_at = db.InstantField()
    paid_at = db.InstantField(null=True)
    accepted_at = db.InstantField(null=True)


class Payment(db.Model):
    """Money that came in, once. `refunded` and `lost` (to a dispute) are what left again."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="payments")
    kind = peewee.TextField()  # dues, gift, fund
    amount = peewee.IntegerField()
    currency = peewee.TextField()
    paid_at = db.InstantField()
    booked_at = db.InstantField()
    provider = peewee.TextField()  # transfer, cash, stripe
    provider_ref = peewee.TextField(unique=True)
    fund_share = peewee.IntegerField(default=0)
    refunded = peewee.IntegerField(default=0)
    lost = peewee.BooleanField(default=False)
    gift = peewee.ForeignKeyField(Gift, null=True, backref="payments")
    recorded_by = peewee.ForeignKeyField(Account, null=True, backref="payments_recorded")

    class Meta:
        indexes = (
            (("account", "paid_at", "id"), False),
            (("booked_at", "id"), False),
        )


class Coverage(db.Model):
    """A fact that makes somebody a member for a while; `rules.covered_until` adds them up."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, backref="coverage")
    kind = peewee.TextField()  # dues, gift, place, grant
    at = db.InstantField()
    months = peewee.IntegerField(default=0)
    span = peewee.BigIntegerField(default=0)  # microseconds
    until = db.InstantField(null=True)
    ref = peewee.TextField(unique=True)
    void_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("account", "at", "id"), False),)


class SolidarityRequest(db.Model):
    """Somebody asked for a place from the fund. No reason is asked, so none is kept.

    `open` is 1 while it waits and empty afterwards: one open request per person.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, backref="solidarity_requests")
    asked_at = db.InstantField()
    granted_at = db.InstantField(null=True)
    cost = peewee.IntegerField(default=0)
    open = peewee.SmallIntegerField(null=True, default=1)

    class Meta:
        indexes = (
            (("account", "open"), True),
            (("open", "asked_at", "id"), False),
        )


class Fund(db.Model):
    """What the solidarity fund holds, in cents."""

    name = peewee.TextField(primary_key=True)
    balance = peewee.BigIntegerField(default=0)


class StripeEvent(db.Model):
    """An event that the card provider sent, so that each counts once."""

    id = peewee.TextField(primary_key=True)
    kind = peewee.TextField()
    at = db.InstantField()
    outcome = peewee.TextField()


class Difference(db.Model):
    """Something that the nightly comparison with the card provider found."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, null=True, backref="differences")
    found_at = db.InstantField()
    words = peewee.TextField()
    settled_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("settled_at", "found_at", "id"), False),)


class BankImport(db.Model):
    """A bank's list that a treasurer looked at; nothing of it is booked before they say so."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    by = peewee.ForeignKeyField(Account, backref="bank_imports")
    name = peewee.TextField()
    made_at = db.InstantField()
    booked_at = db.InstantField(null=True)
    lines = db.JSONField()
    rest = db.JSONField()
    counts = db.JSONField()
