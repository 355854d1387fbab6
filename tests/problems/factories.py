"""Problems for tests, told by the same verbs that people use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parley.accounts.models import Account
from parley.problems import actions
from parley.problems.actions import NewProblem
from parley.problems.models import Problem, ProblemLink
from parley.threads.models import Thread
from parley.vendors.models import Vendor
from tests.factories import make_manager, make_vendor
from tests.threads import factories as f


@dataclass
class Case:
    """A company, its manager, and a problem of it with threads that it linked itself."""

    vendor: Vendor
    manager: Account
    threads: list[Thread]
    id: str = ""
    authors: list[Account] = field(default_factory=list)

    @property
    def problem(self) -> Problem:
        """As the database has it now."""
        return Problem.get_by_id(self.id)

    def link(self, number: int = 0) -> ProblemLink:
        return ProblemLink.get(ProblemLink.problem == self.id,
                               ProblemLink.thread == self.threads[number].id)

    def move(self, to: str, words: str = "So it is.", **typed: str) -> Problem:
        return actions.move(self.manager, self.id, to, words, **typed)

    def vote(self, *answers: bool) -> str:
        """The authors answer in their order; the state after it."""
        for author, works in zip(self.authors, answers, strict=False):
            actions.vote(author, self.id, works)
        return self.problem.state


def case(threads: int = 3, **thread: Any) -> Case:
    vendor = make_vendor()
    manager = make_manager(vendor)
    made = [f.open_thread(vendor=vendor, **thread) for _ in range(threads)]
    found = Case(vendor, manager, made, authors=[one.author for one in made])
    new = NewProblem("Lids break in the cold", "All of them do.", tuple(t.id for t in made))
    found.id = actions.open_problem(manager, vendor, new).id
    return found


def named(by: Account, *threads: Thread) -> Problem:
    """A problem that a member suspects."""
    new = NewProblem("Lids break in the heat", "Some do.", tuple(t.id for t in threads))
    return actions.open_problem(by, threads[0].vendor, new)
