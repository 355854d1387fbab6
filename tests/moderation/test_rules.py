"""What stewards may do: sentences about the rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.members.rules import LIFTING, REASONS, reasons_for
from parley.moderation import rules


@given(st.sampled_from([None, True, False]), st.booleans(), st.booleans(), st.booleans())
def test_every_act_that_is_offered_may_be_done_and_no_other(post_hidden, hidden, listed, locked):
    can = rules.possible(post_hidden=post_hidden, thread_hidden=hidden,
                         listed=listed and not hidden, locked=locked)
    for act in rules.ACTS:
        assert (rules.may_do(act, can) is None) is (act in can)
    assert len(can) == len(set(can)) <= 3
    assert not {"hide_post", "show_post"} & set(can) or post_hidden is not None


def test_every_act_has_words_a_fact_and_reasons():
    for act in rules.ACTS:
        assert act in rules.DONE
        assert act in rules.FACTS
        assert act in rules.NOTHING_TO_DO
        assert reasons_for(act)
    assert not REASONS.keys() & LIFTING.keys()


def test_nobody_judges_their_own_cause():
    assert rules.may_judge(wrote=False, represents=False, reported=False) is None
    assert rules.may_judge(wrote=True, represents=False, reported=False).code == "own_words"
    assert rules.may_judge(wrote=False, represents=True, reported=False).code == "own_company"
    assert rules.may_judge(wrote=False, represents=False, reported=True).code == "own_report"
    assert rules.may_report(own=True).code == "own_post"
