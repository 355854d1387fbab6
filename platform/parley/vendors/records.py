"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.outbox.mail import url
from parley.vendors.leaving import erase as erase
from parley.vendors.models import (
    Claim,
    ContactAddress,
    Invitation,
    Representative,
    Vendor,
    VendorFollow,
)

FOLLOWS = ("kind", "id", "name", "url", "since")


def export(account: Account) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value; equal paths of several domains are joined."""
    yield "follows.csv", ("csv", FOLLOWS, _follows(account))
    yield "representations.json", list(_representations(account))
    yield "addresses.json", list(_addresses(account))
    yield "claims.json", list(_claims(account))
    yield "invitations.json", list(_invitations(account))


def _follows(account: Account) -> Iterator[tuple[str, ...]]:
    rows = VendorFollow.select(VendorFollow, Vendor).join(Vendor).where(
        VendorFollow.account == account.id).order_by(VendorFollow.since, Vendor.id)
    for row in rows:
        page = url(f"/vendors/{row.vendor.slug}")
        yield ("vendor", row.vendor_id, row.vendor.name, page, iso(row.since))


def _addresses(account: Account) -> Iterator[dict[str, Any]]:
    """Those of companies that this person entered."""
    rows = ContactAddress.select(ContactAddress, Vendor).join(Vendor).where(
        ContactAddress.entered_by == account.id)
    for row in rows.order_by(ContactAddress.entered_at, ContactAddress.id):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "email": row.email, "source": row.source, "state": row.state, "words": row.words,
            "entered_at": iso(row.entered_at),
            "decided_at": row.decided_at and iso(row.decided_at),
        }


def _representations(account: Account) -> Iterator[dict[str, Any]]:
    rows = Representative.select(Representative, Vendor).join(Vendor).where(
        Representative.account == account.id).order_by(Representative.appointed_at)
    for row in rows:
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "role": row.role, "title": row.title, "by_mail": row.by_mail,
            "appointed_at": iso(row.appointed_at),
            "accepted_at": row.accepted_at and iso(row.accepted_at),
            "removed_at": row.removed_at and iso(row.removed_at),
        }


def _claims(account: Account) -> Iterator[dict[str, Any]]:
    rows = Claim.select(Claim, Vendor).join(Vendor).where(
        Claim.by == account.id).order_by(Claim.created_at, Claim.id)
    for row in rows:
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "domain": row.domain, "state": row.state, "method": row.method,
            "began_at": iso(row.created_at), "proved_at": row.proved_at and iso(row.proved_at),
            "ended_at": row.ended_at and iso(row.ended_at),
        }


def _invitations(account: Account) -> Iterator[dict[str, Any]]:
    """Those that this person sent."""
    rows = Invitation.select(Invitation, Vendor).join(Vendor).where(
        Invitation.by == account.id).order_by(Invitation.created_at, Invitation.id)
    for row in rows:
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "email": row.email, "role": row.role, "title": row.title,
            "invited_at": iso(row.created_at), "expires_at": iso(row.expires_at),
            "used_at": row.used_at and iso(row.used_at),
        }
