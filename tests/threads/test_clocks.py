"""Clocks of real threads: what is stored in the write that decides it, and what time does.

The clock stands at noon (UTC) on Thursday 12 November 2026 at the start.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.models import Entry
from parley.kernel import clock, db, rulebook
from parley.moderation import actions as moderation
from parley.promises import rules as promising
from parley.promises.models import Promise
from parley.promises.rules import PromiseTerms, Within
from parley.scorecards import recount
from parley.threads import clocks, outcomes
from parley.threads.models import Clock, Thread
from parley.threads.outcomes import Said
from parley.vendors import actions as vendors
from parley.vendors import delivery
from tests.factories import make_account, make_manager, make_member, make_steward, make_vendor
from tests.threads import factories as f

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OFFICE = (((540, 1020),),) * 5 + ((), ())  # 9 to 17, Monday to Friday


@pytest.fixture
def vendor(app, travel):
    """A company that is here; `boss` is its manager."""
    found = make_vendor(claimed_at=clock.now())
    found.boss = make_manager(found)
    return found


def promise(vendor, first: int = 8, number: int = 1, days: int = 0) -> Promise:
    """A version that gives a first answer within so many opening hours in Berlin, in force after
    so many days. It is silent about resolutions."""
    within = {kind: Within(first * HOUR, True) for kind in promising.KINDS}
    terms = PromiseTerms("Europe/Berlin", OFFICE, (clock.now() + 300 * DAY).date(), within)
    return Promise.create(
        vendor=vendor, page=vendor.id, number=number, terms=promising.to_json(terms),
        published_at=clock.now(), published_by=vendor.boss,
        effective_from=clock.now() + days * DAY, expires_at=clock.now() + 300 * DAY)


def stored(thread) -> list[tuple[str, str | None]]:
    rows = Clock.select().where(Clock.thread == thread.id).order_by(Clock.number)
    return [(row.name, row.verdict) for row in rows]


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_thread_keeps_the_version_that_was_in_force_when_it_was_opened(vendor, travel, client):
    first = promise(vendor)
    old = f.open_thread(vendor=vendor)
    second = promise(vendor, first=2, number=2, days=14)
    travel(days=15)
    new = f.open_thread(vendor=vendor)
    f.answer(old, by=vendor.boss)
    assert (f.now(old).promise_id, f.now(new).promise_id) == (first.id, second.id)
    assert Clock.get(Clock.thread == new.id, Clock.name == "first_answer").promised
    assert not Clock.get(Clock.thread == new.id, Clock.name == "resolution").promised
    for thread, version in ((old, first), (new, second)):
        assert f'href="/promises/{version.id}"' in client.get(f"/threads/{thread.id}").text


def test_due_times_stand_in_the_row_while_the_company_owes_and_only_then(vendor, travel):
    promise(vendor)
    thread = f.open_thread(vendor=vendor)  # 13:00 in Berlin: 4 hours today, 4 tomorrow
    row = f.now(thread)
    assert (row.soon_at, row.due_at) == (on("2026-11-13 10:00"), on("2026-11-13 12:00"))
    assert row.queue_day == (row.due_at - datetime(1970, 1, 1, tzinfo=UTC)).days
    travel(hours=1)
    f.answer(thread, "ask", by=vendor.boss)
    row = f.now(thread)
    assert (row.soon_at, row.due_at, row.very_at, row.queue_day) == (None, None, None, None)
    travel(days=1)
    outcomes.give_back(thread.author, thread.id, Said("It is blue."))
    assert f.now(thread).due_at == on("2026-11-16 12:00")  # seven hours from Friday 14:00


def test_a_miss_is_stored_by_the_sweep_at_its_own_instant_and_told_once(vendor, travel):
    promise(vendor)
    thread = f.open_thread(vendor=vendor)
    due = f.now(thread).due_at
    travel(hours=22, minutes=30)
    clocks.sweep()
    assert f.now(thread).lateness == "soon"
    travel(days=1)
    clocks.sweep()
    clocks.sweep()
    row = Clock.get(Clock.thread == thread.id, Clock.name == "first_answer")
    assert (row.verdict, row.decided_at) == ("missed", due)
    told = [e.kind for e in Entry.select().where(
        Entry.subject_id == thread.id, Entry.kind.startswith("clock.")).order_by(Entry.id)]
    assert told == ["clock.soon", "clock.late"]


def test_a_thread_that_silence_closed_is_not_missed_since(vendor, travel):
    """Silence is stored first, however much of it waits to be."""
    thread = f.open_thread(vendor=vendor)
    travel(days=1)
    with db.write():
        Account.update(suspended_at=clock.now()).where(Account.id == thread.author_id).execute()
        journal.record("account.suspended", "account", thread.author_id)
    travel(days=60)
    clocks.sweep()
    outcomes.sweep()
    assert f.now(thread).outcome == "void"
    assert stored(thread) == [("first_answer", "missed"), ("resolution", "void")]


def test_whoever_looks_late_is_told_all_the_same(vendor, travel):
    promise(vendor)
    thread = f.open_thread(vendor=vendor)
    travel(days=9)
    clocks.sweep()
    told = [e.kind for e in Entry.select().where(
        Entry.subject_id == thread.id, Entry.kind.startswith("clock.")).order_by(Entry.id)]
    assert told == ["clock.late", "clock.very_late"]


def test_an_answer_after_the_due_time_finds_the_miss_without_a_sweep(vendor, travel):
    promise(vendor)
    thread = f.open_thread(vendor=vendor)
    travel(days=2)
    f.answer(thread, by=vendor.boss)
    assert stored(thread) == [("first_answer", "missed"), ("resolution", None)]
    f.confirm(thread)
    assert stored(thread) == [("first_answer", "missed"), ("resolution", "kept")]


def test_a_verdict_is_frozen_whatever_its_promise_would_say_later(vendor, travel):
    kept = promise(vendor)
    thread = f.open_thread(vendor=vendor)
    f.answer(thread, by=vendor.boss)
    Clock.update(due_at=on("2026-11-12 12:30")).where(Clock.thread == thread.id).execute()
    outcomes.give_back(thread.author, thread.id, Said("No."))
    assert Clock.get(Clock.thread == thread.id, Clock.name == "first_answer").due_at == on(
        "2026-11-12 12:30")
    assert f.now(thread).promise_id == kept.id


def test_without_a_promise_the_expectation_of_the_time_counts(vendor, travel):
    old = f.open_thread(vendor=vendor)
    rulebook.change("first_answer_days", 1)
    new = f.open_thread(vendor=vendor)
    assert f.now(old).due_at == on("2026-11-19 12:00")
    assert f.now(new).due_at == on("2026-11-13 12:00")
    assert (f.now(old).rulebook, f.now(new).rulebook) == (0, 1)


def test_not_mine_takes_an_answer_back_as_though_it_had_never_been_posted(vendor, travel):
    thread = f.open_thread(vendor=vendor)
    opened = thread.opened_at
    travel(days=1)
    post = f.answer(thread, by=vendor.boss)
    assert post.claim == 1
    travel(days=7)
    outcomes.disown(thread.author, thread.id, 1)
    outcomes.disown(thread.author, thread.id, 1)
    row = f.now(thread)
    assert (row.status, row.waiting_since, row.first_answer_at) == (
        "awaiting_vendor", opened, None)
    assert stored(thread) == [("first_answer", "missed"), ("resolution", None)]
    assert Entry.select().where(
        Entry.subject_id == thread.id, Entry.kind == "thread.sent_back").count() == 0


def test_not_mine_after_the_turn_went_on_changes_only_what_counts(vendor, travel):
    thread = f.open_thread(vendor=vendor)
    f.answer(thread, by=vendor.boss)
    travel(days=1)
    f.answer(thread, by=vendor.boss, body="And this is about yours.")
    outcomes.disown(thread.author, thread.id, 1)
    row = f.now(thread)
    assert (row.status, row.first_answer_at) == ("awaiting_author", clock.now())


def test_an_unclaimed_company_is_not_measured_until_it_can_know(app, travel):
    thread = f.open_thread(vendor=make_vendor())
    assert (f.now(thread).due_at, stored(thread)) == (None, [])
    travel(days=30)
    person = make_account()
    vendors.accept(vendors.appoint(thread.vendor, person, "manager"), person)
    assert f.now(thread).clock_by == "claimed"
    assert f.now(thread).due_at == on("2026-12-19 00:00")  # it is a Saturday


def test_a_thread_that_was_hidden_when_its_company_came_is_measured_once_it_is_shown(app, travel):
    thread, steward = f.open_thread(), make_steward()
    moderation.hide_thread(thread.id, steward, "unlawful")
    travel(days=1)
    person = make_account()
    vendors.accept(vendors.appoint(thread.vendor, person, "manager"), person)
    assert f.now(thread).due_at is None
    travel(days=1)
    moderation.show_thread(thread.id, steward, "mistake")
    assert f.now(thread).due_at == on("2026-11-21 00:00")  # five business days


def test_clocks_of_many_threads_start_at_once_and_are_wound_one_batch_after_another(
        app, travel, outbox_run, monkeypatch):
    monkeypatch.setattr(clocks, "AT_ONCE", 2)
    vendor, person = make_vendor(), make_account()
    threads = sorted((f.open_thread(vendor=vendor) for _ in range(5)), key=lambda one: one.id)
    travel(hours=1)
    came = clock.now()
    vendors.accept(vendors.appoint(vendor, person, "manager"), person)
    assert {(f.now(one).clock_since, f.now(one).clock_by) for one in threads} == {(came, "claimed")}
    started = Entry.select().where(Entry.kind == "clock.started")
    assert sorted(entry.subject_id for entry in started) == [one.id for one in threads]
    assert {entry.at for entry in started} == {came}
    assert [f.now(one).due_at is not None for one in threads] == [True, True, False, False, False]
    travel(hours=1)
    f.answer(threads[4], by=person)
    assert stored(threads[4]) == [("first_answer", "kept"), ("resolution", None)]
    outcomes.withdraw(threads[3].author, threads[3].id)
    recount.catch_up()
    outbox_run()
    assert [f.now(one).due_at for one in threads[:3]] == [on("2026-11-19 13:00")] * 3
    assert stored(threads[2]) == stored(threads[0])
    assert list(recount.verify(None)) == []


def test_leaving_the_page_shelters_nobody(app, travel):
    thread = f.open_thread(vendor=make_vendor())
    person = make_account()
    vendors.accept(vendors.appoint(thread.vendor, person, "manager"), person)
    with db.write():
        vendors.leave(vendors.serving(thread.vendor_id)[0])
    later = f.open_thread(vendor=thread.vendor)
    assert (later.vendor.claimed_at, f.now(later).clock_by) == (None, "opening")


def test_an_accepted_mail_starts_the_clocks_and_a_bounce_takes_that_back(app, travel):
    thread = f.open_thread(vendor=make_vendor())
    happens(thread, "thread.delivered")
    assert f.now(thread).due_at == on("2026-11-19 12:00")
    happens(thread, "thread.undelivered")
    assert (f.now(thread).due_at, f.now(thread).clock_since, stored(thread)) == (None, None, [])


def happens(thread, kind: str) -> None:
    with db.write():
        journal.record(kind, "thread", thread.id, vendor=thread.vendor_id)


def test_a_company_that_wants_no_mail_is_measured_from_the_opening(app, travel):
    unclaimed, member, steward = make_vendor(), make_member(), make_steward()
    before = f.open_thread(vendor=unclaimed)
    row = delivery.enter(unclaimed, member, "desk@quiet.example", "their website")
    delivery.approve(row.id, steward)
    travel(days=1)
    delivery.stop(row, "wish")
    after = f.open_thread(vendor=unclaimed)
    assert (f.now(before).clock_by, f.now(before).clock_since) == ("wish", clock.now())
    assert (f.now(after).clock_by, f.now(after).clock_since) == ("opening", after.opened_at)


def test_clocks_of_a_closed_thread_start_when_it_is_opened_again(app, travel):
    thread = f.open_thread(vendor=make_vendor())
    f.confirm(thread, "myself")
    person = make_account()
    vendors.accept(vendors.appoint(thread.vendor, person, "manager"), person)
    assert f.now(thread).clock_since is None
    travel(days=4)
    outcomes.reopen(thread.author, thread.id, Said("Again."))
    assert stored(thread) == [("first_answer", None), ("resolution", None)]


def test_the_kind_changes_and_with_it_the_promise(vendor, travel):
    thread = f.open_thread(vendor=vendor)
    promise(vendor)
    travel(hours=1)
    outcomes.change_kind(thread.author, thread.id, "complaint")
    assert f.now(thread).promise_id is not None
    assert stored(thread) == [("first_answer", "void"), ("resolution", "void"),
                              ("first_answer", None), ("resolution", None)]
    outcomes.change_kind(thread.author, thread.id, "idea")
    assert f.now(thread).due_at is None
    assert f.now(thread).queue_day == clocks.NO_DAY


def test_hiding_stands_the_clocks_still(vendor, travel):
    thread = f.open_thread(vendor=vendor)
    steward = make_steward()
    moderation.hide_thread(thread.id, steward, "spam")
    travel(days=7)
    assert f.now(thread).due_at is None
    moderation.show_thread(thread.id, steward, "mistake")
    assert f.now(thread).due_at == on("2026-11-26 12:00")


def test_reckoning_from_the_journal_says_what_is_stored(vendor, travel):
    promise(vendor)
    thread = f.open_thread(vendor=vendor, kind="complaint")
    f.answer(thread, "propose_resolution", by=vendor.boss)
    travel(days=3)
    outcomes.give_back(thread.author, thread.id, Said("No."))
    travel(days=40)
    clocks.sweep()
    found = clocks.reckoning(thread.id, clock.now())
    assert stored(thread) == [(one.name, one.verdict) for one in found.clocks]
    assert stored(thread) == [("first_answer", "kept"), ("resolution", "missed")]
    row = Thread.get_by_id(thread.id)
    assert row.lateness == "late"


def test_an_old_claim_disowned_leaves_the_turn_of_a_later_ask(app, travel):
    """And one that followed an ask gives that ask back too: no clock stands still for ever."""
    vendor = make_vendor()
    by = make_manager(vendor)
    thread = f.open_thread(vendor=vendor)
    f.answer(thread, by=by)
    outcomes.give_back(thread.author, thread.id, Said("No."))
    f.answer(thread, "ask", by=by)
    outcomes.disown(thread.author, thread.id, 1)
    assert f.now(thread).status == "awaiting_author"
    f.answer(thread, by=by)
    outcomes.disown(thread.author, thread.id, 2)
    assert f.now(thread).status == "awaiting_vendor"
    assert f.now(thread).due_at is not None
