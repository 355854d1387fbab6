"""What this domain holds about one person, for their archive: what they published for a company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.promises.models import Promise, PromiseDraft
from parley.vendors.models import Vendor

HOLDS = (Promise, PromiseDraft)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value."""
    yield "publications.json", {
        "promises": list(_published(account, part)), "drafts": list(_drafts(account, part))}


def version(row: Promise) -> dict[str, Any]:
    """One version of a promise with its terms as they are stored; null in a withdrawal."""
    return {
        "id": row.id, "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
        "number": row.number, "terms": row.terms, "note": row.note,
        "published_at": iso(row.published_at), "effective_from": iso(row.effective_from),
        "expires_at": row.expires_at and iso(row.expires_at),
    }


def _published(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Promise.select(Promise, Vendor).join(Vendor).where(Promise.published_by == account.id)
    rows = part.of(rows, Promise.published_at, Promise.vendor)
    return map(version, rows.order_by(Promise.published_at, Promise.id))


def _drafts(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """Drafts of promises that this person was the last to change."""
    rows = PromiseDraft.select(PromiseDraft, Vendor).join(Vendor).where(
        PromiseDraft.edited_by == account.id)
    rows = part.of(rows, PromiseDraft.edited_at, PromiseDraft.vendor)
    for row in rows.order_by(PromiseDraft.edited_at, Vendor.id):
        yield {"vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
               "fields": row.fields, "edited_at": iso(row.edited_at)}
