"""Whom a problem hits: counted by the write that changes it, and what they say of a fix."""

from __future__ import annotations

from functools import partial
from typing import Any

import peewee
from peewee import fn

from parley.accounts.models import Account
from parley.kernel import db
from parley.problems import rules, steps
from parley.problems.models import Problem, ProblemFollow, ProblemLink, ProblemVote
from parley.threads.models import MeToo, Thread
from parley.threads.rules import MeTooWord, Outcome

WEEK = 7 * 24 * 3600 * 1_000_000  # in the unit of stored instants
MONDAY = 3 * 24 * 3600 * 1_000_000  # 1 January 1970 was a Thursday
# What stands in public and was not taken back by its author.
COUNTS = (Thread.listed == 1) & (Thread.outcome.is_null() | (Thread.outcome != Outcome.WITHDRAWN))


def later(problem_id: str) -> None:
    """Count a problem anew when the running write ends: before any version is raised, and after
    all threads and vendors are held."""
    db.at_the_end(f"affected:{problem_id}", partial(count, problem_id))


def catch_up(problem_id: str) -> None:
    """Do the counting of a problem that waits for the end of this write, if any does."""
    db.do_now(f"affected:{problem_id}")


def count(problem_id: str) -> None:
    """Bring the counts of a problem to what its links say, and let the people hit decide. A hidden
    one stands still; it is counted when it is shown again."""
    problem = steps.hold(problem_id)
    if problem.hidden_at is not None:
        return
    problem.linked = linked_threads(problem_id).count()
    problem.affected = people(problem_id).count() + problem.gone
    problem.works, problem.broken = answers(problem)
    problem.weeks = _weeks(problem_id)
    _decide(problem)


def answered(problem: Problem, before: bool | None, works: bool) -> None:
    """Count what somebody hit says of the present fix, in place of what they said before, and let
    the people hit decide. The problem is held."""
    problem.works += works - (before is True)
    problem.broken += (not works) - (before is False)
    _decide(problem)


def _decide(problem: Problem) -> None:
    problem.save()
    steps.take(problem, rules.Counted(problem.works, problem.broken, problem.affected), None)
    steps.shown_anew(problem)


def linked_threads(problem_id: str, *columns: Any) -> peewee.ModelSelect:
    """The links of a problem that count, with their threads joined."""
    return ProblemLink.select(*(columns or (ProblemLink.thread,))).join(Thread).where(
        ProblemLink.problem == problem_id, ProblemLink.state == rules.Link.LINKED, COUNTS)


def _authors(problem_id: str) -> peewee.ModelSelect:
    """Authors of linked threads; one who joined the company since is no customer of it."""
    return linked_threads(problem_id, Thread.author).where(~Thread.from_people)


def _me_toos(problem_id: str) -> peewee.ModelSelect:
    return linked_threads(problem_id, MeToo.account).join(
        MeToo, on=MeToo.thread == ProblemLink.thread).where(MeToo.word == MeTooWord.AFFECTED)


def _followers(problem_id: str) -> peewee.ModelSelect:
    return ProblemFollow.select(ProblemFollow.account).where(
        ProblemFollow.problem == problem_id, ProblemFollow.affected)


def people(problem_id: str) -> peewee.ModelSelect:
    """Ids of the people hit, each once: authors of linked threads, those who said there that it
    hits them too, and those who said so of the problem. Those who left are counted in `gone`, for
    they have another name in each thread."""
    hit = _authors(problem_id) | _me_toos(problem_id) | _followers(problem_id)
    return Account.select(Account.id).where(Account.closed_at.is_null(), Account.id.in_(hit))


def hearers(problem_id: str) -> peewee.ModelSelect:
    """Ids of those who hear of every step: the people hit, who follows it, and the authors of
    threads of which nobody has decided yet."""
    suggested = ProblemLink.select(Thread.author).join(Thread).where(
        ProblemLink.problem == problem_id, ProblemLink.state == rules.Link.SUGGESTED)
    following = ProblemFollow.select(ProblemFollow.account).where(
        ProblemFollow.problem == problem_id)
    return people(problem_id) | suggested | following


def hits(problem_id: str, account: Account) -> bool:
    """Whether a problem hits this person."""
    mine = (
        _authors(problem_id).where(Thread.author == account.id)
        | _me_toos(problem_id).where(MeToo.account == account.id)
        | _followers(problem_id).where(ProblemFollow.account == account.id))
    return bool(mine.count())


def answers(problem: Problem) -> tuple[int, int]:
    """How many of the people hit say that the present fix works, and that it does not."""
    rows = ProblemVote.select(ProblemVote.works, fn.COUNT(ProblemVote.account)).join(Account).where(
        ProblemVote.problem == problem.id, ProblemVote.fix == problem.fix,
        Account.closed_at.is_null(False) | Account.id.in_(people(problem.id)),
    ).group_by(ProblemVote.works).tuples()
    found = dict(rows)
    return found.get(True, 0), found.get(False, 0)


def _weeks(problem_id: str) -> list[list[int]]:
    """[week, threads opened, others who said that it hits them], for the weeks that have any."""
    found: dict[int, list[int]] = {}
    for place, instant, query in (
        (0, Thread.opened_at, linked_threads(problem_id)),
        (1, MeToo.at, _me_toos(problem_id)),
        (1, ProblemFollow.since, _followers(problem_id)),
    ):
        week = ((instant + MONDAY) / WEEK).coerce(False)
        rows = query.select(week.alias("week"), fn.COUNT(peewee.SQL("*"))).group_by(
            peewee.SQL("week")).tuples()
        for number, times in rows:
            found.setdefault(int(number), [0, 0])[place] += times
    return [[number, *counts] for number, counts in sorted(found.items())]
