"""Notices in the page, the one mail to a company that nobody claimed, and addresses to reply to."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.problems.models import Problem
from parley.threads.models import Post, Thread
from parley.vendors.models import ContactAddress, Vendor


class Notice(db.Model):
    """`kind` is a key of `rules.WORDS`; those without a thread speak of a problem, or of the
    account alone."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="notices", on_delete="CASCADE")
    kind = peewee.TextField()
    thread = peewee.ForeignKeyField(Thread, null=True)
    post = peewee.ForeignKeyField(Post, null=True)
    problem = peewee.ForeignKeyField(Problem, null=True, index=False)
    at = db.InstantField()
    read_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("account", "at", "id"), False),
            (("account", "read_at"), False),
        )


class Delivery(db.Model):
    """The one mail that carries a thread to a company that nobody claimed.

    `state` is `waiting`, `delivered` (the mail server took it) or `failed`.
    """

    thread = peewee.ForeignKeyField(Thread, primary_key=True, backref="delivery")
    vendor = peewee.ForeignKeyField(Vendor, backref="deliveries")
    address = peewee.ForeignKeyField(ContactAddress, backref="deliveries")
    state = peewee.TextField(default="waiting")
    send_at = db.InstantField()
    ended_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("vendor", "send_at"), False),)


class ReplyToken(db.Model):
    """Where a mail of ours can be answered to. Only the digest of the token is kept.

    Without an account it belongs to whoever answers for the thread's company. `used_by` is the
    digest of the mail that used it up.
    """

    token_hash = peewee.TextField(primary_key=True)
    thread = peewee.ForeignKeyField(Thread, backref="reply_tokens")
    account = peewee.ForeignKeyField(
        Account, null=True, backref="reply_tokens", on_delete="CASCADE")
    made_at = db.InstantField(index=True)
    used_at = db.InstantField(null=True)
    used_by = peewee.TextField(null=True)


class ReplyRefusal(db.Model):
    """When an address was last told that its mail could not be used."""

    address_hash = peewee.TextField(primary_key=True)
    at = db.InstantField(index=True)
