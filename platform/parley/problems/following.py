"""What problems do when threads, people or companies change."""

from __future__ import annotations

import peewee

from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import versions
from parley.kernel.prepared import Prepared
from parley.problems import counting
from parley.problems.models import Problem, ProblemLink, ProblemStep, ProblemUpdate
from parley.threads.rules import Outcome


def install() -> None:
    """Listen to the facts that change whom a problem hits, and what its page shows."""
    for kind in ("thread.hidden", "thread.shown", "thread.me_too", "thread.from_people"):
        journal.subscribe(kind, _counts_change)
    journal.subscribe("thread.closed", _closed)
    journal.subscribe("vendor.merged", _merged)
    for kind in ("account.renamed", "account.closed", "account.suspended", "account.restored"):
        journal.subscribe(kind, _renamed)


_problem_of = Prepared(lambda thread: ProblemLink.select(ProblemLink.problem).where(
    ProblemLink.only == thread))


def _counts_change(fact: Fact) -> None:
    for row in _problem_of(fact.subject_id):
        counting.later(row.problem_id)


def _closed(fact: Fact) -> None:
    if fact.refs.get("outcome") == Outcome.WITHDRAWN:
        _counts_change(fact)


def _merged(fact: Fact) -> None:
    """Problems move with their company's page, as everything that names it does."""
    keys = Problem.select(peewee.Value("problem:").concat(Problem.id)).where(
        Problem.vendor.in_([fact.refs["merged"], fact.subject_id]))
    versions.touch_all(f"problem: merged {fact.refs['merged']}", keys)


def _renamed(fact: Fact) -> None:
    person = fact.subject_id
    for model, column, account in (
        (Problem, Problem.id, Problem.opened_by),
        (ProblemStep, ProblemStep.problem, ProblemStep.by),
        (ProblemUpdate, ProblemUpdate.problem, ProblemUpdate.by),
    ):
        keys = model.select(peewee.Value("problem:").concat(column)).where(account == person)
        versions.touch_all(f"problem: {model.__name__} {person}", keys)
