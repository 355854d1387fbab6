"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.members.leaving import erase as erase
from parley.members.models import Membership, Office

HOLDS = (Membership, Office)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value."""
    if part.vendor:
        return
    row = Membership.get_or_none(Membership.account == account.id)
    yield "membership.json", {
        "since": row and iso(row.since),
        "paid_until": row and iso(row.paid_until),
        "offices": list(_offices(account)),
    }


def _offices(account: Account) -> Iterator[dict[str, Any]]:
    held = Office.select().where(Office.account == account.id).order_by(Office.since, Office.id)
    for office in held:
        yield {"role": office.role, "since": iso(office.since),
               "until": office.until and iso(office.until)}
