"""Stripe's events: checked, counted once, and answered by fetching; and the night's comparison."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from typing import Any

import peewee
import stripe

from parley.billing import cards
from parley.billing.models import Difference, StripeEvent, Subscription
from parley.kernel import clock, db
from parley.kernel.errors import NotFound, Refusal, Refused
from parley.outbox import actions as outbox
from parley.outbox.models import Task

log = logging.getLogger("parley.billing")

WINDOW = timedelta(minutes=5)  # an event whose signature is older is a replay
ABOUT = ("checkout.session.", "customer.", "invoice.", "charge.", "payment_intent.",
         "setup_intent.", "refund.")

_secret = ""


def configure(secret: str) -> None:
    global _secret
    _secret = secret


def check(payload: bytes, header: str) -> dict[str, Any]:
    """The event in a webhook's body.

    :raise NotFound: this community takes no cards
    :raise Refused: not signed by Stripe, signed too long ago, or no event (status 400)
    """
    if not _secret:
        raise NotFound
    try:
        stripe.WebhookSignature.verify_header(payload, header, _secret)
        signed = int(next(part[2:] for part in header.split(",") if part.startswith("t=")))
        event = json.loads(payload)
        names = re.fullmatch(r"\w{1,255}", event["id"]) and re.fullmatch(
            r"[\w.]{1,255}", event["type"])
        if not names or not isinstance(event["data"]["object"], dict):
            raise TypeError
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise Refused(Refusal("signature", "This is not signed with our secret."), 400) from None
    except (ValueError, KeyError, TypeError, StopIteration):
        raise Refused(Refusal("event", "This is no event."), 400) from None
    if abs(clock.now().timestamp() - signed) > WINDOW.total_seconds():
        raise Refused(Refusal("stale", "This was signed too long ago."), 400)
    return event


def take(event: dict[str, Any]) -> str:
    """Note an event, and the look at Stripe that follows from it; what became of it.

    `seen` for one that came before. When this returns it is committed.
    """
    about = event["data"]["object"]
    with db.write():
        try:
            with db.database.atomic():
                row = StripeEvent.create(id=event["id"], kind=event["type"], at=clock.now(),
                                         outcome="ignored")
        except peewee.IntegrityError:
            return "seen"
        if not event.get("account") and event["type"].startswith(ABOUT):
            row.outcome = _follow(event["type"], about)
            row.save()
    return row.outcome


def _follow(kind: str, about: dict[str, Any]) -> str:
    customer, charge = about.get("customer"), about.get("charge")
    if about.get("object") == "customer":
        customer = about.get("id")
    if not isinstance(customer, str):
        if not isinstance(charge, str):
            return "ignored"
        outbox.put("stripe", charge=charge)
        return "taken"
    if not Subscription.update(asks=Subscription.asks + 1).where(
            Subscription.customer == customer).execute():
        return "unknown customer"
    row = Subscription.get(Subscription.customer == customer)
    session = about.get("id") if about.get("object") == "checkout.session" else None
    outbox.put("stripe", customer=customer, number=row.asks, session=session)
    return "taken"


def carry_out(task: Task) -> None:
    """Look at Stripe for what an event told of; nothing when a later look was taken already."""
    customer = task.data.get("customer") or _customer_of(task.data["charge"])
    row = Subscription.get_or_none(Subscription.customer == customer)
    if row is None or not cards.offered():
        return
    if task.data.get("session"):
        cards.finish_setup(cards.client().v1, row, task.data["session"])
    elif row.applied >= task.data.get("number", row.applied + 1):
        return
    cards.sync(row)


def _customer_of(charge: str) -> str | None:
    try:
        found = cards.client().v1.charges.retrieve(charge)
    except stripe.InvalidRequestError:
        return None  # another account's
    return found.customer if isinstance(found.customer, str) else None


def reconcile() -> int:
    """Compare every customer with Stripe, list what differs, and make it so; how many differed."""
    if not cards.offered():
        return 0
    count = 0
    for row in list(Subscription.select().where(Subscription.customer.is_null(False))):
        try:
            told = cards.sync(row)
        except stripe.StripeError as error:
            log.warning("no comparison for %s: %s", row.customer, type(error).__name__)
            continue
        count += _list(row.account_id, told)
    try:
        count += _list(None, _strangers())
    except stripe.StripeError as error:
        log.warning("no list of subscriptions: %s", type(error).__name__)
    return count


def _strangers() -> list[str]:
    """Subscriptions at Stripe whose customer is nobody here."""
    known = {row.customer for row in Subscription.select(Subscription.customer).where(
        Subscription.customer.is_null(False))}
    found = cards.client().v1.subscriptions.list(params={"limit": cards.PAGE}).auto_paging_iter()
    return [f"Subscription {one.id} of customer {one.customer} belongs to nobody here."
            for one in found if one.customer not in known]


def _list(key: str | None, told: list[str]) -> int:
    for words in told:
        with db.write():
            if not Difference.select().where(Difference.words == words).exists():
                Difference.create(account=key, found_at=clock.now(), words=words)
    return len(told)
