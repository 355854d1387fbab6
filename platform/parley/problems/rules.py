"""The life of a problem, and who may do what about it: pure values.

    members name a cause                        a manager opens it
            │                                           │
            ▼             the company acknowledges      ▼
        SUSPECTED ─────────────────────────────▶ ACKNOWLEDGED ◀──────────────────┐
            │                                      │   ▲   │                     │
            │ the company rejects,                 │   │   │ a day is named      │
            │ with its reason                      │   │   ▼                     │
            ▼                                      │   │  FIX_PLANNED ─┐ another │
        REJECTED ──────────────────────────────────┼───┘   │     ▲     │ day     │
            ▲      the company acknowledges        │       │     └─────┘         │
            └── while no thread belongs to it ─────┤       │                     │
                                                   ▼       ▼                     │
                                    the company says what changed: FIXED ────────┤
                                                               │                 │
                               the people hit say that it works│  … that it does │
                                                               ▼    not          │
                                                           CONFIRMED ────────────┘

`step` is the whole table. Only the people hit decide between confirmed and acknowledged; each fix
is asked about anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from parley.kernel.errors import Refusal

TITLE = (5, 120)  # characters, least and most
BODY = (1, 20_000)
WORDS = (3, 5_000)
FEWEST_THREADS = 2  # in a member's proposal: one thread is a thread, two may share a cause
MOST_THREADS = 50  # in one form
MOST_AHEAD = timedelta(days=5 * 365)
FEW, MANY = 3, 30  # answers about a fix: enough of a small crowd, and of any


class State(StrEnum):
    SUSPECTED = "suspected"
    ACKNOWLEDGED = "acknowledged"
    FIX_PLANNED = "fix_planned"
    FIXED = "fixed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Side(StrEnum):
    """Who spoke about a link: the thread's author, the company, or anybody else."""

    AUTHOR = "author"
    VENDOR = "vendor"
    OTHER = "other"


class Link(StrEnum):
    SUGGESTED = "suggested"
    LINKED = "linked"
    REFUSED = "refused"
    NOT_MINE = "not_mine"


# What was put right comes first, then what is under way; the order of lists.
PLACE = {State.CONFIRMED: 6, State.FIXED: 5, State.FIX_PLANNED: 4, State.ACKNOWLEDGED: 3,
         State.SUSPECTED: 2, State.REJECTED: 1}
TAKEN_UP = frozenset({State.ACKNOWLEDGED, State.FIX_PLANNED, State.FIXED, State.CONFIRMED})
ASKING = frozenset({State.FIXED, State.CONFIRMED})  # whether the fix works


@dataclass(frozen=True)
class Standing:
    """Where a problem stands. `fix` counts the fixes that the company claimed so far."""

    state: State
    fix: int = 0
    planned_for: date | None = None


@dataclass(frozen=True)
class Acknowledges:
    """The company takes a suspected or rejected problem up."""


@dataclass(frozen=True)
class Plans:
    """The company names the day by which it will be fixed, or another one."""

    day: date
    today: date


@dataclass(frozen=True)
class Fixes:
    """The company says that it is fixed."""


@dataclass(frozen=True)
class Rejects:
    """The company says that it is no problem of its own; `linked` threads belong to it."""

    linked: int


@dataclass(frozen=True)
class Counted:
    """The answers of the people hit to the present fix."""

    works: int
    broken: int
    affected: int


Event = Acknowledges | Plans | Fixes | Rejects | Counted


def opened(by_company: bool) -> Standing:
    return Standing(State.ACKNOWLEDGED if by_company else State.SUSPECTED)


def step(standing: Standing, event: Event) -> Standing | Refusal:
    """What an event makes of a problem, or why it cannot happen."""
    match event:
        case Acknowledges():
            return _acknowledges(standing)
        case Plans():
            return _plans(standing, event)
        case Fixes():
            return _fixes(standing)
        case Rejects():
            return _rejects(standing, event)
        case Counted():
            return _counted(standing, event)
    raise TypeError(event)


def _acknowledges(standing: Standing) -> Standing | Refusal:
    if standing.state not in (State.SUSPECTED, State.REJECTED):
        return Refusal("known", "You have taken this problem up already.", "to")
    return replace(standing, state=State.ACKNOWLEDGED)


def _plans(standing: Standing, event: Plans) -> Standing | Refusal:
    if standing.state not in (State.ACKNOWLEDGED, State.FIX_PLANNED):
        return _not_open(standing.state)
    if event.day < event.today:
        return Refusal("past", "That day has passed. Name one that is still to come.",
                       "planned_for")
    if event.day > event.today + MOST_AHEAD:
        return Refusal("far", "That is more than five years ahead. Name a day that people can "
                       "count on.", "planned_for")
    if event.day == standing.planned_for:
        return Refusal("same", "It is planned for that day already.", "planned_for")
    return replace(standing, state=State.FIX_PLANNED, planned_for=event.day)


def _fixes(standing: Standing) -> Standing | Refusal:
    if standing.state not in (State.ACKNOWLEDGED, State.FIX_PLANNED):
        return _not_open(standing.state)
    return Standing(State.FIXED, standing.fix + 1)


def _rejects(standing: Standing, event: Rejects) -> Standing | Refusal:
    if standing.state is State.SUSPECTED:
        return replace(standing, state=State.REJECTED)
    if standing.state is State.ACKNOWLEDGED and not standing.fix and not event.linked:
        return replace(standing, state=State.REJECTED)
    if standing.state is State.REJECTED:
        return Refusal("rejected", "You have rejected this already.", "to")
    return Refusal("taken_up", "You have taken this problem up, and people count on it. Say what "
                   "you do about it instead.", "to")


def _counted(standing: Standing, event: Counted) -> Standing:
    works = verdict(event)
    if standing.state is State.FIXED and works:
        return replace(standing, state=State.CONFIRMED)
    if standing.state in ASKING and works is False:
        return replace(standing, state=State.ACKNOWLEDGED)
    return standing


def _not_open(state: State) -> Refusal:
    if state in (State.SUSPECTED, State.REJECTED):
        return Refusal("not_taken_up", "Acknowledge the problem first.", "to")
    return Refusal("fixed", "You said that it is fixed. The people hit by it say now whether it "
                   "works.", "to")


def verdict(count: Counted) -> bool | None:
    """Whether a fix works, as most of those who answered say; None while that is undecided.

    Too few answers decide nothing, and a tie decides nothing.
    """
    answers = count.works + count.broken
    if not answers or answers < enough(count.affected) or count.works == count.broken:
        return None
    return count.works > count.broken


def enough(affected: int) -> int:
    """How many answers decide: a third of the people hit, at least 3 (all, when they are fewer),
    and 30 of any crowd."""
    return min(affected, max(FEW, min(MANY, -(-affected // 3))))


def choices(standing: Standing, linked: int, manages: bool) -> list[State]:
    """Where the company's people can bring a problem now."""
    found = {
        State.SUSPECTED: [State.ACKNOWLEDGED, State.REJECTED],
        State.REJECTED: [State.ACKNOWLEDGED],
        State.ACKNOWLEDGED: [State.FIX_PLANNED, State.FIXED, State.REJECTED],
        State.FIX_PLANNED: [State.FIXED, State.FIX_PLANNED],
    }.get(standing.state, [])
    rejectable = manages and not isinstance(step(standing, Rejects(linked)), Refusal)
    return [state for state in found if state is not State.REJECTED or rejectable]


def may_open(role: str | None) -> Refusal | None:
    """Whether a person with this role at the company may open a problem of it."""
    if role == "responder":
        return Refusal("managers_only", "Only a manager opens a problem for the company. You can "
                       "link threads to it, plan the fix and tell of it.")
    return None


def may_reject(role: str) -> Refusal | None:
    if role != "manager":
        return Refusal("managers_only", "Only a manager rejects a problem for the company.", "to")
    return None


def may_belong(kind: str, withdrawn: bool) -> Refusal | None:
    """Whether a thread can have a cause that is looked for."""
    if kind in ("praise", "consultation"):
        return Refusal("kind", "Questions, complaints and ideas have causes; praise and "
                       "consultations have none.", "thread")
    if withdrawn:
        return Refusal("withdrawn", "This thread was withdrawn by its author.", "thread")
    return None


def link(side: Side, state: State, before: Link | None = None,
         refused_by: Side | None = None) -> Link | Refusal:
    """What becomes of a link that somebody wants.

    The company's counts at once, and the author's once the company has taken the problem up. What
    others suggest waits for either. Who refused one can alone want it again.
    """
    if before is Link.LINKED:
        return Refusal("linked", "This thread belongs to the problem already.", "thread")
    if before in (Link.REFUSED, Link.NOT_MINE) and side is not refused_by:
        return Refusal("refused", "Its author said that this is something else."
                       if refused_by is Side.AUTHOR else
                       "The company said that this is something else.", "thread")
    if state is State.REJECTED:
        return Refusal("rejected", "The company rejected this problem, so nothing is linked to it. "
                       "You can still name another cause.", "problem")
    if side is Side.VENDOR or (side is Side.AUTHOR and state in TAKEN_UP):
        return Link.LINKED
    if before is Link.SUGGESTED:
        return Refusal("suggested", "Somebody suggested this link before. It waits for a word.",
                       "thread")
    return Link.SUGGESTED


def may_decide(side: Side, suggested_by: Side) -> bool:
    """Whether this side's word settles a suggestion: the company's, or the author's about those
    that were not their own."""
    return side is Side.VENDOR or (side is Side.AUTHOR and suggested_by is not Side.AUTHOR)


def may_unlink(side: Side, fix: int, answered: bool) -> Refusal | None:
    """The author always may; the company only while nothing rests on it."""
    if side is Side.VENDOR and (fix or answered):
        return Refusal("rests", "The people of this thread were answered or have a say in whether "
                       "the fix works, so only its author can take it out.")
    return None


def may_answer(state: State, affected: bool, represents: bool) -> Refusal | None:
    """Whether a person may say that a fix works, or does not."""
    if represents:
        return Refusal("own_company", "You answer for this company, so others say whether its fix "
                       "works.")
    if not affected:
        return Refusal("not_hit", "Only the people hit by this problem say whether its fix works.")
    if state not in ASKING:
        return Refusal("not_fixed", "The company has not said that it is fixed, so there is "
                       "nothing to try yet.")
    return None


def may_be_hit(represents: bool) -> Refusal | None:
    if represents:
        return Refusal("own_company", "You answer for this company, so you are none of the people "
                       "hit by its problems.")
    return None


# What stewards do about problems

ACTS = {"hide_problem": "Hide this problem", "show_problem": "Show this problem again",
        "hide_words": "Hide these words", "show_words": "Show these words again"}
DONE = {"hide_problem": "Problem hidden", "show_problem": "Problem shown again",
        "hide_words": "Words about a problem hidden",
        "show_words": "Words about a problem shown again"}
FACTS = {"hide_problem": "problem.hidden", "show_problem": "problem.shown",
         "hide_words": "problem.words_hidden", "show_words": "problem.words_shown"}


def possible(part: str, hidden: bool) -> str:
    """The act that would change something about a problem, or about one part of it."""
    return ("show_" if hidden else "hide_") + ("words" if part else "problem")


def may_do(act: str, part: str, hidden: bool) -> Refusal | None:
    if act == possible(part, hidden):
        return None
    return Refusal("nothing_to_do", "This is hidden already." if hidden else
                   "This is not hidden.", "act")


def may_report(own: bool) -> Refusal | None:
    if own:
        return Refusal("own_words", "These are your own words.")
    return None


def may_judge(*, wrote: bool, represents: bool, reported: bool) -> Refusal | None:
    """Whether a steward may hide or show a problem, or words about one: nobody judges their own
    cause."""
    if represents:
        return Refusal("own_company", "You answer for the company whose problem this is, so "
                       "another steward has to look at it.")
    if wrote:
        return Refusal("own_words", "These are your own words, so another steward has to look "
                       "at it.")
    if reported:
        return Refusal("own_report", "You reported this, so another steward has to look at it.")
    return None
