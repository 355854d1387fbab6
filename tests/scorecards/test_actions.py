"""Figures that are kept with each event are those that the record gives."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench.walk import walk
from parley.archives import public_lines
from parley.journal.models import Entry
from parley.kernel import db
from parley.kernel.canonical import iso
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.moderation import actions as moderation
from parley.problems.models import Problem
from parley.scorecards import actions, days, figures, records, recount
from parley.scorecards.models import ClosedDay, Contribution, Snapshot, Tally
from parley.threads import clocks, outcomes
from parley.threads.models import Post
from parley.vendors import claims, disputes
from parley.vendors.models import Claim, Vendor
from tests.archives.rows import exported
from tests.conftest import everything
from tests.factories import (
    make_account,
    make_manager,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.problems.factories import case
from tests.threads import factories as f
from tests.web.crowd import listening


@pytest.fixture
def acme(app, travel):
    vendor = make_vendor(name="Acme")
    make_representative(vendor)
    return vendor


def counts(vendor, window="all"):
    found = days.sums(vendor.id, window, days.today())
    return {key: count for key, count in found.items() if count}


def differences(*whose) -> list[str]:
    recount.catch_up()
    return list(recount.verify(*whose or (None,)))


def test_each_event_moves_the_figures_in_its_own_write(acme, travel):
    thread = f.open_thread(vendor=acme)
    waiting = f"waiting.{days.today()}"
    assert counts(acme) == {"kind.question": 1, "pending": 1, waiting: 1}
    travel(days=10)
    clocks.sweep()
    assert counts(acme) == {"kind.question": 1, "counted": 1, "missed.expectation": 1, waiting: 1}
    f.answer(thread)
    assert counts(acme)["answered"] == 1 and waiting not in counts(acme)
    f.confirm(thread)
    assert counts(acme)["outcome.confirmed_by_vendor"] == 1
    assert counts(acme) == counts(acme, "12m") == counts(acme, "90d")
    travel(days=90)
    assert counts(acme, "90d") == {}


def test_the_passing_of_a_second_due_time_is_a_fact_too(acme, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    for later in (8, 12, 28):
        travel(days=later)
        clocks.sweep()
    missed = [clock.verdict for clock in clocks.Clock.select().where(
        clocks.Clock.thread == thread.id)]
    assert missed == ["missed", "missed"]
    assert Entry.select().where(Entry.kind == "clock.missed").count() == 1
    assert differences() == []


@everything
def test_a_random_life_leaves_no_difference(app, travel):
    happened = walk(160, seed=4, span=timedelta(days=130), each_day=days.sweep)
    assert len(happened) > 12
    assert differences() == []
    for ago in (1, 20, 60):
        assert list(recount.verify_day(None, days.today() - ago)) == [], ago
    before = {(row.vendor, row.period, row.key): row.count for row in Tally.select() if row.count}
    recount.rebuild()
    assert {(row.vendor, row.period, row.key): row.count
            for row in Tally.select() if row.count} == before
    assert differences() == []


def test_a_merge_adds_the_figures_of_one_page_to_the_other(acme, travel):
    other = make_vendor(name="Acme Ltd")
    for vendor in (acme, other, other):
        f.open_thread(vendor=vendor)
    days.sweep()
    travel(days=1)
    days.sweep()
    disputes.merge(other, acme, make_steward(), "One company.")
    travel(hours=1)
    assert counts(acme)["kind.question"] == 3
    assert counts(other) == {}
    assert differences() == differences(acme) == []
    assert days.figures_of(acme.id, "all", days.today() - 1).threads == 1


def test_of_reports_those_of_the_company_count(acme, travel):
    steward, manager = make_steward(), make_manager(acme)
    for by, decision in ((manager, "hide_post"), (manager, "reject"), (make_member(), "reject")):
        post = Post.get(Post.thread == f.open_thread(vendor=acme).id)
        moderation.settle(moderation.report(post.id, by, "spam").id, steward, decision)
    found = days.figures_of(acme.id, "all")
    assert found.reports == (2, 2, 1)
    assert differences() == []


def test_a_problem_counts_from_the_day_on_which_its_fix_was_confirmed(app, travel):
    found = case(3)
    assert days.figures_of(found.vendor.id, "90d").problems == (0, 0)
    ClosedDay.create(day=days.today() - 1)
    travel(days=5)
    found.move("fixed")
    assert found.vote(True, True, True) == "confirmed"
    assert days.figures_of(found.vendor.id, "90d").problems == (1, 3)
    travel(days=5)
    assert found.vote(False, False) == "acknowledged"
    assert days.figures_of(found.vendor.id, "90d").problems == (0, 0)
    travel(days=5)
    found.move("fixed")
    assert found.vote(True, True, True) == "confirmed"
    travel(days=1)
    recount.catch_up()
    days.sweep()
    shown = [days.figures_of(found.vendor.id, "all", days.today() - ago).problems
             for ago in (12, 9, 4, 1)]
    assert shown == [(0, 0), (1, 3), (0, 0), (1, 3)]
    assert differences() == []


@pytest.mark.parametrize("change", [
    lambda: Tally.update(count=7).where(Tally.key == "answered", Tally.period > 10**6),
    lambda: Contribution.update(counts={"answered": 9}),
    lambda: Contribution.delete(),
    lambda: Tally.insert(vendor="nobody", period=1, key="answered", count=1),
    lambda: clocks.Clock.update(verdict="kept"),
    lambda: actions.Vendor.update(solved_count=12),
])
def test_a_figure_changed_by_hand_is_reported(acme, travel, change):
    f.answer(f.open_thread(vendor=acme))
    assert differences() == []
    change().execute()
    assert differences()


def test_votes_of_a_problem_changed_by_hand_are_reported(app, travel):
    found = case(3)
    found.move("fixed")
    found.vote(True, False, True)
    assert differences() == differences(found.vendor) == []
    Problem.update(works=3).where(Problem.id == found.id).execute()
    assert len(differences()) == len(differences(found.vendor)) == 1


def test_a_day_that_the_jobs_missed_is_kept_exactly(acme, travel):
    ignored, answered = f.open_thread(vendor=acme), f.open_thread(vendor=acme)
    ClosedDay.create(day=days.today() - 1)
    first = days.today()
    travel(days=3)
    f.answer(answered)
    travel(days=7)
    recount.catch_up()
    f.answer(ignored)
    days.sweep()
    shown = [(found.counts.get("answered", 0), found.counts.get("counted", 0)) for found in (
        days.figures_of(acme.id, "all", day) for day in range(first, days.today() + 1))]
    assert shown == [(0, 0)] * 3 + [(1, 1)] * 4 + [(1, 2)] * 3 + [(2, 2)]


def test_what_is_not_over_or_was_never_kept_is_refused(acme, travel, monkeypatch):
    with pytest.raises(Refused, match="ahead"):
        days.figures_of(acme.id, "all", days.today() + 1)
    f.open_thread(vendor=acme)
    travel(days=1)
    f.open_thread(vendor=acme)
    found = [days.figures_of(acme.id, "all", days.today() - ago).threads for ago in (0, 1, 2)]
    assert found == [2, 1, 0]
    monkeypatch.setattr(days, "MOST_TOLD", 1)
    with pytest.raises(Refused, match="from tomorrow on"):
        days.figures_of(acme.id, "all", days.today() - 2)
    travel(days=1)
    days.sweep()
    with pytest.raises(Refused, match="from 13 November 2026 on"):
        days.figures_of(acme.id, "all", days.today() - 3)


def test_what_grows_too_old_leaves_a_window_without_an_event(acme, travel):
    ClosedDay.create(day=days.today() - 1)
    f.open_thread(vendor=acme, kind="praise")
    opened = days.today()
    travel(days=95)
    for _ in range(4):
        days.sweep()
    shown = [[days.figures_of(acme.id, window, day).threads for window in figures.WINDOWS]
             for day in (opened, opened + 89, opened + 90)]
    assert shown == [[1, 1, 1], [1, 1, 1], [0, 1, 1]]
    assert Snapshot.select().where(Snapshot.window == "90d").count() == 2


def test_an_event_costs_the_same_in_a_large_company(acme, travel):
    def queries() -> int:
        thread = f.open_thread(vendor=acme)
        by = make_representative(acme)
        with listening() as heard:
            f.answer(thread, by=by)
        return len(heard)

    queries()
    few = queries()
    for _ in range(12):
        f.open_thread(vendor=acme)
    assert queries() == few


def test_sums_are_written_in_one_statement_in_order(acme, travel):
    with listening() as heard, db.write():
        for vendor in (acme, make_vendor(name="A first one")):
            f.open_thread(vendor=vendor)
    written = [params for sql, params in heard if sql.startswith("INSERT INTO tally")]
    assert len(written) == 1
    keys = [tuple(written[0][n:n + 3]) for n in range(0, len(written[0]), 4)]
    assert keys == sorted(keys)


def test_one_comment_stands_and_the_earlier_stay(acme, travel):
    manager = make_manager(acme)
    actions.comment(acme, manager, "We had a strike.")
    travel(days=1)
    actions.comment(acme, manager, "We had a strike in March.")
    actions.comment(acme, manager, "We had a strike in March.")
    assert [one.text for one in actions.comments(acme.id, 9)] == [
        "We had a strike in March.", "We had a strike."]
    with pytest.raises(NotFound):
        actions.comment(acme, f.representative_of(f.open_thread(vendor=acme)), "Me too.")
    with pytest.raises(Invalid):
        actions.comment(acme, manager, "x" * 1_001)
    Vendor.update(lapsed_at=travel.now).where(Vendor.id == acme.id).execute()
    with pytest.raises(Refused):
        actions.comment(acme, manager, "We had no strike.")


def test_what_a_company_said_is_not_the_word_of_the_next_people(acme, travel, client):
    manager, newcomer = make_manager(acme), make_account()
    actions.comment(acme, manager, "We had a strike.")
    claim = Claim.create(vendor=acme, domain="acme.example", token="t" * 26, by=newcomer,
                         state="disputed", created_at=travel.now)
    with db.write():
        claims.prove(claim, Vendor.get_by_id(acme.id))
    actions.comment(acme, newcomer, "We are new here.")
    assert [one.text for one in actions.comments(acme.id, 9)] == ["We are new here."]
    page = client.get(f"/vendors/{acme.slug}/scorecard").get_data(as_text=True)
    assert "We are new here." in page and "strike" not in page
    assert [line["text"] for line in public_lines.FILES["scorecard-comments"]()] == [
        "We are new here."]
    (kept,) = exported(records, manager)["scorecard-comments.json"]
    assert (kept["text"], kept["sealed_at"]) == ("We had a strike.", iso(travel.now))


def test_a_withdrawn_thread_that_nobody_answered_leaves_the_figures(acme, travel):
    thread = f.open_thread(vendor=acme)
    outcomes.withdraw(thread.author, thread.id)
    assert counts(acme) == {}
    assert differences() == []
