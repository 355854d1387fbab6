"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.vendors.bringing import check
from parley.vendors.leaving import erase as erase
from parley.vendors.models import (
    Claim,
    ContactAddress,
    Dispute,
    Invitation,
    Representative,
    Vendor,
    VendorAlias,
    VendorFollow,
)

__all__ = ["HOLDS", "check", "export"]

HOLDS = (Representative, VendorFollow, ContactAddress, Claim, Dispute, Invitation, VendorAlias)
FOLLOWS = ("kind", "id", "name", "url", "since", "domain")


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value; equal paths of several domains are joined."""
    yield "follows.csv", ("csv", FOLLOWS, _follows(account, part))
    yield "representations.json", list(_representations(account, part))
    yield "addresses.json", list(_addresses(account, part))
    yield "claims.json", list(_claims(account, part))
    yield "invitations.json", list(_invitations(account, part))
    yield "stewardship.json", {
        "decisions": list(_decisions(account, part)), "merges": list(_merges(account, part)),
        "addresses": list(_decided(account, part)),
    }


def _follows(account: Account, part: Part) -> Iterator[tuple[str, ...]]:
    rows = VendorFollow.select(VendorFollow, Vendor).join(Vendor).where(
        VendorFollow.account == account.id).order_by(VendorFollow.since, Vendor.id)
    for row in part.of(rows, VendorFollow.since, VendorFollow.vendor):
        page = url(f"/vendors/{row.vendor.slug}")
        yield ("vendor", row.vendor_id, row.vendor.name, page, iso(row.since),
               row.vendor.domain or "")


def _addresses(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """Those of companies that this person entered."""
    rows = ContactAddress.select(ContactAddress, Vendor).join(Vendor).where(
        ContactAddress.entered_by == account.id)
    rows = part.of(rows, ContactAddress.entered_at, ContactAddress.vendor)
    for row in rows.order_by(ContactAddress.entered_at, ContactAddress.id):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "email": row.email, "source": row.source, "state": row.state, "words": row.words,
            "entered_at": iso(row.entered_at),
            "decided_at": row.decided_at and iso(row.decided_at),
            "stopped_at": row.stopped_at and iso(row.stopped_at), "stopped_why": row.stopped_why,
        }


def _representations(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Representative.select(Representative, Vendor).join(Vendor).where(
        Representative.account == account.id).order_by(Representative.appointed_at)
    for row in part.of(rows, Representative.appointed_at, Representative.vendor):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "role": row.role, "title": row.title, "by_mail": row.by_mail,
            "appointed_at": iso(row.appointed_at),
            "accepted_at": row.accepted_at and iso(row.accepted_at),
            "removed_at": row.removed_at and iso(row.removed_at),
        }


def _claims(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Claim.select(Claim, Vendor).join(Vendor).where(
        Claim.by == account.id).order_by(Claim.created_at, Claim.id)
    for row in part.of(rows, Claim.created_at, Claim.vendor):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "domain": row.domain, "state": row.state, "method": row.method,
            "began_at": iso(row.created_at), "proved_at": row.proved_at and iso(row.proved_at),
            "ended_at": row.ended_at and iso(row.ended_at),
            "disputes": [_decision(one) for one in row.disputes.order_by(Dispute.opened_at)],
        }


def _decision(row: Dispute) -> dict[str, Any]:
    """What stewards had to decide about a claim, and what they did."""
    return {
        "kind": row.kind, "opened_at": iso(row.opened_at), "decision": row.decision,
        "decided_at": row.decided_at and iso(row.decided_at), "words": row.words,
    }


def _decisions(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """What this person decided about claims, as a steward."""
    rows = Dispute.select(Dispute, Vendor).join(Vendor, on=Dispute.vendor).where(
        Dispute.steward == account.id)
    rows = part.of(rows, Dispute.decided_at, Dispute.vendor)
    for row in rows.order_by(Dispute.decided_at, Dispute.id):
        yield {"vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
               **_decision(row)}


def _merges(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """The pages that this person folded into others, as a steward."""
    rows = VendorAlias.select(VendorAlias, Vendor).join(Vendor).where(
        VendorAlias.steward == account.id)
    rows = part.of(rows, VendorAlias.at, VendorAlias.vendor)
    for row in rows.order_by(VendorAlias.at, VendorAlias.slug):
        yield {"vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
               "was": row.name, "words": row.words, "at": iso(row.at)}


def _decided(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """The addresses of companies that this person approved or refused, as a steward."""
    rows = ContactAddress.select(ContactAddress, Vendor).join(Vendor).where(
        ContactAddress.decided_by == account.id)
    rows = part.of(rows, ContactAddress.decided_at, ContactAddress.vendor)
    for row in rows.order_by(ContactAddress.decided_at, ContactAddress.id):
        yield {"vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
               "email": row.email, "state": row.state, "words": row.words,
               "decided_at": iso(row.decided_at)}


def _invitations(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """Those that this person sent."""
    rows = Invitation.select(Invitation, Vendor).join(Vendor).where(
        Invitation.by == account.id).order_by(Invitation.created_at, Invitation.id)
    for row in part.of(rows, Invitation.created_at, Invitation.vendor):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "email": row.email, "role": row.role, "title": row.title,
            "invited_at": iso(row.created_at), "expires_at": iso(row.expires_at),
            "used_at": row.used_at and iso(row.used_at),
        }
