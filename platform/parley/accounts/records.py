"""How an account leaves: what its archive says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts import ties
from parley.accounts.bringing import check
from parley.accounts.leaving import erase as erase
from parley.accounts.models import Account, Identity, Session, Silence
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part

__all__ = ["HOLDS", "check", "export"]

HOLDS = (Account, Session, Identity, Silence)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and a JSON value. No password, no token is in them."""
    yield "account.json", _account(account)
    if not part.vendor:
        own = Session.select().where(Session.account == account.id).order_by(Session.created_at)
        yield "sessions.json", [_session(row) for row in part.of(own, Session.created_at)]


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "handle": account.handle,
        "display_name": account.display_name,
        "email": account.email,
        "about": account.about,
        "time_zone": account.time_zone,
        "licence": account.licence,
        "created_at": iso(account.created_at),
        "suspended_at": iso(account.suspended_at) if account.suspended_at else None,
        "identities": [
            {"issuer": row.issuer, "subject": row.subject, "label": row.label,
             "linked_at": iso(row.linked_at)}
            for row in ties.identities_of(account)
        ],
        "silences": [
            {"handle": row.other.handle, "kind": row.kind, "since": iso(row.since)}
            for row in ties.silences_of(account)
        ],
    }


def _session(row: Session) -> dict[str, Any]:
    return {
        "browser": row.browser,
        "created_at": iso(row.created_at),
        "seen_at": iso(row.seen_at),
        "ended_at": iso(row.ended_at) if row.ended_at else None,
    }
