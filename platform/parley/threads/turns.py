"""Between the table of events and the rows: load a thread's state, store what a step made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, versions
from parley.kernel.errors import NotFound, Refusal, Refused
from parley.kernel.prepared import Prepared
from parley.members import rules as members
from parley.members.actions import standing_of
from parley.threads import clocks, rules, table
from parley.threads.models import Post, Round, Thread
from parley.threads.rules import Kind, Outcome, Status
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor


@dataclass
class Held:
    """A thread whose row this write holds, with what had come due applied."""

    thread: Thread
    state: table.State
    at: datetime

    @property
    def id(self) -> str:
        return self.thread.id


def state_of(thread: Thread) -> table.State:
    """The plain values of a thread's row (with its author's account joined or loadable)."""
    author = thread.author
    gone = min((i for i in (author.closed_at, author.suspended_at) if i), default=None)
    return table.State(
        kind=Kind(thread.kind), status=Status(thread.status),
        outcome=thread.outcome and Outcome(thread.outcome),
        solved_by=thread.solved_by and rules.SolvedBy(thread.solved_by),
        round=thread.round, waiting_since=thread.waiting_since, turn_since=thread.turn_since,
        turn_claim=thread.turn_claim and rules.Purpose(thread.turn_claim),
        turn_restarted=thread.turn_restarted, vendor_posted=thread.vendor_posted,
        claims=thread.claims,
        first_answer_at=thread.first_answer_at, closed_at=thread.closed_at,
        idea_state=thread.idea_state and rules.IdeaState(thread.idea_state),
        locked=thread.locked_at is not None, hidden=thread.hidden_at is not None,
        vanished=not thread.listed and thread.hidden_at is None,
        author_gone_at=gone,
    )


def own_state(thread: Thread) -> table.State:
    """The state as it is now, time's doing included, for reading (nothing is stored)."""
    return table.come_due(state_of(thread), clock.now())


def hold(thread_id: str) -> Held:
    """Take hold of a thread for one step, after applying what has come due. Inside a write.

    :raise NotFound: there is no such thread
    """
    thread = row(thread_id)
    return settle_time(Held(thread, state_of(thread), clock.now()))


def row(thread_id: str) -> Thread:
    """A thread's row with its author's, held until the write ends.

    :raise NotFound: there is no such thread
    """
    thread: Thread | None = _row.first(thread_id)
    if thread is None:
        raise NotFound
    return thread


_row = Prepared(lambda thread: db.lock(
    Thread.select(Thread, Account).join(Account, on=Thread.author).where(Thread.id == thread),
    of=Thread))


def hold_for(by: Account, thread_id: str) -> Held:
    """Take hold of a thread that this person can see. Inside a write.

    :raise NotFound: there is none, or it is hidden or vanished and not theirs
    """
    held = hold(thread_id)
    if not held.thread.listed and held.thread.author_id != by.id:
        raise NotFound
    return held


def hold_post(post_id: str) -> tuple[Post, Held]:
    """A post as it is once its thread is held.

    :raise NotFound: there is no such post
    """
    found = Post.get_or_none(Post.id == post_id)
    if found is None:
        raise NotFound
    held = hold(found.thread_id)
    return Post.get_by_id(post_id), held


def settle_time(held: Held) -> Held:
    """Store what the passing of time did, at the instant when it did."""
    due = table.come_due(held.state, held.at)
    if due != held.state:
        assert due.closed_at is not None
        store(held, due, due.closed_at, None)
    return held


def take(held: Held, event: table.Event, by: Account) -> None:
    """Take a step and store what it made of the thread.

    :raise Refused: see `table.step`
    """
    after = table.step(held.state, event)
    if isinstance(after, Refusal):
        raise Refused(after)
    store(held, after, event.at, by)


def store(held: Held, after: table.State, at: datetime, by: Account | None) -> None:
    """Write down what became of a thread, what follows from it, and who is told."""
    before, thread = held.state, held.thread
    held.state = after
    if after == before:
        return
    for name in ("kind", "status", "outcome", "solved_by", "round", "waiting_since", "turn_since",
                 "turn_claim", "turn_restarted", "vendor_posted", "claims", "first_answer_at",
                 "closed_at", "idea_state"):
        setattr(thread, name, getattr(after, name))
    if thread.status != before.status or after.turn_since != before.turn_since:
        wind(thread, after, at)
    thread.silent_at = table.silent_at(after)
    if after.kind is not before.kind:
        clocks.attach(thread, at)
    thread.save()
    if after.open and not before.open and vendors.was_here(thread.vendor):
        clocks.start(thread, at, "claimed")
    _rounds(thread, before, after, at)
    count(thread, before, after)
    _tell(thread, before, after, at, by)
    versions.touch(f"thread:{thread.id}", f"vendor:{thread.vendor_id}", "front")


def wind(thread: Thread, state: table.State, now: datetime) -> None:
    """Set the instants at which time will move a thread; a reminder of the past is not repeated."""
    remind = table.remind_at(state)
    thread.remind_at = remind if remind and remind > now else None
    thread.silent_at = table.silent_at(state)


def wind_anew(held: Held) -> None:
    """Set a thread's instants after something outside it changed, such as its author leaving."""
    wind(held.thread, held.state, held.at)
    held.thread.save()


def vanish(held: Held) -> None:
    """Take a withdrawn thread that nobody answered out of every list and count."""
    before = held.state
    held.state = replace(before, vanished=True)
    held.thread.listed = 0
    held.thread.save()
    count(held.thread, before, held.state)
    journal.record("thread.vanished", "thread", held.id, at=held.at,
                   vendor=held.thread.vendor_id)


def others_wrote(thread_id: str, author_id: str) -> bool:
    return Post.select().where(
        Post.thread == thread_id, Post.author != author_id, Post.removed_at.is_null()).exists()


def _rounds(thread: Thread, before: table.State, after: table.State, at: datetime) -> None:
    this_round = (Round.thread == thread.id) & (Round.number == before.round)
    if after.round > before.round:
        disputed = before.open
        if disputed:
            Round.update(closed_at=at, outcome=Outcome.DECLINED).where(this_round).execute()
        Round.create(thread=thread.id, number=after.round, opened_at=at,
                     began_by="dispute" if disputed else "reopening")
    elif not after.open and (before.open or after.outcome != before.outcome):
        closed = {"outcome": after.outcome}
        if before.open:
            closed["closed_at"] = at
        Round.update(**closed).where(this_round).execute()


def counted(state: table.State) -> tuple[int, int, int]:
    """What a thread adds to its vendor's counts: threads, waiting, solved."""
    if state.hidden or state.vanished:
        return 0, 0, 0
    waits = state.status is Status.AWAITING_VENDOR
    return 1, int(waits), int(state.outcome is Outcome.CONFIRMED)


def count(thread: Thread, before: table.State | None, after: table.State | None) -> None:
    """Bring the vendor's counts from one state to the next; None where it does not count.

    Threads of the company's own people count no longer.
    """
    if thread.from_people:
        return
    was, now = (counted(state) if state else (0, 0, 0) for state in (before, after))
    threads, waiting, solved = (a - b for a, b in zip(now, was, strict=True))
    if threads or waiting or solved:
        Vendor.update(
            thread_count=Vendor.thread_count + threads,
            waiting_count=Vendor.waiting_count + waiting,
            solved_count=Vendor.solved_count + solved,
        ).where(Vendor.id == thread.vendor_id).execute()
        versions.touch("vendors")


def _tell(thread: Thread, before: table.State, after: table.State, at: datetime,
          by: Account | None) -> None:
    """Record what changed, for the journal and for those who must follow."""

    def record(kind: str, /, **refs: object) -> None:
        journal.record(kind, "thread", thread.id, by.id if by else None, at,
                       vendor=thread.vendor_id, round=after.round, **refs)

    if after.claims > before.claims:
        record("claim.made", claim=after.turn_claim, number=after.claims)
    if after.kind is not before.kind:
        record("thread.kind_changed", kind=after.kind, was=before.kind,
               **clocks.measured_by(thread))
    if after.idea_state is not before.idea_state:
        record("idea.marked", state=after.idea_state)
    if after.open and not before.open:
        record("thread.reopened")
    elif not after.open and before.open:
        record("thread.closed", outcome=after.outcome, solved_by=after.solved_by)
    elif not after.open and after.outcome is not before.outcome:
        record("thread.confirmed_late", outcome=after.outcome, solved_by=after.solved_by)
    elif after.round > before.round:
        record("thread.disputed")
    elif (after.status is Status.AWAITING_VENDOR and before.status is Status.AWAITING_AUTHOR
          and after.waiting_since == at):  # else the claim was disowned, which `outcomes` records
        record("thread.sent_back" if before.turn_claim else "turn.vendor")
    if after.status is Status.AWAITING_AUTHOR and not before.hidden and (
        before.status is not Status.AWAITING_AUTHOR or after.turn_claim is not before.turn_claim
        or after.turn_since != before.turn_since
    ):
        record("turn.author", claim=after.turn_claim)


def needs(refusal: Refusal | None) -> None:
    """Raise a refusal that is about the person's standing (page: 403).

    :raise Refused: when it is not None
    """
    if refusal is not None:
        raise Refused(refusal, 403)


def may_join_in(by: Account) -> Refusal | None:
    return members.may_join_in(standing_of(by))
