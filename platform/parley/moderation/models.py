"""Reports, and the public log of what stewards did."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.threads.models import Post, Thread
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
