"""Paying by card: the pages, the webhook, and that nothing but Stripe's own word counts."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime

import pytest
import stripe

from parley.accounts.models import Account, Leaving
from parley.archives import leaving
from parley.billing import actions, card_events, cards, coverage, gifts, notices
from parley.billing.models import Difference, Payment, StripeEvent, Subscription
from parley.billing.rules import State
from parley.kernel import clock, db, ids
from parley.kernel.errors import NotFound, Refused
from parley.members import actions as members
from parley.members.models import Membership
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from tests.billing.stripe_standin import KEY, SECRET, InProcess, StandIn, serving
from tests.conftest import NOON
from tests.factories import make_account, make_member, make_officer

ORDERS = int(os.environ.get("PARLEY_TEST_CARD_ORDERS", "10"))  # 5,000 take ten minutes
FIRST = int(os.environ.get("PARLEY_TEST_CARD_FIRST", "0"))


@pytest.fixture(scope="session")
def server():
    with serving() as standin:
        yield standin


@pytest.fixture
def standin(server, app, travel) -> StandIn:
    """Stripe, with nothing in it yet; Parley is pointed at it."""
    url = server.url
    server.__init__()
    server.url = url
    configure(url)
    yield server
    cards.configure("")
    card_events.configure("")


def configure(url: str) -> None:
    cards.configure(KEY, url)
    card_events.configure(SECRET)


def deliver(client, standin: StandIn, event: dict, **signing):
    body, header = standin.signed(event, **signing)
    return client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": header})


def deliver_all(client, standin: StandIn) -> None:
    events, standin.events = standin.events, []
    for event in events:
        assert deliver(client, standin, event).status_code == 200
    outbox.run_all()
    assert not [task.error for task in Task.select().where(Task.error != "")]


def join(client, standin: StandIn, browser, **values) -> str:
    """Go through the checkout; the session's id."""
    fields = {"interval": "month", "amount": "5", "by": "card"} | values
    sent = browser.post_form("/join", fields)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    session = sent.location.rpartition("/")[2]
    standin.complete(session)
    return session


@pytest.fixture
def payer(standin, client, client_of):
    """A member who pays by card, month by month."""
    person = make_account(handle="ada")
    join(client, standin, client_of(person))
    deliver_all(client, standin)
    return person


def paid_until(account: Account) -> datetime:
    return Membership.get_by_id(account.id).paid_until


def truth(standin: StandIn, account: Account) -> datetime:
    customer = Subscription.get_by_id(account.id).customer
    return datetime.fromtimestamp(standin.paid_until(customer), UTC)


def pass_days(travel, standin: StandIn, days: float) -> None:
    travel(days=days)
    standin.advance()


def test_joining_by_card(standin, client, client_of, mails):
    person = make_account(handle="ada")
    browser = client_of(person)
    session = join(client, standin, browser)
    assert members.standing_of(person) == "account"
    deliver_all(client, standin)
    assert members.standing_of(person) == "member"
    assert paid_until(person) == NOON.replace(month=12)
    assert Payment.get().provider_ref in standin.kinds["charges"]
    assert [mail.kind for mail in mails.to("ada@people.example")] == ["receipt"]
    back = browser.get(f"/account/membership?paid={session}", follow_redirects=True)
    assert "Your card pays again by itself" in back.get_data(as_text=True)
    assert browser.post_form("/join", {"interval": "month", "amount": "5", "by": "card"}
                             ).status_code == 409


def test_coming_back_counts_without_any_event(standin, client, client_of):
    person = make_account()
    browser = client_of(person)
    session = join(client, standin, browser)
    assert browser.get(f"/account/membership?paid={session}").status_code == 302
    assert members.standing_of(person) == "member"
    deliver_all(client, standin)
    assert Payment.select().count() == 1


def test_a_session_of_somebody_else_is_nobody_s(standin, client, client_of, payer):
    other = make_account()
    cards.customer_of(other)
    session = next(iter(standin.kinds["sessions"]))
    assert client_of(other).get(f"/account/membership?paid={session}").status_code == 404
    assert client_of(make_account()).get(f"/account/membership?paid={session}").status_code == 404
    assert members.standing_of(other) == "account"


def test_it_renews_month_by_month(standin, client, payer, travel):
    for _ in range(13):
        pass_days(travel, standin, 31)
        deliver_all(client, standin)
        assert paid_until(payer) == truth(standin, payer) > clock.now()
    assert Payment.select().count() == len(standin.kinds["charges"]) > 12


def test_a_card_that_fails_is_tried_again_and_grace_counts(standin, client, payer, travel, mails):
    standin.cards_work = False
    pass_days(travel, standin, 31)
    deliver_all(client, standin)
    notices.sweep()
    row = Subscription.get_by_id(payer.id)
    assert (row.provider_state, coverage.state_of(row)) == ("past_due", State.PAST_DUE)
    assert members.standing_of(payer) == "member"
    assert "give another card" in mails.to("ada@people.example")[-1].text
    standin.cards_work = True
    pass_days(travel, standin, 4)
    deliver_all(client, standin)
    assert coverage.state_of(Subscription.get_by_id(payer.id)) is State.ACTIVE
    assert paid_until(payer) == truth(standin, payer)


def test_a_card_that_fails_for_good_ends_in_a_lapse(standin, client, payer, travel):
    standin.cards_work = False
    pass_days(travel, standin, 60)
    deliver_all(client, standin)
    row = Subscription.get_by_id(payer.id)
    assert (row.provider, row.provider_state) == ("manual", "canceled")
    assert members.standing_of(payer) == "lapsed"


def test_another_card_pays_what_is_open(standin, client, client_of, payer, travel):
    standin.cards_work = False
    pass_days(travel, standin, 31)
    deliver_all(client, standin)
    standin.cards_work = True
    sent = client_of(payer).post_form("/account/membership/card", page="/account/membership")
    standin.complete(sent.location.rpartition("/")[2])
    deliver_all(client, standin)
    deliver_all(client, standin)
    sub = next(iter(standin.kinds["subscriptions"].values()))
    assert sub["default_payment_method"] != "pm_0"
    assert coverage.state_of(Subscription.get_by_id(payer.id)) is State.ACTIVE


def test_amount_cancelling_and_staying(standin, client, client_of, payer, travel):
    browser = client_of(payer)
    assert browser.post_form("/account/membership/plan", {"interval": "month", "amount": "7"}
                             ).status_code == 302
    pass_days(travel, standin, 31)
    deliver_all(client, standin)
    assert {row.amount for row in Payment.select()} == {500, 700}
    browser.post_form("/account/membership/cancellation")
    assert Subscription.get_by_id(payer.id).cancel_at_end
    browser.post_form("/account/membership/resumption")
    assert not Subscription.get_by_id(payer.id).cancel_at_end
    browser.post_form("/account/membership/cancellation")
    before = paid_until(payer)
    pass_days(travel, standin, 62)
    deliver_all(client, standin)
    assert paid_until(payer) == before
    assert Subscription.get_by_id(payer.id).provider == "manual"


def test_a_refund_through_the_desk(standin, client, client_of, payer):
    desk = client_of(make_officer("treasurer"))
    payment = Payment.get()
    desk.post_form(f"/treasurer/payments/{payment.id}/refund", page="/treasurer")
    assert Payment.get_by_id(payment.id).refunded == 500
    assert members.standing_of(payer) == "lapsed"
    deliver_all(client, standin)
    assert Payment.get_by_id(payment.id).refunded == 500


def test_part_of_it_back_leaves_the_membership(standin, client, payer):
    standin.refund(Payment.get().provider_ref, 200)
    deliver_all(client, standin)
    assert Payment.get().refunded == 200
    assert members.standing_of(payer) == "member"


@pytest.mark.parametrize(("decision", "standing"), [("won", "member"), ("lost", "lapsed")])
def test_a_dispute_takes_nothing_before_it_is_lost(standin, client, payer, decision, standing):
    dispute = standin.dispute(Payment.get().provider_ref)
    deliver_all(client, standin)
    assert members.standing_of(payer) == "member"
    standin.decide(dispute, decision)
    deliver_all(client, standin)
    assert members.standing_of(payer) == standing


def test_a_gift_by_card(standin, client, client_of, mails):
    giver, friend = make_account(handle="ada"), make_account(handle="berta")
    sent = client_of(giver).post_form("/account/membership/gifts", {
        "to": "berta", "months": "3", "by": "card"})
    standin.complete(sent.location.rpartition("/")[2])
    deliver_all(client, standin)
    deliver_all(client, standin)
    assert Payment.get().kind == "gift"
    link = mails.to("berta@people.example")[0].link
    gifts.accept(friend, link.rpartition("/")[2])
    assert members.standing_of(friend) == "member"
    assert members.standing_of(giver) == "account"


# The webhook


def test_what_is_not_signed_is_refused(standin, client, payer):
    standin.refund(Payment.get().provider_ref)
    event = standin.events[0]
    body, good = standin.signed(event)
    bad = ["", "nonsense", "t=1,v1=", f"t={standin.now()}", "t=x,v1=y", good[:-1],
           good.replace("v1=", "v0="), standin.signed(event, secret="whsec_other")[1]]
    for header in bad:
        answer = client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": header})
        assert answer.status_code == 400, header
    for changed in (body + " ", body.replace("ch_", "cx_"), "", "\xff"):
        answer = client.post("/webhooks/stripe", data=changed, headers={"Stripe-Signature": good})
        assert answer.status_code == 400
    assert client.get("/webhooks/stripe").status_code == 405
    assert not StripeEvent.select().where(StripeEvent.id == event["id"]).exists()


@pytest.mark.parametrize(("seconds", "status"), [
    (-301, 400), (-86_400, 400), (301, 400), (-299, 200), (299, 200)])
def test_the_replay_window(standin, client, seconds, status):
    event = {"id": "evt_1", "type": "invoice.paid", "data": {"object": {}}}
    assert deliver(client, standin, event, at=standin.now() + seconds).status_code == status


@pytest.mark.parametrize("body", [
    "[]", "1", "null", "{}", '{"id": 1, "type": "x", "data": {"object": {}}}', "not json",
    '{"id": "evt 1", "type": "x", "data": {"object": {}}}', '{"id": "e", "type": "x"}',
    '{"id": "e", "type": "x", "data": {"object": []}}', '{"id":"\\u0000","type":"x","data":{}}'])
def test_signed_nonsense_is_no_event(standin, client, body):
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, standin.now())
    answer = client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": header})
    assert answer.status_code == 400
    assert not StripeEvent.select().exists()


@pytest.mark.parametrize(("event", "outcome"), [
    ({"type": "customer.created", "data": {"object": {"object": "customer", "id": "cus_x"}}},
     "unknown customer"),
    ({"type": "invoice.paid", "data": {"object": {"customer": "cus_x"}}}, "unknown customer"),
    ({"type": "invoice.paid", "account": "acct_other", "data": {"object": {"customer": "cus_x"}}},
     "ignored"),
    ({"type": "tax_rate.created", "data": {"object": {"id": "txr_1"}}}, "ignored"),
    ({"type": "invoice.paid", "data": {"object": {"customer": {"id": 1}}}}, "ignored")])
def test_what_is_not_ours_is_noted_and_ignored(standin, client, event, outcome):
    answer = deliver(client, standin, event | {"id": "evt_9"})
    assert answer.get_json() == {"outcome": outcome}
    assert not Task.select().where(Task.kind == "stripe").exists()
    assert deliver(client, standin, event | {"id": "evt_9"}).get_json() == {"outcome": "seen"}


def test_a_forged_content_changes_nothing(standin, client, payer):
    """Even a well signed event is only a reason to look."""
    row = Subscription.get_by_id(payer.id)
    before = paid_until(payer)
    lie = {"id": "evt_lie", "type": "invoice.paid", "data": {"object": {
        "object": "invoice", "id": "in_lie", "customer": row.customer, "amount_paid": 99_999}}}
    deliver(client, standin, lie)
    outbox.run_all()
    assert paid_until(payer) == before
    assert Payment.select().count() == 1


def test_a_dispute_about_a_charge_of_another_account(standin, client, payer):
    event = {"id": "evt_d", "type": "charge.dispute.created", "data": {"object": {
        "object": "dispute", "charge": "ch_elsewhere"}}}
    assert deliver(client, standin, event).get_json() == {"outcome": "taken"}
    outbox.run_all()
    assert not [task.error for task in Task.select().where(Task.error != "")]


def test_an_old_look_does_not_undo_a_newer_one(standin, payer):
    row = Subscription.get_by_id(payer.id)
    old = cards.fetch(row.customer)
    next(iter(standin.kinds["subscriptions"].values()))["cancel_at_period_end"] = True
    Subscription.update(asks=Subscription.asks + 1).execute()
    cards.sync(row)
    assert cards.apply(payer.id, old, row.asks) == []
    assert Subscription.get_by_id(payer.id).cancel_at_end


def test_while_stripe_is_down_people_get_words_and_tasks_wait(standin, client, client_of, payer,
                                                              travel, monkeypatch):
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda *args, **kwargs: 0)
    standin.refund(Payment.get().provider_ref)
    standin.down = True
    changed = client_of(payer).post_form("/account/membership/plan", {
        "interval": "month", "amount": "9"})
    assert (changed.status_code, Subscription.get_by_id(payer.id).amount) == (503, 500)
    shown = client_of(payer).post_form("/account/membership/cancellation")
    assert shown.status_code == 503
    assert "does not answer" in shown.get_data(as_text=True)
    for event in standin.events:
        assert deliver(client, standin, event).status_code == 200
    outbox.run_all()
    assert Task.select().where(Task.kind == "stripe", Task.done_at.is_null()).exists()
    assert card_events.reconcile() == 0
    standin.down = False
    travel(hours=1)
    outbox.run_all()
    assert members.standing_of(payer) == "lapsed"


def test_the_night_finds_what_no_event_told(standin, payer, travel, client_of):
    pass_days(travel, standin, 31)
    standin.events.clear()
    standin.subscribe("cus_stranger", 500, "eur", "month")
    customer = Subscription.get_by_id(payer.id).customer
    standin.charge(customer, 900, "usd", {})
    standin.charge(customer, 900, "eur", {})
    assert card_events.reconcile() == 4
    assert paid_until(payer) == truth(standin, payer)
    words = " ".join(row.words for row in Difference.select())
    for part in ("was not booked here", "belongs to nobody here", "is in USD", "nothing that we"):
        assert part in words
    assert "belongs to nobody here" in client_of(make_officer("treasurer")).get(
        "/treasurer").get_data(as_text=True)
    card_events.reconcile()
    assert Difference.select().count() == 4


def test_nothing_differs_in_a_quiet_night(standin, payer):
    assert card_events.reconcile() == 0


def test_only_a_treasurer_sends_back(standin, payer):
    with pytest.raises(NotFound):
        cards.refund(make_member(), Payment.get().id)
    with pytest.raises(NotFound):
        cards.refund(make_officer("treasurer"), ids.unguessable())
    with pytest.raises(Refused):
        cards.set_cancelled(make_member(), True)


# A subscription's life, in any order of its events


class Life:
    """One person's subscription, whose events come late, twice, out of order, or not yet."""

    def __init__(self, standin: StandIn, travel, dice: random.Random) -> None:
        self.standin, self.travel, self.dice = standin, travel, dice
        self.person = make_account(password=None)
        actions.agree(self.person, "month", "5")
        self.customer = cards.customer_of(self.person)
        self.waiting: list[dict] = []
        standin.subscribe(self.customer, 500, "eur", "month")

    def live(self) -> None:
        for _ in range(self.dice.randint(1, 7)):
            self.dice.choice([self.time, self.time, self.card, self.will, self.refund,
                              self.dispute, self.hear, self.hear, self.work])()
        while self.standin.events or self.waiting:
            self.hear(all_of_it=True)
        outbox.run_all()

    def time(self) -> None:
        self.travel(days=self.dice.choice([1, 4, 20, 31, 45]))
        self.standin.advance()

    def card(self) -> None:
        self.standin.cards_work = not self.standin.cards_work

    def will(self) -> None:
        sub = self.dice.choice(list(self.standin.kinds["subscriptions"].values()))
        if sub["status"] != "canceled":
            sub["cancel_at_period_end"] = not sub["cancel_at_period_end"]
            self.standin.tell("customer.subscription.updated", sub)

    def refund(self) -> None:
        if charges := list(self.standin.kinds["charges"]):
            self.standin.refund(self.dice.choice(charges), self.dice.choice([None, 100]))

    def dispute(self) -> None:
        charges = [row["id"] for row in self.standin.kinds["charges"].values()
                   if not row["disputed"] and not row["refunded"]]
        if charges:
            row = self.standin.dispute(self.dice.choice(charges))
            if self.dice.random() < 0.7:
                self.standin.decide(row, self.dice.choice(["won", "lost"]))

    def hear(self, all_of_it: bool = False) -> None:
        """Some events arrive: shuffled, some twice, some killed before or after the commit."""
        events = self.waiting + self.standin.events
        self.standin.events, self.waiting = [], []
        self.dice.shuffle(events)
        cut = len(events) if all_of_it else self.dice.randint(0, len(events))
        self.waiting = events[cut:]
        for event in events[:cut]:
            body, header = self.standin.signed(event)
            fate = self.dice.random()
            if fate < 0.1:  # killed before the commit: Stripe sends it again
                with db.database.atomic() as undone:
                    card_events.take(card_events.check(body.encode(), header))
                    undone.rollback()
                self.waiting.append(event)
                continue
            card_events.take(card_events.check(body.encode(), header))
            if fate < 0.3:  # killed after the commit, or sent twice
                self.waiting.append(event)
            if fate > 0.8:
                self.work()

    def work(self) -> None:
        """The jobs process does some of its tasks; it may die before it notes one as done."""
        for _ in range(self.dice.randint(1, 3)):
            if self.dice.random() < 0.2:
                task = Task.select().where(Task.kind == "stripe", Task.done_at.is_null()).first()
                if task:
                    card_events.carry_out(task)
            else:
                outbox.run_one()


def check(life: Life, seed: int) -> None:
    end = life.standin.paid_until(life.customer)
    membership = Membership.get_or_none(Membership.account == life.person.id)
    if end is None:
        assert membership is None or members.standing_of(life.person) == "lapsed", seed
    else:
        assert membership.paid_until == datetime.fromtimestamp(end, UTC), seed
    charges = life.standin.kinds["charges"]
    booked = {row.provider_ref: row for row in Payment.select()}
    assert booked.keys() == charges.keys(), seed
    for ref, row in booked.items():
        assert (row.amount, row.refunded) == (500, charges[ref]["amount_refunded"]), seed
    assert Payment.select().count() == len(charges), seed
    row = Subscription.get_by_id(life.person.id)
    sub = next(iter(life.standin.kinds["subscriptions"].values()))
    assert row.provider_state == sub["status"], seed


def play(standin: StandIn, travel, seed: int) -> None:
    travel.to(NOON)
    with db.database.atomic() as undone:
        life = Life(standin, travel, random.Random(seed))
        life.live()
        assert not Task.select().where(Task.error != "").exists(), seed
        check(life, seed)
        undone.rollback()


def test_any_order_of_events_ends_in_the_provider_s_truth(app, travel, mails, monkeypatch):
    card_events.configure(SECRET)
    transport = InProcess(StandIn())
    monkeypatch.setattr(cards, "_client", stripe.StripeClient(
        KEY, http_client=transport, base_addresses={"api": "http://stand.in"}))
    for seed in range(FIRST, FIRST + ORDERS):
        transport.standin = StandIn()
        play(transport.standin, travel, seed)
    card_events.configure("")


def test_any_order_over_real_http(standin, travel, mails):
    for seed in range(ORDERS // 5):
        url = standin.url
        standin.__init__()
        standin.url = url
        play(standin, travel, 1_000_000 + seed)


def test_an_event_is_plain_json(standin):
    standin.subscribe("cus_1", 500, "eur", "month")
    assert json.loads(standin.signed(standin.events[0])[0])["type"].startswith("customer.")


def test_who_leaves_is_deleted_at_stripe_and_never_asked_again(standin, client, payer, travel):
    customer = Subscription.get_by_id(payer.id).customer
    left = leaving.close(payer, "keep")
    standin.down = True
    with pytest.raises(stripe.StripeError):
        leaving.erase_now(left)  # a task tries again
    standin.down = False
    leaving.erase_now(left)
    assert customer not in standin.kinds["customers"]
    deliver_all(client, standin)  # its words about that come back, and concern nobody here
    pass_days(travel, standin, 40)
    assert Payment.select().count() == 1
    assert card_events.reconcile() == 0
    assert Leaving.get().counts["card"] == 1
