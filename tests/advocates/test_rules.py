"""What a declaration may say, and how it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.advocates.models import TIES
from parley.advocates.rules import may_declare, ties_in_words, wrong_with


@pytest.mark.parametrize(("ties", "since", "words"), [
    (["customer"], 2016, "customer since 2016, no other ties"),
    (["customer"], None, "customer, no other ties"),
    (["shareholder", "customer"], 2016, "customer since 2016, shareholder"),
    (["none"], None, "no ties"),
    ([], None, "no ties"),
])
def test_ties_in_words(ties, since, words):
    assert ties_in_words(ties, since, TIES) == words


@pytest.mark.parametrize(("ties", "since", "field"), [
    ([], None, "ties"), (["friend"], None, "ties"), (["none", "customer"], None, "ties"),
    (["customer"], 1492, "since_year"), (["customer"], 2027, "since_year"),
])
def test_what_cannot_be_right(ties, since, field):
    assert list(wrong_with(ties, since, 2026, list(TIES))) == [field]


@given(st.sets(st.sampled_from([tie for tie in TIES if tie != "none"]), min_size=1))
def test_any_ties_may_be_declared_together(ties):
    assert not wrong_with(sorted(ties), 2016, 2026, list(TIES))
    assert all(TIES[tie] in ties_in_words(sorted(ties), 2016, TIES) for tie in ties)


def test_one_hat_for_each_company():
    assert may_declare(represents=False) is None
    assert "cannot also be its advocate" in may_declare(represents=True).message
