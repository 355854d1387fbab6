"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.outbox.mail import url
from parley.problems.leaving import erase as erase
from parley.problems.models import (
    Problem,
    ProblemAct,
    ProblemFollow,
    ProblemLink,
    ProblemReport,
    ProblemUpdate,
    ProblemVote,
)
from parley.threads.models import Thread
from parley.vendors.models import Vendor


def export(account: Account) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: problems named, threads linked or suggested,
    updates written, answers to fixes, what one follows and reported, and acts of stewards about
    problems that one named."""
    yield "problems.json", {
        "named": list(_named(account)), "links": list(_links(account)),
        "updates": list(_updates(account)), "answers": list(_answers(account)),
        "follows": list(_follows(account)), "reports": list(_reports(account)),
        "acts": list(_acts(account)),
    }


def _about(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.id, "url": url(f"/problems/{problem.id}"),
        "title": problem.title if problem.hidden_at is None else None,
        "state": problem.state, "vendor": problem.vendor.name,
    }


def _named(account: Account) -> Iterator[dict[str, Any]]:
    rows = Problem.select(Problem, Vendor).join(Vendor).where(Problem.opened_by == account.id)
    for row in rows.order_by(Problem.opened_at, Problem.id):
        yield {**_about(row), "title": row.title, "body": row.body, "hat": row.hat,
               "opened_at": iso(row.opened_at)}


def _links(account: Account) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemLink.select(ProblemLink, Problem, Vendor, Thread)
        .join(Problem).join(Vendor).join_from(ProblemLink, Thread)
        .where((ProblemLink.by == account.id) | (Thread.author == account.id))
    )
    for row in rows.order_by(ProblemLink.at, ProblemLink.id):
        mine = row.thread.author_id == account.id
        yield {
            "problem": _about(row.problem), "thread_url": url(f"/threads/{row.thread_id}"),
            "title": row.thread.title if row.thread.listed or mine else None,
            "own_thread": mine, "by_you": row.by_id == account.id, "state": row.state,
            "at": iso(row.at), "since": iso(row.since),
        }


def _updates(account: Account) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemUpdate.select(ProblemUpdate, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemUpdate.by == account.id)
    )
    for row in rows.order_by(ProblemUpdate.at, ProblemUpdate.id):
        yield {"problem": _about(row.problem), "body": row.body, "at": iso(row.at),
               "threads": row.total}


def _answers(account: Account) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemVote.select(ProblemVote, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemVote.account == account.id)
    )
    for row in rows.order_by(ProblemVote.at, ProblemVote.problem, ProblemVote.fix):
        yield {"problem": _about(row.problem), "fix": row.fix, "works": row.works,
               "at": iso(row.at)}


def _follows(account: Account) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemFollow.select(ProblemFollow, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemFollow.account == account.id)
    )
    for row in rows.order_by(ProblemFollow.since, ProblemFollow.problem):
        yield {"problem": _about(row.problem), "affected": row.affected, "since": iso(row.since)}


def _reports(account: Account) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemReport.select(ProblemReport, Problem, Vendor).join(Problem).join(Vendor)
        .where(ProblemReport.reporter == account.id)
    )
    for row in rows.order_by(ProblemReport.at, ProblemReport.id):
        yield {"problem": _about(row.problem), "reason": row.reason, "note": row.note,
               "for_company": row.vendor_id is not None, "at": iso(row.at),
               "settled_at": row.settled_at and iso(row.settled_at), "upheld": row.upheld}


def _acts(account: Account) -> Iterator[dict[str, Any]]:
    rows = (
        ProblemAct.select(ProblemAct, Problem, Account).join(Problem)
        .join_from(ProblemAct, Account).where(Problem.opened_by == account.id)
    )
    for row in rows.order_by(ProblemAct.at, ProblemAct.id):
        yield {"kind": row.kind, "problem_url": url(f"/problems/{row.problem_id}"),
               "reason": row.reason, "words": row.words, "steward": row.steward.known_as,
               "at": iso(row.at)}
