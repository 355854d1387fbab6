"""Opening time: how much of it lies between two instants, and when so much of it is over.

Pure. Instants are aware and in UTC; opening hours are said in local time of one zone. A span that
closes at or before it opens runs overnight and belongs to the day on which it opens, also when
that day is closed. A local time that the clocks skip means the instant of the jump; one that comes
twice means the first for opening and the last for closing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTES = 24 * 60
LONGEST_SEARCH = timedelta(days=366 * 30)  # a promise that needs longer is refused when it is made

Span = tuple[datetime, datetime]
Pauses = Sequence[Span]  # in order, not overlapping


@dataclass(frozen=True)
class Hours:
    """When a company is open.

    `week` has seven days, Monday first, each with spans of (opens, closes) in minutes of the day:
    opens 0 to 1439, closes 0 to 1440. `closed_in` gives the closed dates of a year.
    """

    zone: str
    week: tuple[tuple[tuple[int, int], ...], ...]
    closed_in: Callable[[int], frozenset[date]]


class NeverOpen(ValueError):
    """The opening time asked for is not reached within a lifetime of these hours."""


def never_closed(year: int) -> frozenset[date]:
    return frozenset()


def spans(hours: Hours, since: datetime, until: datetime) -> Iterator[Span]:
    """The open spans between two instants, in order, cut to them, never overlapping."""
    zone = _zone(hours.zone)
    last = until.astimezone(zone).date()
    begun: Span | None = None
    day = since.astimezone(zone).date() - DAY  # its night may run into ours
    while day <= last:
        for opens, closes in _of_day(hours, day):
            opens, closes = max(opens, since), min(closes, until)
            if opens >= closes:
                continue
            if begun and opens <= begun[1]:
                begun = begun[0], max(begun[1], closes)
                continue
            if begun:
                yield begun
            begun = opens, closes
        day += DAY
    if begun:
        yield begun


def _of_day(hours: Hours, day: date) -> list[Span]:
    found = hours.week[day.weekday()]
    if not found or day in hours.closed_in(day.year):
        return []
    return sorted(
        (instant(hours.zone, day, opens, opening=True),
         instant(hours.zone, day, closes if closes > opens else closes + MINUTES, opening=False))
        for opens, closes in found)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def instant(zone: str, day: date, minute: int, *, opening: bool) -> datetime:
    """The instant of a local time; `minute` counts from the day's midnight, past 1440 the next."""
    there = datetime.combine(day, time()) + timedelta(minutes=minute)
    local = there.replace(tzinfo=_zone(zone), fold=0 if opening else 1)
    found = local.astimezone(UTC)
    if found.astimezone(_zone(zone)).replace(tzinfo=None) == there:
        return found
    return _jump(zone, there)


def _jump(zone: str, skipped: datetime) -> datetime:
    """The instant at which the clocks jumped over a local time, to the second."""
    after, before = (
        skipped.replace(tzinfo=_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    old = before.astimezone(_zone(zone)).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(_zone(zone)).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def elapsed(hours: Hours | None, since: datetime, until: datetime, pauses: Pauses = ()
            ) -> timedelta:
    """How much time counts between two instants, pauses left out. None counts all of it."""
    return sum((_open(hours, a, b) for a, b in between(since, until, pauses)), timedelta())


def _open(hours: Hours | None, since: datetime, until: datetime) -> timedelta:
    if hours is None:
        return max(until - since, timedelta())
    return sum((b - a for a, b in spans(hours, since, until)), timedelta())


def between(since: datetime, until: datetime, pauses: Pauses) -> Iterator[Span]:
    """The stretches between two instants that lie in no pause."""
    for begins, ends in pauses:
        if begins >= until:
            break
        if begins > since:
            yield since, begins
        since = max(since, ends)
    if since < until:
        yield since, until


def reach(hours: Hours | None, since: datetime, amount: timedelta, pauses: Pauses = ()) -> datetime:
    """The earliest instant at which `amount` (above zero) has been counted since `since`.

    :raise NeverOpen: these hours hardly ever open
    """
    if hours is None:
        stretches: Iterable[Span] = between(since, since + amount + _length(pauses) + DAY, pauses)
    else:
        stretches = _opened(hours, since, pauses)
    for begins, ends in stretches:
        if ends - begins >= amount:
            return begins + amount
        amount -= ends - begins
    raise NeverOpen(hours)


def _length(pauses: Pauses) -> timedelta:
    return sum((ends - begins for begins, ends in pauses), timedelta())


def _opened(hours: Hours, since: datetime, pauses: Pauses) -> Iterator[Span]:
    """Open stretches outside the pauses, looked for a week and then longer at a time."""
    limit, step = since + LONGEST_SEARCH, 7 * DAY
    while since < limit:
        for begins, ends in spans(hours, since, since + step):
            yield from between(begins, ends, pauses)
        since, step = since + step, min(step * 2, 364 * DAY)
