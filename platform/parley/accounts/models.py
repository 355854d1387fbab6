"""Persons, their sessions, and the single-use tokens that go out by mail."""

from __future__ import annotations

import peewee

from parley.kernel import db, ids

LEFT = "-"  # begins what stands in place of a handle, which begins with a letter


class Account(db.Model):
    """A person who confirmed an e-mail address.

    `handle_key` is the skeleton of the handle: look-alikes share it, so they cannot coexist.
    Whoever leaves has nothing personal in it any more, and a handle that is no handle; what they
    wrote is then pointed at rows of the same kind, one for each thread (see `leaving`).
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    email = peewee.TextField(unique=True, null=True)
    handle = peewee.TextField(unique=True)
    handle_key = peewee.TextField(unique=True)
    display_name = peewee.TextField()
    about = peewee.TextField(default="")
    time_zone = peewee.TextField(default="UTC")
    licence = peewee.TextField(default="CC-BY-4.0")
    password_hash = peewee.TextField(null=True)
    created_at = db.InstantField()
    closed_at = db.InstantField(null=True)
    suspended_at = db.InstantField(null=True)

    is_authenticated = True
    is_anonymous = False
    session: Session | None = None
    session_token = ""

    @property
    def address(self) -> str | None:
        """The path of the person's page; None for one who left."""
        return None if self.handle.startswith(LEFT) else f"/members/{self.handle}"

    @property
    def known_as(self) -> str:
        """The handle; for one who left, the name that stands in its place."""
        return str(self.handle if self.address else self.display_name)

    @property
    def is_active(self) -> bool:
        return self.closed_at is None and self.suspended_at is None

    def get_id(self) -> str:
        """What the cookie holds: the token of this browser's session, never the account's id."""
        return self.session_token


class SignUp(db.Model):
    """Somebody who asked to join and has not confirmed the address yet.

    `browser` is the digest of what the browser that asked was given. In another browser the
    password is asked for, so that nobody confirms an account that a stranger began in their
    name. One who comes from an outside provider (`issuer`, `subject`) may have no password.
    """

    token_hash = peewee.TextField(primary_key=True)
    email = peewee.TextField()
    handle = peewee.TextField()
    display_name = peewee.TextField()
    time_zone = peewee.TextField(default="UTC")
    password_hash = peewee.TextField(null=True)
    browser = peewee.TextField()
    issuer = peewee.TextField(null=True)
    subject = peewee.TextField(null=True)
    label = peewee.TextField(default="")
    draft_id = peewee.TextField(null=True)
    expires_at = db.InstantField(index=True)


class Token(db.Model):
    """A single-use link sent by mail: `reset` of a password, `email` change."""

    token_hash = peewee.TextField(primary_key=True)
    purpose = peewee.TextField()
    account = peewee.ForeignKeyField(Account, backref="tokens", on_delete="CASCADE")
    email = peewee.TextField(null=True)
    expires_at = db.InstantField(index=True)
    used_at = db.InstantField(null=True)


class Session(db.Model):
    """One signed-in browser. The cookie holds the token; the table only its digest."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    token_hash = peewee.TextField(unique=True)
    account = peewee.ForeignKeyField(Account, backref="sessions", on_delete="CASCADE")
    browser = peewee.TextField(default="")
    created_at = db.InstantField()
    seen_at = db.InstantField()
    ended_at = db.InstantField(null=True)


class Identity(db.Model):
    """A sign-in at an outside OpenID Connect provider, linked by the person."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="identities", on_delete="CASCADE")
    issuer = peewee.TextField()
    subject = peewee.TextField()
    label = peewee.TextField(default="")
    linked_at = db.InstantField()

    class Meta:
        indexes = ((("issuer", "subject"), True),)


class Silence(db.Model):
    """`account` does not want to see `other` (`mute`), or be written to by them (`block`)."""

    account = peewee.ForeignKeyField(Account, backref="silences", on_delete="CASCADE")
    other = peewee.ForeignKeyField(Account, backref="silenced_by", on_delete="CASCADE")
    kind = peewee.TextField()
    since = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("account", "other")


class Leaving(db.Model):
    """Somebody who is leaving, or has left. Its id is the secret link to their certificate.

    `words` is what they chose: `keep` or `remove`. What is personal is blank once all is erased;
    the rest stays. `account` is no foreign key, since the account goes.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.TextField(null=True, unique=True)
    email = peewee.TextField(default="")
    handle = peewee.TextField(default="")
    name = peewee.TextField(default="")
    licence = peewee.TextField(default="")
    words = peewee.TextField()
    left_at = db.InstantField()
    counts = db.JSONField(default=dict)
    erased_at = db.InstantField(null=True)


class RetiredHandle(db.Model):
    """A handle that somebody had who left, and that nobody is given again."""

    digest = peewee.TextField(primary_key=True)
