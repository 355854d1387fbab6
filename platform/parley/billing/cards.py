"""Cards, through Stripe: what a person asks of it, and how its word becomes ours.

Nothing that Stripe sends is trusted but that something happened: the state of the customer is
fetched, and what is fetched is merged, so that events may come late, twice, in any order, or
not at all until the night's comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stripe

from parley.accounts.models import Account
from parley.billing import actions, coverage, rules
from parley.billing.models import Gift, Payment, Subscription
from parley.journal import actions as journal
from parley.kernel import clock, db
from parley.kernel.errors import NotFound, Refusal, Refused
from parley.outbox.mail import url

SECONDS = 20
LIVE = ("active", "trialing", "past_due", "unpaid", "incomplete")
PAGE = 100

CHECKOUT = "https://checkout.stripe.com"

_client: stripe.StripeClient | None = None
_checkout_at = ""


def configure(key: str, api: str = "") -> None:
    """Pay by card from now on with this secret key; without one there are no cards."""
    global _client, _checkout_at
    _checkout_at = (api or CHECKOUT) if key else ""
    _client = None if not key else stripe.StripeClient(
        key, http_client=stripe.RequestsClient(timeout=SECONDS), max_network_retries=2,
        base_addresses={"api": api} if api else {})


def offered() -> bool:
    return _client is not None


def checkout() -> str:
    """The site on which people give their card; empty without one."""
    return _checkout_at


def client() -> stripe.StripeClient:
    """:raise NotFound: this community takes no cards"""
    if _client is None:
        raise NotFound
    return _client


@contextmanager
def _asking() -> Iterator[Any]:
    """Stripe's API, whose failures are words for the person who waits."""
    try:
        yield client().v1
    except stripe.CardError as error:
        raise Refused(Refusal("card", error.user_message or "The card was refused.")) from None
    except stripe.StripeError:
        raise Refused(Refusal(
            "card_provider", "The card provider does not answer as it should. Nothing was "
            "changed here; try again in a few minutes, or pay by transfer."), 503) from None


# What a person asks for


def customer_of(by: Account) -> str:
    """This person's customer at Stripe, made when there is none."""
    row = Subscription.get_or_none(Subscription.account == by.id)
    if row and row.customer:
        return row.customer
    with _asking() as api:
        made = api.customers.create(
            params={"email": by.email, "metadata": {"account": by.id}},
            options={"idempotency_key": f"customer-{by.id}"})
    with db.write():
        row = coverage.subscription_of(by)
        row.customer = row.customer or made.id
        row.save()
    return row.customer


def join(by: Account) -> str:
    """Where to go to pay the agreed dues by card, from now on at each interval.

    :raise Refused: nothing is agreed, a card pays already, or Stripe does not answer
    """
    customer = customer_of(by)
    row = Subscription.get_by_id(by.id)
    if row.amount is None:
        raise Refused(Refusal("plan", "Choose a plan and an amount first."))
    if row.provider == "stripe" and row.provider_state in LIVE[:3]:
        raise Refused(Refusal("paying", "A card pays your membership already."))
    item = _item(row.amount, "Membership", row.interval)
    return _checkout(customer, by, mode="subscription", line_items=[item],
                     subscription_data={"metadata": {"account": by.id}})


def pay_gift(by: Account, gift_id: str) -> str:
    """Where to go to pay for a promised gift by card.

    :raise NotFound: they promised no such gift, or it is paid
    """
    gift = Gift.get_or_none(Gift.id == gift_id, Gift.giver == by.id, Gift.paid_at.is_null())
    if gift is None:
        raise NotFound
    return _checkout(customer_of(by), by, mode="payment",
                     line_items=[_item(gift.amount, f"Gift of {gift.months} months")],
                     payment_intent_data={"metadata": {"gift": gift.id}})


def change_card(by: Account) -> str:
    """Where to go to give another card."""
    _own(by)
    return _checkout(customer_of(by), by, mode="setup", currency=coverage.currency().lower())


def _item(amount: int, name: str, interval: str = "") -> dict[str, Any]:
    price: dict[str, Any] = {"currency": coverage.currency().lower(), "unit_amount": amount,
                             "product_data": {"name": name}}
    if interval:
        price["recurring"] = {"interval": interval}
    return {"quantity": 1, "price_data": price}


def _checkout(customer: str, by: Account, **params: Any) -> str:
    with _asking() as api:
        made = api.checkout.sessions.create(params={
            "customer": customer, "client_reference_id": by.id,
            "success_url": url("/account/membership?paid={CHECKOUT_SESSION_ID}"),
            "cancel_url": url("/account/membership"), **params})
    return str(made.url)


def came_back(by: Account, session_id: str) -> None:
    """The person returned from Stripe: look at once, whether or not its event is here yet.

    :raise NotFound: this is no session of theirs
    """
    row = _with_customer(by)
    with _asking() as api:
        session = api.checkout.sessions.retrieve(session_id)
        if session.customer != row.customer:
            raise NotFound
        finish_setup(api, row, session_id)
        sync(row)


def _with_customer(by: Account) -> Subscription:
    row = Subscription.get_or_none(Subscription.account == by.id, Subscription.customer.is_null(
        False))
    if row is None:
        raise NotFound
    return row


def _own(by: Account) -> Subscription:
    """This person's row with a card that pays. Raises `Refused` without one."""
    row = Subscription.get_or_none(Subscription.account == by.id)
    if row is None or row.provider != "stripe" or row.provider_state not in LIVE:
        raise Refused(Refusal("no_card", "No card pays your membership."))
    return row


def change_amount(by: Account, interval: str, amount: str) -> Subscription:
    """Pay another amount, or at another interval, from the next time on. Raises as
    `actions.agree`."""
    row = _own(by)
    plan, cents = actions.fitting(interval, amount)
    with _asking() as api:
        item = api.subscriptions.retrieve(row.provider_ref)["items"].data[0]
        api.subscriptions.update(row.provider_ref, params={
            "proration_behavior": "none",
            "items": [{"id": item.id, "price_data": {
                "currency": coverage.currency().lower(), "product": item.price.product,
                "unit_amount": cents, "recurring": {"interval": plan.interval.value}}}]})
        sync(row)
    return Subscription.get_by_id(by.id)


def set_cancelled(by: Account, cancelled: bool) -> None:
    """Let the card pay no more after what is paid, or take that back."""
    row = _own(by)
    with _asking() as api:
        api.subscriptions.update(
            row.provider_ref, params={"cancel_at_period_end": cancelled})
        sync(row)


def forget(customer: str) -> None:
    """Let a customer be deleted at Stripe, and with them what would go on paying.

    :raise stripe.StripeError: it does not answer
    """
    try:
        client().v1.customers.delete(customer)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":  # else they are gone already
            raise


def refund(by: Account, payment_id: str) -> None:
    """Send a card payment back whole.

    :raise NotFound: `by` is no treasurer, or there is no such payment by card
    """
    payment = Payment.get_or_none(Payment.id == payment_id, Payment.provider == "stripe")
    if payment is None or not actions.is_treasurer(by):
        raise NotFound
    with _asking() as api:
        api.refunds.create(params={"charge": payment.provider_ref},
                           options={"idempotency_key": f"refund-{payment.id}"})
        sync(_with_customer(payment.account))


def finish_setup(api: Any, row: Subscription, session_id: str) -> None:
    """Let the card that was given in a setup session pay from now on, and what is open."""
    session = api.checkout.sessions.retrieve(session_id, params={"expand": ["setup_intent"]})
    if session.mode != "setup" or session.status != "complete" or not row.provider_ref:
        return
    method = session.setup_intent.payment_method
    api.subscriptions.update(row.provider_ref, params={"default_payment_method": method})
    for invoice in api.invoices.list(params={
            "subscription": row.provider_ref, "status": "open", "limit": PAGE}).data:
        api.invoices.pay(invoice.id)


# Its word


@dataclass(frozen=True)
class Charge:
    """A successful charge: what came, what went back, and which time or gift it paid."""

    ref: str
    amount: int
    currency: str
    at: datetime
    refunded: int = 0
    lost: bool = False
    gift: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class Snapshot:
    """A customer as Stripe has them now."""

    subscription: str = ""
    state: str = ""
    cancel_at_end: bool = False
    amount: int | None = None
    interval: str = ""
    charges: list[Charge] = field(default_factory=list)


def fetch(customer: str) -> Snapshot:
    """Ask Stripe for everything about a customer.

    :raise stripe.StripeError: it does not answer
    """
    api = client().v1
    of = {"customer": customer, "limit": PAGE}
    found = list(api.subscriptions.list(params=of | {"status": "all"}).auto_paging_iter())
    charges = list(api.charges.list(params=of).auto_paging_iter())
    invoices = api.invoices.list(params=of | {"status": "paid", "expand": ["data.payments"]})
    periods = dict(_periods(invoices.auto_paging_iter())) if found else {}
    paid = [_charge(api, one, periods) for one in charges if one.paid and one.status == "succeeded"]
    if not found:
        return Snapshot(charges=paid)
    newest = max(found, key=lambda one: (one.status in LIVE, one.created, one.id))
    price = newest["items"].data[0].price
    return Snapshot(newest.id, newest.status, bool(newest.cancel_at_period_end), price.unit_amount,
                    price.recurring.interval, paid)


def _periods(invoices: Any) -> Iterator[tuple[str, tuple[datetime, datetime]]]:
    """Which charge or payment intent paid which time."""
    for invoice in invoices:
        if not invoice.lines.data:
            continue
        period = max((line.period for line in invoice.lines.data), key=lambda one: one.end)
        span = (_instant(period.start), _instant(period.end))
        for paid in invoice.payments.data:
            ref = _has(paid.payment, "payment_intent") or _has(paid.payment, "charge")
            if ref:
                yield (ref if isinstance(ref, str) else ref.id), span


def _charge(api: Any, one: Any, periods: dict[str, tuple[datetime, datetime]]) -> Charge:
    starts, ends = periods.get(_has(one, "payment_intent") or one.id, (None, None))
    lost = bool(one.disputed) and any(
        dispute.status == "lost" for dispute in api.disputes.list(params={"charge": one.id}).data)
    return Charge(one.id, one.amount, one.currency.upper(), _instant(one.created),
                  one.amount_refunded, lost, _has(one.metadata, "gift") or "", starts, ends)


def _has(thing: Any, name: str) -> Any:
    """What Stripe may leave out."""
    return getattr(thing, name, None)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def sync(row: Subscription) -> list[str]:
    """Make our state what Stripe says now; what differed, in words for the treasurer.

    :raise stripe.StripeError: it does not answer
    """
    number = Subscription.get_by_id(row.account_id).asks
    return apply(row.account_id, fetch(row.customer), number)


def apply(key: str, seen: Snapshot, number: int) -> list[str]:
    """Merge what was fetched after the customer's event `number` into our rows.

    What an earlier look saw does not undo what a later one wrote.
    """
    with db.write():
        row = coverage.subscription_of(key)
        if number < row.applied:
            return []
        known = {payment.provider_ref: payment for payment in Payment.select().where(
            Payment.account == key, Payment.provider == "stripe")}
        told = [words for one in seen.charges for words in _merge(row, one, known.get(one.ref))]
        row = Subscription.get_by_id(key)
        told += _merge_state(row, seen)
        row.applied = number
        row.save()
        if told:
            journal.record("dues.fetched", "account", key)
    return told


def _merge(row: Subscription, one: Charge, payment: Payment | None) -> list[str]:
    told = []
    if payment is None:
        if one.currency != coverage.currency():
            return [f"Charge {one.ref} is in {one.currency}; it was not booked."]
        payment = _book(row, one, actions.Money(one.amount, one.at, "stripe", one.ref))
        if payment is None:
            return [f"Charge {one.ref} pays for nothing that we know of; it was not booked."]
        told.append(f"Charge {one.ref} of {rules.amount_words(one.amount, one.currency)} was not "
                    "booked here.")
    if (one.refunded > payment.refunded or one.lost != payment.lost) and actions.gave_back(
            payment, one.refunded, one.lost):
        told.append(f"Charge {one.ref} went back in whole or in part.")
    return told


def _book(row: Subscription, one: Charge, money: actions.Money) -> Payment | None:
    if one.gift:
        gift = Gift.get_or_none(Gift.id == one.gift, Gift.giver == row.account_id)
        return actions.book_gift(gift, money) if gift else None
    if one.starts is None or one.ends is None:
        return None
    return actions.book_dues(row.account, money, span=one.ends - one.starts, starts=one.starts)


def _merge_state(row: Subscription, seen: Snapshot) -> list[str]:
    live = seen.state in LIVE
    now_so = {"provider": "stripe" if live else "manual", "provider_state": seen.state,
              "provider_ref": seen.subscription or None}
    if live or (row.provider == "stripe" and seen.subscription):
        now_so["cancel_at_end"] = seen.cancel_at_end or not live
    if live and seen.amount is not None:
        now_so |= {"amount": seen.amount, "interval": seen.interval}
    before = {name: getattr(row, name) for name in now_so}
    if before == now_so:
        return []
    for name, value in now_so.items():
        setattr(row, name, value)
    coverage.schedule(row, clock.now())
    return [f"{seen.subscription or 'The subscription'}: {name} was “{before[name]}”, is “{value}”."
            for name, value in now_so.items() if before[name] != value]


