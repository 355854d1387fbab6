"""Opening time, worked out by hand with dates, and then as laws that hold for all hours."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.promises.opening import (
    Hours,
    NeverOpen,
    elapsed,
    never_closed,
    reach,
    spans,
)

BERLIN, HOWE, YORK, APIA = (
    "Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Pacific/Apia")
HOUR = timedelta(hours=1)


def at(text: str, zone: str = BERLIN) -> datetime:
    """An instant by the clock on the wall there."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def utc(text: str) -> datetime:
    return at(text, "UTC")


def span(opens: str, closes: str) -> tuple[int, int]:
    def minutes(text: str) -> int:
        hours, rest = text.split(":")
        return int(hours) * 60 + int(rest)

    return minutes(opens), minutes(closes)


def hours(*of_days: str, zone: str = BERLIN, closed: tuple[str, ...] = ()) -> Hours:
    """`hours("1-5 9:00-17:00", "6 10:00-12:00 13:00-14:00")`: Monday is 1."""
    week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for line in of_days:
        days, *found = line.split()
        first, _, last = days.partition("-")
        for day in range(int(first), int(last or first) + 1):
            week[day - 1] += [span(*one.split("-")) for one in found]
    dates = [date.fromisoformat(day) for day in closed]
    return Hours(zone, tuple(map(tuple, week)),
                 lambda year: frozenset(day for day in dates if day.year == year))


OFFICE = hours("1-5 9:00-17:00")
LUNCH = hours("1-5 9:00-12:00 13:00-17:00")
NIGHTS = hours("1-5 22:00-6:00")
WEEKDAYS = hours("1-5 0:00-24:00", zone="UTC")
SUNDAY = "7 {}"


def sunday(text: str, zone: str = BERLIN) -> Hours:
    return hours(SUNDAY.format(text), zone=zone)


# since, hours of time, due. Monday is 4 May 2026; Berlin's clocks change on 29 March and
# 25 October, New York's on 8 March and 1 November, Lord Howe's (by half an hour) on 5 April and
# 4 October.
BY_HAND = {
    "on the same day": (OFFICE, at("2026-05-04 10:00"), 4, at("2026-05-04 14:00")),
    "into the next day": (OFFICE, at("2026-05-04 15:00"), 4, at("2026-05-05 11:00")),
    "over a weekend": (OFFICE, at("2026-05-08 16:00"), 8, at("2026-05-11 16:00")),
    "from a Saturday": (OFFICE, at("2026-05-09 12:00"), 8, at("2026-05-11 17:00")),
    "due at closing, not at the next opening": (
        OFFICE, at("2026-05-04 09:00"), 8, at("2026-05-04 17:00")),
    "opened at closing": (OFFICE, at("2026-05-04 17:00"), 1, at("2026-05-05 10:00")),
    "a holiday in the middle": (
        hours("1-5 9:00-17:00", closed=("2026-05-01",)), at("2026-04-30 15:00"), 4,
        at("2026-05-04 11:00")),
    "two holidays around a weekend": (
        hours("1-5 9:00-17:00", closed=("2026-04-03", "2026-04-06")), at("2026-04-02 16:00"), 2,
        at("2026-04-07 10:00")),
    "over lunch": (LUNCH, at("2026-05-04 11:00"), 2, at("2026-05-04 14:00")),
    "asked during lunch": (LUNCH, at("2026-05-04 12:30"), 0.5, at("2026-05-04 13:30")),
    "open on two days only": (
        hours("2 10:00-12:00", "4 10:00-12:00"), at("2026-05-04 00:00"), 5,
        at("2026-05-12 11:00")),
    "over midnight": (NIGHTS, at("2026-05-04 23:00"), 3, at("2026-05-05 02:00")),
    "a night belongs to the day it opens on": (
        NIGHTS, at("2026-05-08 23:00"), 8, at("2026-05-11 23:00")),
    "so do the holidays": (
        hours("1-5 22:00-6:00", closed=("2026-05-08",)), at("2026-05-07 23:00"), 8,
        at("2026-05-11 23:00")),
    "round the clock on weekdays": (
        WEEKDAYS, utc("2026-05-08 12:00"), 120, utc("2026-05-15 12:00")),
    "from a Sunday, round the clock": (
        WEEKDAYS, utc("2026-05-10 12:00"), 120, utc("2026-05-16 00:00")),
    "a leap day is a day": (OFFICE, at("2028-02-28 16:00"), 9, at("2028-02-29 17:00")),
    "over New Year": (
        hours("1-5 9:00-17:00", closed=("2027-01-01",)), at("2026-12-31 16:00"), 2,
        at("2027-01-04 10:00")),
    "calendar time over the change in March": (
        None, at("2026-03-28 12:00"), 24, at("2026-03-29 13:00")),
    "calendar time over the change in October": (
        None, at("2026-10-24 12:00"), 24, at("2026-10-25 11:00")),
    "the short night": (sunday("0:00-6:00"), at("2026-03-29 00:00"), 5, at("2026-03-29 06:00")),
    "opening at a time that is skipped": (
        sunday("2:30-6:00"), at("2026-03-29 00:00"), 1, utc("2026-03-29 02:00")),
    "closing at a time that is skipped": (
        sunday("0:00-2:30"), at("2026-03-29 00:00"), 2, utc("2026-03-29 01:00")),
    "a span that is skipped whole": (
        sunday("2:10-2:50"), at("2026-03-29 00:00"), 0.5, at("2026-04-05 02:40")),
    "the long night": (sunday("0:00-6:00"), at("2026-10-25 00:00"), 7, at("2026-10-25 06:00")),
    "opening at a time that comes twice: the first": (
        sunday("2:30-3:30"), at("2026-10-25 00:00"), 1, utc("2026-10-25 01:30")),
    "closing at a time that comes twice: the last": (
        sunday("1:00-2:30"), at("2026-10-25 00:00"), 2.5, utc("2026-10-25 01:30")),
    "two spans that meet in the hour that comes twice": (
        sunday("0:00-2:30 2:30-5:00"), at("2026-10-25 00:00"), 6, at("2026-10-25 05:00")),
    "half an hour less on Lord Howe": (
        sunday("0:00-6:00", HOWE), at("2026-10-04 00:00", HOWE), 5.5, utc("2026-10-03 19:00")),
    "half an hour more on Lord Howe": (
        sunday("0:00-6:00", HOWE), at("2026-04-05 00:00", HOWE), 6.5, utc("2026-04-04 19:30")),
    "opening in the half hour that Lord Howe skips": (
        sunday("2:15-3:00", HOWE), at("2026-10-04 00:00", HOWE), 0.5, utc("2026-10-03 16:00")),
    "closing in the half hour that Lord Howe has twice": (
        sunday("1:00-1:45", HOWE), at("2026-04-05 00:00", HOWE), 1.25, utc("2026-04-04 15:15")),
    "New York in March": (
        sunday("0:00-4:00", YORK), at("2026-03-08 00:00", YORK), 3, utc("2026-03-08 08:00")),
    "New York in November": (
        sunday("0:00-4:00", YORK), at("2026-11-01 00:00", YORK), 5, utc("2026-11-01 09:00")),
    "a night over New York's change": (
        hours("6 22:00-6:00", zone=YORK), at("2026-10-31 12:00", YORK), 9,
        utc("2026-11-01 11:00")),
    "the day that Apia never had": (
        hours("5 0:00-24:00", zone=APIA), at("2011-12-29 12:00", APIA), 1,
        at("2012-01-06 01:00", APIA)),
}


@pytest.mark.parametrize(("open_at", "since", "amount", "due"), BY_HAND.values(), ids=BY_HAND)
def test_due_by_hand(open_at, since, amount, due):
    assert reach(open_at, since, amount * HOUR) == due
    assert elapsed(open_at, since, due) == amount * HOUR


def test_a_pause_is_left_out():
    pause = (at("2026-05-04 11:00"), at("2026-05-05 10:00"))
    assert reach(OFFICE, at("2026-05-04 10:00"), 4 * HOUR, [pause]) == at("2026-05-05 13:00")
    assert elapsed(OFFICE, at("2026-05-04 10:00"), at("2026-05-05 11:00"), [pause]) == 2 * HOUR


def test_a_pause_outside_of_opening_time_costs_nothing():
    pause = (at("2026-05-04 18:00"), at("2026-05-05 08:00"))
    assert reach(OFFICE, at("2026-05-04 16:00"), 2 * HOUR, [pause]) == at("2026-05-05 10:00")


def test_hours_that_never_open_are_no_clock():
    with pytest.raises(NeverOpen):
        reach(hours(), at("2026-05-04 10:00"), HOUR)


# Laws

ZONES = st.sampled_from([BERLIN, HOWE, YORK, APIA, "UTC", "Asia/Kathmandu"])
MINUTE_SETS = st.lists(st.integers(0, 287), unique=True, max_size=6).map(
    lambda found: sorted(5 * one for one in found))
INSTANTS = st.datetimes(datetime(2011, 12, 1), datetime(2028, 12, 1)).map(
    lambda one: one.replace(tzinfo=UTC))
AMOUNTS = st.timedeltas(timedelta(microseconds=1), timedelta(hours=60))


def _spans(minutes: list[int], overnight: bool) -> tuple[tuple[int, int], ...]:
    """Spans between pairs of times; the odd one out stays open into the night."""
    pairs = list(zip(minutes[::2], minutes[1::2], strict=False))
    if overnight and len(minutes) % 2:
        pairs.append((minutes[-1], min(minutes[0], 120)))
    return tuple(pairs)


@st.composite
def all_hours(draw) -> Hours:
    week = [_spans(draw(MINUTE_SETS), draw(st.booleans())) for _ in range(6)]
    week.append(((9 * 60, 17 * 60),))  # so that it opens at all
    closed = frozenset(draw(st.sets(st.dates(date(2012, 1, 1), date(2028, 12, 31)), max_size=5)))
    return Hours(draw(ZONES), tuple(draw(st.permutations(week))), lambda year: closed)


@st.composite
def pauses_after(draw, since: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        begins = since + draw(st.timedeltas(timedelta(0), timedelta(days=9)))
        since = begins + draw(st.timedeltas(timedelta(0), timedelta(days=9)))
        found.append((begins, since))
    return found


@given(all_hours() | st.none(), st.lists(INSTANTS, min_size=3, max_size=3).map(sorted))
@settings(max_examples=60, deadline=None)
def test_elapsed_adds_up_over_any_cut_and_is_never_negative(open_at, cut):
    if open_at:  # a year is enough to cut
        cut = [min(one, cut[0] + timedelta(days=365)) for one in cut]
    first, middle, last = cut
    parts = elapsed(open_at, first, middle) + elapsed(open_at, middle, last)
    assert parts == elapsed(open_at, first, last) >= timedelta()


@given(all_hours() | st.none(), INSTANTS, AMOUNTS, st.data())
@settings(max_examples=100, deadline=None)
def test_the_due_time_gives_back_the_promised_duration_and_is_the_earliest_that_does(
        open_at, since, amount, data):
    pauses = data.draw(pauses_after(since))
    due = reach(open_at, since, amount, pauses)
    assert elapsed(open_at, since, due, pauses) == amount
    assert elapsed(open_at, since, due - datetime.resolution, pauses) < amount


@given(all_hours() | st.none(), INSTANTS, AMOUNTS, st.data())
@settings(max_examples=60, deadline=None)
def test_one_more_pause_never_makes_it_due_earlier(open_at, since, amount, data):
    pauses = data.draw(pauses_after(since))
    fewer = [one for one in pauses if data.draw(st.booleans())]
    assert reach(open_at, since, amount, fewer) <= reach(open_at, since, amount, pauses)


@given(all_hours(), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=40)))
@settings(max_examples=60, deadline=None)
def test_spans_come_in_order_and_never_touch(open_at, since, length):
    found = list(spans(open_at, since, since + length))
    assert all(a < b for a, b in found)
    assert all(first[1] < then[0] for first, then in itertools.pairwise(found))
    assert all(since <= a and b <= since + length for a, b in found)


def test_never_closed_closes_on_no_day():
    assert never_closed(2026) == frozenset()
