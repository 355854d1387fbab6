"""Who pays (or was granted) membership, and who holds an office."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids


class Membership(db.Model):
    account = peewee.ForeignKeyField(
        Account, backref="membership", primary_key=True, on_delete="CASCADE"
    )
    since = db.InstantField()
    paid_until = db.InstantField()


class Office(db.Model):
    """`steward`, `treasurer` or `operator`, from one instant until another (or open)."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, backref="offices_held", on_delete="CASCADE")
    role = peewee.TextField()
    since = db.InstantField()
    until = db.InstantField(null=True)
