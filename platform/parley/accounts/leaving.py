"""Leaving: an account closes at once, and what is left of the person goes step by step.

Each domain has a `leaving.erase(leaving)`, which yields after each write that took something away.
It looks for what is still there, so it may be killed at any point and be called again. What others
rely on is not deleted, but pointed at a row of `Account` that stands for nobody (`stand_in`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import peewee

from parley.accounts.models import (
    LEFT,
    Account,
    Identity,
    Leaving,
    RetiredHandle,
    Session,
    SignUp,
    Silence,
    Token,
)
from parley.accounts.naming import Depth, Person, Unnaming
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, safe_html
from parley.kernel.errors import Refusal, Refused

KEEP, REMOVE = "keep", "remove"
WORDS = (KEEP, REMOVE)
SOMEBODY = "somebody who left"
CLOSED = Refusal("closed", "This account is closed already.")

_secret = b""


def configure(secret: str) -> None:
    """Set the secret without which nobody can try out handles on the digests of retired ones."""
    global _secret
    _secret = hashlib.sha256(b"parley: retired handles" + secret.encode()).digest()


def close(account: Account, words: str, certificate: str = "") -> Leaving:
    """Close an account: nobody can sign in to it, and its row holds nothing personal any more.

    `words` says what becomes of what the person said in public. `certificate` is the id of an
    earlier leaving that a restored backup knows nothing of. Inside a write.

    :raise Refused: it is closed already
    """
    now = clock.now()
    account = db.lock(Account.select().where(Account.id == account.id)).get()
    if account.closed_at:
        raise Refused(CLOSED)
    leaving = Leaving.create(
        id=certificate or ids.unguessable(), account=account.id, email=account.email or "",
        handle=account.handle, name=account.display_name, licence=account.licence, words=words,
        left_at=now)
    RetiredHandle.insert(digest=_digest(account.handle_key)).on_conflict_ignore().execute()
    nobody = LEFT + ids.unguessable()
    Account.update(
        email=None, handle=nobody, handle_key=nobody, display_name="Somebody who left", about="",
        time_zone="UTC", password_hash=None, closed_at=now,
    ).where(Account.id == account.id).execute()
    for what, model in (("sessions", Session), ("links", Token), ("sign_ins", Identity)):
        noted(leaving, what, model.delete().where(model.account == account.id).execute())
    journal.record("account.closed", "account", account.id)
    return leaving


def is_retired(handle_key: str) -> bool:
    """Whether somebody who left had this handle, or one that looks like it."""
    return RetiredHandle.select().where(RetiredHandle.digest == _digest(handle_key)).exists()


def _digest(handle_key: str) -> str:
    return hmac.new(_secret, handle_key.encode(), hashlib.sha256).hexdigest()


def noted(leaving: Leaving, what: str, how_many: int) -> None:
    """Count something for the certificate, in the write that does it."""
    if how_many:
        row = db.lock(Leaving.select().where(Leaving.id == leaving.id)).get()
        row.counts = row.counts | {what: row.counts.get(what, 0) + how_many}
        row.save()
        leaving.counts = row.counts


def stand_in(leaving: Leaving, name: str) -> Account:
    """A new row that stands for nobody, under which something stays. Nothing in it tells which
    rows are of one person: it has the day on which they left, not the instant. Inside a write."""
    handle = LEFT + ids.unguessable()
    day = datetime.combine(leaving.left_at.date(), time(), UTC) + timedelta(days=1)
    return Account.create(
        id=ids.unguessable(), handle=handle, handle_key=handle, display_name=name,
        licence=leaving.licence, created_at=day, closed_at=day)


def numbered(word: str) -> str:
    """`Customer 7k2`: a name that is nobody's."""
    return f"{word} {ids.unguessable()[:3]}"


def delete(leaving: Leaving, what: str, *owners: peewee.ForeignKeyField) -> Iterator[None]:
    """Delete the rows that belong to the person by any of these columns, a table in a write."""
    for owner in owners:
        with db.write():
            gone = owner.model.delete().where(owner == leaving.account).execute()
            noted(leaving, what, gone)
        if gone:
            yield


def hand_over(leaving: Leaving, what: str, name: str, *owners: peewee.ForeignKeyField
              ) -> Iterator[None]:
    """Point rows that others need at somebody of this name, instead of at the person."""
    if not any(owner.model.select().where(owner == leaving.account).exists() for owner in owners):
        return
    with db.write():
        other = stand_in(leaving, name)
        moved = sum(owner.model.update({owner: other.id}).where(
            owner == leaving.account).execute() for owner in owners)
        noted(leaving, what, moved)
    yield


# Texts that name the person


def unnaming(leaving: Leaving, depth: Depth, called: str = SOMEBODY) -> Unnaming:
    person = Person(leaving.email, leaving.handle, leaving.name)
    return Unnaming(person, called, depth)


def unname(model: type[db.Model], where: Any, without: Unnaming) -> int:
    """Take the person out of the texts of these rows; of how many. Inside a write.

    `html` beside a `body`, or `words`, is drawn anew, with the links to people that it had.
    """
    fields = texts(model)
    count = 0
    for row in list(model.select().where(where, holds(fields, without.hints))):
        before = {field.name: getattr(row, field.name) for field in fields}
        after = {name: without.value(value) for name, value in before.items()}
        if after == before:
            continue
        if "html" in model._meta.fields:
            drawn_from = after["body"] if "body" in after else after["words"]
            after["html"] = _drawn(drawn_from, row.html)
        if "unnamed_at" in model._meta.fields:
            after["unnamed_at"] = clock.now()
        model.update(**after).where(row._pk_expr()).execute()
        count += 1
    return count


def texts(model: type[db.Model]) -> list[peewee.Field]:
    """The columns of a table in which text can stand, but for what is drawn from another."""
    return [field for field in model._meta.sorted_fields
            if isinstance(field, peewee.TextField | peewee.JSONField)
            and not field.primary_key and field.name != "html"]


def holds(fields: list[peewee.Field], hints: list[str]) -> Any:
    """Whether any of the fields holds any of these, in large letters or small."""
    spelled = {spelling for hint in hints for spelling in (hint, json.dumps(hint)[1:-1])}
    found = peewee.Value(False)
    for field in fields:
        for spelling in spelled:
            found |= field.cast("TEXT").contains(spelling)
    return found


def _drawn(body: str, html: str) -> str:
    def mention(handle: str) -> str | None:
        address = f"/members/{handle}"
        return address if f'href="{address}"' in html else None

    return safe_html.render(body, mention)


def erase(leaving: Leaving) -> Iterator[None]:
    """What belongs to the account itself."""
    yield from delete(leaving, "silences", Silence.account, Silence.other)
    yield from delete(leaving, "sessions", Session.account)  # begun in the instant of closing
    yield from delete(leaving, "links", Token.account)
    yield from delete(leaving, "sign_ins", Identity.account)
    with db.write():
        SignUp.delete().where(SignUp.email == leaving.email).execute()
