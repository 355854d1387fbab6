"""The same thing by two hands in the same moment counts once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from parley.billing import actions, card_events, cards, coverage, gifts
from parley.billing.models import Fund, Gift, Payment, SolidarityRequest, StripeEvent, Subscription
from parley.kernel import clock, db, ids
from parley.kernel.errors import Refused
from parley.members.models import Membership
from parley.outbox.models import Task
from tests.factories import make_account, make_officer

HANDS = 4


@pytest.fixture
def open_database(built, own_database):
    db.database.connect(reuse_if_open=True)
    return own_database


def at_once(do: Callable[[int], object]) -> list[object]:
    """What each of some hands got; a refusal counts as what it got."""
    together = Barrier(HANDS)

    def run(number: int) -> object:
        db.database.connect(reuse_if_open=True)
        try:
            together.wait()
            return do(number)
        except Refused as refused:
            return refused.refusal.code
        finally:
            db.database.close()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(run, range(HANDS)))


def test_one_transfer_is_booked_once(open_database):
    person, treasurer = make_account(), make_officer("treasurer")
    row = actions.agree(person, "year", "50")
    typed = actions.Recorded(row.reference, "50", clock.now().date().isoformat(), "cash", "dues",
                             ids.unguessable())
    got = at_once(lambda n: actions.record(treasurer, typed))
    assert got.count("booked") == HANDS - 1
    assert Payment.select().count() == 1
    until = Membership.get(Membership.account == person).paid_until
    assert until < clock.now() + timedelta(days=367)


def test_several_payments_at_once_all_count(open_database):
    person = make_account()
    at_once(lambda n: actions.book_dues(
        person, actions.Money(500, clock.now(), "cash", f"hand:{n}"), months=1))
    assert Payment.select().count() == HANDS
    ahead = Membership.get(Membership.account == person).paid_until - clock.now()
    assert ahead > timedelta(days=28 * HANDS)
    assert Subscription.select().count() == 1


def test_a_gift_is_accepted_once(open_database):
    giver, friend = make_account(), make_account()
    gift = gifts.give(giver, "someone@home.example", "3")
    actions.book_gift(gift, actions.Money(gift.amount, clock.now(), "cash", "hand:1"))
    got = at_once(lambda n: gifts.accept(friend, gift.id))
    assert got.count("accepted") == HANDS - 1
    assert Gift.get().receiver == friend


def test_the_last_place_is_given_once(open_database):
    people = [make_account() for _ in range(HANDS)]
    actions.book_fund(make_account(), actions.Money(
        gifts.place_cost(), clock.now(), "cash", "hand:1"))
    at_once(lambda n: gifts.ask_for_place(people[n]))
    assert Fund.get().balance == 0
    assert SolidarityRequest.select().where(SolidarityRequest.granted_at.is_null(
        False)).count() == 1
    assert len(at_once(lambda n: gifts.sweep())) == HANDS
    assert Fund.get().balance == 0


def test_one_person_asks_once(open_database):
    person = make_account()
    assert at_once(lambda n: gifts.ask_for_place(person)).count("asked") == HANDS - 1


def test_an_event_is_taken_once(open_database):
    row = coverage.subscription_of(make_account())
    Subscription.update(customer="cus_1").where(Subscription.account == row.account_id).execute()
    event = {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"customer": "cus_1"}}}
    got = at_once(lambda n: card_events.take(event))
    assert sorted(map(str, got)) == ["seen"] * (HANDS - 1) + ["taken"]
    assert StripeEvent.select().count() == 1
    assert Task.select().where(Task.kind == "stripe").count() == 1


def test_two_looks_at_the_same_charge_book_it_once(open_database):
    person, now = make_account(), clock.now()
    coverage.subscription_of(person)
    seen = cards.Snapshot("sub_1", "active", False, 500, "month", [cards.Charge(
        "ch_1", 500, "EUR", now, starts=now, ends=now + timedelta(days=30))])
    at_once(lambda n: cards.apply(person.id, seen, 0))
    assert Payment.select().count() == 1
    assert Membership.get().paid_until == now + timedelta(days=30)
