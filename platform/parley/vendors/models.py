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

    `claimed_at` is set while somebody of the company answers here, `controls` while a claim
    proves that they control this domain, and `lapsed_at` since such a proof was lost.
    The skeletons are what name and domain look like at a glance.
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
    controls = peewee.TextField(null=True, unique=True)
    lapsed_at = db.InstantField(null=True)
    name_skeleton = peewee.TextField(default="", index=True)
    domain_skeleton = peewee.TextField(default="", index=True)

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
    by_mail = peewee.BooleanField(default=True)  # hears of its company's turns by mail

    class Meta:
        indexes = ((("vendor", "account"), True),)


class VendorFollow(db.Model):
    account = peewee.ForeignKeyField(Account, backref="vendor_follows", on_delete="CASCADE")
    vendor = peewee.ForeignKeyField(Vendor, backref="follows")
    since = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("account", "vendor")


class ContactAddress(db.Model):
    """A public mail address of a company that nobody claimed, as a member entered it.

    `state` goes from `waiting` to `refused`, or to `approved` and on to `replaced` (by a newer
    one) or `stopped`; `stopped_why` is `bounce` or `wish`.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    vendor = peewee.ForeignKeyField(Vendor, backref="contact_addresses")
    email = peewee.TextField()
    source = peewee.TextField()
    state = peewee.TextField(default="waiting")
    entered_by = peewee.ForeignKeyField(Account, backref="contact_addresses")
    entered_at = db.InstantField()
    decided_by = peewee.ForeignKeyField(Account, null=True, backref="contacts_decided")
    decided_at = db.InstantField(null=True)
    words = peewee.TextField(default="")
    stopped_at = db.InstantField(null=True)
    stopped_why = peewee.TextField(null=True)

    class Meta:
        indexes = (
            (("vendor", "state"), False),
            (("state", "entered_at", "id"), False),
        )


class VendorAlias(db.Model):
    """What led to a page that stewards folded into another: its address, name and domain."""

    slug = peewee.TextField(primary_key=True)
    vendor = peewee.ForeignKeyField(Vendor, backref="aliases")
    old_id = peewee.TextField(index=True)
    name = peewee.TextField()
    name_key = peewee.TextField(index=True)
    domain = peewee.TextField(null=True, unique=True)
    steward = peewee.ForeignKeyField(Account, backref="merges")
    words = peewee.TextField(default="")
    at = db.InstantField()

    class Meta:
        indexes = ((("at", "slug"), False),)


class Claim(db.Model):
    """Somebody says that they control a company's domain; `claim_rules` tells its life.

    `seen` is what the last check found, in words for the claimant. `failures` counts daily checks
    in a row that found nothing.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    vendor = peewee.ForeignKeyField(Vendor, backref="claims")
    domain = peewee.TextField()
    token = peewee.TextField(unique=True)
    by = peewee.ForeignKeyField(Account, backref="claims")
    state = peewee.TextField(default="pending")
    method = peewee.TextField(null=True)  # dns or file
    created_at = db.InstantField()
    proved_at = db.InstantField(null=True)
    checked_at = db.InstantField(null=True)
    failures = peewee.IntegerField(default=0)
    seen = db.JSONField(default=dict)
    ended_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("state", "checked_at"), False),
            (("vendor", "state"), False),
            (("by", "state"), False),
        )


class Dispute(db.Model):
    """A proved claim that waits for a steward, and what the steward decided, in public."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    kind = peewee.TextField()  # a key of claim_rules.CASES
    claim = peewee.ForeignKeyField(Claim, backref="disputes")
    vendor = peewee.ForeignKeyField(Vendor, backref="disputes")
    other = peewee.ForeignKeyField(Vendor, null=True, backref="+")  # what it looks like
    opened_at = db.InstantField()
    decided_at = db.InstantField(null=True)
    decision = peewee.TextField(null=True)
    steward = peewee.ForeignKeyField(Account, null=True, backref="decisions")
    words = peewee.TextField(default="")

    class Meta:
        indexes = ((("decided_at", "opened_at", "id"), False),)


class Invitation(db.Model):
    """A mail that lets whoever holds its link answer for a company, once."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    digest = peewee.TextField(unique=True)
    vendor = peewee.ForeignKeyField(Vendor, backref="invitations")
    email = peewee.TextField()
    role = peewee.TextField()
    title = peewee.TextField(default="")
    by = peewee.ForeignKeyField(Account, backref="invitations")
    created_at = db.InstantField()
    expires_at = db.InstantField()
    used_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("vendor", "used_at", "expires_at"), False),)
