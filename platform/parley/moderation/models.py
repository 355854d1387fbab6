"""Reports, and the public log of what stewards did."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.threads.models import Post, Restored, Thread
from parley.vendors.models import Vendor


class Report(db.Model):
    """Somebody says that a post breaks a rule. It hides nothing by itself."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    post = peewee.ForeignKeyField(Post, backref="reports")
    thread = peewee.ForeignKeyField(Thread, backref="reports")
    reporter = peewee.ForeignKeyField(Account, backref="reports")
    vendor = peewee.ForeignKeyField(Vendor, null=True)  # set when filed for the company
    reason = peewee.TextField()
    note = peewee.TextField(default="")
    at = db.InstantField()
    settled_at = db.InstantField(null=True)
    upheld = peewee.BooleanField(null=True)

    class Meta:
        indexes = (
            (("post", "reporter"), True),
            (("settled_at", "at", "id"), False),
        )


class Act(db.Model):
    """One act of a steward, on the public log."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    kind = peewee.TextField()  # hide_post, show_post, hide_thread, show_thread, lock, unlock
    steward = peewee.ForeignKeyField(Account, backref="acts")
    thread = peewee.ForeignKeyField(Thread, backref="acts")
    post = peewee.ForeignKeyField(Post, null=True, backref="acts")
    reason = peewee.TextField()
    words = peewee.TextField(default="")
    at = db.InstantField()

    class Meta:
        indexes = ((("at", "id"), False),)


class RestoredReport(db.Model):
    """Somebody says that what a person brought from elsewhere breaks a rule, and what came of it.

    `steward`, `words` and `lifted_at` stand on the public log when it was upheld. The log outlives
    what it is about.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    restored = peewee.ForeignKeyField(Restored, null=True, backref="reports", on_delete="SET NULL")
    reporter = peewee.ForeignKeyField(Account, backref="restored_reports")
    reason = peewee.TextField()
    note = peewee.TextField(default="")
    at = db.InstantField()
    settled_at = db.InstantField(null=True)
    upheld = peewee.BooleanField(null=True)
    steward = peewee.ForeignKeyField(Account, null=True, backref="restored_acts")
    words = peewee.TextField(default="")
    lifted_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("restored", "reporter"), True),
            (("settled_at", "at", "id"), False),
        )
