"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.problems.leaving import erase as erase
from parley.problems.models import (
    Problem,
    ProblemAct,
    ProblemAnswer,
    ProblemFollow,
    ProblemLink,
    ProblemReport,
    ProblemStep,
    ProblemUpdate,
    ProblemVote,
)
from parley.problems.rules import Link
from parley.threads.models import Thread
from parley.vendors.models import Vendor

HOLDS = (
    Problem, ProblemLink, ProblemStep, ProblemVote, ProblemFollow, ProblemUpdate, ProblemAnswer,
    ProblemReport, ProblemAct)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: problems named, threads linked or suggested,
    how the problems behind own threads moved, updates written and what became of them, answers to
    fixes, what one follows and reported, and acts of stewards about problems that one named or
    that one did as a steward."""
    yield "problems.json", {
        "named": list(_named(account, part)), "links": _links(account, part),
        "steps": _steps(account, part), "updates": list(_updates(account, part)),
        "answers": list(_answers(account, part)), "follows": list(_follows(account, part)),
        "reports": list(_reports(account, part)),
        "acts": list(_acts(part, (Problem.opened_by == account.id) | _own_words(account))),
        "as_steward": list(_acts(part, ProblemAct.steward == account.id)),
    }


def _about(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.id, "url": url(f"/problems/{problem.id}"),
        "title": problem.title if problem.hidden_at is None else None,
        "state": problem.state, "vendor": problem.vendor.name,
    }


def _named(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Problem.select(Problem, Vendor).join(Vendor).where(Problem.opened_by == account.id)
    rows = part.of(rows, Problem.opened_at, Problem.vendor)
    for row in rows.order_by(Problem.opened_at, Problem.id):
        yield {**_about(row), "title": row.title, "body": row.body, "hat": row.hat,
               "opened_at": iso(row.opened_at)}


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
        mine = row.by_id == account.id
        yield {"problem": _about(row.problem), "state": row.state, "fix": row.fix,
               "planned_for": row.planned_for, "at": iso(row.at), "by_you": mine,
               "words": row.words if mine or row.hidden_at is None else None}


def _updates(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemUpdate.select(ProblemUpdate, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemUpdate.by == account.id)
    )
    rows = part.of(rows, ProblemUpdate.at, Problem.vendor)
    for row in rows.order_by(ProblemUpdate.at, ProblemUpdate.id):
        yield {"problem": _about(row.problem), "body": row.body, "at": iso(row.at),
               "hidden_at": row.hidden_at and iso(row.hidden_at), "threads": row.total, "became": [
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


def _reports(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemReport.select(ProblemReport, Problem, Vendor).join(Problem)
        .join(Vendor, on=Problem.vendor).where(ProblemReport.reporter == account.id)
    )
    rows = part.of(rows, ProblemReport.at, Problem.vendor)
    for row in rows.order_by(ProblemReport.at, ProblemReport.id):
        yield {"problem": _about(row.problem), "part": row.part, "reason": row.reason,
               "note": row.note,
               "for_company": row.vendor_id is not None, "at": iso(row.at),
               "settled_at": row.settled_at and iso(row.settled_at), "upheld": row.upheld}


def _own_words(account: Account) -> peewee.Expression:
    """Acts about what this person said of a problem."""
    steps = ProblemStep.select(peewee.Value("step-").concat(ProblemStep.id.cast("text"))).where(
        ProblemStep.by == account.id)
    updates = ProblemUpdate.select(peewee.Value("update-").concat(ProblemUpdate.id)).where(
        ProblemUpdate.by == account.id)
    return ProblemAct.part.in_(steps) | ProblemAct.part.in_(updates)


def _acts(part: Part, which: peewee.Expression) -> Iterator[dict[str, Any]]:
    rows = ProblemAct.select(ProblemAct, Problem, Account).join(Problem).join_from(
        ProblemAct, Account).where(which)
    rows = part.of(rows, ProblemAct.at, Problem.vendor)
    for row in rows.order_by(ProblemAct.at, ProblemAct.id):
        yield {"kind": row.kind, "problem_url": url(f"/problems/{row.problem_id}"),
               "part": row.part, "reason": row.reason, "words": row.words,
               "steward": row.steward.known_as, "at": iso(row.at)}
