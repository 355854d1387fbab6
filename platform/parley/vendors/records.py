"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.outbox.mail import url
from parley.vendors.models import Representative, Vendor, VendorFollow

FOLLOWS = ("kind", "id", "name", "url", "since")


def export(account: Account) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value; equal paths of several domains are joined."""
    yield "follows.csv", ("csv", FOLLOWS, _follows(account))
    yield "representations.json", list(_representations(account))


def _follows(account: Account) -> Iterator[tuple[str, ...]]:
    rows = VendorFollow.select(VendorFollow, Vendor).join(Vendor).where(
        VendorFollow.account == account.id).order_by(VendorFollow.since, Vendor.id)
    for row in rows:
        page = url(f"/vendors/{row.vendor.slug}")
        yield ("vendor", row.vendor_id, row.vendor.name, page, iso(row.since))


def _representations(account: Account) -> Iterator[dict[str, Any]]:
    rows = Representative.select(Representative, Vendor).join(Vendor).where(
        Representative.account == account.id).order_by(Representative.appointed_at)
    for row in rows:
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "role": row.role, "title": row.title, "appointed_at": iso(row.appointed_at),
            "accepted_at": row.accepted_at and iso(row.accepted_at),
            "removed_at": row.removed_at and iso(row.removed_at),
        }
