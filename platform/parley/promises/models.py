"""The versions of each company's promise, the draft of the next, and when a version is closed."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.vendors.models import Vendor


class Promise(db.Model):
    """One published version, which never changes. `terms` is what `rules.to_json` gives; it is
    null in a withdrawal, which is a version that promises nothing.

    `page` is the id of the page that it was published on. When that page is folded into another,
    `vendor` is the one that stays and `page` remains, so that it binds nobody any more.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    vendor = peewee.ForeignKeyField(Vendor, backref="promises")
    page = peewee.TextField()
    number = peewee.IntegerField()
    terms = db.JSONField(null=True)
    note = peewee.TextField(default="")
    published_at = db.InstantField()
    published_by = peewee.ForeignKeyField(Account, backref="promises")
    effective_from = db.InstantField()
    expires_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("page", "number"), True),)


class PromiseDraft(db.Model):
    """What the managers of a company have typed so far. `revision` rises with each saving."""

    vendor = peewee.ForeignKeyField(Vendor, primary_key=True, backref="promise_drafts")
    fields = db.JSONField(default=dict)
    revision = peewee.IntegerField(default=1)
    edited_at = db.InstantField()
    edited_by = peewee.ForeignKeyField(Account, backref="promise_drafts")


class ClosedYear(db.Model):
    """The dates on which a version is closed in one year, as found when they were first needed.
    Kept, because calendars of holidays change afterwards and stored due times do not."""

    promise = peewee.ForeignKeyField(Promise, backref="closed_years")
    year = peewee.IntegerField()
    dates = db.JSONField()

    class Meta:
        primary_key = peewee.CompositeKey("promise", "year")
