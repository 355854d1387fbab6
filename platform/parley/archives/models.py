"""Archives that members asked for, and those that they bring."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.kernel.parts import Part
from parley.threads.models import Origin


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


class Bringing(db.Model):
    """An archive that somebody brings. The file lies under the data folder until it is over.

    `state`: checking, checked, bringing, done, refused, failed. `report` is what the check found,
    and in the end what came in (see `report.Report`).
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="bringings", on_delete="CASCADE")
    name = peewee.TextField()
    state = peewee.TextField(default="checking")
    done = peewee.IntegerField(default=0)
    total = peewee.IntegerField(default=0)
    report = db.JSONField(default=dict)
    asked_at = db.InstantField()
    ended_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("account", "asked_at"), False),)


class Document(db.Model):
    """A file of an archive from elsewhere that is kept to be read: sessions, payments, reports."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="documents", on_delete="CASCADE")
    origin = peewee.ForeignKeyField(Origin, backref="documents", on_delete="CASCADE")
    path = peewee.TextField()
    text = peewee.TextField()
    made_at = db.InstantField()
    checked = peewee.BooleanField()

    class Meta:
        table_name = "archive_document"
        indexes = ((("origin", "path"), True),)


class TrustedKey(db.Model):
    """A public key of another server whose signature on archives counts here."""

    kid = peewee.TextField(primary_key=True)
    jwk = db.JSONField()
    trusted_at = db.InstantField()
