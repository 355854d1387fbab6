"""From the journal to what a thread, report or problem counts as, now or at any instant before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from parley.journal.models import Entry
from parley.kernel import db
from parley.kernel.prepared import Prepared
from parley.promises.clocks import reckon
from parley.scorecards import rules
from parley.scorecards.rules import History
from parley.threads import clocks

OF_THREADS = (*clocks.FACTS, *rules.FACTS)
OF_REPORTS = ("report.filed", "report.settled")
OF_PROBLEMS = ("problem.opened", "problem.moved", "problem.hidden", "problem.shown")
FACTS = (*OF_THREADS, *OF_REPORTS, *OF_PROBLEMS)


@dataclass(frozen=True)
class Counted:
    """What one subject of the record adds to the figures of a page, on the day of its opening; a
    problem on that of its last step."""

    vendor: str
    day: int
    counts: dict[str, int]


_entries = Prepared(lambda subject: Entry.select(Entry.at, Entry.kind, Entry.refs).where(
    Entry.subject_id == subject, Entry.kind.in_(FACTS)).order_by(Entry.id))


def entries_of(subject: str) -> list[Entry]:
    """What the journal says of a subject, as far as figures go by it."""
    found: list[Entry] = _entries(subject)
    return found


def counted(entries: Iterable[Entry], as_of: datetime) -> Counted | None:
    """What a subject counted as at an instant, at the page that it was opened for."""
    known = [entry for entry in entries if entry.at <= as_of]
    for kinds, told_by in ((OF_REPORTS, rules.report), (OF_PROBLEMS, rules.problem)):
        if known and known[0].kind in kinds:
            found = told_by(known)
            return found and Counted(found[0], day_of(found[1]), found[2])
    told = history(known, as_of)
    return told and Counted(told.vendor, day_of(told.opened_at), rules.contribution(told))


def history(known: list[Entry], as_of: datetime) -> History | None:
    """A thread as its entries up to an instant tell it."""
    return rules.history(known, reckon(clocks.facts(known), as_of).clocks)


def day_of(instant: datetime) -> int:
    """The day of an instant in UTC, since 1970."""
    return (instant - db.EPOCH).days


def pages_of(vendor_id: str, as_of: datetime) -> set[str]:
    """A page, and those that were folded into it by then."""
    found, waiting = {vendor_id}, [vendor_id]
    while waiting:
        merged = Entry.select(Entry.refs).where(
            Entry.subject_id == waiting.pop(), Entry.kind == "vendor.merged", Entry.at <= as_of)
        new = {entry.refs["merged"] for entry in merged} - found
        found |= new
        waiting += new
    return found
