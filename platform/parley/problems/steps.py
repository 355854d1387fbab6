"""Between the table of a problem's life and its rows: hold it, take a step, store what it made."""

from __future__ import annotations

from datetime import date

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, versions
from parley.kernel.errors import NotFound, Refusal, Refused, refuse
from parley.problems import rules
from parley.problems.models import Problem, ProblemStep
from parley.problems.rules import PLACE, Standing, State
from parley.threads.actions import rendered
from parley.vendors import actions as vendors


def hold(problem_id: str) -> Problem:
    """A problem's row, held until the write ends.

    Writers hold threads, then their vendor, then a problem.

    :raise NotFound: there is no such problem
    """
    problem = db.lock(Problem.select().where(Problem.id == problem_id)).first()
    if problem is None:
        raise NotFound
    return problem


def hold_shown(problem_id: str) -> Problem:
    """The same, of a problem that no steward hid.

    :raise NotFound: there is no such problem
    """
    problem = hold(problem_id)
    if problem.hidden_at is not None:
        raise NotFound
    return problem


def role_at(problem: Problem, by: Account) -> str:
    """The role of somebody who may write for the problem's company now.

    :raise NotFound: they do not answer for it
    :raise Refused: the company's proof has lapsed
    """
    role = vendors.role_of(by, problem.vendor_id)
    if role is None:
        raise NotFound
    refuse(vendors.may_write(problem.vendor_id))
    return role


def standing_of(problem: Problem) -> Standing:
    planned = problem.planned_for
    return Standing(State(problem.state), problem.fix, planned and date.fromisoformat(planned))


def take(problem: Problem, event: rules.Event, by: Account | None, words: str = "") -> None:
    """Take a step of a held problem; one that changes nothing leaves no trace.

    :raise Refused: see `rules.step`
    """
    before = standing_of(problem)
    after = rules.step(before, event)
    if isinstance(after, Refusal):
        raise Refused(after)
    if after == before:
        return
    now = clock.now()
    if after.fix > before.fix:
        problem.fixed_at, problem.works, problem.broken = now, 0, 0
    problem.state, problem.place = after.state, PLACE[after.state]
    problem.fix, problem.moved_at = after.fix, now
    problem.planned_for = after.planned_for and after.planned_for.isoformat()
    problem.save()
    step = note(problem, by, words)
    journal.record("problem.moved", "problem", problem.id, by and by.id, now,
                   vendor=problem.vendor_id, was=before.state, state=after.state, fix=after.fix,
                   affected=problem.affected, step=step.id)
    shown_anew(problem)


def note(problem: Problem, by: Account | None, words: str = "") -> ProblemStep:
    """Write down in a problem's history where it stands now."""
    return ProblemStep.create(
        problem=problem, at=problem.moved_at, state=problem.state, fix=problem.fix,
        planned_for=problem.planned_for, words=words, html=rendered(words) if words else "", by=by)


def shown_anew(problem: Problem) -> None:
    """Draw the pages that show a problem anew: its own, its company's, and those of the company's
    threads, which go by the same version."""
    versions.touch(f"problem:{problem.id}", f"vendor:{problem.vendor_id}")
