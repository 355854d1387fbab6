"""What one thread, report or problem adds to its company's figures: pure functions of its record.

A thread's journal entries are told into a `History`; `contribution` says what it counts as.
Whatever is counted has a key, and a company's figures are sums of such counts:

    kind.<kind>                  threads by kind
    counted, answered            the questions and complaints that figures are about: answered, past
                                 due without an answer, or closed without one
    pending, unreached           open and not yet due; not known to the company yet
    waiting.<day>                open without an answer, by the day of its opening (since 1970)
    kept|missed|declined.<whose> promises, and the community's expectation
    outcome.<how>                of the latest closed round
    claims, sent_back            turns with a claim, and those that the author sent back or disputed
    calendar.<m>, business.<m>   first answers that took at most so many minutes (see `LADDER`)
    hidden, own_people           threads that a steward hid; those that people of the company began
    reports, reports.settled, reports.right
                                 what the company's people reported, and what stewards said to it
    problems.confirmed, problems.people
                                 problems whose fix works, as most of the people hit say; how many
                                 people they hit then
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol

from parley.promises.clocks import Clock, Name, Verdict

PROMISE, EXPECTATION = "promise", "expectation"
VERDICTS = (Verdict.MISSED, Verdict.DECLINED, Verdict.KEPT)  # the first that any round has decides
OUTCOMES = ("confirmed_by_vendor", "without_company", "declined", "unconfirmed", "withdrawn",
            "void")
MEASURED = ("question", "complaint")

STEP = 1.05  # the buckets of times are so much wider than the one before, at least a minute
LANDMARKS = {60 * hours for hours in range(1, 48)} | {1_440 * days for days in range(2, 31)}
LONGEST = 100 * 365 * 1_440


def _ladder() -> tuple[int, ...]:
    bounds, bound = set(LANDMARKS), 1
    while bound < LONGEST:
        bounds.add(bound)
        bound = max(bound + 1, int(bound * STEP))
    return (*sorted(bounds), LONGEST)


LADDER = _ladder()  # upper bounds in minutes


def bucket(time: timedelta) -> int:
    """The least bound that the time does not exceed: it never flatters."""
    minutes = -(-time // timedelta(minutes=1))
    return LADDER[min(bisect_left(LADDER, minutes), len(LADDER) - 1)]


class Entry(Protocol):
    """An entry of the journal."""

    at: datetime
    kind: str
    refs: Any


@dataclass
class History:
    """A thread as its record tells it. `turn` is whose it is: `vendor`, `author`, `nobody` or
    `closed`; `outcome` and `solved_by` are those of the latest round that closed."""

    vendor: str
    kind: str
    opened_at: datetime
    turn: str = "nobody"
    outcome: str | None = None
    solved_by: str | None = None
    hidden: bool = False
    from_people: bool = False
    vanished: bool = False
    since: datetime | None = None  # when the company could first know of it
    claims: dict[int, datetime] = field(default_factory=dict)  # by number, without the disowned
    turns: list[set[int]] = field(default_factory=list)  # the claims of each turn with one
    sent_back: list[set[int]] = field(default_factory=list)
    clocks: Sequence[Clock] = ()
    _turn: set[int] | None = None

    @property
    def first_answer_at(self) -> datetime | None:
        return min(self.claims.values(), default=None)

    @property
    def closed(self) -> bool:
        return self.turn == "closed"

    @property
    def solved(self) -> bool:
        return self.closed and self.outcome == "confirmed"

    @property
    def past_due(self) -> bool:
        """Whether the time for a first answer passed without one."""
        return any(c.name is Name.FIRST_ANSWER and c.verdict is Verdict.MISSED for c in self.clocks)

    def tell(self, entry: Entry) -> None:
        """What this entry changed."""
        at, refs = entry.at, entry.refs
        match entry.kind:
            case "thread.opened":
                self._kind(refs["kind"])
                self.since = at if refs.get("runs", True) else None
            case "thread.kind_changed":
                self._kind(refs["kind"])
            case "idea.marked":
                self.turn = "nobody"
            case "clock.started":
                self.since = self.since or at
            case "clock.stopped":
                self.since = None
            case "claim.made":
                self._claim(refs["number"], at)
            case "claim.disowned":
                self._disown(refs["number"])
            case "turn.author":
                self.turn = "author"
            case "turn.vendor" | "thread.reopened":
                self._over("vendor")
            case "thread.sent_back":
                self._refuted()
            case "thread.disputed":
                self._refuted()
                self.outcome, self.solved_by = "declined", None
            case "thread.closed":
                self._over("closed")
                self.outcome, self.solved_by = refs["outcome"], refs.get("solved_by")
            case "thread.confirmed_late":
                self.outcome, self.solved_by = refs["outcome"], refs.get("solved_by")
            case "thread.hidden" | "thread.shown":
                self.hidden = entry.kind == "thread.hidden"
            case "thread.from_people":
                self.from_people = True
            case "thread.vanished":
                self.vanished = True

    def _kind(self, kind: str) -> None:
        self.kind = kind
        self.turn = "vendor" if kind in (*MEASURED, "idea") else "nobody"

    def _claim(self, number: int, at: datetime) -> None:
        self.claims[number] = at
        if self._turn is None:
            self._turn = set()
            self.turns.append(self._turn)
        self._turn.add(number)

    def _disown(self, number: int) -> None:
        self.claims.pop(number, None)
        for turn in self.turns:
            turn.discard(number)
        if self.turn == "author" and self._turn is not None and not self._turn:
            self._over("vendor")

    def _refuted(self) -> None:
        if self._turn is not None:
            self.sent_back.append(self._turn)
        self._over("vendor")

    def _over(self, turn: str) -> None:
        self.turn, self._turn = turn, None


FACTS = ("thread.vanished", "thread.from_people", "thread.confirmed_late", "idea.marked",
         "clock.late", "clock.missed")  # beside those that clocks go by


def history(entries: Iterable[Entry], clocks: Sequence[Clock]) -> History | None:
    """A thread from its entries, in their order, and its clocks as they stand after the last of
    them. None when it was not opened yet."""
    told: History | None = None
    for entry in entries:
        if entry.kind == "thread.opened":
            told = History(entry.refs["vendor"], entry.refs["kind"], entry.at)
        if told is not None:
            told.tell(entry)
    if told is not None:
        told.clocks = clocks
    return told


def verdict(clocks: Iterable[Clock]) -> Verdict | None:
    """Whether what these clocks measure was kept, in all rounds that have a verdict; None while
    none has one."""
    rounds = groupby(sorted(clocks, key=lambda clock: clock.round), lambda clock: clock.round)
    found = {_of_round(list(those)) for _, those in rounds}
    return next((one for one in VERDICTS if one in found), None)


def _of_round(clocks: list[Clock]) -> Verdict | None:
    found = {clock.verdict for clock in clocks}
    for decisive in (Verdict.MISSED, Verdict.DECLINED):
        if decisive in found:
            return decisive
    return Verdict.KEPT if Verdict.KEPT in found and None not in found else None


def verdicts(clocks: Iterable[Clock]) -> dict[str, Verdict]:
    """The verdict on what the company promised, and the one on what the community expects; those
    that there is none of are left out."""
    by_source: dict[str, list[Clock]] = defaultdict(list)
    for clock in clocks:
        by_source[PROMISE if clock.target.promised else EXPECTATION].append(clock)
    found = {source: verdict(those) for source, those in by_source.items()}
    return {source: one for source, one in found.items() if one is not None}


def contribution(told: History) -> dict[str, int]:
    """What a thread adds to the figures of its company, by key.

    Of a thread that people of the company began, and of one that was withdrawn before anybody
    answered, only what the company missed stays.
    """
    if told.hidden:
        return {"hidden": 1}
    if told.from_people or told.vanished:
        own = {"own_people": 1} if told.from_people else {}
        return own | _missed(told)
    counts: Counter[str] = Counter({f"kind.{told.kind}": 1})
    if told.kind not in MEASURED:
        return dict(counts)
    counts.update(_answering(told))
    counts.update(f"{one}.{source}" for source, one in verdicts(told.clocks).items())
    if told.outcome is not None:
        counts[f"outcome.{_outcome(told)}"] += 1
    for key, turns in (("claims", told.turns), ("sent_back", told.sent_back)):
        if standing := sum(1 for turn in turns if turn):
            counts[key] = standing
    return dict(counts)


def _missed(told: History) -> dict[str, int]:
    missed = {f"missed.{source}": 1 for source, one in verdicts(told.clocks).items()
              if one is Verdict.MISSED}
    unanswered = told.past_due and told.first_answer_at is None
    return missed | ({"counted": 1} if unanswered else {})


def _answering(told: History) -> dict[str, int]:
    answered = told.first_answer_at
    if answered is not None:
        return {"counted": 1, "answered": 1, **_times(told, answered)}
    if told.since is None:
        return {"unreached": 1}
    if told.closed:
        return {"counted": 1}
    day = (told.opened_at - EPOCH).days
    return {"counted" if told.past_due else "pending": 1, f"waiting.{day}": 1}


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _times(told: History, answered: datetime) -> dict[str, int]:
    """Calendar time since the company could first know; business time by the clock that stopped."""
    clocks = [clock for clock in told.clocks if clock.name is Name.FIRST_ANSWER]
    since = min((clock.started_at for clock in clocks), default=told.opened_at)
    calendar = answered - since
    business = next((c.counted(answered) for c in clocks if c.stopped_at == answered), calendar)
    return {f"calendar.{bucket(calendar)}": 1, f"business.{bucket(business)}": 1}


def _outcome(told: History) -> str:
    if told.outcome != "confirmed":
        return str(told.outcome)
    return "confirmed_by_vendor" if told.solved_by == "vendor" else "without_company"


def counted_on_page(told: History) -> tuple[int, int, int]:
    """What a thread adds to the counts on its company's page: threads, waiting, solved."""
    if told.hidden or told.vanished or told.from_people:
        return 0, 0, 0
    return 1, int(told.turn == "vendor"), int(told.solved)


Added = tuple[str, datetime, dict[str, int]]  # at which company, at which instant, what


def report(entries: Iterable[Entry]) -> Added | None:
    """What a report adds from its filing on; None when it was filed for no company."""
    found: Added | None = None
    for entry in entries:
        if entry.kind == "report.filed" and entry.refs["vendor"]:
            found = entry.refs["vendor"], entry.at, {"reports": 1}
        elif entry.kind == "report.settled" and found is not None:
            found[2].update({"reports.settled": 1} | (
                {"reports.right": 1} if entry.refs["upheld"] else {}))
    return found


def problem(entries: Iterable[Entry]) -> Added | None:
    """What a problem adds: something while the people hit say that its fix works, from the
    instant on at which they had said so; nothing while it is hidden."""
    found: Added | None = None
    hidden = False
    for entry in entries:
        if entry.kind in ("problem.hidden", "problem.shown"):
            hidden = entry.kind == "problem.hidden"
            continue
        counts = {}
        if entry.refs["state"] == "confirmed":
            counts = {"problems.confirmed": 1, "problems.people": entry.refs.get("affected", 0)}
        found = entry.refs["vendor"], entry.at, counts
    return (*found[:2], {}) if found and hidden else found


def difference(now: Mapping[str, int], was: Mapping[str, int]) -> dict[str, int]:
    """What to add to sums that hold `was` so that they hold `now`."""
    return {key: change for key in now.keys() | was.keys()
            if (change := now.get(key, 0) - was.get(key, 0))}
