"""The table of thread events, on plain values: whose turn it is, and the outcome in two voices.

Questions and complaints (an idea or praise has no claims and no clock):

                    ask, or a claim (answer, propose_resolution, decline)
    AWAITING_VENDOR ───────────────────────────────────────────────────▶ AWAITING_AUTHOR
      ▲    ▲  ▲  ◀───────── the author gives the turn back ───────────────     │
      │    │  │             (a claim is "sent back"; a decline is disputed:    │
      │    │  │              the round ends `declined`, a new one begins)      │
      │    │  │                                                                │
      │    │  └── any step of others, notes: nothing moves                     │
      │    │                                                                   │
      │    └────────────── reopened with a reason: a new round ─────┐          │
      │                                                             │          │
      └─ opened            confirm, at any time while open ──────▶ CLOSED ◀────┘
                           withdraw (for good) ──────────────────▶    14 days of silence:
                                                                      declined, unconfirmed, void

`step` is the whole table; `come_due` is what passing time alone does to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parley.kernel.errors import Refusal
from parley.threads.rules import (
    LOCKED,
    WITH_CLAIMS,
    IdeaState,
    Kind,
    Outcome,
    Purpose,
    SolvedBy,
    Status,
    may_post_as_vendor,
)

REMIND_AFTER = timedelta(days=7)
SILENCE = timedelta(hours=14 * 24)
OWED_TO_THE_GONE = timedelta(days=14)


@dataclass(frozen=True)
class State:
    """Where a thread stands. `turn_*` describe the author's turn and are empty outside it."""

    kind: Kind
    status: Status
    outcome: Outcome | None = None
    solved_by: SolvedBy | None = None
    round: int = 1
    waiting_since: datetime | None = None
    turn_since: datetime | None = None
    turn_claim: Purpose | None = None
    turn_restarted: bool = False
    vendor_posted: bool = False
    claims: int = 0
    first_answer_at: datetime | None = None
    closed_at: datetime | None = None
    idea_state: IdeaState | None = None
    locked: bool = False
    hidden: bool = False
    vanished: bool = False  # withdrawn before anybody else wrote: no trace in public
    author_gone_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.status is not Status.CLOSED


@dataclass(frozen=True)
class Event:
    """One step somebody takes at an instant."""

    at: datetime


@dataclass(frozen=True)
class VendorPosts(Event):
    purpose: Purpose
    words: str


@dataclass(frozen=True)
class OthersPost(Event):
    """An advocate or a member writes."""


@dataclass(frozen=True)
class AuthorNotes(Event):
    """The author writes just a note."""


@dataclass(frozen=True)
class GivesBack(Event):
    """The author still needs the company: answers an ask, sends back a claim, disputes a no."""


@dataclass(frozen=True)
class Confirms(Event):
    solved_by: SolvedBy
    named: int = 0  # how many posts of others the author named


@dataclass(frozen=True)
class Reopens(Event):
    reason: str


@dataclass(frozen=True)
class Withdraws(Event):
    pass


@dataclass(frozen=True)
class Disowns(Event):
    """The author says that an answer given to many is not about this thread, so that it counts as
    though it had never been posted. `gives_back` when it alone made it the author's turn;
    `waiting_since` and `first_answer_at` are what they would be without it."""

    gives_back: bool
    waiting_since: datetime
    first_answer_at: datetime | None


@dataclass(frozen=True)
class Marks(Event):
    """The vendor says where an idea stands."""

    idea_state: IdeaState
    words: str


@dataclass(frozen=True)
class Reports(Event):
    """The manager closes a consultation with what was done with the answers."""

    words: str


@dataclass(frozen=True)
class ChangesKind(Event):
    kind: Kind


def opened(kind: Kind, at: datetime) -> State:
    """The state of a thread that was just opened."""
    if kind in WITH_CLAIMS or kind is Kind.IDEA:
        return State(kind, Status.AWAITING_VENDOR, waiting_since=at)
    return State(kind, Status.NOBODY)


def step(state: State, event: Event) -> State | Refusal:
    """What a step does to a thread, or why it may not be taken.

    The caller has applied `come_due` for the instant of the event.
    """
    refusal = _shut(state, event)
    if refusal:
        return refusal
    match event:
        case VendorPosts():
            return _vendor_posts(state, event)
        case OthersPost() | AuthorNotes():
            return state
        case GivesBack():
            return _gives_back(state, event)
        case Confirms():
            return _confirms(state, event)
        case Reopens():
            return _reopens(state, event)
        case Withdraws():
            return _withdraws(state, event)
        case Disowns():
            return _disowns(state, event)
        case Marks():
            return _marks(state, event)
        case Reports():
            return _reports(state, event)
        case ChangesKind():
            return _changes_kind(state, event)
    raise TypeError(event)


def _shut(state: State, event: Event) -> Refusal | None:
    if state.hidden:
        return Refusal("hidden", "This thread is hidden, so nothing can be added to it.")
    if state.vanished:
        return Refusal("withdrawn", "You withdrew this thread before anybody wrote in it, so it is "
                       "gone. You can open a new one.")
    if state.locked and not isinstance(event, Confirms | Reopens | Withdraws):
        return LOCKED
    return None


def _vendor_posts(state: State, event: VendorPosts) -> State | Refusal:
    refusal = may_post_as_vendor(state.kind, state.open, event.purpose, event.words)
    if refusal:
        return refusal
    after = replace(state, vendor_posted=True)
    if not state.open or event.purpose in (Purpose.ACKNOWLEDGE, Purpose.UPDATE):
        return after
    if event.purpose is Purpose.ASK:
        return after if state.status is Status.AWAITING_AUTHOR else _author_turn(after, event.at)
    after = replace(after, claims=state.claims + 1,
                    first_answer_at=state.first_answer_at or event.at)
    if state.status is Status.AWAITING_VENDOR:
        return replace(_author_turn(after, event.at), turn_claim=event.purpose)
    restart = not state.turn_restarted
    return replace(
        after, turn_claim=event.purpose, turn_restarted=True,
        turn_since=event.at if restart else state.turn_since)


def _author_turn(state: State, at: datetime) -> State:
    return replace(state, status=Status.AWAITING_AUTHOR, waiting_since=None, turn_since=at,
                   turn_claim=None, turn_restarted=False)


def _vendor_turn(state: State, at: datetime) -> State:
    return replace(state, status=Status.AWAITING_VENDOR, outcome=None, solved_by=None,
                   closed_at=None, waiting_since=at, turn_since=None, turn_claim=None,
                   turn_restarted=False)


def _closed(state: State, at: datetime, outcome: Outcome | None) -> State:
    return replace(state, status=Status.CLOSED, outcome=outcome, solved_by=None, closed_at=at,
                   waiting_since=None, turn_since=None, turn_claim=None, turn_restarted=False)


def _gives_back(state: State, event: GivesBack) -> State | Refusal:
    if not state.open:
        return Refusal("closed", "This thread is closed. If you still need the company, open it "
                       "again and say why.", "then")
    if state.status is not Status.AWAITING_AUTHOR:
        return Refusal("not_your_turn", "It is not your turn here, so there is nothing to give "
                       "back. You can write a note.", "then")
    disputed = state.turn_claim is Purpose.DECLINE
    after = _vendor_turn(state, event.at)
    return replace(after, round=state.round + 1) if disputed else after


def _confirms(state: State, event: Confirms) -> State | Refusal:
    if state.kind not in WITH_CLAIMS:
        return Refusal("kind", "Only questions and complaints are confirmed as solved.")
    if state.outcome is Outcome.WITHDRAWN:
        return Refusal("withdrawn", "You withdrew this thread, and that is for good.")
    if state.outcome is Outcome.CONFIRMED:
        return Refusal("confirmed", "You have already said that this is solved.")
    if event.solved_by is SolvedBy.COMMUNITY and not event.named:
        return Refusal("named", "Choose the posts that solved it.", "posts")
    after = state if not state.open else _closed(state, event.at, None)
    return replace(after, outcome=Outcome.CONFIRMED, solved_by=event.solved_by)


def _reopens(state: State, event: Reopens) -> State | Refusal:
    if state.open:
        return Refusal("open", "This thread is open already.")
    if state.outcome is Outcome.WITHDRAWN:
        return Refusal("withdrawn", "You withdrew this thread, and that is for good. You can "
                       "open a new one.")
    if state.kind not in WITH_CLAIMS:
        return Refusal("kind", "Only questions and complaints can be opened again.")
    if not event.reason.strip():
        return Refusal("reason", "Say what happened, so that the company knows why it is open "
                       "again.", "body")
    return replace(_vendor_turn(state, event.at), round=state.round + 1)


def _withdraws(state: State, event: Withdraws) -> State | Refusal:
    if not state.open:
        return Refusal("closed", "This thread is closed; only an open one can be withdrawn.")
    if state.kind is Kind.CONSULTATION:
        return Refusal("kind", "A consultation ends with its report.")
    return _closed(state, event.at, Outcome.WITHDRAWN)


def _disowns(state: State, event: Disowns) -> State | Refusal:
    if not state.open:
        return Refusal("closed", "This thread is closed. If you still need the company, open it "
                       "again and say that the answer was about something else.")
    after = replace(state, first_answer_at=event.first_answer_at)
    if state.status is not Status.AWAITING_AUTHOR or not event.gives_back:
        return after
    return _vendor_turn(after, event.waiting_since)


def _marks(state: State, event: Marks) -> State | Refusal:
    if state.kind is not Kind.IDEA:
        return Refusal("kind", "Only ideas are marked so.")
    if not state.open:
        return Refusal("closed", "This idea was withdrawn.")
    if event.idea_state is state.idea_state:
        return Refusal("same", "It is marked so already.", "idea_state")
    if event.idea_state is IdeaState.DECLINED and not event.words.strip():
        return Refusal("reason", "Say why you decline; the author is owed a reason.", "body")
    return replace(state, status=Status.NOBODY, idea_state=event.idea_state, vendor_posted=True,
                   waiting_since=None)


def _reports(state: State, event: Reports) -> State | Refusal:
    if state.kind is not Kind.CONSULTATION:
        return Refusal("kind", "Only a consultation closes with a report.")
    if not state.open:
        return Refusal("closed", "This consultation is closed already.")
    if not event.words.strip():
        return Refusal("reason", "Say what you did with the answers.", "body")
    return _closed(state, event.at, None)


def _changes_kind(state: State, event: ChangesKind) -> State | Refusal:
    if Kind.CONSULTATION in (state.kind, event.kind):
        return Refusal("kind", "A consultation is opened by the company and stays one.", "kind")
    if not state.open:
        return Refusal("closed", "The kind can only be changed while the thread is open.", "kind")
    if state.vendor_posted:
        return Refusal("answered", "The company has written here, so the kind stays.", "kind")
    if event.kind is state.kind:
        return Refusal("same", "It is of that kind already.", "kind")
    fresh = opened(event.kind, event.at)
    return replace(state, kind=event.kind, status=fresh.status, waiting_since=fresh.waiting_since)


def silent_at(state: State) -> datetime | None:
    """The instant from which silence closes the thread; None when silence does nothing."""
    if state.hidden or state.kind not in WITH_CLAIMS:
        return None
    gone = state.author_gone_at
    if state.status is Status.AWAITING_AUTHOR:
        assert state.turn_since is not None
        ends = state.turn_since + SILENCE
        return min(ends, max(gone, state.turn_since)) if gone else ends
    if state.status is Status.AWAITING_VENDOR and gone:
        assert state.waiting_since is not None
        return max(gone, state.waiting_since) + OWED_TO_THE_GONE
    return None


def remind_at(state: State) -> datetime | None:
    """When the author is reminded that it is their turn."""
    if state.hidden or state.status is not Status.AWAITING_AUTHOR or state.author_gone_at:
        return None
    assert state.turn_since is not None
    return state.turn_since + REMIND_AFTER


def come_due(state: State, now: datetime) -> State:
    """The state with what the passing of time did to it, at the instant when it did."""
    ends = silent_at(state)
    if ends is None or now < ends:
        return state
    return _closed(state, ends, _silence_outcome(state))


def _silence_outcome(state: State) -> Outcome:
    if state.turn_claim is None:
        return Outcome.VOID
    return Outcome.DECLINED if state.turn_claim is Purpose.DECLINE else Outcome.UNCONFIRMED


def shown_again(state: State, hidden_at: datetime, now: datetime) -> State:
    """A thread that was hidden until now: its clocks stood still, so they move on by that.

    What came due all the same (its author left meanwhile) does so now, not in the dark.
    """
    moved = replace(state, hidden=False, waiting_since=_later(state.waiting_since, now - hidden_at),
                    turn_since=_later(state.turn_since, now - hidden_at))
    ends = silent_at(moved)
    return _closed(moved, now, _silence_outcome(moved)) if ends and ends <= now else moved


def _later(instant: datetime | None, by: timedelta) -> datetime | None:
    return instant and instant + by


def may_escalate(state: State, steps: Sequence[datetime], last: datetime | None, now: datetime
                 ) -> Refusal | None:
    """Whether the author may ask the company to take a thread further up. `steps` are the
    instants from which its promise says so, in order; `last` is when they last did."""
    if state.hidden or state.status is not Status.AWAITING_VENDOR:
        return Refusal("not_waiting", "This thread does not wait for the company now.")
    reached = [step for step in steps if step <= now]
    if not reached:
        return Refusal("too_soon", "It is too soon to take this further up.")
    if last is not None and last >= reached[-1]:
        return Refusal("escalated", "You have taken this further up already.")
    return None
