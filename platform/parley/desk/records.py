"""What this domain holds about one person, for their archive: what they wrote at a desk, and
reports of briefings and what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.desk.leaving import erase as erase
from parley.desk.models import Briefing, BriefingAct, BriefingReport, Note, SavedReply
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.vendors.models import Vendor

HOLDS = (Note, SavedReply, Briefing, BriefingReport, BriefingAct)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value."""
    yield "desk.json", {
        "notes": _notes(account, part), "saved_replies": list(_replies(account, part)),
        "briefings": list(_briefings(account, part)), "reports": list(_reports(account, part)),
        "acts": list(_acts(part, Briefing.by == account.id)),
        "as_steward": list(_acts(part, BriefingAct.steward == account.id)),
    }


def _notes(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Note.select(Note, Vendor).join(Vendor).where(Note.author == account.id)
    for row in part.of(rows, Note.at, Note.vendor).order_by(Note.at, Note.id):
        yield {
            "vendor": row.vendor.name, "thread_url": url(f"/threads/{row.thread_id}"),
            "body": row.body, "at": iso(row.at), "edited_at": row.edited_at and iso(row.edited_at),
            "sealed_at": row.sealed_at and iso(row.sealed_at),
        }


def _replies(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = SavedReply.select(SavedReply, Vendor).join(Vendor).where(SavedReply.by == account.id)
    rows = part.of(rows, SavedReply.at, SavedReply.vendor)
    for row in rows.order_by(SavedReply.at, SavedReply.id):
        yield {
            "vendor": row.vendor.name, "title": row.title, "purpose": row.purpose,
            "body": row.body, "at": iso(row.at),
            "removed_at": row.removed_at and iso(row.removed_at),
        }


def _briefings(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Briefing.select(Briefing, Vendor).join(Vendor).where(Briefing.by == account.id)
    for row in part.of(rows, Briefing.at, Briefing.vendor).order_by(Briefing.at, Briefing.id):
        yield {
            "vendor": row.vendor.name, "vendor_url": url(f"/vendors/{row.vendor.slug}"),
            "title": row.title, "body": row.body, "at": iso(row.at),
            "removed_at": row.removed_at and iso(row.removed_at),
            "hidden_at": row.hidden_at and iso(row.hidden_at),
        }


def _reports(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = BriefingReport.select(BriefingReport, Briefing, Vendor).join(Briefing).join(
        Vendor).where(BriefingReport.reporter == account.id)
    rows = part.of(rows, BriefingReport.at, Briefing.vendor)
    for row in rows.order_by(BriefingReport.at, BriefingReport.id):
        yield {**_about(row.briefing), "reason": row.reason, "note": row.note, "at": iso(row.at),
               "settled_at": row.settled_at and iso(row.settled_at), "upheld": row.upheld}


def _acts(part: Part, which: peewee.Expression) -> Iterator[dict[str, Any]]:
    rows = BriefingAct.select(BriefingAct, Briefing, Vendor, Account).join(Briefing).join(
        Vendor).join_from(BriefingAct, Account).where(which)
    rows = part.of(rows, BriefingAct.at, Briefing.vendor)
    for row in rows.order_by(BriefingAct.at, BriefingAct.id):
        yield {**_about(row.briefing), "kind": row.kind, "reason": row.reason, "words": row.words,
               "steward": row.steward.known_as, "at": iso(row.at)}


def _about(briefing: Briefing) -> dict[str, Any]:
    return {"briefing": briefing.id, "vendor": briefing.vendor.name}
