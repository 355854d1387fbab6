"""Problems in words, for pages. Absolute times only, so that pages keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from parley.kernel.db import EPOCH
from parley.kernel.prepared import Prepared
from parley.problems import counting, rules
from parley.problems.models import (
    SHOWN,
    Problem,
    ProblemAnswer,
    ProblemLink,
    ProblemStep,
    ProblemUpdate,
)
from parley.problems.rules import Link, Side, State
from parley.threads.models import Thread
from parley.threads.rules import Hat
from parley.threads.showing import Row, named_day
from parley.web.times import day, many

STATE_WORDS = {
    State.SUSPECTED: "Suspected", State.ACKNOWLEDGED: "Acknowledged",
    State.FIX_PLANNED: "Fix planned", State.FIXED: "Fixed, says the company",
    State.CONFIRMED: "Fixed and confirmed", State.REJECTED: "Rejected",
}
TONES = {
    State.SUSPECTED: "waiting", State.ACKNOWLEDGED: "company", State.FIX_PLANNED: "company",
    State.FIXED: "unconfirmed", State.CONFIRMED: "solved", State.REJECTED: "plain",
}
HAT_WORDS = {Hat.REPRESENTATIVE: "for the company", Hat.ADVOCATE: "as an advocate",
             Hat.MEMBER: "as a member"}
CHOICES = {
    State.ACKNOWLEDGED: ("We acknowledge it", "It is ours to mend. Everybody hit by it hears so."),
    State.FIX_PLANNED: ("We plan the fix", "Name the day below."),
    State.FIXED: ("It is fixed", "Say below what changed. The people hit say whether it works."),
    State.REJECTED: ("We reject it", "Say below why it is no problem of yours."),
}
LEFT_WORDS = {
    "two_hats": "its writer spoke there in their own name", "locked": "a steward locked it",
    "gone": "it could not be written to", "hidden": "it is hidden",
}
ON_VENDOR = 5  # problems on a company's page
FEWEST_WEEKS, MOST_WEEKS = 12, 26
AFTER = 6  # weeks shown after the last that had anything
WEEK = timedelta(days=7)


def row(problem: Problem) -> Row:
    """One problem in a list."""
    return Row(f"/problems/{problem.id}", problem.title, facts(problem), TONES[problem.state],
               STATE_WORDS[problem.state])


def facts(problem: Problem) -> str:
    """Whom it hits, and what comes next, in one line."""
    found = [hit(problem.affected)] if problem.affected else []
    if problem.linked:
        found.append(many(problem.linked, "thread", "threads"))
    if problem.planned_for:
        found.append(f"planned for {named_day(problem.planned_for)}")
    if problem.state in rules.ASKING and problem.works + problem.broken:
        found.append(f"{problem.works} of {problem.works + problem.broken} say that it works")
    return ", ".join(found) or "Nobody has said yet that it hits them"


def end_of_plan(problem: Problem) -> datetime | None:
    """The instant (in UTC) at which the day is over for which a fix is planned."""
    if not problem.planned_for:
        return None
    day = date.fromisoformat(problem.planned_for) + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def hit(affected: int) -> str:
    return many(affected, "person hit by it", "people hit by it")


_of_vendor = Prepared(lambda vendor: Problem.select().where(
    Problem.vendor == vendor, Problem.place > rules.PLACE[State.REJECTED], SHOWN).order_by(
    Problem.place.desc(), Problem.moved_at.desc(), Problem.id.desc()).limit(ON_VENDOR))


def of_vendor(vendor_id: str) -> list[Row]:
    """The first problems of a company: fixed and confirmed, then those under way."""
    return [row(problem) for problem in _of_vendor(vendor_id)]


_most_hit = Prepared(lambda vendor: Problem.select().where(
    Problem.vendor == vendor, Problem.affected > 0, Problem.state != State.REJECTED, SHOWN
    ).order_by(Problem.affected.desc(), Problem.id.desc()).limit(ON_VENDOR))


def most_hit(vendor_id: str) -> list[Problem]:
    """The problems of a company that hit most people, those first; also those that were fixed."""
    found: list[Problem] = _most_hit(vendor_id)
    return found


@dataclass(frozen=True)
class OnThread:
    """What a thread's page says of problems. `linked` is (problem row, link), and `answer` what
    the latest update that went to all its threads became here; the third of `suggested` says
    whether this viewer decides."""

    linked: tuple[Row, ProblemLink] | None = None
    answer: ProblemAnswer | None = None
    suggested: list[tuple[Row, ProblemLink, bool]] = field(default_factory=list)


_of_thread = Prepared(lambda thread: ProblemLink.select(ProblemLink, Problem).join(Problem).where(
    ProblemLink.thread == thread, SHOWN,
    ProblemLink.state.in_([Link.LINKED, Link.SUGGESTED])).order_by(ProblemLink.since))
_answer_in = Prepared(lambda thread, problem: ProblemAnswer.select(
    ProblemAnswer, ProblemUpdate).join(ProblemUpdate).where(
    ProblemAnswer.thread == thread, ProblemAnswer.left == "",
    ProblemUpdate.problem == problem).order_by(ProblemUpdate.at.desc()).limit(1))


def on_thread(thread: Thread, hat: Hat | None) -> OnThread:
    """The problems that a thread belongs to or may belong to, for who wears this hat in it."""
    links = _of_thread(thread.id)
    linked = next((one for one in links if one.state == Link.LINKED), None)
    side = {Hat.AUTHOR: Side.AUTHOR, Hat.REPRESENTATIVE: Side.VENDOR}.get(hat, Side.OTHER)
    return OnThread(
        (row(linked.problem), linked) if linked else None,
        _answer_in.first(thread.id, linked.problem_id) if linked else None,
        [(row(one.problem), one, rules.may_decide(side, Side(one.side))) for one in links
         if one.state == Link.SUGGESTED and not linked])


def step_words(step: ProblemStep, number: int) -> str:
    """What a step of the history says, in one line."""
    if number == 0:
        return "Opened by the company" if step.state == State.ACKNOWLEDGED else "Suspected"
    if step.state == State.FIX_PLANNED:
        return f"Fix planned for {named_day(step.planned_for)}"
    if step.by_id is None:
        return ("The people hit say that it works" if step.state == State.CONFIRMED
                else "The people hit say that it does not work")
    return STATE_WORDS[step.state]


@dataclass(frozen=True)
class Bar:
    """One week of the chart; `middle`, `y` and `height` in its units. `fix`: one came then."""

    label: str
    threads: int
    people: int
    middle: float
    y: float
    height: float
    fix: bool


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    thick: float  # of a bar
    next_week: datetime


WIDE, HIGH = 600, 120


def chart(problem: Problem, fixes: Iterable[datetime], now: datetime) -> Chart | None:
    """How many were hit in each week, around the fixes; None while nobody was."""
    if not problem.weeks:
        return None
    this, marks = week_of(now), {week_of(at) for at in fixes}
    last = max(problem.weeks[-1][0], *marks) if marks else problem.weeks[-1][0]
    end = max(min(this, last + AFTER), problem.weeks[-1][0])
    first = min(problem.weeks[0][0], end - FEWEST_WEEKS + 1)
    known = {week: (threads, people) for week, threads, people in problem.weeks}
    shown = [(week, *known.get(week, (0, 0)))
             for week in range(max(first, end - MOST_WEEKS + 1), end + 1)]
    most = max(1, *(threads + people for _, threads, people in shown))
    room = WIDE / len(shown)
    bars = []
    for number, (week, threads, people) in enumerate(shown):
        height = round(HIGH * (threads + people) / most, 1)
        bars.append(Bar(week_label(week), threads, people, round(room * (number + 0.5), 1),
                        HIGH - height, height, week in marks))
    return Chart(bars, round(room * 0.7, 1), _start_of(this + 1))


def week_of(instant: datetime) -> int:
    return ((instant - EPOCH) // timedelta(microseconds=1) + counting.MONDAY) // counting.WEEK


def _start_of(week: int) -> datetime:
    return EPOCH + week * WEEK - timedelta(days=3)


def week_label(week: int) -> str:
    """`4 May 2026`, the Monday of a week."""
    return day(_start_of(week), "UTC")


def choices(problem: Problem, standing: rules.Standing, manages: bool) -> list[tuple[Any, ...]]:
    """Where the company's people can bring a problem: options of a form."""
    found = []
    for state in rules.choices(standing, problem.linked, manages):
        words, hint = CHOICES[state]
        if state is State.FIX_PLANNED and problem.state == State.FIX_PLANNED:
            words, hint = "We move the day", "Name the new day below, and say why."
        found.append((state, words, hint))
    return found
