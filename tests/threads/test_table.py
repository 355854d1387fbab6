"""The table of thread events: one test a row, then any sequence of steps at all.

`named` says on its own terms which states the table knows; no walk may leave them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from parley.kernel.errors import Refusal
from parley.threads.rules import IdeaState, Kind, Outcome, Purpose, SolvedBy, Status
from parley.threads.table import (
    SILENCE,
    AuthorNotes,
    ChangesKind,
    Confirms,
    Event,
    GivesBack,
    Marks,
    OthersPost,
    Reopens,
    Reports,
    State,
    VendorPosts,
    Withdraws,
    come_due,
    opened,
    remind_at,
    shown_again,
    silent_at,
    step,
)

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
ASKED = (Kind.QUESTION, Kind.COMPLAINT)
QUIET = (Kind.PRAISE, Kind.IDEA, Kind.CONSULTATION)
CLAIM = (Purpose.ANSWER, Purpose.DECLINE)


def walk(state: State, *events: Event) -> State:
    """The state after these steps, each of which must be allowed; time does its part before."""
    for event in events:
        after = step(come_due(state, event.at), event)
        assert not isinstance(after, Refusal), (event, after)
        state = after
    return state


def refused(state: State, event: Event) -> str:
    """The code of the refusal that this step meets."""
    after = step(come_due(state, event.at), event)
    assert isinstance(after, Refusal), (event, after)
    assert after.code
    assert after.message
    return after.code


def question() -> State:
    return opened(Kind.QUESTION, NOON)


def says(purpose: Purpose, days: float = 1) -> VendorPosts:
    return VendorPosts(NOON + days * DAY, purpose, "because")


def after_claim(claim: Purpose = Purpose.ANSWER) -> State:
    return walk(opened(Kind.COMPLAINT, NOON), says(claim))


def after_silence(claim: Purpose) -> State:
    return come_due(after_claim(claim), NOON + 15 * DAY)


def confirmed() -> State:
    return walk(after_claim(), Confirms(NOON + 2 * DAY, SolvedBy.VENDOR))


def withdrawn() -> State:
    return walk(question(), Withdraws(NOON + DAY))


# Rows of the table


@pytest.mark.parametrize("kind", ASKED)
def test_opened_it_awaits_the_company_and_the_first_round_begins(kind):
    state = opened(kind, NOON)
    assert (state.status, state.waiting_since, state.round) == (Status.AWAITING_VENDOR, NOON, 1)


@pytest.mark.parametrize("purpose", [Purpose.ACKNOWLEDGE, Purpose.UPDATE])
def test_an_acknowledgement_and_an_update_move_nothing(purpose):
    for before in (question(), after_claim()):
        assert walk(before, says(purpose, 2)) == replace(before, vendor_posted=True)


def test_posts_of_others_and_notes_of_the_author_move_nothing():
    closed = after_silence(Purpose.ANSWER)
    for before in (question(), after_claim(), closed, opened(Kind.PRAISE, NOON)):
        assert walk(before, OthersPost(NOON + 2 * DAY)) == before
        assert walk(before, AuthorNotes(NOON + 2 * DAY)) == before


def test_an_ask_makes_it_the_authors_turn():
    state = walk(question(), says(Purpose.ASK))
    assert state.status is Status.AWAITING_AUTHOR
    assert (state.turn_since, state.turn_claim) == (NOON + DAY, None)
    assert state.first_answer_at is None


@pytest.mark.parametrize("claim", CLAIM)
def test_a_claim_makes_it_the_authors_turn(claim):
    state = walk(question(), says(claim))
    assert state.status is Status.AWAITING_AUTHOR
    assert (state.turn_claim, state.first_answer_at) == (claim, NOON + DAY)


def test_a_turn_belongs_to_its_last_claim():
    asked_after = walk(after_claim(Purpose.ANSWER), says(Purpose.ASK, 2))
    assert asked_after == after_claim(Purpose.ANSWER)
    declined_after = walk(after_claim(Purpose.ANSWER), says(Purpose.DECLINE, 2))
    assert declined_after.turn_claim is Purpose.DECLINE


@pytest.mark.parametrize("claim", [Purpose.ANSWER, Purpose.PROPOSE_RESOLUTION])
def test_a_claim_that_does_not_help_is_sent_back(claim):
    state = walk(after_claim(claim), GivesBack(NOON + 3 * DAY))
    assert (state.status, state.waiting_since) == (Status.AWAITING_VENDOR, NOON + 3 * DAY)
    assert (state.round, state.turn_claim) == (1, None)


def test_sending_back_a_decline_is_the_dispute_which_begins_a_new_round():
    state = walk(after_claim(Purpose.DECLINE), GivesBack(NOON + 3 * DAY))
    assert (state.status, state.round) == (Status.AWAITING_VENDOR, 2)
    assert state.outcome is None


def test_answering_an_ask_gives_the_turn_back_in_the_same_round():
    state = walk(question(), says(Purpose.ASK), GivesBack(NOON + 2 * DAY))
    assert (state.status, state.round) == (Status.AWAITING_VENDOR, 1)


def test_a_turn_that_is_not_the_authors_cannot_be_given_back():
    assert refused(question(), GivesBack(NOON + DAY)) == "not_your_turn"
    assert refused(confirmed(), GivesBack(NOON + 3 * DAY)) == "closed"
    assert refused(opened(Kind.PRAISE, NOON), GivesBack(NOON + DAY)) == "not_your_turn"


@pytest.mark.parametrize("by", SolvedBy)
def test_the_author_confirms_at_any_time_while_it_is_open(by):
    asked = walk(question(), says(Purpose.ASK))
    for before in (question(), asked, after_claim(), after_claim(Purpose.DECLINE)):
        state = walk(before, Confirms(NOON + 2 * DAY, by, named=1))
        assert (state.status, state.outcome) == (Status.CLOSED, Outcome.CONFIRMED)
        assert (state.solved_by, state.closed_at) == (by, NOON + 2 * DAY)


def test_the_community_gets_the_thanks_only_with_its_posts_named():
    assert refused(question(), Confirms(NOON, SolvedBy.COMMUNITY)) == "named"


def test_it_is_confirmed_only_once():
    assert refused(confirmed(), Confirms(NOON + 3 * DAY, SolvedBy.MYSELF)) == "confirmed"


def test_the_author_is_reminded_after_seven_days_of_their_turn():
    assert remind_at(after_claim()) == NOON + 8 * DAY
    assert remind_at(question()) is None
    assert remind_at(confirmed()) is None


@pytest.mark.parametrize(("purpose", "outcome"), [
    (Purpose.DECLINE, Outcome.DECLINED), (Purpose.ANSWER, Outcome.UNCONFIRMED),
    (Purpose.PROPOSE_RESOLUTION, Outcome.UNCONFIRMED), (Purpose.ASK, Outcome.VOID)])
def test_fourteen_days_of_silence_close_it_from_that_instant(purpose, outcome):
    state = after_claim(purpose)
    ends = NOON + 15 * DAY
    assert come_due(state, ends - TICK) == state
    for now in (ends, ends + 100 * DAY):
        closed = come_due(state, now)
        assert (closed.status, closed.outcome, closed.closed_at) == (
            Status.CLOSED, outcome, ends)


def test_silence_is_fourteen_times_24_hours_whatever_summer_time_does():
    assert timedelta(hours=336) == SILENCE


def test_one_new_claim_restarts_the_turn_once():
    once = walk(after_claim(), says(Purpose.DECLINE, 5))
    assert silent_at(once) == NOON + 19 * DAY
    twice = walk(once, says(Purpose.ANSWER, 9))
    assert silent_at(twice) == NOON + 19 * DAY
    assert twice.turn_claim is Purpose.ANSWER
    fresh = walk(twice, GivesBack(NOON + 10 * DAY), says(Purpose.ANSWER, 11),
                 says(Purpose.ANSWER, 12))
    assert silent_at(fresh) == NOON + 26 * DAY


def test_notes_do_not_restart_the_turn():
    state = walk(after_claim(), AuthorNotes(NOON + 9 * DAY), OthersPost(NOON + 9 * DAY),
                 says(Purpose.UPDATE, 9), says(Purpose.ASK, 9))
    assert silent_at(state) == NOON + 15 * DAY


def test_the_companys_own_turn_has_no_end_by_silence():
    assert come_due(question(), NOON + 1000 * DAY) == question()


@pytest.mark.parametrize("claim", [Purpose.DECLINE, Purpose.ANSWER, Purpose.ASK])
def test_the_author_may_confirm_later(claim):
    closed = after_silence(claim)
    state = walk(closed, Confirms(NOON + 90 * DAY, SolvedBy.VENDOR))
    assert state == replace(closed, outcome=Outcome.CONFIRMED, solved_by=SolvedBy.VENDOR)


def test_the_author_opens_a_closed_thread_again_with_a_reason():
    for closed in (confirmed(), after_silence(Purpose.ANSWER), after_silence(Purpose.ASK)):
        state = walk(closed, Reopens(NOON + 40 * DAY, "It broke again."))
        assert (state.status, state.round) == (Status.AWAITING_VENDOR, 2)
        assert (state.outcome, state.solved_by, state.closed_at) == (None, None, None)
        assert state.waiting_since == NOON + 40 * DAY
        assert refused(closed, Reopens(NOON + 40 * DAY, " \n")) == "reason"


def test_an_open_thread_needs_no_reopening():
    assert refused(question(), Reopens(NOON, "Hello?")) == "open"


def test_withdrawing_is_for_good():
    state = withdrawn()
    assert (state.status, state.outcome) == (Status.CLOSED, Outcome.WITHDRAWN)
    assert refused(state, Reopens(NOON + 2 * DAY, "No, wait.")) == "withdrawn"
    assert refused(state, Confirms(NOON + 2 * DAY, SolvedBy.VENDOR)) == "withdrawn"
    assert refused(confirmed(), Withdraws(NOON + 3 * DAY)) == "closed"


def test_an_author_who_leaves_in_their_turn_is_silent_at_once():
    gone = replace(after_claim(), author_gone_at=NOON + 3 * DAY)
    state = come_due(gone, NOON + 3 * DAY)
    assert (state.outcome, state.closed_at) == (Outcome.UNCONFIRMED, NOON + 3 * DAY)
    assert remind_at(gone) is None


def test_one_who_leaves_in_the_companys_turn_is_owed_14_more_days():
    gone = replace(question(), author_gone_at=NOON + 3 * DAY)
    assert come_due(gone, NOON + 17 * DAY - TICK) == gone
    state = come_due(gone, NOON + 20 * DAY)
    assert (state.outcome, state.closed_at) == (Outcome.VOID, NOON + 17 * DAY)
    answered = walk(gone, says(Purpose.ANSWER, 5))
    assert come_due(answered, NOON + 5 * DAY).outcome is Outcome.UNCONFIRMED


def test_in_a_closed_thread_there_are_notes_and_updates_only():
    closed = confirmed()
    assert walk(closed, says(Purpose.UPDATE, 3)) == closed
    for purpose in set(Purpose) - {Purpose.UPDATE}:
        assert refused(closed, says(purpose, 3)) == "closed"


def test_a_lock_leaves_confirm_reopen_and_withdraw():
    locked = replace(question(), locked=True)
    assert walk(locked, Confirms(NOON, SolvedBy.MYSELF)).outcome is Outcome.CONFIRMED
    assert walk(locked, Withdraws(NOON)).outcome is Outcome.WITHDRAWN
    assert walk(replace(confirmed(), locked=True), Reopens(NOON + 3 * DAY, "Again.")).open
    for event in (AuthorNotes(NOON), OthersPost(NOON), says(Purpose.ANSWER), GivesBack(NOON),
                  ChangesKind(NOON, Kind.IDEA)):
        assert refused(locked, event) == "locked"


def test_hiding_stops_the_clocks_and_showing_moves_them_on():
    hidden = replace(after_claim(), hidden=True)
    assert (silent_at(hidden), remind_at(hidden)) == (None, None)
    assert come_due(hidden, NOON + 99 * DAY) == hidden
    assert refused(hidden, Confirms(NOON + 2 * DAY, SolvedBy.VENDOR)) == "hidden"
    shown = shown_again(hidden, NOON + 5 * DAY, NOON + 25 * DAY)
    assert (shown.hidden, silent_at(shown)) == (False, NOON + 35 * DAY)
    waiting = shown_again(replace(question(), hidden=True), NOON + DAY, NOON + 3 * DAY)
    assert waiting.waiting_since == NOON + 2 * DAY


def test_what_leaving_ends_while_hidden_ends_when_it_is_shown():
    hidden = replace(after_claim(), hidden=True, author_gone_at=NOON + 9 * DAY)
    state = shown_again(hidden, NOON + 5 * DAY, NOON + 25 * DAY)
    assert (state.outcome, state.closed_at) == (Outcome.UNCONFIRMED, NOON + 25 * DAY)


def test_praise_takes_thanks_and_withdrawal_but_no_claims():
    praise = opened(Kind.PRAISE, NOON)
    assert praise.status is Status.NOBODY
    thanked = walk(praise, says(Purpose.ACKNOWLEDGE), says(Purpose.UPDATE, 2))
    assert thanked == replace(praise, vendor_posted=True)
    for purpose in set(Purpose) - {Purpose.ACKNOWLEDGE, Purpose.UPDATE}:
        assert refused(praise, says(purpose)) == "purpose"
    assert refused(praise, Confirms(NOON, SolvedBy.VENDOR)) == "kind"
    assert walk(praise, Withdraws(NOON)).outcome is Outcome.WITHDRAWN


@pytest.mark.parametrize("mark", IdeaState)
def test_an_idea_awaits_the_company_until_the_first_mark(mark):
    idea = opened(Kind.IDEA, NOON)
    assert idea.status is Status.AWAITING_VENDOR
    assert walk(idea, says(Purpose.ACKNOWLEDGE)).status is Status.AWAITING_VENDOR
    state = walk(idea, Marks(NOON + DAY, mark, "why"))
    assert (state.status, state.idea_state, state.waiting_since) == (Status.NOBODY, mark, None)
    assert come_due(state, NOON + 999 * DAY) == state


def test_an_idea_is_declined_with_a_reason_and_has_no_claims():
    idea = opened(Kind.IDEA, NOON)
    assert refused(idea, Marks(NOON, IdeaState.DECLINED, " ")) == "reason"
    for purpose in set(Purpose) - {Purpose.ACKNOWLEDGE, Purpose.UPDATE}:
        assert refused(idea, says(purpose)) == "purpose"
    shipped = walk(idea, Marks(NOON, IdeaState.PLANNED, ""), Marks(NOON, IdeaState.SHIPPED, ""))
    assert shipped.idea_state is IdeaState.SHIPPED
    assert refused(shipped, Marks(NOON, IdeaState.SHIPPED, "")) == "same"
    assert refused(question(), Marks(NOON, IdeaState.PLANNED, "")) == "kind"


def test_a_consultation_closes_with_its_report():
    asked = opened(Kind.CONSULTATION, NOON)
    assert asked.status is Status.NOBODY
    assert walk(asked, says(Purpose.UPDATE)).status is Status.NOBODY
    closed = walk(asked, Reports(NOON + 9 * DAY, "We did this with your answers."))
    assert (closed.status, closed.outcome) == (Status.CLOSED, None)
    assert refused(asked, Reports(NOON, "")) == "reason"
    assert refused(closed, Reports(NOON + 10 * DAY, "Again")) == "closed"
    assert refused(asked, Withdraws(NOON)) == "kind"
    assert refused(closed, Reopens(NOON + 10 * DAY, "More")) == "kind"
    assert refused(question(), Reports(NOON, "words")) == "kind"
    for purpose in set(Purpose) - {Purpose.UPDATE}:
        assert refused(asked, says(purpose)) == "purpose"


def test_the_author_changes_the_kind_before_the_company_writes_and_clocks_date_from_it():
    state = walk(question(), ChangesKind(NOON + DAY, Kind.COMPLAINT))
    assert (state.kind, state.waiting_since) == (Kind.COMPLAINT, NOON + DAY)
    assert walk(question(), ChangesKind(NOON, Kind.PRAISE)).status is Status.NOBODY
    assert walk(opened(Kind.PRAISE, NOON), ChangesKind(NOON + DAY, Kind.IDEA)).waiting_since
    acknowledged = walk(question(), says(Purpose.ACKNOWLEDGE))
    assert refused(acknowledged, ChangesKind(NOON + 2 * DAY, Kind.IDEA)) == "answered"
    assert refused(withdrawn(), ChangesKind(NOON + 2 * DAY, Kind.IDEA)) == "closed"
    assert refused(question(), ChangesKind(NOON, Kind.QUESTION)) == "same"
    assert refused(question(), ChangesKind(NOON, Kind.CONSULTATION)) == "kind"
    assert refused(opened(Kind.CONSULTATION, NOON), ChangesKind(NOON, Kind.IDEA)) == "kind"


def test_a_decline_needs_a_reason():
    assert refused(question(), VendorPosts(NOON, Purpose.DECLINE, "  ")) == "reason"


def test_only_a_complaint_takes_a_proposed_resolution():
    assert refused(question(), says(Purpose.PROPOSE_RESOLUTION)) == "purpose"


def test_the_first_answer_is_the_first_claim_of_all_rounds():
    state = walk(after_claim(Purpose.DECLINE), GivesBack(NOON + 2 * DAY), says(Purpose.ANSWER, 3))
    assert state.first_answer_at == NOON + DAY


# Any walk at all


def named(state: State) -> bool:
    """Whether the table knows this state."""
    asked = state.kind in ASKED
    closed = state.status is Status.CLOSED
    return all((
        closed == (state.closed_at is not None),
        (state.status is Status.AWAITING_VENDOR) == (state.waiting_since is not None),
        (state.status is Status.AWAITING_AUTHOR) == (state.turn_since is not None),
        state.status is not Status.AWAITING_AUTHOR or (asked and state.vendor_posted),
        state.status is not Status.AWAITING_VENDOR or asked or (
            state.kind is Kind.IDEA and state.idea_state is None),
        state.status is not Status.NOBODY or state.kind in (Kind.PRAISE, Kind.CONSULTATION) or (
            state.kind is Kind.IDEA and state.idea_state is not None),
        state.turn_claim is None or state.turn_since is not None,
        not state.turn_restarted or state.turn_claim is not None,
        state.outcome is None or closed,
        not closed or (state.outcome is None) == (state.kind is Kind.CONSULTATION),
        state.outcome in (None, Outcome.WITHDRAWN) or asked,
        (state.solved_by is not None) == (state.outcome is Outcome.CONFIRMED),
        state.first_answer_at is None or (asked and state.vendor_posted),
        state.idea_state is None or (state.kind is Kind.IDEA and state.vendor_posted),
        state.round >= 1,
    ))


WORDS = st.sampled_from(["", " ", "because"])


def events(at: datetime) -> st.SearchStrategy[Event]:
    return st.one_of(
        st.builds(VendorPosts, st.just(at), st.sampled_from(Purpose), WORDS),
        st.builds(OthersPost, st.just(at)), st.builds(AuthorNotes, st.just(at)),
        st.builds(GivesBack, st.just(at)),
        st.builds(Confirms, st.just(at), st.sampled_from(SolvedBy), st.integers(0, 2)),
        st.builds(Reopens, st.just(at), WORDS), st.builds(Withdraws, st.just(at)),
        st.builds(Marks, st.just(at), st.sampled_from(IdeaState), WORDS),
        st.builds(Reports, st.just(at), WORDS),
        st.builds(ChangesKind, st.just(at), st.sampled_from(Kind)))


class Walk(RuleBasedStateMachine):
    """Steps in any order, with time between them; allowed or refused, never an exception."""

    @initialize(kind=st.sampled_from(Kind))
    def begin(self, kind: Kind) -> None:
        self.now = NOON
        self.hidden_at = NOON
        self.state = opened(kind, NOON)

    def becomes(self, after: State) -> None:
        before, self.state = self.state, after
        assert before.round <= after.round <= before.round + 1
        assert after.vendor_posted >= before.vendor_posted
        if before.outcome is Outcome.WITHDRAWN:
            assert replace(after, vendor_posted=before.vendor_posted, locked=before.locked,
                           hidden=before.hidden, author_gone_at=before.author_gone_at) == before
        if before.first_answer_at:
            assert after.first_answer_at == before.first_answer_at

    @rule(data=st.data())
    def somebody_takes_a_step(self, data: st.DataObject) -> None:
        event = data.draw(events(self.now))
        after = step(self.state, event)
        if isinstance(after, Refusal):
            assert after.code
            assert len(after.message) > 10
            assert after.message[-1] in ".?"
            return
        if isinstance(event, OthersPost | AuthorNotes):
            assert after == self.state
        assert not self.state.hidden
        self.becomes(after)
        self.becomes(come_due(self.state, self.now))

    @rule(hours=st.sampled_from([1, 23, 24 * 7, 24 * 14, 24 * 15, 24 * 400]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.becomes(come_due(self.state, self.now))

    @rule()
    def a_steward_locks_or_unlocks(self) -> None:
        self.becomes(replace(self.state, locked=not self.state.locked))

    @rule()
    def a_steward_hides_or_shows(self) -> None:
        if self.state.hidden:
            self.becomes(shown_again(self.state, self.hidden_at, self.now))
        else:
            self.hidden_at = self.now
            self.becomes(replace(self.state, hidden=True))

    @rule()
    def the_author_leaves_or_is_restored(self) -> None:
        self.becomes(replace(
            self.state, author_gone_at=None if self.state.author_gone_at else self.now))
        self.becomes(come_due(self.state, self.now))

    @invariant()
    def the_table_names_it(self) -> None:
        if hasattr(self, "state"):
            assert named(self.state), self.state
            assert self.state.closed_at is None or self.state.closed_at <= self.now

    @invariant()
    def nothing_due_is_left(self) -> None:
        if hasattr(self, "state"):
            ends = silent_at(self.state)
            assert ends is None or ends > self.now


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@st.composite
def states(draw: st.DrawFn) -> tuple[State, datetime]:
    """A state that some walk reaches, and the instant of its last step."""
    state, now = opened(draw(st.sampled_from(Kind)), NOON), NOON
    for _ in range(draw(st.integers(0, 6))):
        now += timedelta(hours=draw(st.integers(0, 24 * 15)))
        state = come_due(state, now)
        after = step(state, draw(events(now)))
        state = state if isinstance(after, Refusal) else after
    if draw(st.booleans()):
        state = replace(state, author_gone_at=now + timedelta(hours=draw(st.integers(-99, 99))))
    return state, now


@settings(deadline=None)
@given(states(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_time_does_the_same_in_one_stride_or_in_many(reached, first, more):
    state, now = reached
    t1 = now + timedelta(minutes=first)
    t2 = t1 + timedelta(minutes=more)
    assert come_due(come_due(state, t1), t2) == come_due(state, t2)
    assert come_due(come_due(state, t1), t1) == come_due(state, t1)


@settings(deadline=None)
@given(states(), st.integers(0, 10**6))
def test_what_was_closed_stays_as_it_was_whenever_one_looks(reached, minutes):
    state, now = reached
    later = come_due(state, now + timedelta(minutes=minutes))
    if not state.open:
        assert later == state
    elif not later.open:
        assert later.closed_at == silent_at(state)


@settings(deadline=None)
@given(states(), st.sampled_from(SolvedBy))
def test_a_question_or_complaint_can_be_confirmed_until_it_is_or_was_withdrawn(reached, by):
    state, now = reached
    after = step(come_due(state, now), Confirms(now, by, named=1))
    free = state.kind in ASKED and state.outcome not in (Outcome.CONFIRMED, Outcome.WITHDRAWN)
    assert isinstance(after, State) == free
