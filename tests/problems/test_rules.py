"""The life of a problem, as sentences."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.kernel.errors import Refusal
from parley.problems import rules
from parley.problems.rules import (
    Acknowledges,
    Counted,
    Fixes,
    Link,
    Plans,
    Rejects,
    Side,
    Standing,
    State,
)

TODAY = date(2026, 11, 12)
S = State
# From, event: to. What is not here cannot happen.
TABLE = {
    (S.SUSPECTED, Acknowledges): S.ACKNOWLEDGED, (S.SUSPECTED, Rejects): S.REJECTED,
    (S.REJECTED, Acknowledges): S.ACKNOWLEDGED,
    (S.ACKNOWLEDGED, Plans): S.FIX_PLANNED, (S.ACKNOWLEDGED, Fixes): S.FIXED,
    (S.ACKNOWLEDGED, Rejects): S.REJECTED,
    (S.FIX_PLANNED, Plans): S.FIX_PLANNED, (S.FIX_PLANNED, Fixes): S.FIXED,
    (S.FIXED, Counted): {S.FIXED, S.CONFIRMED, S.ACKNOWLEDGED},
    (S.CONFIRMED, Counted): {S.CONFIRMED, S.ACKNOWLEDGED},
}
few = st.integers(0, 40)
events = st.one_of(
    st.just(Acknowledges()), st.just(Fixes()), st.builds(Rejects, few),
    st.builds(Plans, st.dates(TODAY - timedelta(9), TODAY + timedelta(9)), st.just(TODAY)),
    st.builds(Counted, few, few, few))


@settings(max_examples=150)
@given(st.booleans(), st.lists(events, max_size=12))
def test_no_sequence_leaves_the_table(by_company, sequence):
    standing = rules.opened(by_company)
    for event in sequence:
        after = rules.step(standing, event)
        if isinstance(after, Refusal):
            continue
        to = TABLE.get((standing.state, type(event)), {standing.state})
        assert after.state in (to if isinstance(to, set) else {to})
        assert isinstance(event, Counted) or (standing.state, type(event)) in TABLE
        assert after.fix - standing.fix == isinstance(event, Fixes)
        assert (after.planned_for is not None) == (after.state is S.FIX_PLANNED)
        assert after.state is not S.CONFIRMED or after.fix > 0
        standing = after


@given(few, few, few)
def test_most_of_enough_decide_and_never_the_company(works, broken, affected):
    count = Counted(works, broken, affected)
    after = rules.step(Standing(S.FIXED, 1), count)
    if after.state is S.CONFIRMED:
        assert works > broken and works + broken >= rules.enough(affected)
    if after.state is S.ACKNOWLEDGED:
        assert broken > works and works + broken >= rules.enough(affected)
    assert rules.verdict(Counted(works, works, affected)) is None  # a tie


@given(st.integers(0, 10_000))
def test_enough_grows_with_the_crowd_up_to_thirty(affected):
    needed = rules.enough(affected)
    assert min(affected, 3) <= needed <= min(affected, 30)
    assert needed <= rules.enough(affected + 1) <= needed + 1


@pytest.mark.parametrize(("affected", "needed"), [(0, 0), (1, 1), (2, 2), (3, 3), (9, 3), (10, 4),
                                                  (30, 10), (88, 30), (1340, 30)])
def test_enough(affected, needed):
    assert rules.enough(affected) == needed


def test_what_people_count_on_is_not_rejected_any_more():
    assert rules.step(Standing(S.ACKNOWLEDGED), Rejects(linked=0)).state is S.REJECTED
    for standing, linked in ((Standing(S.ACKNOWLEDGED), 1), (Standing(S.ACKNOWLEDGED, 1), 0),
                             (Standing(S.FIX_PLANNED), 0), (Standing(S.FIXED, 1), 0)):
        assert rules.step(standing, Rejects(linked)).code == "taken_up"


@pytest.mark.parametrize(("day", "code"), [
    (TODAY - timedelta(1), "past"), (TODAY + timedelta(6 * 365), "far"), (TODAY, None)])
def test_a_fix_is_planned_for_a_day_to_come(day, code):
    after = rules.step(Standing(S.ACKNOWLEDGED), Plans(day, TODAY))
    assert getattr(after, "code", None) == code


def test_the_same_day_is_no_new_plan():
    standing = Standing(S.FIX_PLANNED, planned_for=TODAY)
    assert rules.step(standing, Plans(TODAY, TODAY)).code == "same"


@given(st.sampled_from(Side), st.sampled_from(State), st.sampled_from([None, *Link]),
       st.sampled_from(Side))
def test_who_refused_a_link_can_alone_want_it_again(side, state, before, refused_by):
    after = rules.link(side, state, before, refused_by)
    if before in (Link.REFUSED, Link.NOT_MINE) and side is not refused_by:
        assert after.code == "refused"
    if after is Link.LINKED:
        assert side is Side.VENDOR or (side is Side.AUTHOR and state in rules.TAKEN_UP)
    if side is Side.OTHER:
        assert after is not Link.LINKED


@given(st.sampled_from(State), st.integers(0, 2), few, st.booleans())
def test_every_choice_that_is_offered_can_be_taken(state, fix, linked, manages):
    standing = Standing(state, fix, TODAY if state is S.FIX_PLANNED else None)
    for to in rules.choices(standing, linked, manages):
        event = {S.ACKNOWLEDGED: Acknowledges(), S.FIXED: Fixes(), S.REJECTED: Rejects(linked),
                 S.FIX_PLANNED: Plans(TODAY + timedelta(3), TODAY)}[to]
        assert rules.step(standing, event).state is to
        assert manages or to is not S.REJECTED
