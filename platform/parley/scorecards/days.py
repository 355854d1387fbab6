"""The figures of a company as they stand, and as they stood at the end of any day kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from peewee import ModelSelect, fn

from parley.kernel import clock, db
from parley.kernel.errors import Refusal, Refused
from parley.kernel.prepared import Prepared
from parley.scorecards import figures, rules, telling
from parley.scorecards.figures import NOTHING, WINDOWS, Figures, Totals
from parley.scorecards.models import ClosedDay, Contribution, Snapshot, Tally
from parley.threads.models import Thread

AT_ONCE = 30  # days in one sweep
MOST_TOLD = 400  # threads that a page may tell anew from the journal


def today() -> int:
    """The day it is, in UTC, since 1970."""
    return telling.day_of(clock.now())


def midnight(day: int) -> datetime:
    """The instant at which a day begins."""
    return db.EPOCH + timedelta(days=day)


def end_of(day: int) -> datetime:
    """The last instant of a day."""
    return midnight(day + 1) - datetime.resolution


def figures_of(vendor_id: str, window: str, day: int | None = None) -> Figures:
    """The figures of a company in a window: now, or as they stood at the end of a day.

    :raise Refused: that day has not ended, or no figures are kept of it (404)
    """
    now = today()
    if day is None or day == now:
        return Figures(standing(vendor_id, window, now), window, now)
    if day > now:
        raise Refused(Refusal("future", "That day lies ahead. Figures are there up to today."), 404)
    return Figures(stood(vendor_id, window, day), window, day)


def stood(vendor_id: str, window: str, day: int) -> Totals:
    """The counts of a company as they were at the end of a day before today.

    :raise Refused: nothing is kept of that day (404)
    """
    first, last = ClosedDay.select(fn.MIN(ClosedDay.day), fn.MAX(ClosedDay.day)).tuples().get()
    if first is None or not first <= day <= last:
        _check_few(vendor_id, day, first)
        return closing(vendor_id, day, (window,))[window]
    row = _newest(vendor_id, window, day)
    return Totals.stored(row.totals).drawn(*figures.months_in(window, day)) if row else NOTHING


def _check_few(vendor_id: str, day: int, first: int | None) -> None:
    """A day that is not kept is told from the journal, while not much has happened since."""
    if _later(vendor_id, day).limit(MOST_TOLD + 1).count() > MOST_TOLD:
        since = f"{midnight(first):%-d %B %Y}" if first else "tomorrow"
        raise Refused(Refusal("before", f"Figures are kept for each day from {since} on."), 404)


def _later(vendor_id: str, day: int) -> ModelSelect:
    return Contribution.select().where(
        Contribution.vendor == vendor_id, Contribution.changed_at > end_of(day))


def _newest(vendor_id: str, window: str, day: int) -> Snapshot | None:
    found: Snapshot | None = Snapshot.select().where(
        Snapshot.vendor == vendor_id, Snapshot.window == window, Snapshot.day <= day
    ).order_by(Snapshot.day.desc()).first()
    return found


def standing(vendor_id: str, window: str, day: int) -> Totals:
    """The sums as they are now, in a window that ends on a day."""
    months: dict[int, dict[str, int]] = defaultdict(dict)
    for period, key, count in _verdicts(vendor_id, *figures.months_in(window, day)):
        months[period][key] = count
    return Totals(sums(vendor_id, window, day), months)


def sums(vendor_id: str, window: str, day: int) -> dict[str, int]:
    return dict(_sums(vendor_id, *figures.periods_in(window, day)))


_sums = Prepared(lambda vendor, first, last: Tally.select(Tally.key, fn.SUM(Tally.count)).where(
    Tally.vendor == vendor, Tally.period >= first, Tally.period <= last
).group_by(Tally.key).tuples())
_verdicts = Prepared(lambda vendor, first, last: Tally.select(
    Tally.period, Tally.key, Tally.count).where(
    Tally.vendor == vendor, Tally.period >= first, Tally.period <= last,
    Tally.key.in_(figures.DRAWN)).tuples())


def closing(vendor_id: str, day: int, windows: Iterable[str] = WINDOWS) -> dict[str, Totals]:
    """The counts of a company at the end of a day: as they are now, less what was done since."""
    now = {window: standing(vendor_id, window, day) for window in windows}
    for on, change in _since(vendor_id, day):
        for window in windows:
            now[window] = _changed(now[window], window, day, on, change)
    return now


def _since(vendor_id: str, day: int) -> Iterator[tuple[int, dict[str, int]]]:
    """What takes back what subjects have added after a day, each change with its own day."""
    end = end_of(day)
    pages = telling.pages_of(vendor_id, end)
    for row in _later(vendor_id, day):
        then = telling.counted(telling.entries_of(row.subject), end)
        yield row.day, rules.difference({}, row.counts)
        if then and then.vendor in pages:
            yield then.day, then.counts


def _changed(totals: Totals, window: str, day: int, on: int, change: dict[str, int]) -> Totals:
    counts, months = Counter(totals.counts), dict(totals.months)
    if figures.lies_in(window, day, on):
        counts.update(change)
    month, (first, last) = figures.month_of(on), figures.months_in(window, day)
    if first <= month <= last:
        verdicts = Counter(months.get(month, {}))
        verdicts.update({key: n for key, n in change.items() if key in figures.DRAWN})
        months[month] = verdicts
    return Totals(counts, months)


def sweep() -> None:
    """Keep the figures of each day that has ended, of all companies whose figures changed."""
    last = ClosedDay.select(fn.MAX(ClosedDay.day)).scalar()
    yesterday = today() - 1
    first = yesterday if last is None else last + 1
    for day in range(first, min(yesterday, first + AT_ONCE) + 1):
        if _time_lags(end_of(day)):
            return
        for vendor_id in list(_candidates(day, every=last is None)):
            with db.write():
                _close(vendor_id, day)
        with db.write():
            ClosedDay.insert(day=day).on_conflict_ignore().execute()


def _time_lags(instant: datetime) -> bool:
    """Whether something that passing time did by then is not stored yet."""
    return Thread.select().where(Thread.clock_at <= instant).exists() or (
        Thread.select().where(Thread.silent_at <= instant).exists())


def _candidates(day: int, every: bool) -> set[str]:
    """The companies whose counts a day may have changed: by an event, or because threads are too
    old now for a window."""
    if every:
        return {row.vendor for row in Contribution.select(Contribution.vendor).distinct()}
    changed = Contribution.select(Contribution.vendor).where(
        Contribution.changed_at > end_of(day - 1)).distinct()
    return {row.vendor for row in changed} | _leaving(day)


def _leaving(day: int) -> set[str]:
    """The companies of what was in a window the day before and is no longer."""
    found: set[str] = set()
    for window in WINDOWS:
        before, now = (figures.first_day(window, each) for each in (day - 1, day))
        if before is None or now is None or before == now:
            continue
        gone = Contribution.select(Contribution.vendor).where(
            Contribution.day >= before, Contribution.day < now).distinct()
        found |= {row.vendor for row in gone}
    return found


def _close(vendor_id: str, day: int) -> None:
    for window, totals in closing(vendor_id, day).items():
        before, plain = _newest(vendor_id, window, day), totals.plain()
        if plain == (before.totals if before else NOTHING.plain()):
            continue
        Snapshot.insert(vendor=vendor_id, window=window, day=day, totals=plain).on_conflict(
            conflict_target=[Snapshot.vendor, Snapshot.window, Snapshot.day],
            update={Snapshot.totals: plain}).execute()
