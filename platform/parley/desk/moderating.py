"""Reporting a briefing, settling the report, and hiding and showing it, on the public log."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.desk import rules
from parley.desk.models import Briefing, BriefingAct, BriefingReport
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.members.actions import explained, is_steward
from parley.members.rules import REASONS, reasons_for
from parley.moderation.rules import may_judge, may_report
from parley.vendors.actions import role_of
from parley.vendors.models import Vendor


def found(briefing_id: str) -> Briefing:
    """A briefing with its company, also a hidden one.

    :raise NotFound: there is none
    """
    row: Briefing | None = Briefing.select(Briefing, Vendor).join(Vendor).where(
        Briefing.id == briefing_id, Briefing.removed_at.is_null()).first()
    if row is None:
        raise NotFound
    return row


def shown(briefing_id: str) -> Briefing:
    """:raise NotFound: there is no such briefing that everybody can see"""
    row = found(briefing_id)
    if row.hidden_at is not None:
        raise NotFound
    return row


def report(briefing_id: str, by: Account, reason: str, note: str = "") -> BriefingReport:
    """Tell the stewards that a briefing breaks a rule. It hides nothing by itself.

    :raise NotFound: there is no such briefing that everybody can see
    :raise Invalid: under `reason` or `note`
    :raise Refused: they wrote it, or reported it before
    """
    note = explained(reason, REASONS, note, "note")
    with db.write():
        briefing = shown(briefing_id)
        refuse(may_report(own=briefing.by_id == by.id))
        row = BriefingReport(id=ids.unguessable(), briefing=briefing, reporter=by, reason=reason,
                             note=note, at=clock.now())
        BriefingReport.insert(row.__data__).on_conflict_ignore().execute()
        if BriefingReport.get_or_none(BriefingReport.id == row.id) is None:
            raise Refused(Refusal("reported", "You reported this before. The stewards have it."))
        journal.record("report.filed", "report", row.id, by=by.id, at=row.at,
                       briefing=briefing.id, reason=reason, vendor=None)
    return row


def settle(report_id: str, by: Account, decision: str, words: str = "") -> BriefingReport:
    """Decide on a report: `hide` or `reject`.

    :raise NotFound: `by` is no steward, or there is no such report
    :raise Invalid: there is no such decision
    :raise Refused: it was settled before, or this steward may not judge it
    """
    if decision not in ("hide", "reject"):
        raise Invalid({"decision": "Choose what to do about this report."})
    with db.write():
        row = db.lock(BriefingReport.select().where(BriefingReport.id == report_id)).first()
        if row is None or not is_steward(by):
            raise NotFound
        if row.settled_at:
            raise Refused(Refusal("settled", "Another steward has settled this report."))
        if decision == "reject" or row.briefing.hidden_at or row.briefing.removed_at:
            refuse(_may_judge(by, row.briefing))
        else:
            act("hide_briefing", row.briefing_id, by, row.reason, words)
        row.settled_at, row.upheld = clock.now(), decision != "reject"
        row.save()
        journal.record("report.settled", "report", row.id, by=by.id, at=row.settled_at,
                       briefing=row.briefing_id, upheld=row.upheld, vendor=None)
    return row


def _may_judge(by: Account, briefing: Briefing) -> Refusal | None:
    own = BriefingReport.select().where(
        BriefingReport.briefing == briefing.id, BriefingReport.reporter == by.id)
    return may_judge(wrote=briefing.by_id == by.id, reported=own.exists(),
                     represents=role_of(by, briefing.vendor_id) is not None)


def act(kind: str, briefing_id: str, by: Account, reason: str, words: str = "") -> BriefingAct:
    """Hide a briefing from everybody but stewards and its company's managers, or show it again.

    `kind` is a key of `rules.ACTS`.

    :raise NotFound: `by` is no steward, or there is no such briefing
    :raise Invalid: under `act`, `reason` or `words`
    :raise Refused: it would change nothing, or this steward may not judge it
    """
    if kind not in rules.ACTS:
        raise Invalid({"act": "Choose what to do."})
    words = explained(reason, reasons_for(kind), words, "words")
    with db.write():
        if not is_steward(by):
            raise NotFound
        briefing = found(briefing_id)
        db.lock(Vendor.select(Vendor.id).where(Vendor.id == briefing.vendor_id)).get()
        briefing = found(briefing_id)
        refuse(_may_judge(by, briefing))
        refuse(rules.may_do(kind, briefing.hidden_at is not None))
        now = clock.now()
        briefing.hidden_at = now if kind == "hide_briefing" else None
        briefing.save()
        row = BriefingAct.create(id=ids.new(), kind=kind, steward=by, briefing=briefing,
                                 reason=reason, words=words, at=now)
        journal.record(rules.FACTS[kind], "vendor", briefing.vendor_id, by=by.id, at=now,
                       briefing=briefing.id, reason=reason)
        versions.touch(f"vendor:{briefing.vendor_id}", "log")
    return row
