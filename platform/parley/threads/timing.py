"""The clocks of a thread in words and as a drawing: what was promised, how it stands, the sum.

Absolute times only, so that pages keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parley.journal.models import Entry
from parley.notifications.rules import path_of
from parley.promises.clocks import Clock, Name, Target, Verdict
from parley.promises.opening import DAY, between, spans
from parley.threads import showing, table
from parley.threads.models import Post, Thread
from parley.web.times import day, day_time, local, many

HOUR = timedelta(hours=1)
MOST_ROWS = 30  # counted spans in a sum
MOST_SHADED = 150  # spans in a drawing; a longer one shades none
WIDTH = 600  # of a drawing, in its own units
APART = 24  # marks that are nearer to each other stand one above the other
LEVELS = 3
NAMES = {Name.FIRST_ANSWER: "First answer", Name.RESOLUTION: "Resolution"}
WHAT = {Name.FIRST_ANSWER: "a first answer", Name.RESOLUTION: "a resolution"}


@dataclass(frozen=True)
class Mark:
    """Something that happened, at its place in the drawing; `number` leads to the list below.
    `level` counts upwards from 0, so that near ones do not cover each other."""

    x: int
    level: int
    number: int
    words: str
    when: str
    tone: str | None


@dataclass(frozen=True)
class Drawing:
    """One clock from its start on, 0 to `WIDTH`: open hours, pauses, what happened, when due."""

    starts: str
    ends: str
    open: list[tuple[int, int]]  # x, width
    paused: list[tuple[int, int]]
    marks: list[Mark]
    due: int | None


@dataclass(frozen=True)
class Told:
    """One clock: its name, how it stands, and how that was counted."""

    name: str
    tone: str
    words: str
    shaded: str
    sum: list[tuple[str, str]] = field(default_factory=list)
    drawing: Drawing | None = None


def length(amount: timedelta, target: Target | None = None) -> str:
    """`8 opening hours`, `5 business days`, `2 days`, `1 hour 30 minutes`."""
    unit = _unit(target)
    if unit != "opening hour" and amount >= DAY and (amount >= 2 * DAY or unit != "hour"):
        days, rest = divmod(amount, DAY)
        whole = many(days, "business day", "business days") if unit != "hour" else many(
            days, "day", "days")
        return whole if rest < timedelta(minutes=1) else f"{whole} {length(rest)}"
    hours, rest = divmod(amount, HOUR)
    name = unit if unit == "opening hour" else "hour"
    parts = [many(hours, name, f"{name}s")] if hours else []
    minutes = rest // timedelta(minutes=1)
    if minutes or not hours:
        parts.append(many(minutes, "minute", "minutes"))
    return " ".join(parts)


def _unit(target: Target | None) -> str:
    if target is None or target.hours is None:
        return "hour"
    return "opening hour" if target.promised else "business day"


def measure(clocks: Iterable[Clock], vendor: str) -> str:
    """What the company promised, or what the community expects, in one sentence."""
    newest = {clock.name: clock.target for clock in clocks}
    within = {name: f"{WHAT[name]} within {length(target.duration, target)}"
              for name, target in newest.items()}
    promised = [within[name] for name, target in newest.items() if target.promised]
    expected = [within[name] for name, target in newest.items() if not target.promised]
    words = []
    if promised:
        words.append(f"{vendor} promised {' and '.join(promised)}.")
    if expected:
        nothing = "" if promised else "Nothing was promised. "
        words.append(f"{nothing}This community expects {' and '.join(expected)}.")
    return " ".join(words)


def told(thread: Thread, found: Iterable[Clock], entries: list[Entry], now: datetime,
         zone: str) -> list[Told]:
    """The clocks of a thread in the order in which they began."""
    clocks = list(found)
    rounds = max((clock.round for clock in clocks), default=1)
    return [_told(clock, thread, entries, rounds, now, zone) for clock in clocks]


def _told(clock: Clock, thread: Thread, entries: list[Entry], rounds: int, now: datetime,
          zone: str) -> Told:
    name = NAMES[clock.name] + (f", round {clock.round}" if rounds > 1 else "")
    tone, words = _stands(clock, thread, now, zone)
    until = _end(clock, now)
    shaded = "opening hours" if clock.target.promised else "business days, in UTC"
    return Told(name, tone, words, shaded, _sum(clock, until, zone),
                _drawing(clock, entries, until, zone))


def _stands(clock: Clock, thread: Thread, now: datetime, zone: str) -> tuple[str, str]:
    due = day(clock.due_at, zone) if clock.due_at else ""
    match clock.verdict:
        case Verdict.KEPT:
            assert clock.stopped_at is not None
            return "solved", f"Kept on {day(clock.stopped_at, zone)}, due by {due}."
        case Verdict.MISSED:
            came = f", and came on {day(clock.stopped_at, zone)}" if clock.stopped_at else ""
            return "late", f"Missed: it was due by {due}{came}."
        case Verdict.DECLINED:
            return "plain", "Declined by the company, so it was not kept."
        case Verdict.VOID:
            return "plain", "Does not count: it closed before it was due."
    return _pending(clock, thread, due, zone)


def _pending(clock: Clock, thread: Thread, due: str, zone: str) -> tuple[str, str]:
    if clock.paused_since:
        why = "hidden" if thread.hidden_at else f"{thread.vendor.name} asked the author something"
        return "plain", f"Paused since {day(clock.paused_since, zone)}: {why}."
    if clock.declined:
        return "unconfirmed", "Declined; the author has not said yet whether to dispute it."
    if clock.stopped_at:
        return "company", (f"In time so far: it came on {day(clock.stopped_at, zone)}, due by "
                           f"{due}. The author’s word decides.")
    return "waiting", f"Due by {due}."


def _end(clock: Clock, now: datetime) -> datetime:
    """Where the sum ends: what stopped it, else where it is due, else the running pause; where it
    closed without what it needs, there."""
    if clock.verdict in (Verdict.DECLINED, Verdict.VOID):
        assert clock.decided_at is not None
        return clock.decided_at
    return (clock.stopped_at or clock.due_at or clock.paused_since
            or max(clock.decided_at or now, clock.started_at))


def _sum(clock: Clock, until: datetime, zone: str) -> list[tuple[str, str]]:
    rows = [("Began", day_time(clock.started_at, zone))]
    hours = clock.target.hours
    counted = [span for a, b in between(clock.started_at, until, clock.pauses)
               for span in (spans(hours, a, b) if hours else [(a, b)])]
    rows += [("Counted", _span(a, b, zone)) for a, b in counted[:MOST_ROWS]]
    if len(counted) > MOST_ROWS:
        rows.append(("Counted", f"and {len(counted) - MOST_ROWS} more spans"))
    rows += [("Paused", f"{day_time(a, zone)} to {day_time(b, zone)}") for a, b in clock.pauses]
    if skipped := _skipped(clock, until):
        rows.append(("Not open", skipped))
    rows.append(("Sum", f"{length(clock.counted(until), clock.target)} of "
                 f"{length(clock.target.duration, clock.target)}"))
    if clock.due_at:
        rows.append(("Due", day_time(clock.due_at, zone)))
    return rows


def _span(a: datetime, b: datetime, zone: str) -> str:
    words = f"{day_time(a, zone)} to "
    same = local(a, zone).date() == local(b, zone).date()
    return f"{words}{local(b, zone):%H:%M} ({length(b - a)})" if same else (
        f"{words}{day_time(b, zone)} ({length(b - a)})")


def _skipped(clock: Clock, until: datetime) -> str:
    """The days on which the company does not open, in its own zone."""
    hours = clock.target.hours
    if hours is None:
        return ""
    there = ZoneInfo(hours.zone)
    one, last = clock.started_at.astimezone(there).date(), until.astimezone(there).date()
    found = []
    while one <= last and len(found) <= MOST_ROWS:
        if not hours.week[one.weekday()] or one in hours.closed_in(one.year):
            found.append(f"{one:%A} {one.day} {one:%B}")
        one += DAY
    return ", ".join(found[:MOST_ROWS]) + (" and more" if len(found) > MOST_ROWS else "")


def _drawing(clock: Clock, entries: list[Entry], until: datetime, zone: str) -> Drawing | None:
    happened = [entry for entry in entries if entry.at >= clock.started_at
                and entry.kind in showing.TIMELINE and entry.kind not in PASSING]
    if clock.verdict and clock.verdict is not Verdict.MISSED:
        happened = [entry for entry in happened if entry.at <= max(until, clock.decided_at)]
    elif clock.over:
        happened = [entry for entry in happened if entry.at <= until]
    ends = max([until, clock.due_at or until, *(entry.at for entry in happened)])
    whole = ends - clock.started_at
    if whole < timedelta(minutes=1):
        return None

    def x(at: datetime) -> int:
        return round(WIDTH * ((at - clock.started_at) / whole))

    def bar(a: datetime, b: datetime) -> tuple[int, int]:
        return x(a), max(x(b) - x(a), 1)

    hours = clock.target.hours
    shaded = [bar(*span) for span in spans(hours, clock.started_at, ends)] if hours else []
    pauses = list(clock.pauses)
    if clock.paused_since and clock.paused_since < ends:
        pauses.append((clock.paused_since, ends))
    marks: list[Mark] = []
    for number, entry in enumerate(happened, 1):
        words, _, tone, _ = showing.event(entry, zone)
        near = marks and x(entry.at) - marks[-1].x < APART
        level = (marks[-1].level + 1) % LEVELS if near else 0
        marks.append(Mark(x(entry.at), level, number, words, day_time(entry.at, zone), tone))
    return Drawing(
        day(clock.started_at, zone), day(ends, zone),
        shaded if len(shaded) <= MOST_SHADED else [], [bar(a, b) for a, b in pauses], marks,
        x(clock.due_at) if clock.due_at else None)


PASSING = {"clock.late", "thread.reminded"}  # what only passing time did has no mark of its own


def explanations(thread: Thread) -> list[str]:
    """The addresses of posts in which the company explains a delay."""
    rows = Post.select(Post.number).where(
        Post.thread == thread.id, Post.explains_delay, Post.removed_at.is_null(),
        Post.hidden_at.is_null()).order_by(Post.number).limit(5)
    return [path_of(thread.id, row.number) for row in rows]


def may_explain(thread: Thread, state: table.State, now: datetime) -> bool:
    """Whether there is a delay that the company can explain."""
    return bool(state.open and thread.due_at and now > thread.due_at)
