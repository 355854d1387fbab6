"""The clocks of a thread, as a pure function of what happened in it.

Two clocks run while a company owes something; `reckon` tells from the facts how they stand:

    first answer   from the opening to the first claim; a round that opens while there has been
                   none starts it anew
    resolution     one for each round, from its opening to the first claim in it that is no
                   decline and that the author does not refute

    RUNNING ── claim by the due time ────────────────▶ first answer: KEPT
       │  ▲     resolution: STANDING (pending, not late)
       │  │       ├─ confirmed, silence, withdrawn ──▶ KEPT
       │  │       ├─ refuted by the due time: runs on
       │  │       └─ refuted after it ───────────────▶ MISSED, since the due time
       │  └── the author gives the turn back, or a claim ── PAUSED ◀── an ask in the company's turn
       ├─ the due time passes ───────────────────────▶ MISSED, at the due time
       ├─ the round's last claim is a decline when it ends ─▶ DECLINED (resolution)
       └─ closed or changed without the claim it needs, before the due time ─▶ VOID

Later than due is missed; at the due time is kept. A verdict never changes, with one exception:
a claim that its author disowned (“not mine”) counts as though it had never been posted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from parley.promises.opening import Hours, Span, elapsed, reach

SOON = 0.75  # the last quarter of the time
VERY = 2


class Name(StrEnum):
    FIRST_ANSWER = "first_answer"
    RESOLUTION = "resolution"


class Verdict(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    DECLINED = "declined"
    VOID = "void"


class Lateness(StrEnum):
    ON_TIME = ""
    SOON = "soon"
    LATE = "late"
    VERY_LATE = "very_late"


@dataclass(frozen=True)
class Target:
    """So much time for one thing. `hours` None counts calendar time; `promised` False is the
    community's expectation."""

    duration: timedelta
    hours: Hours | None = None
    promised: bool = False


@dataclass(frozen=True)
class Terms:
    """What a thread is measured against; a target of None is not measured."""

    first_answer: Target | None = None
    resolution: Target | None = None


@dataclass(frozen=True)
class Fact:
    at: datetime


@dataclass(frozen=True)
class Opened(Fact):
    """The thread was opened, or changed its kind before the company wrote (`began` False)."""

    terms: Terms
    began: bool = True


@dataclass(frozen=True)
class Started(Fact):
    """The company can know of it: the clocks run from here, or from where a round opens later."""


@dataclass(frozen=True)
class Stopped(Fact):
    """What started the clocks is taken back: the mail bounced."""


@dataclass(frozen=True)
class Claimed(Fact):
    """The company claims; `number` counts its claims in the thread."""

    decline: bool = False
    number: int = 0


@dataclass(frozen=True)
class Asked(Fact):
    """The company asks the author, in its own turn."""


@dataclass(frozen=True)
class GivenBack(Fact):
    """The author gives the turn back after an ask."""


@dataclass(frozen=True)
class Refuted(Fact):
    """The author sends a claim back."""


@dataclass(frozen=True)
class Disputed(Fact):
    """The author disputes a decline: the round ends, a new one begins."""


@dataclass(frozen=True)
class Closed(Fact):
    """Confirmed, withdrawn, or closed by silence."""


@dataclass(frozen=True)
class Reopened(Fact):
    pass


@dataclass(frozen=True)
class Disowned(Fact):
    """The author says that an answer given to many is not about their thread."""

    number: int = 0


@dataclass(frozen=True)
class Hidden(Fact):
    pass


@dataclass(frozen=True)
class Shown(Fact):
    pass


@dataclass(frozen=True)
class Clock:
    """One clock as it stands at `as_of`.

    `due_at` is None while paused, and where a verdict came without one. `stopped_at` is the claim
    that stopped it (first answer) or that stands (resolution).
    """

    name: Name
    round: int
    target: Target
    started_at: datetime
    pauses: tuple[Span, ...] = ()
    paused_since: datetime | None = None
    due_at: datetime | None = None
    stopped_at: datetime | None = None
    declined: bool = False  # the round's last claim so far is a decline
    over: bool = False  # its claim came, or its round ended
    verdict: Verdict | None = None
    decided_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Whether time passes against the company now."""
        return self.verdict in (None, Verdict.MISSED) and self.awaits and not self.paused_since

    @property
    def awaits(self) -> bool:
        """Whether it still waits for its claim, in time or late."""
        return self.stopped_at is None and not self.declined and not self.over

    def reached(self, share: float) -> datetime:
        """The instant at which this share of the time has been counted."""
        return reach(self.target.hours, self.started_at, self.target.duration * share, self.pauses)

    def counted(self, until: datetime) -> timedelta:
        """How much time has been counted by then."""
        pauses = self.pauses
        if self.paused_since and self.paused_since < until:
            pauses = (*pauses, (self.paused_since, until))
        return elapsed(self.target.hours, self.started_at, until, pauses)


@dataclass(frozen=True)
class Due:
    """The clock that comes due next, or came due first: what lists and queues go by."""

    clock: Clock
    soon_at: datetime
    due_at: datetime
    very_at: datetime

    def lateness(self, now: datetime) -> Lateness:
        """Later than due is late; at the due time it is not."""
        if now > self.very_at:
            return Lateness.VERY_LATE
        if now > self.due_at:
            return Lateness.LATE
        return Lateness.SOON if now >= self.soon_at else Lateness.ON_TIME


@dataclass
class Reckoning:
    """All clocks of a thread, in the order in which they began, as things stood at `as_of`."""

    as_of: datetime
    clocks: list[Clock] = field(default_factory=list)

    def due(self) -> Due | None:
        """What is due next, None when no clock runs."""
        running = [clock for clock in self.clocks if clock.running]
        if not running:
            return None
        clock = min(running, key=lambda clock: clock.due_at or clock.started_at)
        assert clock.due_at is not None
        return Due(clock, clock.reached(SOON), clock.due_at, clock.reached(VERY))


def reckon(facts: Iterable[Fact], as_of: datetime) -> Reckoning:
    """How the clocks of a thread stand at `as_of`, from the facts up to then, in their order."""
    known = [fact for fact in facts if fact.at <= as_of]
    disowned = {fact.number: fact.at for fact in known if isinstance(fact, Disowned)}
    desk = _Desk()
    for fact in known:
        if isinstance(fact, Claimed) and fact.number in disowned:
            continue
        desk.pass_time(fact.at)
        desk.take(fact)
    desk.pass_time(as_of)
    return Reckoning(as_of, desk.clocks)


class _Desk:
    """The clocks while the facts are told one after another."""

    def __init__(self) -> None:
        self.clocks: list[Clock] = []
        self.terms = Terms()
        self.round = 0
        self.round_opened: datetime | None = None
        self.started: datetime | None = None  # since when the company can know of the thread
        self.answered = False
        self.paused_by: set[str] = set()

    def take(self, fact: Fact) -> None:
        match fact:
            case Opened():
                self._opened(fact)
            case Started():
                self._started(fact.at)
            case Stopped():
                self._taken_back(fact.at)
            case Claimed():
                self._resume(fact.at, "ask")
                self.answered = True
                self._each(lambda clock: _claimed(clock, fact))
            case Asked():
                self._pause(fact.at, "ask")
            case GivenBack():
                self._resume(fact.at, "ask")
            case Refuted():
                self._resume(fact.at, "ask")
                self._each(lambda clock: _refuted(clock, fact.at))
            case Disputed():
                self._resume(fact.at, "ask")
                self._end(fact.at)
                self._begin(fact.at)
            case Closed():
                self._resume(fact.at, "ask")
                self._end(fact.at)
            case Reopened():
                self._begin(fact.at)
            case Hidden():
                self._pause(fact.at, "hidden")
            case Shown():
                self._resume(fact.at, "hidden")

    def _each(self, change: object) -> None:
        self.clocks = [c if c.over else change(c) for c in self.clocks]  # type: ignore[operator]

    def _opened(self, fact: Opened) -> None:
        if not fact.began:
            self._end(fact.at)
            self.round -= 1  # a change of kind begins no new round
        self.terms = fact.terms
        self._begin(fact.at)

    def _begin(self, at: datetime) -> None:
        self.round += 1
        self.round_opened = at
        if self.started is not None:
            self._start(max(at, self.started))

    def _start(self, at: datetime) -> None:
        targets = {Name.RESOLUTION: self.terms.resolution}
        if not self.answered:
            targets = {Name.FIRST_ANSWER: self.terms.first_answer, **targets}
        for name, target in targets.items():
            if target is not None:
                clock = Clock(name, self.round, target, at)
                self.clocks.append(replace(clock, paused_since=at) if self.paused_by
                                   else _wound(clock))

    def _started(self, at: datetime) -> None:
        if self.started is not None:
            return
        self.started = at
        if self.round_opened is not None:
            self._start(at)

    def _taken_back(self, at: datetime) -> None:
        """As though the clocks had never started; a miss stays a miss."""
        self.started = None
        self.clocks = [c for c in self.clocks if c.over or c.verdict is not None]

    def _pause(self, at: datetime, why: str) -> None:
        if not self.paused_by:
            self._each(lambda clock: replace(clock, paused_since=at, due_at=clock.due_at
                                             if clock.verdict else None))
        self.paused_by.add(why)

    def _resume(self, at: datetime, why: str) -> None:
        if why not in self.paused_by:
            return
        self.paused_by.remove(why)
        if not self.paused_by:
            self._each(lambda clock: _resumed(clock, at))

    def _end(self, at: datetime) -> None:
        self._each(lambda clock: _ended(clock, at))
        self.round_opened = None

    def pass_time(self, now: datetime) -> None:
        """What was due before `now` and got no claim is missed."""
        self._each(lambda clock: _passed(clock, now))


def _wound(clock: Clock) -> Clock:
    return replace(clock, due_at=clock.reached(1))


def _claimed(clock: Clock, fact: Claimed) -> Clock:
    if clock.name is Name.FIRST_ANSWER:
        if clock.stopped_at:
            return clock
        clock = replace(clock, stopped_at=fact.at, over=True)
        return clock if clock.verdict else _decided(clock, Verdict.KEPT, fact.at)
    if fact.decline:
        return replace(clock, declined=True)
    clock = replace(clock, declined=False)  # from here on it was late, if it is
    return replace(_passed(clock, fact.at, fact.at), stopped_at=clock.stopped_at or fact.at)


def _refuted(clock: Clock, at: datetime) -> Clock:
    return _passed(replace(clock, stopped_at=None, declined=False), at, at)


def _resumed(clock: Clock, at: datetime) -> Clock:
    assert clock.paused_since is not None
    pauses = clock.pauses
    if at > clock.paused_since:
        pauses = (*pauses, (clock.paused_since, at))
    clock = replace(clock, paused_since=None, pauses=pauses)
    return clock if clock.verdict else _wound(clock)


def _ended(clock: Clock, at: datetime) -> Clock:
    clock = replace(clock, over=True)
    if clock.verdict:
        return clock
    if clock.declined:
        return _decided(clock, Verdict.DECLINED, at)
    return _decided(clock, Verdict.KEPT if clock.stopped_at else Verdict.VOID, at)


def _passed(clock: Clock, now: datetime, since: datetime | None = None) -> Clock:
    """A clock that waits past its due time is missed; decided then, or `since` a later word."""
    waits = clock.awaits and clock.verdict is None and clock.due_at is not None
    if not waits or now <= clock.due_at:  # type: ignore[operator]
        return clock
    return _decided(clock, Verdict.MISSED, since or clock.due_at)  # type: ignore[arg-type]


def _decided(clock: Clock, verdict: Verdict, at: datetime) -> Clock:
    return replace(clock, verdict=verdict, decided_at=at)
