"""Recording a fact, and telling the domains that must follow in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import peewee

from parley.journal.models import Entry, Pseudonym
from parley.kernel import clock, db, ids
from parley.kernel.prepared import Prepared


@dataclass(frozen=True)
class Fact:
    """What subscribers hear: like the entry, but with the real account, which is not kept."""

    kind: str
    subject: str
    subject_id: str
    at: datetime
    by: str | None
    refs: dict[str, Any] = field(default_factory=dict)


Subscriber = Callable[[Fact], None]
_subscribers: list[tuple[str, Subscriber]] = []


def subscribe(kind_prefix: str, subscriber: Subscriber) -> None:
    """Call `subscriber` with every fact whose kind starts so, inside its transaction."""
    if (kind_prefix, subscriber) not in _subscribers:
        _subscribers.append((kind_prefix, subscriber))


def record(
    kind: str, subject: str, subject_id: str, /, by: str | None = None,
    at: datetime | None = None, **refs: Any,
) -> None:
    """Append a fact. `by` is an account's id; `refs` hold ids and kinds, never free text.

    The refs `account` and `mentions` name accounts: subscribers get them as they are, the entry
    keeps pseudonyms, like its actor.
    """
    at = at or clock.now()
    actor = _pseudonym(subject_id, by) if by else None
    kept = dict(refs)
    if "account" in kept:
        kept["account"] = _pseudonym(subject_id, kept["account"])
    if kept.get("mentions"):
        kept["mentions"] = [_pseudonym(subject_id, account) for account in kept["mentions"]]
    _append.write(at, kind, subject, subject_id, actor, json.dumps(kept))
    tell(Fact(kind, subject, subject_id, at, by, refs))


def record_of_all(kind: str, subject: str, subject_ids: Iterable[str], /, at: datetime,
                  **refs: Any) -> None:
    """Append the same fact about each of these subjects, in one statement. Nobody hears of them
    before `tell`. `refs` name no accounts."""
    Entry.insert_many([{"at": at, "kind": kind, "subject": subject, "subject_id": one, "refs": refs}
                       for one in subject_ids]).execute()


def tell(fact: Fact) -> None:
    """Let the domains that must follow hear of a fact that stands in the journal."""
    for prefix, subscriber in _subscribers:
        if fact.kind.startswith(prefix):
            subscriber(fact)


def _entry(
    at: Any, kind: Any, subject: Any, subject_id: Any, actor: Any, refs: Any
) -> peewee.ModelInsert:
    read = peewee.fn.json(refs) if db.is_sqlite() else refs.cast("jsonb")
    return Entry.insert(at=at, kind=kind, subject=subject, subject_id=subject_id, actor=actor,
                        refs=read)


_append = Prepared(_entry)
_known = Prepared(lambda scope, account: Pseudonym.select().where(
    Pseudonym.scope == scope, Pseudonym.account_id == account))


def _pseudonym(scope: str, account_id: str) -> str:
    """Who an account is in one scope; made at first need, also when two writers need it at once."""
    row = _known.first(scope, account_id)
    if row is None:
        Pseudonym.insert(id=ids.new(), scope=scope, account_id=account_id
                         ).on_conflict_ignore().execute()
        row = _known.first(scope, account_id)
    return row.id
