"""Amounts, references, and for how long somebody is a member."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.billing import rules
from parley.billing.rules import Cover, Interval, Notice, Plan, State
from parley.kernel.errors import Invalid

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
YEAR = Plan(Interval.YEAR, 2_000, 5_000)
MONTH = Plan(Interval.MONTH, 200, 500)


@pytest.mark.parametrize(("typed", "cents"), [
    ("12", 1_200), (" 12 ", 1_200), ("12.5", 1_250), ("12,50", 1_250), ("12.50", 1_250),
    ("1.234,50", 123_450), ("1,234.50", 123_450), ("1'234.50", 123_450), ("1 234,50", 123_450),
    ("1 234", 123_400), ("1.234", 123_400), ("1.234.567", 123_456_700), ("€12", 1_200),
    ("12 €", 1_200), ("EUR 12,50", 1_250), ("12.50 eur", 1_250), ("+12", 1_200), ("-12,50", -1_250),
    ("12,50-", -1_250), ("−3", -300), ("0", 0), ("0,05", 5), ("١٢".replace("١٢", "12"), 1_200),
])
def test_amounts_are_read_as_people_type_them(typed, cents):
    assert rules.parse_amount(typed, "EUR") == cents


@pytest.mark.parametrize("typed", [
    "", " ", "twelve", "1.2.3", "12,345,6", "1,23.4", "12.345.67", "--", "€", "1e3", "12.505,5.5",
    "0x10", "9" * 60, "١٢", "12 34", "1.234,567", "NaN", "12;50", "<b>12</b>", "1.,5", "\0"])
def test_what_is_no_amount_is_refused_in_words(typed):
    with pytest.raises(Invalid) as refused:
        rules.parse_amount(typed, "EUR")
    assert "amount" in refused.value.errors


@pytest.mark.parametrize(("typed", "words"), [
    ("$12", "US dollars"), ("12 CHF", "Swiss francs"), ("Fr. 12", "Swiss francs"),
    ("£5", "pounds"), ("12 XYZ", "xyz")])
def test_another_currency_is_named(typed, words):
    with pytest.raises(Invalid, match=words):
        rules.parse_amount(typed, "EUR")


@given(st.integers(0, rules.MOST_CENTS))
def test_every_amount_that_is_shown_can_be_typed(cents):
    for currency in rules.CURRENCIES:
        shown = rules.amount_words(cents, currency)
        if currency not in ("CAD", "AUD"):
            assert rules.parse_amount(shown, currency) == cents


@pytest.mark.parametrize(("cents", "code"), [
    (1_999, "below_floor"), (2_000, None), (0, "below_floor"), (-5_000, "below_floor"),
    (rules.MOST_CENTS, None), (rules.MOST_CENTS + 1, "too_much")])
def test_an_amount_lies_between_floor_and_slip(cents, code):
    refusal = rules.may_pay(cents, YEAR.floor, "EUR")
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(("amount", "agreed", "plan", "months"), [
    (5_000, 5_000, YEAR, 12), (10_000, 5_000, YEAR, 24), (7_000, 5_000, YEAR, 12),
    (2_500, 5_000, YEAR, 12), (1_999, 5_000, YEAR, 0), (500, 500, MONTH, 1),
    (6_000, 500, MONTH, 12), (200, 500, MONTH, 1), (199, 500, MONTH, 0), (5_000, None, YEAR, 12),
    (10_000_000, 200, MONTH, rules.MOST_MONTHS)])
def test_what_an_amount_buys(amount, agreed, plan, months):
    assert rules.months_bought(amount, agreed, plan) == months


def test_what_is_above_the_suggestion_goes_to_the_fund():
    assert rules.fund_share(8_000, 12, YEAR) == 3_000
    assert rules.fund_share(2_000, 12, YEAR) == 0
    assert rules.fund_share(700, 1, MONTH) == 200


codes = st.text(rules.ALPHABET, min_size=8, max_size=8)


@given(codes, st.text("ab.,-/ 12", max_size=12))
def test_a_reference_is_found_however_it_is_written(code, around):
    one = rules.reference(code)
    for written in (one, one.lower(), one.replace("-", ""), one.replace("-", " "),
                    one.replace("0", "O").replace("1", "l")):
        assert one in rules.references_in(f"{around} {written}")


@given(codes, st.integers(0, 7), st.sampled_from(rules.ALPHABET[:31]))
def test_one_wrong_letter_is_noticed(code, place, letter):
    one = rules.reference(code)
    plain = one.replace("-", "")
    wrong = plain[:4 + place] + letter + plain[5 + place:]
    if wrong != plain and plain[4 + place] != "Z":
        assert one not in rules.references_in(wrong)
        assert not rules.references_in(wrong)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC))
refs = st.uuids().map(str)
paid = st.one_of(
    st.builds(Cover, instants, refs, months=st.sampled_from([1, 3, 12, 24])),
    st.builds(Cover, instants, refs, span=st.timedeltas(timedelta(days=28), timedelta(days=366))),
    st.builds(Cover, instants, refs, until=instants))


@given(st.lists(paid, max_size=12), st.randoms())
def test_neither_order_nor_repetition_of_facts_matters(covers, random):
    heard = covers + random.choices(covers, k=5) if covers else []
    random.shuffle(heard)
    assert rules.covered_until(heard) == rules.covered_until(covers)


@given(st.lists(paid, max_size=12), paid)
def test_a_late_fact_never_moves_the_end_backwards(covers, late):
    before, after = rules.covered_until(covers), rules.covered_until([*covers, late])
    assert after is not None
    assert before is None or after >= before


@given(st.lists(paid, min_size=1, max_size=12))
def test_nobody_gets_less_than_they_paid_for(covers):
    end = rules.covered_until(covers)
    for cover in covers:
        assert end >= rules.add_months(cover.at, cover.months) + cover.span or cover.until


def test_paying_early_adds_and_paying_late_begins_anew():
    first = Cover(NOON, "a", months=12)
    early = Cover(NOON + timedelta(days=300), "b", months=12)
    late = Cover(NOON + timedelta(days=800), "c", months=1)
    assert rules.covered_until([first, early]) == NOON.replace(year=2028)
    assert rules.covered_until([first, late]) == rules.add_months(late.at, 1)


def test_a_grant_holds_until_its_day_at_least():
    grant = Cover(NOON + timedelta(days=10), "b", until=NOON + timedelta(days=20))
    assert rules.covered_until([grant, Cover(NOON, "a", months=12)]) == NOON.replace(year=2027)
    assert rules.covered_until([grant]) == grant.until
    assert rules.covered_until([]) is None


@pytest.mark.parametrize(("days", "state"), [
    (-1, State.ACTIVE), (0, State.PAST_DUE), (13.9, State.PAST_DUE), (14, State.LAPSED)])
def test_states_follow_the_clock(days, state):
    assert rules.state(NOON, NOON + timedelta(days=days), timedelta(days=14)) is state
    assert rules.state(None, NOON, timedelta(days=14)) is State.NONE


def test_mails_come_before_at_and_after_the_end():
    grace = timedelta(days=14)

    def days(interval, renews):
        return [((at - NOON).days, kind) for at, kind in rules.notices(
            NOON, grace, interval, renews)]

    ends = [(0, Notice.DUE), (14, Notice.LAPSED)]
    assert days("year", False) == [(-14, Notice.SOON), (-3, Notice.SOON), *ends]
    assert days("month", False) == [(-3, Notice.SOON), *ends]
    assert days("year", True) == ends


def test_the_people_of_a_company_give_to_nobody():
    assert rules.may_give(for_company=True, to_self=False, months=12).code == "company"
    assert rules.may_give(for_company=False, to_self=True, months=12).code == "yourself"
    assert rules.may_give(for_company=False, to_self=False, months=0).code == "months"
    assert rules.may_give(for_company=False, to_self=False, months=12) is None
