"""Archives that members asked for."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.kernel.parts import Part


class Archive(db.Model):
    """`state`: waiting, building, ready, failed. The file lies under the data folder.

    `company` (the id of its page), `year` and `text_only` say which part was asked for.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="archives", on_delete="CASCADE")
    state = peewee.TextField(default="waiting")
    done = peewee.IntegerField(default=0)
    total = peewee.IntegerField(default=0)
    size = peewee.BigIntegerField(null=True)
    sha256 = peewee.TextField(null=True)
    asked_at = db.InstantField()
    ready_at = db.InstantField(null=True)
    expires_at = db.InstantField(null=True)
    company = peewee.TextField(default="")
    year = peewee.IntegerField(null=True)
    text_only = peewee.BooleanField(default=False)

    @property
    def part(self) -> Part:
        return Part(self.company, self.year, self.text_only)

    class Meta:
        indexes = ((("account", "asked_at"), False),)
