"""The life of a claim, as sentences about the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.vendors import claim_rules as rules
from parley.vendors.claim_rules import Facts, State

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 12)


def test_a_seen_token_proves_or_goes_to_a_steward():
    fresh = Facts(State.PENDING, 0, None)
    assert rules.after_check(fresh, True, None, NOW).state is State.PROVED
    assert rules.after_check(fresh, True, "look_alike", NOW).state is State.DISPUTED
    assert rules.after_check(fresh, False, None, NOW) == fresh


def test_three_failed_days_lapse_and_one_good_one_recovers():
    claim = Facts(State.PROVED, 0, NOW)
    states = []
    for day in range(1, 4):
        claim = rules.after_check(claim, False, None, NOW + day * DAY)
        states.append((claim.state, claim.failures))
    assert states == [(State.PROVED, 1), (State.PROVED, 2), (State.LAPSED, 3)]
    back = rules.after_check(claim, True, None, NOW + 9 * DAY)
    assert (back.state, back.failures) == (State.PROVED, 0)


def test_asking_often_does_not_lapse_a_claim_sooner():
    claim = Facts(State.PROVED, 0, NOW)
    for minute in range(1, 100):
        claim = rules.after_check(claim, False, None, NOW + timedelta(minutes=minute))
    assert (claim.state, claim.failures) == (State.PROVED, 0)


def test_a_good_day_between_bad_ones_forgives():
    claim = Facts(State.PROVED, 2, NOW)
    claim = rules.after_check(claim, True, None, NOW + DAY)
    assert rules.after_check(claim, False, None, NOW + 2 * DAY).failures == 1


@given(st.sampled_from([State.REFUSED, State.RELEASED, State.TRANSFERRED, State.DISPUTED]),
       st.booleans())
def test_no_proof_revives_an_end_or_settles_a_dispute(state, seen):
    claim = Facts(state, 0, None)
    assert rules.after_check(claim, seen, None, NOW).state is state


@given(st.lists(st.tuples(st.integers(0, 72), st.booleans()), max_size=40))
def test_a_claim_lapses_only_after_three_failures_in_a_row(checks):
    claim, at, run = Facts(State.PROVED, 0, NOW), NOW, 0
    for hours, seen in checks:
        at += timedelta(hours=hours)
        before = claim
        claim = rules.after_check(claim, seen, None, at)
        counted = claim.failures > before.failures
        run = 0 if seen else run + counted
        assert claim.state is (State.LAPSED if run >= rules.FAILURES else State.PROVED)
        if claim.state is State.LAPSED:
            claim, run = replace(claim, state=State.PROVED, failures=0), 0


@pytest.mark.parametrize(("text", "verdict"), [
    ("token=abc expiry=never", "yes"), ("expiry=never token=abc", "yes"),
    ("token=abc  expiry=2026-11-12", "yes"), ("token=abc expiry=2026-11-11", "expired"),
    ("token=abc", "unclear"), ("token=abc expiry=soon", "unclear"),
    ("token=abcd expiry=never", "no"), ("token=ab expiry=never", "no"), ("abc", "no"), ("", "no"),
    ("token=ABC expiry=never", "no"), ("v=spf1 -all", "no"), ("token=abc expiry=", "unclear"),
])
def test_one_record_is_read(text, verdict):
    assert rules.holds(text, "abc", TODAY) == verdict


def test_what_is_told_to_be_put_there_is_accepted():
    assert rules.holds(rules.challenge("abc"), "abc", TODAY) == "yes"


@pytest.mark.parametrize(("facts", "kind"), [
    ({}, None), ({"held": True}, "two_claimants"), ({"held": True, "manages": True}, None),
    ({"mixed": True}, "mixed_scripts"), ({"looks_alike": True}, "look_alike"),
    ({"looks_alike": True, "manages": True}, "look_alike"), ({"no_website": True}, "no_website"),
    ({"no_website": True, "manages": True}, None),
])
def test_what_a_steward_looks_at_first(facts, kind):
    none = dict.fromkeys(("held", "manages", "mixed", "looks_alike", "no_website"), False)
    assert rules.speaks_against(**none | facts) == kind


def test_pages_are_merged_towards_the_one_that_is_held():
    plain = {"same": False, "gone_stands": False, "kept_stands": False, "interested": False}
    assert rules.may_merge(**plain) is None
    assert rules.may_merge(**plain | {"gone_stands": True}).code == "claimed"
    assert rules.may_merge(**plain | {"gone_stands": True, "kept_stands": True}) is None
    assert rules.may_merge(**plain | {"same": True}).code == "same"
    assert rules.may_merge(**plain | {"interested": True}).code == "own_company"
