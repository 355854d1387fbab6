"""Which version decides, from when one counts, and which hours overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.kernel.errors import Invalid
from parley.promises import rules

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    number: int
    effective_from: datetime
    expires_at: datetime | None = None
    terms: Any = "terms"


def at(days: float) -> datetime:
    return NOW + days * DAY


@st.composite
def published(draw) -> list[Row]:
    """Versions with their numbers in the order of publishing, effective in any order."""
    days = draw(st.lists(st.integers(-30, 30), min_size=1, max_size=6))
    return [Row(number, at(days)) for number, days in enumerate(days, 1)]


@given(published(), st.integers(0, 40))
@settings(max_examples=150)
def test_what_is_to_come_is_what_will_decide(versions, later):
    coming = rules.still_to_come(versions, NOW)
    then = at(later)
    known = [rules.in_force(versions, NOW), *coming]
    deciding = [one for one in known if one and one.effective_from <= then]
    assert rules.in_force(versions, then) == (deciding[-1] if deciding else None)
    assert [one.effective_from for one in coming] == sorted(
        one.effective_from for one in coming)


def test_an_expired_or_withdrawn_version_gives_way_to_none():
    first = Row(1, at(-100), at(100))
    expired = Row(2, at(-50), at(-1))
    assert rules.in_force([first, expired], NOW) is None
    assert rules.in_force([first, expired], at(-1) - timedelta(microseconds=1)) == expired
    assert rules.in_force([first, Row(2, at(-1), terms=None)], NOW) is None


@pytest.mark.parametrize(("chosen", "first", "expected"), [
    (None, True, 0), (None, False, 14), (3, True, 3), (14, False, 14), (20, False, 20),
])
def test_when_a_version_begins_to_count(chosen, first, expected):
    wish = at(chosen) if chosen is not None else None
    assert rules.takes_effect(wish, NOW, first, at(300)) == at(expected)


@pytest.mark.parametrize(("chosen", "first", "expires"), [
    (-1, True, 300), (13.9, False, 300), (0, False, 300), (367, False, 900), (20, False, 20),
    (None, False, 13),
])
def test_when_it_cannot_begin(chosen, first, expires):
    wish = at(chosen) if chosen is not None else None
    with pytest.raises(Invalid) as refused:
        rules.takes_effect(wish, NOW, first, at(expires))
    assert list(refused.value.errors) == ["effective_from"]


@pytest.mark.parametrize(("newest", "waiting", "code"), [
    (None, 0, "none"), (Row(1, at(-9), at(90)), 0, None), (Row(1, at(9), at(90)), 1, None),
    (Row(2, at(9), terms=None), 1, "withdrawn"), (Row(1, at(-9), at(-1)), 0, "expiring"),
    (Row(1, at(-9), at(14)), 0, "expiring"), (Row(4, at(9), at(90)), 3, "waiting"),
])
def test_what_can_be_withdrawn(newest, waiting, code):
    refusal = rules.may_withdraw(newest, waiting, NOW)
    assert (refusal and refusal.code) == code


EMPTY = ((),) * 7


def week(**days: list[tuple[int, int]]) -> rules.Week:
    names = ("mo", "tu", "we", "th", "fr", "sa", "su")
    return tuple(tuple(days.get(name, ())) for name in names)


@pytest.mark.parametrize(("hours", "wrong"), [
    (EMPTY, set()),
    (week(mo=[(540, 1020)]), set()),
    (week(mo=[(540, 720), (720, 1020)]), set()),  # touching
    (week(mo=[(540, 721), (720, 1020)]), {0}),
    (week(mo=[(540, 1020), (600, 660)]), {0}),
    (week(mo=[(1320, 360)], tu=[(360, 720)]), set()),
    (week(mo=[(1320, 361)], tu=[(360, 720)]), {1}),
    (week(su=[(1320, 360)], mo=[(300, 720)]), {0}),  # Sunday's night and Monday
    (week(su=[(0, 1440)], mo=[(0, 1440)]), set()),
    (week(su=[(1320, 360)]), set()),
])
def test_hours_that_overlap(hours, wrong):
    assert rules.overlapping(hours) == wrong


spans = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda s: s[0] != s[1])


@given(st.tuples(*[st.lists(spans, max_size=2).map(tuple)] * 7))
@settings(max_examples=150)
def test_overlapping_is_being_open_twice_in_a_minute(hours):
    minutes: list[int] = []
    for day, found in enumerate(hours):
        for opens, closes in found:
            begins = day * 1440 + opens
            minutes += [m % 10080 for m in range(begins, begins + rules.length(opens, closes))]
    assert bool(rules.overlapping(hours)) == (len(minutes) > len(set(minutes)))
