"""Companies, the people who answer for them, and who follows them."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids

CATEGORIES = {
    "transport": "Trains, buses, flights",
    "telecoms": "Phone and internet",
    "media": "Books and media",
    "household": "Household goods",
    "housing": "Housing",
    "finance": "Banks and insurance",
    "energy": "Energy and water",
    "health": "Health",
    "food": "Food and drink",
    "other": "Everything else",
}


class Vendor(db.Model):
    """A company's page. `name_key` and `domain` are normalised, so that it is found again.

    `claimed_at` is set while somebody of the company answers here.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    slug = peewee.TextField(unique=True)
    name = peewee.TextField()
    name_key = peewee.TextField()
    domain = peewee.TextField(null=True, unique=True)
    category = peewee.TextField(default="other")
    about = peewee.TextField(default="")
    claimed_at = db.InstantField(null=True)
    created_at = db.InstantField()
    thread_count = peewee.IntegerField(default=0)
    waiting_count = peewee.IntegerField(default=0)
    solved_count = peewee.IntegerField(default=0)
    last_consultation_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("name_key", "id"), False),
            (("category", "name_key", "id"), False),
        )


class Representative(db.Model):
    """An account that a company appointed; counts once the person accepted."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    vendor = peewee.ForeignKeyField(Vendor, backref="representatives")
    account = peewee.ForeignKeyField(Account, backref="representations")
    role = peewee.TextField()
    title = peewee.TextField(default="")
    appointed_at = db.InstantField()
    accepted_at = db.InstantField(null=True)
    removed_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("vendor", "account"), True),)


class VendorFollow(db.Model):
    account = peewee.ForeignKeyField(Account, backref="vendor_follows", on_delete="CASCADE")
    vendor = peewee.ForeignKeyField(Vendor, backref="follows")
    since = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("account", "vendor")
