"""A call, a visit or a private answer: one side enters it, and from the instant at which the other
confirms it, it counts as the company's answer."""

from __future__ import annotations

from datetime import date, timedelta

from peewee import JOIN

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, safe_html, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, refuse
from parley.threads import rules, table
from parley.threads.hats import hat_of, hat_to_write
from parley.threads.models import OutsideContact
from parley.threads.rules import Hat, Purpose
from parley.threads.turns import Held, hold, hold_for, take

HOW = {"call": "A phone call", "visit": "A visit", "private": "A private answer"}
MOST_WAITING = 3  # unconfirmed ones in a thread: what nobody confirms is not worth entering again
A_DAY = timedelta(days=1)  # it may be yesterday or tomorrow where the person is


def enter(by: Account, thread_id: str, how: str, day: str, words: str) -> OutsideContact:
    """Say that there was contact outside this page, for the other side to confirm.

    `day` is ISO (`2026-05-04`).

    :raise Invalid: under `how`, `day` or `outside_words`
    :raise NotFound: there is no such thread, or the person is neither its author nor answers for
        its company
    :raise Refused: the thread takes none now
    """
    when, text = _checked(how, day, words)
    with db.write():
        held = hold_for(by, thread_id)
        side = _side(by, held)
        refuse(_may_enter(held, when))
        row = OutsideContact.create(
            thread=held.id, side=side, entered_by=by, how=how, day=when.isoformat(), words=text,
            entered_at=held.at)
        _recorded("outside.entered", row, held, by)
    return row


def _checked(how: str, day: str, words: str) -> tuple[date, str]:
    errors, when, text = {}, None, ""
    if how not in HOW:
        errors["how"] = "Say how it was: a call, a visit or a private answer."
    try:
        when = date.fromisoformat(day.strip())
    except ValueError:
        errors["day"] = "Give the day as year, month and day, such as 2026-05-04."
    try:
        text = safe_html.clean_text(
            words, field="outside_words", least=3, most=1_000, what="account of it")
    except Invalid as problem:
        errors |= problem.errors
    if errors or when is None:
        raise Invalid(errors)
    return when, text


def _may_enter(held: Held, when: date) -> Refusal | None:
    if held.state.kind not in rules.WITH_CLAIMS:
        return Refusal("kind", "Only questions and complaints are answered outside this page.")
    if not held.state.open:
        return Refusal("closed", "This thread is closed, so nothing more counts as its answer.")
    if held.state.locked:
        return rules.LOCKED
    if when > (held.at + A_DAY).date():
        return Refusal("future", "That day is still to come.", "day")
    if when < (held.thread.opened_at - A_DAY).date():
        return Refusal("before", "That was before the thread was opened, so it cannot be its "
                       "answer.", "day")
    waiting = OutsideContact.select().where(
        OutsideContact.thread == held.id, OutsideContact.confirmed_at.is_null()).count()
    if waiting >= MOST_WAITING:
        return Refusal("many", "A few contacts wait here to be confirmed already.")
    return None


def confirm(by: Account, contact_id: str) -> OutsideContact:
    """The other side says that it was so: now it counts as an answer. Again changes nothing.

    :raise NotFound: there is none that this person may confirm
    :raise Refused: the thread is closed, hidden or locked
    """
    with db.write():
        row, held = _held(by, contact_id)
        if row.confirmed_at:
            return row
        if _side(by, held) == row.side:
            raise NotFound
        take(held, table.VendorPosts(held.at, Purpose.ANSWER, row.words), by)
        row.confirmed_by, row.confirmed_at, row.claimed = by, held.at, True
        row.save()
        _recorded("outside.confirmed", row, held, by)
    return row


def drop(by: Account, contact_id: str) -> OutsideContact:
    """Either side takes an unconfirmed one away: it was not so, or was a mistake.

    :raise NotFound: there is none that still waits and that this person has a say in
    """
    with db.write():
        row, held = _held(by, contact_id)
        _side(by, held)
        if row.confirmed_at:
            raise NotFound
        row.delete_instance()
        _recorded("outside.dropped", row, held, by)
    return row


def _held(by: Account, contact_id: str) -> tuple[OutsideContact, Held]:
    found = OutsideContact.get_or_none(OutsideContact.id == contact_id)
    if found is None:
        raise NotFound
    held = hold(found.thread_id)
    if not held.thread.listed:
        raise NotFound
    row = OutsideContact.get_or_none(OutsideContact.id == contact_id)
    if row is None:
        raise NotFound
    return row, held


def _side(by: Account, held: Held) -> str:
    hat, _ = hat_of(by, held.thread)
    if hat is Hat.AUTHOR:
        return "author"
    if hat is not Hat.REPRESENTATIVE:
        raise NotFound
    hat_to_write(by, held.thread)
    return "vendor"


def _recorded(kind: str, row: OutsideContact, held: Held, by: Account) -> None:
    journal.record(kind, "thread", held.id, by.id, clock.now(), contact=row.id,
                   vendor=held.thread.vendor_id, side=row.side)
    versions.touch(f"thread:{held.id}")


def of(thread_id: str) -> list[OutsideContact]:
    """All of a thread, oldest first, with who entered and who confirmed them."""
    entered, confirmed = Account.alias(), Account.alias()
    rows = (
        OutsideContact.select(OutsideContact, entered, confirmed)
        .join_from(OutsideContact, entered, on=OutsideContact.entered_by == entered.id,
                   attr="entered_by")
        .join_from(OutsideContact, confirmed, JOIN.LEFT_OUTER,
                   on=OutsideContact.confirmed_by == confirmed.id, attr="confirmed_by")
        .where(OutsideContact.thread == thread_id)
    )
    return list(rows.order_by(OutsideContact.entered_at, OutsideContact.id))
