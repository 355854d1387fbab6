"""Agreeing on dues, recording them, and what that does to a membership."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parley.billing import actions, coverage, gifts, notices
from parley.billing.models import Coverage, Gift, Payment, Subscription
from parley.billing.rules import State
from parley.kernel import ids, rulebook
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.members import actions as members
from parley.members.models import Membership
from tests.conftest import NOON
from tests.factories import make_account, make_lapsed, make_member, make_representative, make_vendor


def paid_until(account) -> datetime:
    return Membership.get_by_id(account.id).paid_until


def test_a_recorded_transfer_makes_a_member_and_sends_a_receipt(dues, mails):
    assert members.standing_of(dues.person) == "account"
    payment = dues.record()
    assert members.standing_of(dues.person) == "member"
    assert paid_until(dues.person) == NOON.replace(year=2027)
    assert (payment.amount, payment.currency, payment.recorded_by) == (5_000, "EUR", dues.treasurer)
    [mail] = mails.to("ada@people.example")
    assert "€50.00" in mail.text
    assert "member until 12 November 2027" in mail.text
    assert mail.link == f"/account/membership/receipts/{payment.id}"


def test_the_same_form_sent_twice_books_once(dues):
    key = ids.unguessable()
    dues.record(key=key)
    with pytest.raises(Refused, match="booked already"):
        dues.record(key=key)
    assert Payment.select().count() == 1
    assert paid_until(dues.person) == NOON.replace(year=2027)


@pytest.mark.parametrize(("field", "value"), [
    ("amount", ""), ("amount", "12 CHF"), ("amount", "a lot"), ("reference", "DUES-1111-1111-1"),
    ("reference", ""), ("reference", "ada"), ("day", "2026-11-30"), ("day", "yesterday"),
    ("day", "2020-01-01"), ("way", "bitcoin"), ("kind", "gift"), ("key", "short")])
def test_what_cannot_be_recorded_is_said_beside_the_field(dues, field, value):
    with pytest.raises(Invalid) as refused:
        dues.record(**{field: value})
    assert field in refused.value.errors or field == "key"
    assert not Payment.select().exists()


@pytest.mark.parametrize(("amount", "code"), [
    ("-50", "below_floor"), ("0", "below_floor"), ("19.99", "below_floor"),
    ("1.000.000", "too_much")])
def test_sums_that_do_not_fit_are_refused(dues, amount, code):
    with pytest.raises(Refused) as refused:
        dues.record(amount)
    assert refused.value.refusal.code == code
    assert not Payment.select().exists()


def test_only_a_treasurer_records_and_refunds(dues):
    payment = dues.record()
    dues.treasurer = make_member()
    with pytest.raises(NotFound):
        dues.record()
    with pytest.raises(NotFound):
        actions.refund(dues.treasurer, payment.id)


@pytest.mark.parametrize(("typed", "code"), [
    ("19", "below_floor"), ("-1", "below_floor"), ("100000.01", "too_much")])
def test_an_amount_is_agreed_between_floor_and_slip(dues, typed, code):
    with pytest.raises(Refused) as refused:
        actions.agree(dues.person, "year", typed)
    assert refused.value.refusal.code == code
    with pytest.raises(Invalid):
        actions.agree(dues.person, "week", "50")


def test_paying_early_adds_to_what_is_paid(dues, travel):
    dues.record()
    travel(days=300)
    dues.record(day=travel.now.date().isoformat())
    assert paid_until(dues.person) == NOON.replace(year=2028)


def test_who_lapsed_is_back_from_the_day_of_paying(app, travel):
    person = make_lapsed()
    row = coverage.subscription_of(person)
    assert coverage.state_of(row) is State.LAPSED
    actions.book_dues(person, actions.Money(5_000, NOON, "cash", "hand:x"), months=12)
    assert paid_until(person) == NOON.replace(year=2027)
    assert members.standing_of(person) == "member"


def test_states_pass_with_time_and_old_words_stay(dues, travel):
    dues.record()
    travel.to(NOON.replace(year=2027) - timedelta(seconds=1))
    assert coverage.state_of(dues.row) is State.ACTIVE
    travel(seconds=1)
    assert (coverage.state_of(dues.row), members.standing_of(dues.person)) == (
        State.PAST_DUE, "member")
    travel(days=14)
    assert (coverage.state_of(dues.row), members.standing_of(dues.person)) == (
        State.LAPSED, "lapsed")


def test_cancelling_moves_nothing_before_the_end(dues):
    with pytest.raises(Refused):
        actions.cancel(dues.person)
    dues.record()
    assert actions.cancel(dues.person).cancel_at_end
    assert paid_until(dues.person) == NOON.replace(year=2027)
    assert not actions.resume(dues.person).cancel_at_end


def test_a_refund_voids_what_was_bought_once(dues):
    first = dues.record()
    second = dues.record(day="2026-11-11")
    assert paid_until(dues.person).year == 2028
    actions.refund(dues.treasurer, second.id)
    assert paid_until(dues.person) == NOON.replace(year=2027)
    with pytest.raises(Refused):
        actions.refund(dues.treasurer, second.id)
    actions.refund(dues.treasurer, first.id)
    assert members.standing_of(dues.person) == "lapsed"
    with pytest.raises(NotFound):
        actions.refund(dues.treasurer, ids.unguessable())


def test_grants_and_payments_add_up(dues):
    members.grant(dues.person, NOON + timedelta(days=100))
    dues.record()
    assert paid_until(dues.person) > NOON + timedelta(days=364)
    members.revoke(dues.person)
    assert members.standing_of(dues.person) == "lapsed"
    assert dues.row.paid_until == paid_until(dues.person)
    dues.record(day="2026-11-12")
    assert members.standing_of(dues.person) == "member"


def test_a_membership_from_before_is_kept(app, travel):
    person = make_member()
    before = paid_until(person)
    notices.sweep()
    assert Subscription.get_by_id(person.id).paid_until == before
    assert Coverage.get(Coverage.account == person).kind == "grant"
    actions.book_dues(person, actions.Money(500, NOON, "cash", "hand:y"), months=1)
    assert paid_until(person) > before + timedelta(days=27)


# Gifts


def test_a_gift_is_paid_then_offered_then_accepted(dues, mails):
    friend = make_account(handle="berta")
    gift = gifts.give(dues.person, "@berta", "12")
    assert gift.amount == 5_000
    with pytest.raises(NotFound):
        gifts.offered(gift.id, friend)
    dues.record(reference=gift.reference)
    [mail] = mails.to("berta@people.example")
    assert mail.link == f"/account/membership/gifts/{gift.id}"
    with pytest.raises(NotFound):
        gifts.accept(make_account(), gift.id)
    gifts.accept(friend, gift.id)
    assert paid_until(friend) == NOON.replace(year=2027)
    assert members.standing_of(dues.person) == "account"
    with pytest.raises(Refused):
        gifts.accept(friend, gift.id)


def test_a_gift_to_an_address_tells_nobody_whose_it_is(dues, mails):
    known = make_account(handle="berta", email="berta@home.example")
    for address in ("berta@home.example", "nobody@home.example"):
        gift = gifts.give(dues.person, address, "3")
        assert (gift.receiver, gift.email) == (None, address)
    assert not mails.to("berta@home.example")
    gift = Gift.get(Gift.email == "berta@home.example")
    with pytest.raises(Refused, match="costs"):
        dues.record("14", reference=gift.reference)
    dues.record("15", reference=gift.reference)
    gifts.accept(known, gift.id)
    assert members.standing_of(known) == "member"


def test_the_people_of_a_company_can_give_to_nobody(dues):
    make_account(handle="berta")
    make_representative(make_vendor(), dues.person)
    with pytest.raises(Refused) as refused:
        gifts.give(dues.person, "berta", "12")
    assert refused.value.refusal.code == "company"
    with pytest.raises(Refused, match="nobody but themselves"):
        dues.record(kind="fund")
    dues.record()
    assert members.standing_of(dues.person) == "member"


@pytest.mark.parametrize(("to", "months", "wrong"), [
    ("nobody", "12", "to"), ("a@b", "12", "to"), ("", "12", "to"), ("ada", "12", "to"),
    ("ada@people.example", "12", "to"), ("berta", "0", "months"), ("berta", "-3", "months"),
    ("berta", "x", "months"), ("berta", "1000", "months"), ("berta", "²", "months")])
def test_gifts_that_cannot_be(dues, to, months, wrong):
    make_account(handle="berta")
    with pytest.raises((Invalid, Refused)) as no:
        gifts.give(dues.person, to, months)
    told = no.value.errors if isinstance(no.value, Invalid) else {no.value.refusal.field: ""}
    assert wrong in told


def test_an_unpaid_gift_can_be_taken_back_and_a_paid_one_sent_back(dues):
    friend = make_account(handle="berta")
    gifts.drop(dues.person, gifts.give(dues.person, "berta", "3").id)
    gift = gifts.give(dues.person, "berta", "3")
    payment = dues.record("15", reference=gift.reference)
    with pytest.raises(NotFound):
        gifts.drop(dues.person, gift.id)
    gifts.accept(friend, gift.id)
    actions.refund(dues.treasurer, payment.id)
    assert members.standing_of(friend) == "lapsed"


# Solidarity


def test_places_come_from_what_others_pay_more(dues, travel, mails):
    first, second = make_account(handle="berta"), make_account(handle="cleo")
    assert gifts.ask_for_place(first).granted_at is None
    travel(seconds=1)
    gifts.ask_for_place(second)
    with pytest.raises(Refused):
        gifts.ask_for_place(first)
    dues.record("70")
    assert actions.fund_balance() == 2_000
    gifts.sweep()
    assert members.standing_of(first) == "member"
    assert members.standing_of(second) == "account"
    assert actions.fund_balance() == 800
    assert "solidarity fund pays" in mails.to("berta@people.example")[0].text
    dues.record("20", kind="fund")
    gifts.sweep()
    assert members.standing_of(second) == "member"
    with pytest.raises(Refused, match="runs until"):
        gifts.ask_for_place(second)


def test_a_place_is_given_at_once_when_the_fund_holds_it(dues):
    dues.record("30", kind="fund")
    request = gifts.ask_for_place(make_account())
    assert (request.granted_at, request.cost) == (NOON, 1_200)


# Mails about the end


def test_mails_before_at_and_after_the_end_once_each(dues, travel, mails):
    dues.record()
    heard = []
    for day in range(1, 400):
        travel.to(NOON + timedelta(days=day, minutes=1))
        notices.sweep()
        notices.sweep()
        new = [mail.kind for mail in mails.to("ada@people.example")][len(heard) + 1:]
        heard += [(day, kind) for kind in new]
    assert heard == [(351, "dues_soon"), (362, "dues_soon"), (365, "dues_due"),
                     (379, "dues_lapsed")]
    soon, _, due, lapsed = mails.to("ada@people.example")[1:]
    assert dues.row.reference in soon.text
    assert "26 November 2027" in due.text
    assert "stays as it is" in lapsed.text
    assert not any("!" in mail.text for mail in mails)


def test_what_was_missed_is_not_sent_late(dues, travel, mails):
    dues.record()
    travel(days=366)
    notices.sweep()
    assert [mail.kind for mail in mails][1:] == ["dues_due"]


def test_who_cancelled_is_not_asked_for_money(dues, travel, mails):
    dues.record()
    actions.cancel(dues.person)
    travel(days=355)
    notices.sweep()
    assert "You cancelled it" in mails[-1].text
    assert dues.row.reference not in mails[-1].text


# The rule book


def test_rules_are_versions(app, travel):
    assert rulebook.current().floor_month == 200
    rulebook.change("floor_month", 300)
    rulebook.change("grace_days", 3)
    assert coverage.plans()["month"].floor == 300
    assert [row.number for row in rulebook.RulebookVersion.select().order_by(
        rulebook.RulebookVersion.number)] == [1, 2]
    person = make_account()
    members.grant(person, NOON - timedelta(days=4))
    assert members.standing_of(person) == "lapsed"


@pytest.mark.parametrize(("name", "value"), [
    ("floor", 1), ("floor_month", -1), ("floor_month", 600), ("grace_days", 1000)])
def test_rules_have_bounds(app, name, value):
    with pytest.raises(Invalid):
        rulebook.change(name, value)
    assert rulebook.current() == rulebook.Rulebook()


def test_a_day_in_the_future_of_utc_is_forgiven_by_one(travel):
    assert actions.parse_day("13.11.2026").day == 13
    assert actions.at_end_of(actions.parse_day("11.11.26")) == datetime(
        2026, 11, 11, 23, 59, 59, tzinfo=UTC)
