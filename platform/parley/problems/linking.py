"""Which threads belong to a problem: suggested, accepted, refused, and “not mine”."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.problems import counting, rules, steps
from parley.problems.models import Problem, ProblemAnswer, ProblemLink, ProblemUpdate
from parley.problems.rules import Link, Side, State
from parley.threads import outcomes
from parley.threads.models import Thread
from parley.threads.rules import Outcome
from parley.threads.turns import hold, may_join_in, needs
from parley.vendors import actions as vendors

ID = re.compile("[0-9a-hjkmnp-tv-z]{20}")
FACTS = {Link.SUGGESTED: "problem.suggested", Link.LINKED: "problem.linked",
         Link.REFUSED: "problem.refused", Link.NOT_MINE: "problem.unlinked"}


def thread_named(typed: str) -> str:
    """The id of a thread in what was typed: its address, or the id alone.

    :raise Invalid: under `thread`
    """
    last = re.split(r"[?#]", typed.strip())[0].rstrip("/").rpartition("/")[2]
    if not ID.fullmatch(last):
        raise Invalid({"thread": "Give the address of a thread on this server."})
    return last


def side_of(by: Account, thread: Thread) -> Side:
    """As whom a person speaks about a thread's cause.

    :raise Refused: they have no say in threads of others (403), or the company's proof lapsed
    """
    if thread.author_id == by.id:
        return Side.AUTHOR
    if vendors.role_of(by, thread.vendor_id):
        refuse(vendors.may_write(thread.vendor_id))
        return Side.VENDOR
    needs(may_join_in(by))
    return Side.OTHER


def link(by: Account, problem_id: str, thread_id: str) -> ProblemLink:
    """Say that a thread belongs to a problem; who accepted it before changes nothing.

    :raise NotFound: there is no such problem, or no such thread to see
    :raise Refused: see `rules.link`; it is another company's, or belongs to another problem
    """
    with db.write():
        thread = _thread(thread_id)
        problem = steps.hold_shown(problem_id)
        return join(problem, thread, by)


def link_many(by: Account, problem_id: str, thread_ids: Iterable[str]) -> list[ProblemLink]:
    """Link several threads at once; those that cannot be linked are left out.

    :raise NotFound: there is no such problem
    """
    made = []
    with db.write():
        threads = hold_all(thread_ids)
        problem = steps.hold_shown(problem_id)
        for thread in threads:
            with contextlib.suppress(Refused), db.write():
                made.append(join(problem, thread, by))
    return made


def hold_all(thread_ids: Iterable[str]) -> list[Thread]:
    """Threads that everybody can see, held in the order of their ids. Inside a write."""
    wanted = Thread.select(Thread.id).where(Thread.id.in_(list(thread_ids)), Thread.listed == 1)
    found = [thread.id for thread in db.lock(wanted.order_by(Thread.id))]
    return [hold(thread_id).thread for thread_id in found]


def _thread(thread_id: str) -> Thread:
    thread = hold(thread_id).thread
    if not thread.listed:
        raise NotFound
    return thread


def join(problem: Problem, thread: Thread, by: Account) -> ProblemLink:
    """Link a held thread to a held problem, or suggest it, as this person may. Raises as `link`."""
    side = side_of(by, thread)
    if thread.vendor_id != problem.vendor_id:
        raise Refused(Refusal("other_company", "That thread is about another company. A problem "
                              "belongs to one company.", "thread"))
    refuse(rules.may_belong(thread.kind, thread.outcome == Outcome.WITHDRAWN))
    row = ProblemLink.get_or_none(
        ProblemLink.problem == problem.id, ProblemLink.thread == thread.id)
    if row and row.state == Link.SUGGESTED and rules.may_decide(side, Side(row.side)):
        refuse(_rejected(problem))
        return _settle(row, problem, Link.LINKED, side, by)
    after = rules.link(
        side, State(problem.state), Link(row.state) if row else None,
        Side(row.decided_by) if row and row.decided_by else None)
    if isinstance(after, Refusal):
        raise Refused(after)
    if row is None:
        now = clock.now()
        row = ProblemLink.create(id=ids.new(), problem=problem, thread=thread, side=side, by=by,
                                 at=now, since=now, state=Link.SUGGESTED)
    else:
        row.side, row.by = side, by
    return _settle(row, problem, after, side if after is Link.LINKED else None, by)


def _rejected(problem: Problem) -> Refusal | None:
    answer = rules.link(Side.VENDOR, State(problem.state))
    return answer if isinstance(answer, Refusal) else None


def _settle(row: ProblemLink, problem: Problem, state: Link, side: Side | None,
            by: Account) -> ProblemLink:
    if state is Link.LINKED:
        _free(row, by)
    row.state, row.decided_by, row.since = state, side, clock.now()
    row.only = row.thread_id if state is Link.LINKED else None
    row.save()
    journal.record(FACTS[state], "problem", problem.id, by.id, row.since,
                   vendor=problem.vendor_id, thread=row.thread_id, link=row.id)
    counting.later(problem.id)
    return row


def _free(row: ProblemLink, by: Account) -> None:
    """See that a thread belongs to no other problem. A hidden one gives it up: when it is shown
    again, the thread is suggested for it."""
    other = ProblemLink.select(ProblemLink, Problem).join(Problem).where(
        ProblemLink.only == row.thread_id, ProblemLink.id != row.id).first()
    if other is None:
        return
    if other.problem.hidden_at is None:
        raise Refused(Refusal("other_problem", "This thread belongs to another problem already: "
                              f"“{other.problem.title}”.", "thread"))
    other.state, other.decided_by, other.since = Link.SUGGESTED, None, clock.now()
    other.only = None
    other.save()
    journal.record("problem.given_up", "problem", other.problem_id, by.id, other.since,
                   vendor=other.problem.vendor_id, thread=row.thread_id, link=other.id)
    counting.later(other.problem_id)


def accept(by: Account, link_id: str) -> ProblemLink:
    """The company or the thread's author says that it belongs there. Again changes nothing.

    :raise NotFound: there is no such suggestion that this person decides
    :raise Refused: the thread belongs to another problem meanwhile, or the problem is rejected
    """
    with db.write():
        row, problem, side = _held(by, link_id)
        if row.state == Link.LINKED:
            return row
        _may_decide(row, side)
        refuse(_rejected(problem))
        return _settle(row, problem, Link.LINKED, side, by)


def accept_all(by: Account, problem_id: str) -> int:
    """The company accepts what waits, fifty at most; how many threads that linked.

    :raise NotFound: there is no such problem at a company of this person
    :raise Refused: the company's proof has lapsed
    """
    waiting = ProblemLink.select(ProblemLink.id, ProblemLink.thread).where(
        ProblemLink.problem == problem_id, ProblemLink.state == Link.SUGGESTED)
    made = 0
    with db.write():
        rows = list(waiting.order_by(ProblemLink.since, ProblemLink.id).limit(rules.MOST_THREADS))
        there = {thread.id for thread in hold_all(row.thread_id for row in rows)}
        steps.role_at(steps.hold_shown(problem_id), by)
        for row in rows:
            if row.thread_id in there:
                with contextlib.suppress(Refused, NotFound), db.write():
                    made += accept(by, row.id).state == Link.LINKED
    return made


def turn_down(by: Account, link_id: str) -> ProblemLink:
    """The company or the thread's author says that it is something else. Raises as `accept`."""
    with db.write():
        row, problem, side = _held(by, link_id)
        if row.state == Link.REFUSED:
            return row
        _may_decide(row, side)
        return _settle(row, problem, Link.REFUSED, side, by)


def _may_decide(row: ProblemLink, side: Side) -> None:
    if row.state != Link.SUGGESTED or not rules.may_decide(side, Side(row.side)):
        raise NotFound


def _held(by: Account, link_id: str) -> tuple[ProblemLink, Problem, Side]:
    """A link with its thread and problem held, and as whom this person speaks about it."""
    found = ProblemLink.get_or_none(ProblemLink.id == link_id)
    if found is None:
        raise NotFound
    thread = _thread(found.thread_id)
    if thread.author_id != by.id and vendors.role_of(by, thread.vendor_id) is None:
        raise NotFound
    side = side_of(by, thread)
    problem = steps.hold_shown(found.problem_id)
    return ProblemLink.get_by_id(link_id), problem, side


def unlink(by: Account, link_id: str) -> ProblemLink:
    """The company takes back a link, while nothing rests on it.

    :raise NotFound: there is no such link at a company of this person
    :raise Refused: see `rules.may_unlink`
    """
    with db.write():
        row, problem, side = _held(by, link_id)
        if side is not Side.VENDOR or row.state != Link.LINKED:
            raise NotFound
        refuse(rules.may_unlink(side, problem.fix, bool(claims_in(row))))
        return _settle(row, problem, Link.REFUSED, side, by)


def not_mine(by: Account, link_id: str) -> ProblemLink:
    """The author says that this is not the cause of their thread: it leaves the problem, and what
    was answered there through it counts as never posted. Again changes nothing.

    :raise NotFound: there is no such link of a thread of this person
    :raise Refused: such an answer stands in a closed or locked thread
    """
    with db.write():
        found = ProblemLink.get_or_none(ProblemLink.id == link_id)
        if found is None or found.state not in (Link.LINKED, Link.NOT_MINE):
            raise NotFound
        outcomes.hold_as_author(by, found.thread_id)
        for claim in claims_in(found):  # before the problem is held: this holds the vendor
            outcomes.disown(by, found.thread_id, claim)
        problem, row = steps.hold_shown(found.problem_id), ProblemLink.get_by_id(link_id)
        if row.state == Link.NOT_MINE:
            return row
        return _settle(row, problem, Link.NOT_MINE, Side.AUTHOR, by)


def claims_in(row: ProblemLink) -> list[int]:
    """The numbers of the claims that updates of a problem made in a linked thread."""
    rows = ProblemAnswer.select(ProblemAnswer.claim).join(ProblemUpdate).where(
        ProblemAnswer.thread == row.thread_id, ProblemUpdate.problem == row.problem_id,
        ProblemAnswer.claim.is_null(False))
    return sorted(answer.claim for answer in rows)
