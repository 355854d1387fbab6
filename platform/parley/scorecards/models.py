"""A company's figures as sums that grow with each event, as they were on each day, and its word
on them."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.vendors.models import Vendor


class Tally(db.Model):
    """How often something counts for a company in one period: the day on which its thread was
    opened, that month, and all time (see `figures.periods_of`).

    `vendor` is the id of its page. It is no foreign key, because the rows of a page that was
    folded into another are added to those of the one that stays.
    """

    vendor = peewee.TextField()
    period = peewee.IntegerField()
    key = peewee.TextField()
    count = peewee.IntegerField()

    class Meta:
        primary_key = peewee.CompositeKey("vendor", "period", "key")


class Contribution(db.Model):
    """What one thread, report or problem has added so far, so that its next event adds only the
    difference. `day` is where that stands (see `telling.Counted`), days since 1970 in UTC."""

    subject = peewee.TextField(primary_key=True)
    vendor = peewee.TextField()
    day = peewee.IntegerField()
    counts = db.JSONField()
    changed_at = db.InstantField()

    class Meta:
        indexes = (
            (("vendor", "changed_at"), False),
            (("changed_at",), False),
            (("day", "vendor"), False),
        )


class Snapshot(db.Model):
    """The counts of a company in a window at the end of a day, kept when they are not those of
    the snapshot before."""

    vendor = peewee.TextField()
    window = peewee.TextField()
    day = peewee.IntegerField()
    totals = db.JSONField()

    class Meta:
        primary_key = peewee.CompositeKey("vendor", "window", "day")


class ClosedDay(db.Model):
    """All snapshots of this day are kept."""

    day = peewee.IntegerField(primary_key=True)


class ScorecardComment(db.Model):
    """What a company says to its figures; the newest stands, with an empty text none does.

    `sealed_at`: since when those for whom it spoke are gone. It stands nowhere since; its writer
    keeps it in their archive.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    vendor = peewee.ForeignKeyField(Vendor, backref="scorecard_comments")
    text = peewee.TextField()
    at = db.InstantField()
    by = peewee.ForeignKeyField(Account, backref="scorecard_comments")
    sealed_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("vendor", "at", "id"), False),)
