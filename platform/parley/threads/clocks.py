"""Between a thread's record and its clocks: what it is measured against, how they stand, and what
is stored of that.

Whoever records one of the facts below has the clocks wound when their write ends; passing time
does it by `sweep`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import peewee

from parley.journal import actions as journal
from parley.journal.models import Entry
from parley.kernel import clock, db, rulebook, versions
from parley.kernel.prepared import Prepared
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.promises import actions as promises
from parley.promises import clocks, measures
from parley.promises.clocks import Fact, Lateness, Reckoning
from parley.threads.models import Clock, Round, Thread
from parley.threads.rules import Impact, Status

NO_DAY = 2_000_000  # in queues: after all that is due
SWEEP_AT_ONCE = 200
AT_ONCE = 100  # threads wound in one write when a company comes
WORDS = {Lateness.SOON: ("clock.soon", "soon_at"), Lateness.LATE: ("clock.late", "due_at"),
         Lateness.VERY_LATE: ("clock.very_late", "very_at")}
COMPANY_TURNS = {"thread.opened", "thread.kind_changed", "thread.reopened", "thread.disputed",
                 "thread.sent_back", "turn.vendor"}  # what makes it the company's turn
FACTS = (
    "thread.opened", "thread.kind_changed", "thread.closed", "thread.reopened", "thread.disputed",
    "thread.sent_back", "thread.hidden", "thread.shown", "turn.author", "turn.vendor",
    "claim.made", "claim.disowned", "clock.started", "clock.stopped",
)


def listen() -> None:
    """Wind the clocks whenever something happened that they depend on."""
    for kind in (*FACTS, "idea.marked"):
        journal.subscribe(kind, _heard)
    journal.subscribe("thread.delivered", _delivered)
    journal.subscribe("thread.undelivered", _came_back)
    journal.subscribe("contact.stopped", _wants_no_mail)
    journal.subscribe("representative.accepted", _came_here)


def _heard(fact: journal.Fact) -> None:
    db.at_the_end(f"clock:{fact.subject_id}", partial(wind, fact.subject_id))


def _delivered(fact: journal.Fact) -> None:
    start(_held(fact.subject_id), fact.at, "mail")


def _came_back(fact: journal.Fact) -> None:
    take_back(_held(fact.subject_id), fact.at)


def _wants_no_mail(fact: journal.Fact) -> None:
    if fact.refs["why"] == "wish":
        start_all(fact.subject_id, fact.at, "wish")


def _came_here(fact: journal.Fact) -> None:
    start_all(fact.refs["vendor"], fact.at, "claimed")


def start_all(vendor_id: str, at: datetime, why: str) -> None:
    """Start the clocks of all open threads of a company that knows of them now, also of hidden
    ones, which may be shown again. The record has it at once; what is stored of it follows in this
    write for the first hundred, from the outbox for the others. Inside a write."""
    waiting = Thread.select(Thread.id).where(
        Thread.vendor == vendor_id, Thread.clock_since.is_null(), Thread.status != Status.CLOSED)
    found = [thread.id for thread in db.lock(waiting.order_by(Thread.id))]
    for number, batch in enumerate(peewee.chunked(found, AT_ONCE)):
        some = list(batch)
        Thread.update(clock_since=at, clock_by=why).where(Thread.id.in_(some)).execute()
        journal.record_of_all("clock.started", "thread", some, at, vendor=vendor_id, why=why)
        if number:
            outbox.put("clocks", threads=some)
        else:
            _tell_started(some)


def carry(task: Task) -> None:
    """Store that the clocks of some threads were started; a task of the outbox."""
    with db.write():
        _tell_started(task.data["threads"])


def _tell_started(thread_ids: list[str]) -> None:
    rows = Thread.select().where(Thread.id.in_(thread_ids), Thread.clock_since.is_null(False))
    for thread in list(db.lock(rows.order_by(Thread.id))):
        journal.tell(journal.Fact("clock.started", "thread", thread.id, thread.clock_since, None,
                                  {"vendor": thread.vendor_id, "why": thread.clock_by}))
        versions.touch(f"vendor:{thread.vendor_id}")


def _held(thread_id: str) -> Thread:
    thread: Thread = db.lock(Thread.select().where(Thread.id == thread_id)).get()
    return thread


def attach(thread: Thread, at: datetime) -> None:
    """Let a thread keep the promise and the rule book that are in force now."""
    thread.promise = promises.in_force(thread.vendor_id, at)
    thread.rulebook = rulebook.number()


def measured_by(thread: Thread) -> dict[str, object]:
    """For the journal: what a thread is measured against, and whether its clocks run already."""
    return {"promise": thread.promise_id, "rulebook": thread.rulebook,
            "runs": thread.clock_since is not None}


def start(thread: Thread, at: datetime, why: str) -> None:
    """From now on the company can know of a thread that it could not know of. Inside a write."""
    if thread.clock_since is not None:
        return
    thread.clock_since, thread.clock_by = at, why
    thread.save()
    journal.record("clock.started", "thread", thread.id, at=at, vendor=thread.vendor_id, why=why)


def take_back(thread: Thread, at: datetime) -> None:
    """The mail by which the company could know of a thread came back. Inside a write."""
    if thread.clock_by != "mail":
        return
    thread.clock_since = thread.clock_by = None
    thread.save()
    journal.record("clock.stopped", "thread", thread.id, at=at, vendor=thread.vendor_id)


_entries = Prepared(lambda thread: Entry.select(Entry.at, Entry.kind, Entry.refs).where(
    Entry.subject_id == thread, Entry.kind.in_(FACTS)).order_by(Entry.id))


def entries_of(thread_id: str) -> list[Entry]:
    """What the journal says of a thread's clocks, in its order."""
    found: list[Entry] = _entries(thread_id)
    return found


def facts(entries: Iterable[Entry]) -> Iterator[Fact]:
    """The facts in journal entries of one thread."""
    for entry in entries:
        yield from _facts(entry)


def _facts(entry: Entry) -> Iterator[Fact]:
    at, refs = entry.at, entry.refs
    match entry.kind:
        case "thread.opened" | "thread.kind_changed":
            began = entry.kind == "thread.opened"
            if began and refs.get("runs", True):
                yield clocks.Started(at)
            terms = measures.terms(refs.get("promise"), refs.get("rulebook", 0), refs["kind"])
            yield clocks.Opened(at, terms, began)
        case "claim.made":
            yield clocks.Claimed(at, refs["claim"] == "decline", refs["number"])
        case "turn.author":
            if refs.get("claim") is None:
                yield clocks.Asked(at)
        case "claim.disowned":
            yield clocks.Disowned(at, refs["number"])
        case kind if kind in PLAIN:
            yield PLAIN[kind](at)


PLAIN: dict[str, type[Fact]] = {
    "clock.started": clocks.Started, "clock.stopped": clocks.Stopped,
    "turn.vendor": clocks.GivenBack, "thread.sent_back": clocks.Refuted,
    "thread.disputed": clocks.Disputed, "thread.closed": clocks.Closed,
    "thread.reopened": clocks.Reopened, "thread.hidden": clocks.Hidden,
    "thread.shown": clocks.Shown,
}


def reckoning(thread_id: str, as_of: datetime) -> Reckoning:
    """How the clocks of a thread stand at an instant, from the journal."""
    return clocks.reckon(facts(entries_of(thread_id)), as_of)


def wind(thread_id: str) -> None:
    """Store how a thread's clocks stand, and where that puts it in queues. Inside a write."""
    now = clock.now()
    thread = Thread.get_by_id(thread_id)
    entries = entries_of(thread_id)
    disowned = any(entry.kind == "claim.disowned" for entry in entries)
    stands = clocks.reckon(facts(entries), now)
    _keep(thread_id, stands, disowned)
    due = None if thread.hidden_at else stands.due()
    thread.soon_at, thread.due_at, thread.very_at = (
        (due.soon_at, due.due_at, due.very_at) if due else (None, None, None))
    thread.clock_at = _next(stands, due, now)
    thread.lateness = due.lateness(now) if due else Lateness.ON_TIME
    waits = thread.status == Status.AWAITING_VENDOR
    thread.queue_day = (due.due_at - db.EPOCH).days if due else (NO_DAY if waits else None)
    thread.queue_first = int(thread.impact != Impact.SAFETY)
    thread.save()


def _next(stands: Reckoning, due: clocks.Due | None, now: datetime) -> datetime | None:
    """The next instant at which time changes the word for a thread, or a verdict: late is *after*
    the due time."""
    if due is None:
        return None
    tick = datetime.resolution
    others = (each.due_at for each in stands.clocks if each.running and each.due_at)
    return min((at for at in (due.soon_at, due.very_at + tick, *(one + tick for one in others))
                if at > now), default=None)


def _keep(thread_id: str, stands: Reckoning, disowned: bool) -> None:
    """Bring the rows to what was reckoned; a verdict that stands is frozen."""
    known = {row.number: row for row in Clock.select().where(Clock.thread == thread_id)}
    for number, each in enumerate(stands.clocks):
        row = known.pop(number, None)
        if row and row.verdict and not disowned and row.started_at == each.started_at:
            Clock.update(stopped_at=each.stopped_at).where(
                Clock.thread == thread_id, Clock.number == number).execute()
            continue
        values = {
            "name": each.name, "round": each.round, "promised": each.target.promised,
            "started_at": each.started_at, "due_at": each.due_at, "stopped_at": each.stopped_at,
            "verdict": each.verdict, "decided_at": each.decided_at}
        if row is None:
            Clock.create(thread=thread_id, number=number, **values)
        elif any(getattr(row, name) != value for name, value in values.items()):
            Clock.update(**values).where(
                Clock.thread == thread_id, Clock.number == number).execute()
    if known:
        Clock.delete().where(Clock.thread == thread_id, Clock.number.in_(list(known))).execute()


@dataclass(frozen=True)
class Step:
    """From an instant on the author may take a thread further up, to somebody at the company."""

    at: datetime
    to: str


def escalations(thread: Thread) -> list[Step]:
    """What a thread's promise says of taking it further up, counted from its round's opening."""
    steps = measures.escalations(thread.promise_id)
    if not steps:
        return []
    opened = Round.get(Round.thread == thread.id, Round.number == thread.round).opened_at
    return [Step(opened + step.after, step.to) for step in steps]


def sweep() -> int:
    """Store what passing time did to clocks, and say it once: due soon, late, very late.

    :return: for how many threads
    """
    due = Thread.select(Thread.id).where(Thread.clock_at <= clock.now()).order_by(
        Thread.clock_at).limit(SWEEP_AT_ONCE)
    ids = [thread.id for thread in due]
    for thread_id in ids:
        with db.write():
            tell(thread_id)
    return len(ids)


def tell(thread_id: str) -> None:
    """Wind the clocks of one thread, and record when its word for lateness grew worse, or one more
    of its clocks was missed."""
    thread = _held(thread_id)
    if thread.clock_at is None or thread.clock_at > clock.now():
        return  # another worker was here
    if thread.silent_at is not None and thread.silent_at <= clock.now():
        return  # it closed then, and a verdict that came of not knowing that would be frozen
    before = thread.lateness
    wind(thread_id)
    thread = Thread.get_by_id(thread_id)
    words = _said_now(before, thread.lateness)
    for word in words:
        kind, column = WORDS[word]
        journal.record(kind, "thread", thread_id, at=getattr(thread, column),
                       vendor=thread.vendor_id)
    if not words and thread.lateness:
        journal.record("clock.missed", "thread", thread_id, vendor=thread.vendor_id)
    versions.touch(f"thread:{thread_id}", f"vendor:{thread.vendor_id}", "front")


def _said_now(before: str, after: str) -> list[Lateness]:
    """The words that came with time since the last look; “soon” is left out when it is late."""
    order = list(Lateness)
    passed = order[order.index(Lateness(before)) + 1:order.index(Lateness(after)) + 1]
    return [word for word in passed if word is not Lateness.SOON or after == Lateness.SOON]
