"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.problems.leaving import erase as erase
from parley.problems.models import (
    Problem,
    ProblemAnswer,
    ProblemFollow,
    ProblemLink,
    ProblemStep,
    ProblemUpdate,
    ProblemVote,
)
from parley.problems.rules import Link
from parley.threads.models import Thread
from parley.vendors.models import Vendor

HOLDS = (
    Problem, ProblemLink, ProblemStep, ProblemVote, ProblemFollow, ProblemUpdate, ProblemAnswer)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: problems named, threads linked or suggested,
    how the problems behind own threads moved, updates written and what became of them, answers to
    fixes, and what one follows."""
    yield "problems.json", {
        "named": list(_named(account, part)), "links": _links(account, part),
        "steps": _steps(account, part), "updates": list(_updates(account, part)),
        "answers": list(_answers(account, part)), "follows": list(_follows(account, part)),
    }


def _about(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.id, "url": url(f"/problems/{problem.id}"), "title": problem.title,
        "state": problem.state, "vendor": problem.vendor.name,
    }


def _named(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Problem.select(Problem, Vendor).join(Vendor).where(Problem.opened_by == account.id)
    rows = part.of(rows, Problem.opened_at, Problem.vendor)
    for row in rows.order_by(Problem.opened_at, Problem.id):
        yield {**_about(row), "body": row.body, "hat": row.hat, "opened_at": iso(row.opened_at)}


def _links(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemLink.select(ProblemLink, Problem, Vendor, Thread)
        .join(Problem).join(Vendor).join_from(ProblemLink, Thread)
        .where((ProblemLink.by == account.id) | (Thread.author == account.id))
    )
    rows = part.of(rows, ProblemLink.at, Problem.vendor)
    for row in rows.order_by(ProblemLink.at, ProblemLink.id):
        mine = row.thread.author_id == account.id
        yield {
            "problem": _about(row.problem), "thread_url": url(f"/threads/{row.thread_id}"),
            "title": row.thread.title if row.thread.listed or mine else None,
            "own_thread": mine, "by_you": row.by_id == account.id, "state": row.state,
            "at": iso(row.at), "since": iso(row.since),
        }


def _steps(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """How the problems behind own threads moved, and the steps that one took oneself."""
    behind = ProblemLink.select(ProblemLink.problem).join(Thread).where(
        Thread.author == account.id, ProblemLink.state == Link.LINKED)
    rows = (
        ProblemStep.select(ProblemStep, Problem, Vendor).join(Problem).join(Vendor)
        .where((ProblemStep.by == account.id) | Problem.id.in_(behind))
    )
    rows = part.of(rows, ProblemStep.at, Problem.vendor)
    for row in rows.order_by(ProblemStep.id):
        yield {"problem": _about(row.problem), "state": row.state, "fix": row.fix,
               "planned_for": row.planned_for, "words": row.words, "at": iso(row.at),
               "by_you": row.by_id == account.id}


def _updates(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemUpdate.select(ProblemUpdate, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemUpdate.by == account.id)
    )
    rows = part.of(rows, ProblemUpdate.at, Problem.vendor)
    for row in rows.order_by(ProblemUpdate.at, ProblemUpdate.id):
        yield {"problem": _about(row.problem), "body": row.body, "at": iso(row.at),
               "threads": row.total, "became": [
                   {"thread_url": url(f"/threads/{one.thread_id}"), "post": one.post_id,
                    "claim": one.claim, "left": one.left}
                   for one in row.answers.order_by(ProblemAnswer.thread)]}


def _answers(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemVote.select(ProblemVote, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemVote.account == account.id)
    )
    rows = part.of(rows, ProblemVote.at, Problem.vendor)
    for row in rows.order_by(ProblemVote.at, ProblemVote.problem, ProblemVote.fix):
        yield {"problem": _about(row.problem), "fix": row.fix, "works": row.works,
               "at": iso(row.at)}


def _follows(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemFollow.select(ProblemFollow, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemFollow.account == account.id)
    )
    rows = part.of(rows, ProblemFollow.since, Problem.vendor)
    for row in rows.order_by(ProblemFollow.since, ProblemFollow.problem):
        yield {"problem": _about(row.problem), "affected": row.affected, "since": iso(row.since)}
