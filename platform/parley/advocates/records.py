"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.advocates.leaving import erase as erase
from parley.advocates.models import Declaration
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.vendors.models import Vendor

HOLDS = (Declaration,)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value."""
    yield "declarations.json", list(_declarations(account, part))


def _declarations(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Declaration.select(Declaration, Vendor).join(Vendor).where(
        Declaration.account == account.id).order_by(Declaration.declared_at, Declaration.id)
    for row in part.of(rows, Declaration.declared_at, Declaration.vendor):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "ties": row.ties, "since_year": row.since_year, "received": row.received,
            "declared_at": iso(row.declared_at),
            "withdrawn_at": row.withdrawn_at and iso(row.withdrawn_at),
        }
