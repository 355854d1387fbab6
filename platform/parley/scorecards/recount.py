"""All figures anew from the journal: to compare them with those kept, and to write them.

Memory is bounded: the journal is read subject by subject, and sums are compared page by page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import peewee

from parley.journal.models import Entry
from parley.kernel import clock, db
from parley.outbox.models import WAITING, Task
from parley.problems import counting
from parley.problems.models import SHOWN, Problem
from parley.promises.clocks import Reckoning, reckon
from parley.scorecards import actions, days, figures, rules, telling
from parley.scorecards.figures import Figures, Totals
from parley.scorecards.models import Contribution, Tally
from parley.scorecards.telling import Counted
from parley.threads import clocks, outcomes
from parley.threads.models import Clock, Thread
from parley.vendors.models import Vendor

ENTRIES, SUBJECTS = 5_000, 500  # read at once

Told = tuple[str, list[Entry]]  # a subject, and what the journal says of it
Progress = Callable[[int], None]


def silently(done: int) -> None:
    pass


# Reading the journal


def everything() -> Iterator[Told]:
    """All subjects that figures go by, in the order of their ids."""
    rows = groupby(_all_entries(), attrgetter("subject_id"))
    return ((subject, list(entries)) for subject, entries in rows)


def _all_entries() -> Iterator[Entry]:
    after: tuple[str, int] = ("", 0)
    while True:
        place = peewee.Tuple(Entry.subject_id, Entry.id) > peewee.Tuple(*after)
        some = list(Entry.select().where(place, Entry.kind.in_(telling.FACTS)).order_by(
            Entry.subject_id, Entry.id).limit(ENTRIES))
        yield from some
        if len(some) < ENTRIES:
            return
        after = some[-1].subject_id, some[-1].id


def of_page(vendor_id: str) -> Iterator[Told]:
    """The subjects that figures of one page go by."""
    subjects = Contribution.select(Contribution.subject).where(
        Contribution.vendor == vendor_id).union(
        Thread.select(Thread.id).where(Thread.vendor == vendor_id)).tuples()
    for (subject,) in list(subjects):
        if entries := telling.entries_of(subject):
            yield subject, entries


class Pages:
    """Which page answers for which, after all that were folded into others by an instant."""

    def __init__(self, as_of: datetime) -> None:
        self.into = {entry.refs["merged"]: entry.subject_id for entry in Entry.select().where(
            Entry.kind == "vendor.merged", Entry.at <= as_of)}

    def now(self, vendor_id: str) -> str:
        while vendor_id in self.into:
            vendor_id = self.into[vendor_id]
        return vendor_id

    def counted(self, entries: list[Entry], as_of: datetime) -> Counted | None:
        found = telling.counted(entries, as_of)
        return found and Counted(self.now(found.vendor), found.day, found.counts)


def as_of(vendor_id: str, instant: datetime) -> dict[str, Totals]:
    """The counts of a company in each window, from the journal alone."""
    pages, day = Pages(instant), telling.day_of(instant)
    counts: dict[str, Counter[str]] = {window: Counter() for window in figures.WINDOWS}
    months: dict[int, Counter[str]] = defaultdict(Counter)
    for _, entries in of_page(vendor_id):
        found = pages.counted(entries, instant)
        if found is None or found.vendor != vendor_id:
            continue
        months[figures.month_of(found.day)].update(
            {key: count for key, count in found.counts.items() if key in figures.DRAWN})
        for window, sums in counts.items():
            if figures.lies_in(window, day, found.day):
                sums.update(found.counts)
    return {window: Totals(sums, months).drawn(*figures.months_in(window, day))
            for window, sums in counts.items()}


def figures_of(vendor_id: str, window: str, instant: datetime) -> Figures:
    """The figures of a company, from the journal alone."""
    return Figures(as_of(vendor_id, instant)[window], window, telling.day_of(instant))


# Comparing


def catch_up() -> None:
    """Store what passing time has done by now, and what a company's coming did to its threads, as
    the jobs do every few seconds."""
    for task in Task.select().where(WAITING, Task.kind == "clocks"):
        clocks.carry(task)
    while clocks.sweep() + outcomes.sweep_silence():
        pass


def verify(vendor: Vendor | None, progress: Progress = silently) -> Iterator[str]:
    """Compare what is kept with what the journal says, of one company or of all; a line for each
    difference. `catch_up` comes first."""
    now = clock.now()
    pages, on_pages = Pages(now), defaultdict(Counter[int])
    told = of_page(vendor.id) if vendor else everything()
    seen = 0
    for some in _batches(told):
        yield from _compare(some, pages, now, on_pages)
        seen += len(some)
        progress(seen)
    if vendor is None:
        yield from _untold()
    which = [vendor.id] if vendor else _all_pages()
    for vendor_id in which:
        yield from _compare_sums(vendor_id)
    yield from _compare_pages(vendor, on_pages)
    yield from _compare_votes(vendor)


def _batches(told: Iterable[Told]) -> Iterator[list[Told]]:
    some: list[Told] = []
    for one in told:
        some.append(one)
        if len(some) == SUBJECTS:
            yield some
            some = []
    if some:
        yield some


def _compare(some: list[Told], pages: Pages, now: datetime, on_pages: dict[str, Counter[int]]
             ) -> Iterator[str]:
    subjects = [subject for subject, _ in some]
    kept = {row.subject: row for row in Contribution.select().where(
        Contribution.subject.in_(subjects))}
    stored = defaultdict(list)
    for row in Clock.select().where(Clock.thread.in_(subjects)).order_by(
            Clock.thread, Clock.number):
        stored[row.thread_id].append(row)
    for subject, entries in some:
        at = max(now, entries[-1].at)  # others write meanwhile
        yield from _differs(subject, pages.counted(entries, at), kept.get(subject))
        told = telling.history(entries, at)
        if told is not None:
            on_pages[pages.now(told.vendor)].update(dict(enumerate(rules.counted_on_page(told))))
            yield from _clocks_differ(subject, reckon(clocks.facts(entries), at), stored[subject])


def _differs(subject: str, found: Counted | None, row: Contribution | None) -> Iterator[str]:
    was = row and Counted(row.vendor, row.day, row.counts)
    if found != was:
        yield f"{subject} counts as {_words(found)} by the record, but {_words(was)} is kept"


def _words(counted: Counted | None) -> str:
    if counted is None:
        return "nothing"
    counts = ", ".join(f"{key} {count}" for key, count in sorted(counted.counts.items()))
    return f"{counts or 'nothing'} ({counted.vendor}, day {counted.day})"


def _clocks_differ(subject: str, stands: Reckoning, rows: list[Clock]) -> Iterator[str]:
    told = [_values(each, each.target.promised) for each in stands.clocks]
    kept = [_values(row, row.promised) for row in rows]
    for number in range(max(len(told), len(kept))):
        by_record, stored = (each[number] if number < len(each) else None for each in (told, kept))
        if by_record != stored:
            yield f"clock {number} of {subject} is {by_record} by the record, but {stored} is kept"


def _values(each: Any, promised: bool) -> tuple[object, ...]:
    return (str(each.name), each.round, promised, each.started_at, each.due_at, each.stopped_at,
            each.verdict and str(each.verdict), each.decided_at)


def _untold() -> Iterator[str]:
    """What is kept of subjects that the journal knows nothing of."""
    known = Entry.select(peewee.Value(1)).where(
        Entry.subject_id == Contribution.subject, Entry.kind.in_(telling.FACTS))
    for row in Contribution.select().where(~peewee.fn.EXISTS(known)):
        yield f"{row.subject} is not in the record, but something is kept of it"


def _all_pages() -> Iterator[str]:
    """The pages of which anything is kept, one short look for each."""
    for model in (Contribution, Tally):
        page = ""
        while page := model.select(peewee.fn.MIN(model.vendor)).where(
                model.vendor > page).scalar() or "":
            if model is Contribution or not Contribution.select().where(
                    Contribution.vendor == page).exists():
                yield page


def _compare_sums(vendor_id: str) -> Iterator[str]:
    """What all subjects of a page have added should be its sums."""
    told = actions.Deltas()
    for row in Contribution.select().where(Contribution.vendor == vendor_id).iterator():
        actions.add(told, vendor_id, row.day, row.counts)
    for row in Tally.select().where(Tally.vendor == vendor_id).iterator():
        by_record = told.pop((vendor_id, row.period, row.key), 0)
        if by_record != row.count:
            yield _sum(vendor_id, row.period, row.key, by_record, row.count)
    for (_, period, key), count in sorted(told.items()):
        if count:
            yield _sum(vendor_id, period, key, count, 0)


def _sum(vendor_id: str, period: int, key: str, by_record: int, kept: int) -> str:
    return f"{vendor_id}, period {period}, {key}: {by_record} by the record, but {kept} is kept"


def _compare_pages(vendor: Vendor | None, on_pages: dict[str, Counter[int]]) -> Iterator[str]:
    rows = Vendor.select(Vendor.id, Vendor.thread_count, Vendor.waiting_count, Vendor.solved_count)
    for row in rows.where(Vendor.id == vendor.id) if vendor else rows.iterator():
        told = tuple(on_pages[row.id][n] for n in range(3)) if row.id in on_pages else (0, 0, 0)
        kept = row.thread_count, row.waiting_count, row.solved_count
        if told != kept:
            yield (f"{row.id} has (threads, waiting, solved) {told} by the record, but {kept} "
                   "on its page")


def _compare_votes(vendor: Vendor | None) -> Iterator[str]:
    """What most of the people hit say of a fix decides whether it counts as confirmed."""
    rows = Problem.select().where(SHOWN, Problem.fix > 0)
    for row in rows.where(Problem.vendor == vendor.id) if vendor else rows.iterator():
        told, kept = counting.answers(row), (row.works, row.broken)
        if told != kept:
            yield f"{row.id} has (works, broken) {told} by its votes, but {kept} is kept"


def verify_day(vendor: Vendor | None, day: int) -> Iterator[str]:
    """Compare the figures that are kept of a day with what the journal says of it."""
    for vendor_id in [vendor.id] if vendor else _all_pages():
        by_record = as_of(vendor_id, days.end_of(day))
        for window, told in by_record.items():
            kept = days.stood(vendor_id, window, day).plain()
            if (plain := told.plain()) != kept:
                yield f"{vendor_id}, {window}, day {day}: {plain} by the record, but {kept} is kept"


# Writing


def rebuild(progress: Progress = silently) -> int:
    """Write the clocks of all threads and all sums anew from the journal; of how many subjects.
    Snapshots of days stay. Nobody else writes meanwhile."""
    now, seen = clock.now(), 0
    pages = Pages(now)
    with db.write():
        Contribution.delete().execute()
        Tally.delete().execute()
        for some in _batches(everything()):
            deltas = actions.Deltas()
            kept: dict[str, tuple[Counted, datetime]] = {}
            for subject, entries in some:
                _wind(subject, entries)
                if found := pages.counted(entries, now):
                    kept[subject] = found, now
                    actions.add(deltas, found.vendor, found.day, found.counts)
            actions.keep(kept)
            actions.apply(deltas)
            seen += len(some)
            progress(seen)
    return seen


def _wind(subject: str, entries: list[Entry]) -> None:
    if entries[0].kind == "thread.opened" and Thread.select().where(Thread.id == subject).exists():
        clocks.wind(subject)
