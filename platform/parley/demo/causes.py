"""Problems of the demo's companies: causes behind its threads, as data, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from parley.accounts.models import Account
from parley.demo.shapes import Cause, CauseStep, days, hours
from parley.kernel import clock
from parley.problems import actions, answering, linking
from parley.problems.actions import NewProblem
from parley.problems.models import Problem, ProblemLink
from parley.vendors.models import Vendor

SLIP = "Counter said my refund for the cancelled sleeper was through, and no money has come"
SLIP_TOO = "Refund granted in the storm weeks, still nothing on my account"
BICYCLE = "Bicycle space 12 on line 7 sold to me and to somebody else"

CAUSES = (
    Cause(
        "northwind", "jonas", "Bicycle spaces are sold twice when a connection drops",
        """
        Two of our sales systems hand out bicycle spaces. While the connection between them is
        down, each believes that it alone does so, and a space can be sold twice.

        We count 31 double sales since the spring, nearly all on lines 7 and 3.
        """,
        34.0, (BICYCLE,),
        (
            CauseStep(hours(30), "hit", "moira"),
            CauseStep(days(1), "hit", "elif"),
            CauseStep(hours(20), "fix_planned", "marta", """
                Bicycle sales are blocked in the older system now. The repair itself comes with the
                next release.
                """, ahead=14),
            CauseStep(days(4), "hit", "agnes"),
            CauseStep(days(6), "fixed", "marta", """
                Spaces are handed out by one system alone. The other has to ask it, and sells none
                while it cannot. Machines sell bicycle spaces again.
                """),
            CauseStep(days(1), "works", "carlo"),
            CauseStep(hours(30), "works", "moira"),
            CauseStep(days(1), "broken", "elif"),
            CauseStep(days(2), "works", "pavel"),
        ),
    ),
    Cause(
        "northwind", "tomasz", "Refund slips written at the counter are never released",
        """
        A slip from the counter needs a second release by somebody in accounts, and the counter
        does not know of that step. Whoever got a slip in the storm weeks waits for money that
        nobody sends.
        """,
        3.1, (SLIP, SLIP_TOO),
        (
            CauseStep(hours(7), "accept", "ines", thread=SLIP),
            CauseStep(hours(12), "acknowledged", "jonas", """
                It is as Tomasz says. 340 slips were filed in a folder that nobody opens.
                """),
            CauseStep(hours(1), "accept", "jonas", thread=SLIP_TOO),
            CauseStep(hours(20), "fix_planned", "jonas", """
                We go through all 340 without waiting for people to write. From that day on a slip
                releases the money by itself.
                """, ahead=12),
            CauseStep(hours(2), "publish", "marta", """
                A word to everybody with a slip: 120 of the 340 are released and on their way. We
                write here again when the last one is.
                """),
        ),
    ),
)
Told = Iterator[tuple[datetime, Callable[[], object]]]


def turns(people: dict[str, Account], vendors: dict[str, Vendor], threads: dict[str, str],
          cause: Cause, until: datetime) -> Told:
    """What happens about a problem, and when."""
    at = until - timedelta(days=cause.days_ago)

    def opened() -> None:
        actions.open_problem(people[cause.by], vendors[cause.company], NewProblem(
            cause.title, cause.body, tuple(threads[title] for title in cause.threads)))

    yield at, opened
    for step in cause.steps:
        at += step.after
        yield at, lambda step=step: _take(
            Problem.get(Problem.title == cause.title), step, people[step.by],
            threads.get(step.thread, ""))


def _take(problem: Problem, step: CauseStep, by: Account, thread: str) -> None:
    match step.do:
        case "accept":
            linking.accept(by, ProblemLink.get(
                ProblemLink.problem == problem.id, ProblemLink.thread == thread).id)
        case "link":
            linking.link(by, problem.id, thread)
        case "hit":
            actions.follow(by, problem.id, affected=True)
        case "works" | "broken":
            actions.vote(by, problem.id, step.do == "works")
        case "publish":
            answering.publish(by, problem.id, step.text)
        case _:
            day = clock.now().date() + timedelta(days=step.ahead)
            actions.move(by, problem.id, step.do, step.text, day.isoformat())
