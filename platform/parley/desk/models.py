"""What a company's people keep at their desk: notes, saved texts, and who is answering what."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.threads.models import Thread
from parley.vendors.models import Vendor


class Note(db.Model):
    """A word among a company's people about a thread, for them alone.

    `sealed_at`: since when the team that could read it is gone. Nobody reads it here any more;
    its writer keeps it in their archive.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    thread = peewee.ForeignKeyField(Thread, backref="notes")
    vendor = peewee.ForeignKeyField(Vendor, backref="notes")
    author = peewee.ForeignKeyField(Account, backref="notes")
    body = peewee.TextField()
    html = peewee.TextField()
    at = db.InstantField()
    edited_at = db.InstantField(null=True)
    sealed_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("thread", "at"), False),
            (("author", "at"), False),
        )


class SavedReply(db.Model):
    """A text that a company's people use again; `rules.PLACEHOLDERS` stand in it."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    vendor = peewee.ForeignKeyField(Vendor, backref="saved_replies")
    title = peewee.TextField()
    purpose = peewee.TextField()
    body = peewee.TextField()
    by = peewee.ForeignKeyField(Account, backref="saved_replies")
    at = db.InstantField()
    removed_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("vendor", "title", "id"), False),)


class Briefing(db.Model):
    """What a company tells its advocates in public, such as how to help."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    vendor = peewee.ForeignKeyField(Vendor, backref="briefings")
    title = peewee.TextField()
    body = peewee.TextField()
    html = peewee.TextField()
    by = peewee.ForeignKeyField(Account, backref="briefings")
    at = db.InstantField()
    removed_at = db.InstantField(null=True)
    hidden_at = db.InstantField(null=True)  # by a steward

    class Meta:
        indexes = ((("vendor", "at"), False),)


class BriefingReport(db.Model):
    """Somebody says that a briefing breaks a rule. It hides nothing by itself."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    briefing = peewee.ForeignKeyField(Briefing, backref="reports", index=False)
    reporter = peewee.ForeignKeyField(Account, backref="briefing_reports")
    reason = peewee.TextField()
    note = peewee.TextField(default="")
    at = db.InstantField()
    settled_at = db.InstantField(null=True)
    upheld = peewee.BooleanField(null=True)

    class Meta:
        indexes = (
            (("briefing", "reporter"), True),
            (("settled_at", "at", "id"), False),
        )


class BriefingAct(db.Model):
    """One act of a steward about a briefing, on the public log."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    kind = peewee.TextField()  # hide_briefing, show_briefing
    steward = peewee.ForeignKeyField(Account, backref="briefing_acts")
    briefing = peewee.ForeignKeyField(Briefing, backref="acts")
    reason = peewee.TextField()
    words = peewee.TextField(default="")
    at = db.InstantField()

    class Meta:
        indexes = ((("at", "id"), False),)


class Answering(db.Model):
    """Somebody of the company is answering a thread, until they send it or `until` has passed."""

    thread = peewee.ForeignKeyField(Thread, backref="answering")
    account = peewee.ForeignKeyField(Account, backref="answering")
    since = db.InstantField()
    until = db.InstantField(index=True)

    class Meta:
        primary_key = peewee.CompositeKey("thread", "account")


class Bulk(db.Model):
    """What one person did to many threads at once, kept a while so that it can be undone.

    `done` holds for each thread: `thread`, `title`, `why` it was not done (or ""), and what undoing
    needs: `was` and `now` (assignees), or `post`.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    vendor = peewee.ForeignKeyField(Vendor, backref="bulks")
    account = peewee.ForeignKeyField(Account, backref="bulks")
    act = peewee.TextField()  # a key of rules.BULK
    form_key = peewee.TextField()
    at = db.InstantField(index=True)
    done = db.JSONField(default=list)
    undone_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("account", "form_key"), True),)
