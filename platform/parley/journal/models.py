"""The append-only record: ids and kinds, no free text, actors by pseudonym."""

from __future__ import annotations

import peewee

from parley.kernel import db


class Pseudonym(db.Model):
    """Who an actor of the journal was. Leaving deletes these rows, and the record stays."""

    id = peewee.TextField(primary_key=True)
    scope = peewee.TextField()
    account_id = peewee.TextField(index=True)

    class Meta:
        indexes = ((("scope", "account_id"), True),)


class Entry(db.Model):
    id = peewee.BigAutoField()
    at = db.InstantField()
    kind = peewee.TextField()
    subject = peewee.TextField()
    subject_id = peewee.TextField()
    actor = peewee.TextField(null=True)
    refs = db.JSONField(default=dict)

    class Meta:
        indexes = ((("subject_id", "id"), False),)
