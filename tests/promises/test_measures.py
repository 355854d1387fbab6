"""What a thread is measured against."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from parley.kernel import db, rulebook
from parley.promises import actions, calendars, measures, opening, rules
from parley.promises.models import ClosedYear, Promise
from parley.promises.rules import PromiseTerms, Within
from tests.factories import make_account, make_vendor

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
JANUARY = datetime(2026, 1, 5, 8, tzinfo=UTC)  # a Monday

BERLIN = PromiseTerms(
    zone="Europe/Berlin", week=(((540, 1020),),) * 5 + ((), ()), expires=date(2027, 6, 30),
    country="DE", region="BE", closed=(date(2026, 12, 24),),
    first_answer={"question": Within(8 * HOUR, business=True)})


@pytest.fixture
def of_rules(backend):
    rulebook.forget()
    yield
    rulebook.forget()


def make_promise(vendor, number, terms=BERLIN, effective=JANUARY, expires=None):
    return Promise.create(
        vendor=vendor, page=vendor.id, number=number, terms=terms and rules.to_json(terms),
        published_at=effective, published_by=make_account(), effective_from=effective,
        expires_at=expires)


def test_the_newest_that_took_effect_decides(backend):
    vendor, other = make_vendor(), make_vendor()
    first = make_promise(vendor, 1, expires=JANUARY + 300 * DAY)
    make_promise(other, 1)
    late = make_promise(vendor, 2, effective=JANUARY + 60 * DAY, expires=JANUARY + 90 * DAY)
    soon = make_promise(vendor, 3, effective=JANUARY + 20 * DAY, expires=JANUARY + 80 * DAY)
    withdrawn = make_promise(vendor, 4, None, effective=JANUARY + 100 * DAY)
    versions = [first, late, soon, withdrawn]
    for days, expected in ((-1, None), (0, first), (19, first), (20, soon), (60, soon),
                           (79, soon), (80, None), (100, None), (200, None)):
        at = JANUARY + days * DAY
        assert rules.in_force(versions, at) == expected, days
        assert actions.in_force(vendor.id, at) == expected, days


def test_what_a_promise_leaves_out_falls_to_the_expectation(of_rules):
    rulebook.change("resolution_days", 30)
    rulebook.change("first_answer_days", 7)
    promise = make_promise(make_vendor(), 1)
    asked = measures.terms(promise.id, 2, "question")
    assert (asked.first_answer.duration, asked.first_answer.promised) == (8 * HOUR, True)
    assert asked.first_answer.hours.zone == "Europe/Berlin"
    assert (asked.resolution.duration, asked.resolution.promised) == (30 * DAY, False)
    complained = measures.terms(promise.id, 1, "complaint")
    assert complained.first_answer.duration == 5 * DAY
    assert measures.terms(promise.id, 2, "complaint") == measures.terms(None, 2, "complaint")
    assert measures.terms(promise.id, 2, "praise") == measures.NONE
    assert rulebook.numbered(0) == rulebook.Rulebook() and rulebook.number() == 2


def test_the_expectation_counts_monday_to_friday_in_utc(of_rules):
    target = measures.terms(None, 0, "question").first_answer
    thursday = datetime(2026, 12, 24, 22, 30, tzinfo=UTC)
    due = opening.reach(target.hours, thursday, target.duration)
    assert due == datetime(2026, 12, 31, 22, 30, tzinfo=UTC)


def test_closed_dates_stay_as_they_were_first_found(backend, monkeypatch):
    promise = make_promise(make_vendor(), 1)
    hours = measures.terms(promise.id, 0, "question").first_answer.hours
    found = hours.closed_in(2026)
    assert {date(2026, 3, 8), date(2026, 12, 24), date(2026, 12, 25)} < found
    monkeypatch.setattr(calendars, "computed", lambda *_: frozenset({date(2026, 7, 1)}))
    assert hours.closed_in(2026) == found == hours.closed_in(2026)
    assert hours.closed_in(2027) == frozenset({date(2026, 7, 1)})
    assert ClosedYear.select().where(ClosedYear.promise == promise.id).count() == 2


def test_no_query_when_warm(backend, monkeypatch):
    promise = make_promise(make_vendor(), 1)
    for _ in range(2):
        measures.terms(promise.id, 0, "question").first_answer.hours.closed_in(2026)
    monkeypatch.setattr(db.database.obj, "execute_sql", None)
    asked = measures.terms(promise.id, 0, "question")
    assert asked.first_answer.hours.closed_in(2026)
    assert asked.resolution.duration == 20 * DAY
