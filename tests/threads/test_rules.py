"""Who may do what in a thread, on plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.threads import rules
from parley.threads.rules import Hat, Kind

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def code(refusal):
    assert refusal is None or refusal.message.endswith((".", "?"))
    return refusal and refusal.code


@given(is_author=st.booleans(), represents=st.booleans(), declared=st.booleans(),
       kind=st.sampled_from(Kind))
def test_everybody_wears_one_hat(is_author, represents, declared, kind):
    hat = rules.hat_for(
        is_author=is_author, represents=represents, declared=declared, kind=kind)
    if kind is not Kind.CONSULTATION and is_author:
        assert hat is Hat.AUTHOR
    elif represents:
        assert hat is Hat.REPRESENTATIVE
    else:
        assert hat is (Hat.ADVOCATE if declared else Hat.MEMBER)


def test_nobody_speaks_for_the_company_and_for_themselves_in_one_thread():
    assert code(rules.may_wear(Hat.REPRESENTATIVE, {Hat.MEMBER})) == "two_hats"
    assert code(rules.may_wear(Hat.MEMBER, {Hat.REPRESENTATIVE})) == "two_hats"
    assert rules.may_wear(Hat.REPRESENTATIVE, {Hat.REPRESENTATIVE}) is None
    assert rules.may_wear(Hat.ADVOCATE, {Hat.MEMBER}) is None
    assert rules.may_wear(Hat.AUTHOR, set()) is None


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.CONSULTATION])
def test_a_representative_opens_no_thread_about_their_own_company(kind):
    assert code(rules.may_open_about(kind, represents=True, manages=True)) == "own_vendor"
    assert rules.may_open_about(kind, represents=False, manages=False) is None


def test_only_a_manager_opens_a_consultation():
    may = rules.may_open_about
    assert code(may(Kind.CONSULTATION, represents=True, manages=False)) == "managers_only"
    assert code(may(Kind.CONSULTATION, represents=False, manages=False)) == "managers_only"
    assert may(Kind.CONSULTATION, represents=True, manages=True) is None


def test_a_company_consults_once_in_thirty_days():
    assert rules.may_consult(None, NOON) is None
    early = NOON + timedelta(days=30) - timedelta(microseconds=1)
    assert code(rules.may_consult(NOON, early)) == "too_soon"
    assert rules.may_consult(NOON, NOON + timedelta(days=30)) is None


def test_me_too_is_for_others_in_threads_about_a_trouble_or_a_wish():
    may = rules.may_me_too
    assert may(Kind.COMPLAINT, is_author=False, represents=False, locked=False) is None
    assert may(Kind.IDEA, is_author=False, represents=False, locked=False) is None
    assert code(may(Kind.IDEA, is_author=True, represents=False, locked=False)) == "own_thread"
    assert code(may(Kind.IDEA, is_author=False, represents=True, locked=False)) == "own_vendor"
    assert code(may(Kind.IDEA, is_author=False, represents=False, locked=True)) == "locked"
    for kind in (Kind.PRAISE, Kind.CONSULTATION):
        assert code(may(kind, is_author=False, represents=False, locked=False)) == "kind"


def test_one_removes_ones_own_posts():
    def may(own=True, hat=Hat.MEMBER, moved=False, number=2):
        return code(rules.may_remove(own=own, hat=hat, moved=moved, number=number))

    assert may() is None
    assert may(own=False) == "not_yours"
    assert may(number=1) == "opening"
    assert may(hat=Hat.AUTHOR, moved=True) is None
    assert may(hat=Hat.REPRESENTATIVE) is None


def test_the_company_cannot_remove_a_post_that_moved_the_thread():
    refusal = rules.may_remove(own=True, hat=Hat.REPRESENTATIVE, moved=True, number=3)
    assert code(refusal) == "moved"


def test_only_the_author_says_what_helped():
    def may(kind=Kind.QUESTION, is_author=True, hat=Hat.ADVOCATE, own_post=False, locked=False):
        return code(rules.may_mark_helped(
            kind=kind, is_author=is_author, hat=hat, own_post=own_post, locked=locked))

    assert may() is None
    assert may(hat=Hat.REPRESENTATIVE) is None
    assert may(is_author=False) == "not_yours"
    assert may(own_post=True) == "own_post"
    assert may(locked=True) == "locked"


def test_a_company_grants_no_recognition_by_its_consultations():
    assert code(rules.may_mark_helped(
        kind=Kind.CONSULTATION, is_author=True, hat=Hat.ADVOCATE, own_post=False,
        locked=False)) == "kind"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_for_a_purpose_that_does_not_fit(kind):
    for purpose in set(rules.Purpose) - set(rules.PURPOSES[kind]):
        assert code(rules.may_post_as_vendor(kind, True, purpose)) == "purpose"
    for purpose in rules.PURPOSES[kind]:
        assert rules.may_post_as_vendor(kind, True, purpose) is None
