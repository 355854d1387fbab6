"""Notices in the page: who hears of what."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.threads.models import Post, Thread


class Notice(db.Model):
    """`kind` is a key of `rules.WORDS`; those without a thread speak of the account alone."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="notices", on_delete="CASCADE")
    kind = peewee.TextField()
    thread = peewee.ForeignKeyField(Thread, null=True)
    post = peewee.ForeignKeyField(Post, null=True)
    at = db.InstantField()
    read_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("account", "at", "id"), False),
            (("account", "read_at"), False),
        )
