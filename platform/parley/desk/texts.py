"""Texts that managers keep for others: saved replies for their people, briefings for advocates."""

from __future__ import annotations

from typing import Any

from parley.accounts.models import Account
from parley.desk import rules
from parley.desk.actions import serve
from parley.desk.models import Briefing, SavedReply
from parley.journal import actions as journal
from parley.kernel import clock, db, safe_html, versions
from parley.kernel.errors import NotFound, Refusal, Refused, refuse
from parley.threads.actions import Checked
from parley.threads.rules import BODY, Purpose
from parley.vendors import actions as vendors
from parley.vendors import people
from parley.vendors.models import Vendor

# Saved replies


def replies(vendor: Vendor) -> list[SavedReply]:
    """The saved replies of a company, by title. Ask `serve` before."""
    rows = SavedReply.select().where(
        SavedReply.vendor == vendor.id, SavedReply.removed_at.is_null())
    return list(rows.order_by(SavedReply.title, SavedReply.id))


def reply(by: Account, vendor: Vendor, reply_id: str) -> SavedReply:
    """One saved reply, for those who answer for its company.

    :raise NotFound: there is none that they may use
    """
    serve(by, vendor)
    row = reply_id.isprintable() and SavedReply.get_or_none(
        SavedReply.id == reply_id, SavedReply.vendor == vendor.id,
        SavedReply.removed_at.is_null())
    if not row:
        raise NotFound
    return row


def save_reply(by: Account, vendor: Vendor, title: str, purpose: str, body: str,
               reply_id: str | None = None) -> SavedReply:
    """Keep a text for all who answer for a company, or change the one with this id.

    :raise NotFound: `by` is no manager there, or there is no such text
    :raise Invalid: under `title`, `purpose` or `body`, also for a placeholder that does not exist
    :raise Refused: there are enough of them
    """
    values = _checked_reply(title, purpose, body) | {"by": by.id, "at": clock.now()}
    with db.write():
        people.manage(vendor, by)
        if reply_id is None:
            _room(SavedReply, vendor, rules.MOST_REPLIES, "saved replies")
            row = SavedReply.create(vendor=vendor, **values)
        else:
            row = reply(by, vendor, reply_id)
            SavedReply.update(**values).where(SavedReply.id == row.id).execute()
            row = SavedReply.get_by_id(row.id)
        journal.record("desk.reply_saved", "vendor", vendor.id, by.id, reply=row.id)
    return row


def _checked_reply(title: str, purpose: str, body: str) -> dict[str, Any]:
    check = Checked()
    check.line("title", title, *rules.TITLE, "title")
    check.one_of("purpose", purpose, Purpose, "Choose what a post with this text does.")
    check.text("body", body, *BODY, "text")
    if unknown := rules.unknown_placeholders(body):
        named = " and ".join(f"{{{name}}}" for name in unknown[:5])
        known = ", ".join(f"{{{name}}}" for name in rules.PLACEHOLDERS)
        first = f"{{{{{unknown[0]}}}}}"
        check.errors.setdefault("body", f"{named} stands for nothing. There are {known}. To write "
                                f"braces as they are, double them: {first}.")
    return check.done()


def _room(model: type[SavedReply] | type[Briefing], vendor: Vendor, most: int,
          what: str) -> None:
    there = model.select().where(model.vendor == vendor.id, model.removed_at.is_null()).count()
    if there >= most:
        raise Refused(Refusal("many", f"There are {most} {what}. Remove one that is no longer "
                              "needed."))


def remove_reply(by: Account, vendor: Vendor, reply_id: str) -> None:
    """Take a saved reply away; what was written with it stays.

    :raise NotFound: `by` is no manager there, or there is no such text
    """
    with db.write():
        people.manage(vendor, by)
        row = reply(by, vendor, reply_id)
        SavedReply.update(removed_at=clock.now()).where(SavedReply.id == row.id).execute()
        journal.record("desk.reply_removed", "vendor", vendor.id, by.id, reply=row.id)


# Briefings


def briefings(vendor: Vendor | str) -> list[Briefing]:
    """What a company tells its advocates, oldest first; anybody may read it."""
    rows = Briefing.select().where(Briefing.vendor == vendor, Briefing.removed_at.is_null())
    return list(rows.order_by(Briefing.at, Briefing.id))


def briefing(vendor: Vendor, briefing_id: str) -> Briefing:
    """:raise NotFound: the company has none of this id"""
    row: Briefing | None = Briefing.get_or_none(
        Briefing.id == briefing_id, Briefing.vendor == vendor.id, Briefing.removed_at.is_null())
    if row is None:
        raise NotFound
    return row


def publish_briefing(by: Account, vendor: Vendor, title: str, body: str,
                     briefing_id: str | None = None) -> Briefing:
    """Tell advocates something in public, or change what was told under this id.

    :raise NotFound: `by` is no manager there, or there is no such briefing
    :raise Invalid: under `title` or `body`
    :raise Refused: there are enough of them, or the company's proof has lapsed
    """
    check = Checked()
    check.line("title", title, *rules.TITLE, "title")
    check.text("body", body, *rules.BRIEFING, "text")
    values = check.done() | {"by": by.id}
    values["html"] = safe_html.render(values["body"])
    with db.write():
        people.manage(vendor, by)
        refuse(vendors.may_write(vendor.id))
        if briefing_id is None:
            _room(Briefing, vendor, rules.MOST_BRIEFINGS, "briefings")
            row = Briefing.create(vendor=vendor, at=clock.now(), **values)
        else:
            row = briefing(vendor, briefing_id)
            Briefing.update(**values).where(Briefing.id == row.id).execute()
            row = Briefing.get_by_id(row.id)
        journal.record("desk.briefing_published", "vendor", vendor.id, by.id, briefing=row.id)
        versions.touch(f"vendor:{vendor.id}")
    return row


def remove_briefing(by: Account, vendor: Vendor, briefing_id: str) -> None:
    """:raise NotFound: `by` is no manager there, or there is no such briefing"""
    with db.write():
        people.manage(vendor, by)
        row = briefing(vendor, briefing_id)
        Briefing.update(removed_at=clock.now()).where(Briefing.id == row.id).execute()
        journal.record("desk.briefing_removed", "vendor", vendor.id, by.id, briefing=row.id)
        versions.touch(f"vendor:{vendor.id}")
