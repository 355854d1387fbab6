"""What a person leaves behind in problems: that each hit somebody still counts, once, and what they
said of a fix; what they wrote stands under a name that is nobody's."""

from __future__ import annotations

from collections.abc import Iterator

import peewee

from parley.accounts import leaving as accounts
from parley.accounts.models import Account, Leaving
from parley.accounts.naming import Depth
from parley.kernel import db, versions
from parley.problems import counting, search, steps
from parley.problems.models import (
    Problem,
    ProblemAct,
    ProblemFollow,
    ProblemLink,
    ProblemReport,
    ProblemStep,
    ProblemUpdate,
    ProblemVote,
)
from parley.problems.rules import Side
from parley.threads.leaving import within
from parley.threads.models import MeToo, Thread
from parley.threads.rules import Hat
from parley.vendors.models import Vendor

TAKEN_BACK = "Whoever named this problem took their words back."
WROTE = ((Problem.id, Problem.opened_by), (ProblemStep.problem, ProblemStep.by),
         (ProblemUpdate.problem, ProblemUpdate.by))


def erase(leaving: Leaving) -> Iterator[None]:
    """Comes before the erasing of threads, which tell whom a problem hit."""
    yield from _those_hit(leaving)
    yield from accounts.delete(leaving, "follows", ProblemFollow.account)
    yield from accounts.delete(leaving, "votes", ProblemVote.account)
    yield from _links(leaving)
    with db.write():
        ProblemReport.update(note="").where(ProblemReport.reporter == leaving.account).execute()
        _unname(leaving)
    yield from accounts.hand_over_each(leaving, "reports", "Customer", ProblemReport.reporter)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), ProblemAct.steward)
    yield from _written(leaving)


def _those_hit(leaving: Leaving) -> Iterator[None]:
    """All in one write, so that nobody is counted twice. Who takes their words away is counted no
    longer."""
    me, keeps = Account(id=leaving.account), leaving.words == accounts.KEEP
    if "problems" in leaving.counts:
        return
    with db.write():
        hit = [one for one in _candidates(leaving) if counting.hits(one, me)]
        for problem_id in hit:
            if keeps:
                _stays_hit(leaving, problem_id)
            counting.later(problem_id)
        accounts.noted(leaving, "problems", len(hit) if keeps else 0)
    if hit and keeps:
        yield


def _candidates(leaving: Leaving) -> list[str]:
    links = ProblemLink.select(ProblemLink.problem)
    found = (
        links.join(Thread).where(Thread.author == leaving.account)
        | links.join(MeToo, on=MeToo.thread == ProblemLink.thread).where(
            MeToo.account == leaving.account)
        | ProblemFollow.select(ProblemFollow.problem).where(
            ProblemFollow.account == leaving.account))
    return sorted(row for (row,) in found.tuples())


def _stays_hit(leaving: Leaving, problem_id: str) -> None:
    problem = steps.hold(problem_id)
    problem.gone += 1
    problem.save()
    other = accounts.stand_in(leaving, accounts.numbered("Customer"))
    for model in (ProblemVote, ProblemFollow):
        model.update(account=other.id).where(
            model.problem == problem_id, model.account == leaving.account).execute()


def _links(leaving: Leaving) -> Iterator[None]:
    """Each link by itself: nothing tells that two came from one person."""
    while row := ProblemLink.select(ProblemLink, Problem, Vendor).join(Problem).join(Vendor).where(
            ProblemLink.by == leaving.account).first():
        for_company = row.side == Side.VENDOR
        with db.write():
            other = accounts.stand_in(leaving, f"Someone of {row.problem.vendor.name}"
                                      if for_company else accounts.numbered("Customer"))
            ProblemLink.update(by=other.id).where(ProblemLink.id == row.id).execute()
            accounts.noted(leaving, "links_kept", 1)
        yield


def _written(leaving: Leaving) -> Iterator[None]:
    """Problems named, and for companies their steps and updates: one name for each problem."""
    wrote = peewee.Value(False)
    for place, person in WROTE:
        wrote |= Problem.id.in_(place.model.select(place).where(person == leaving.account))
    while problem := Problem.select(Problem, Vendor).join(Vendor).where(wrote).first():
        own = problem.opened_by_id == leaving.account and problem.hat != Hat.REPRESENTATIVE
        with db.write():
            other = accounts.stand_in(leaving, accounts.numbered("Customer") if own
                                      else f"Someone of {problem.vendor.name}")
            for place, person in WROTE:
                person.model.update({person: other.id}).where(
                    place == problem.id, person == leaving.account).execute()
            if own and leaving.words == accounts.REMOVE:
                Problem.update(body=TAKEN_BACK, html=f"<p>{TAKEN_BACK}</p>").where(
                    Problem.id == problem.id).execute()
            accounts.noted(leaving, "problems_named" if own else "for_companies", 1)
            _found_anew(Problem.get_by_id(problem.id))
        yield


def _unname(leaving: Leaving) -> None:
    """Replace the name in problems that they wrote in, and in those behind threads of theirs."""
    near = ProblemLink.select(ProblemLink.problem).where(
        within(ProblemLink.thread, leaving.account))
    without = accounts.unnaming(leaving, Depth.NEAR)
    for place, person in WROTE:
        accounts.unname(person.model, place.in_(near) | (person == leaving.account), without)
    about = Problem.select(Problem.id).where(
        Problem.id.in_(near) | (Problem.opened_by == leaving.account))
    for model in (ProblemReport, ProblemAct):
        accounts.unname(model, model.problem.in_(about), without)
    versions.touch("log")
    for problem in Problem.select().where(Problem.id.in_(about)):
        _found_anew(problem)


def _found_anew(problem: Problem) -> None:
    search.index(problem)
    steps.shown_anew(problem)
