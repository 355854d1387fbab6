"""Reports of what people brought from elsewhere, and what stewards did about them."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.safe_html import clean_text
from parley.members.actions import explained, is_steward
from parley.members.rules import MOST_WORDS, REASONS
from parley.moderation import rules
from parley.moderation.models import RestoredReport
from parley.threads import restored
from parley.threads.models import Restored
from parley.vendors.actions import role_of

DECISIONS = ("hide", "reject")


def shown(restored_id: str) -> Restored:
    """:raise NotFound: nothing of that id is shown to others"""
    return restored.visible(restored_id, None, False)


def report(restored_id: str, by: Account, reason: str, note: str = "") -> RestoredReport:
    """Tell the stewards that something restored breaks a rule. It hides nothing by itself.

    :raise NotFound: nothing of that id is shown to others
    :raise Invalid: under `reason` or `note`
    :raise Refused: it is their own, or they reported it before
    """
    note = explained(reason, REASONS, note, "note")
    with db.write():
        row = shown(restored_id)
        refuse(rules.may_report(own=row.account_id == by.id))
        new = RestoredReport(id=ids.unguessable(), restored=row, reporter=by, reason=reason,
                             note=note, at=clock.now())
        RestoredReport.insert(new.__data__).on_conflict_ignore().execute()
        if RestoredReport.get_or_none(RestoredReport.id == new.id) is None:
            raise Refused(Refusal("reported", "You reported this before. The stewards have it."))
        journal.record("restored.reported", "restored", row.id, by=by.id, reason=reason)
    return new


def waiting(most: int) -> list[RestoredReport]:
    """Open reports, those that waited longest first."""
    rows = RestoredReport.select(RestoredReport, Restored, Account).join(Restored).join(
        Account, on=Restored.account).where(RestoredReport.settled_at.is_null())
    return list(rows.order_by(RestoredReport.at, RestoredReport.id).limit(most))


def settle(report_id: str, by: Account, decision: str, words: str = "") -> RestoredReport:
    """Decide on a report: `hide`, or `reject`.

    :raise NotFound: `by` is no steward, or there is no such report
    :raise Invalid: there is no such decision, or under `words`
    :raise Refused: it was settled before, or this steward may not judge it
    """
    if decision not in DECISIONS:
        raise Invalid({"decision": "Choose what to do about this report."})
    words = clean_text(words, field="words", least=0, most=MOST_WORDS, what="note").strip()
    with db.write():
        row = _held(report_id, by)
        if row.settled_at:
            raise Refused(Refusal("settled", "Another steward has settled this report."))
        row.settled_at, row.upheld = clock.now(), decision == "hide"
        row.steward, row.words = by, words
        row.save()
        if row.upheld and row.restored and row.restored.listed:
            restored.hide(row.restored)
        _recorded("restored.hidden" if row.upheld else "restored.kept", row, by)
    return row


def lift(report_id: str, by: Account) -> RestoredReport:
    """Show again what an upheld report had hidden. Raises as `settle`."""
    with db.write():
        row = _held(report_id, by)
        if not row.upheld or row.lifted_at or row.restored is None:
            raise Refused(Refusal("lifted", "There is nothing to show again."))
        row.lifted_at = clock.now()
        row.save()
        others = RestoredReport.select().where(
            RestoredReport.restored == row.restored_id, RestoredReport.upheld,
            RestoredReport.lifted_at.is_null())
        if not others.exists():
            restored.show_again(row.restored)
        _recorded("restored.shown", row, by)
    return row


def _held(report_id: str, by: Account) -> RestoredReport:
    row: RestoredReport | None = db.lock(
        RestoredReport.select().where(RestoredReport.id == report_id)).first()
    if row is None or not is_steward(by):
        raise NotFound
    about = row.restored
    if about is not None:
        own = RestoredReport.select().where(
            RestoredReport.restored == about.id, RestoredReport.reporter == by.id)
        refuse(rules.may_judge(
            wrote=about.account_id == by.id, reported=own.exists(),
            represents=about.vendor_id is not None and role_of(by, about.vendor_id) is not None))
    return row


def _recorded(kind: str, row: RestoredReport, by: Account) -> None:
    journal.record(kind, "restored", row.restored_id or row.id, by=by.id, reason=row.reason)
    versions.touch("log")


def log(most: int) -> list[RestoredReport]:
    """What stewards hid, the latest first, with who did it."""
    rows = RestoredReport.select(RestoredReport, Account).join(
        Account, on=RestoredReport.steward).where(RestoredReport.upheld)
    return list(rows.order_by(RestoredReport.settled_at.desc(), RestoredReport.id).limit(most))
