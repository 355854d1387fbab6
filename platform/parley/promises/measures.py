"""What a thread is measured against: its promise, and where that is silent, what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache, partial

from parley.kernel import rulebook
from parley.promises import calendars, rules
from parley.promises.clocks import Target, Terms
from parley.promises.models import Promise
from parley.promises.opening import Hours, never_closed
from parley.promises.rules import DAY_MINUTES, Escalation, PromiseTerms, Within

WORKDAYS = (((0, DAY_MINUTES),),) * 5 + ((), ())
NONE = Terms(None, None)


EXPECTED_HOURS = Hours("UTC", WORKDAYS, never_closed)


def terms(promise_id: str | None, number: int, kind: str) -> Terms:
    """The targets of a thread of this kind that keeps this version (None: no promise), opened
    under the rule book of this number. Only questions and complaints have any.

    :raise LookupError: there is no such version, or no such rule book
    """
    if kind not in rules.KINDS:
        return NONE
    expected = expectation(number)
    if promise_id is None:
        return expected
    promised, hours = _promised(promise_id)
    return Terms(
        target(promised.first_answer, kind, hours) or expected.first_answer,
        target(promised.resolution, kind, hours) or expected.resolution)


def expectation(number: int) -> Terms:
    """What the community expects of a company that promised nothing: business days in UTC, of
    24 hours each."""
    book = rulebook.numbered(number)
    return _expected(book.first_answer_days, book.resolution_days)


@cache
def _expected(first_answer: int, resolution: int) -> Terms:
    return Terms(*(Target(timedelta(days=days), EXPECTED_HOURS, promised=False)
                   for days in (first_answer, resolution)))


def escalations(promise_id: str | None) -> tuple[Escalation, ...]:
    """Who takes over after how long, shortest first."""
    return _promised(promise_id)[0].escalation if promise_id else ()


@lru_cache(maxsize=4_096)
def _promised(promise_id: str) -> tuple[PromiseTerms, Hours]:
    row = Promise.get_or_none(Promise.id == promise_id)
    if row is None or row.terms is None:
        raise LookupError(f"there is no promise {promise_id}")
    said = rules.from_json(row.terms)
    return said, Hours(said.zone, said.week, partial(calendars.closed_in, promise_id, said))


def target(targets: Mapping[str, Within], kind: str, hours: Hours) -> Target | None:
    """What is promised for a kind of thread, as clocks take it; None when that is nothing."""
    within = targets.get(kind)
    if within is None:
        return None
    return Target(within.duration, hours if within.business else None, promised=True)
