"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.scorecards.models import ScorecardComment
from parley.vendors.models import Vendor

HOLDS = (ScorecardComment,)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value."""
    yield "scorecard-comments.json", list(_comments(account, part))


def _comments(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """What this person said to a company's figures, for the company."""
    rows = ScorecardComment.select(ScorecardComment, Vendor).join(Vendor).where(
        ScorecardComment.by == account.id)
    rows = part.of(rows, ScorecardComment.at, ScorecardComment.vendor)
    for row in rows.order_by(ScorecardComment.at, ScorecardComment.id):
        yield {"vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
               "text": row.text, "at": iso(row.at),
               "sealed_at": row.sealed_at and iso(row.sealed_at)}
