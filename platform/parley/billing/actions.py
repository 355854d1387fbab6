"""Agreeing on dues, and booking what was paid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import peewee

from parley.accounts.models import Account
from parley.billing import coverage, rules
from parley.billing.coverage import currency, plans, subscription_of
from parley.billing.models import Fund, Gift, Payment, Subscription
from parley.journal import actions as journal
from parley.kernel import clock, db
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.members.actions import offices_of
from parley.outbox import mail

SOLIDARITY = "solidarity"
OLDEST = timedelta(days=3 * 366)  # what lies further back is a slip in the date
WAYS = {"transfer": "Bank transfer", "cash": "Cash"}


def agree(by: Account, interval: str, amount: str) -> Subscription:
    """Choose a plan and an amount; paying comes after.

    :raise Invalid: there is no such plan, or the amount cannot be read
    :raise Refused: the amount lies below the floor, or far too high
    """
    plan, cents = fitting(interval, amount)
    with db.write():
        row = subscription_of(by)
        row.interval, row.amount, row.currency = plan.interval.value, cents, currency()
        if row.provider == "manual":
            row.cancel_at_end = False
        coverage.schedule(row, clock.now())
        row.save()
        journal.record("dues.agreed", "account", by.id, by=by.id, interval=row.interval)
    return row


def fitting(interval: str, amount: str) -> tuple[rules.Plan, int]:
    """The plan, and the cents that may be paid for it. Raises as `agree`."""
    plan = plan_of(interval)
    cents = rules.parse_amount(amount, currency())
    refuse(rules.may_pay(cents, plan.floor, currency()))
    return plan, cents


def plan_of(interval: str) -> rules.Plan:
    plan = plans().get(interval)
    if plan is None:
        raise Invalid({"interval": "Choose by the month or by the year."})
    return plan


def cancel(by: Account) -> Subscription:
    """Let the membership end with what is paid. Raises `Refused` when there is none to end."""
    return _keep_on(by, False)


def resume(by: Account) -> Subscription:
    """Take a cancellation back."""
    return _keep_on(by, True)


def _keep_on(by: Account, on: bool) -> Subscription:
    with db.write():
        row = subscription_of(by)
        if coverage.state_of(row) in (rules.State.NONE, rules.State.LAPSED):
            raise Refused(Refusal("no_membership", "You have no membership that runs now."))
        row.cancel_at_end = not on
        coverage.schedule(row, clock.now())
        row.save()
        journal.record("dues.resumed" if on else "dues.cancelled", "account", by.id, by=by.id)
    return row


@dataclass(frozen=True)
class Money:
    """A sum that came in: cents, when, by which way, and what tells it from every other."""

    amount: int
    paid_at: datetime
    provider: str
    ref: str


def book_dues(account: Account, money: Money, *, months: int = 0, span: timedelta = timedelta(0),
              starts: datetime | None = None, by: Account | None = None) -> Payment | None:
    """Book dues and the time that they buy; None when this money is booked already."""
    with db.write():
        row = subscription_of(account)
        plan = plan_of(row.interval)
        share = rules.fund_share(money.amount, months or _months(span), plan)
        payment = _book(account, "dues", money, share, by=by)
        if payment:
            coverage.cover(account, "dues", f"payment:{money.ref}", starts or money.paid_at,
                           months=months, span=span)
            _receipt(payment)
    return payment


def _months(span: timedelta) -> int:
    return max(1, round(span / timedelta(days=30.44)))


def book_fund(account: Account, money: Money, by: Account | None = None) -> Payment | None:
    """Book money that somebody gives to the solidarity fund."""
    with db.write():
        payment = _book(account, "fund", money, money.amount, by=by)
        if payment:
            _receipt(payment)
    return payment


def book_gift(gift: Gift, money: Money, by: Account | None = None) -> Payment | None:
    """Book what a gift cost; its link goes out to the person it is for."""
    with db.write():
        share = max(0, money.amount - gift.amount)
        payment = _book(gift.giver, "gift", money, share, gift=gift, by=by)
        if payment is None:
            return None
        if gift.paid_at is None:
            gift.paid_at = clock.now()
            gift.save()
            if address := coverage.email_of_gift(gift):
                mail.send(address, "gift", name=gift.giver.display_name, months=gift.months,
                          path=f"/account/membership/gifts/{gift.id}")
        _receipt(payment)
    return payment


def _book(account: Account, kind: str, money: Money, share: int, gift: Gift | None = None,
          by: Account | None = None) -> Payment | None:
    if Payment.select().where(Payment.provider_ref == money.ref).exists():
        return None
    try:
        with db.database.atomic():
            payment = Payment.create(
                account=account, kind=kind, amount=money.amount, currency=currency(),
                paid_at=money.paid_at, booked_at=clock.now(), provider=money.provider,
                provider_ref=money.ref, fund_share=share, gift=gift, recorded_by=by)
    except peewee.IntegrityError:  # another process was faster
        return None
    add_to_fund(share)
    journal.record("dues.paid", "payment", payment.id, by=account.id, paid=kind)
    return payment


def add_to_fund(cents: int) -> None:
    if cents:
        Fund.insert(name=SOLIDARITY, balance=cents).on_conflict(
            conflict_target=[Fund.name], update={Fund.balance: Fund.balance + cents}).execute()


def fund_balance() -> int:
    """What the solidarity fund holds, in cents."""
    row = Fund.get_or_none(Fund.name == SOLIDARITY)
    return row.balance if row else 0


def _receipt(payment: Payment) -> None:
    account = payment.account
    if account.email:
        row = Subscription.get_or_none(Subscription.account == account.id)
        mail.send(account.email, "receipt", name=account.display_name, bought=payment.kind,
                  amount=rules.amount_words(payment.amount, payment.currency),
                  day=long_day(payment.paid_at),
                  until=long_day(row.paid_until) if row and row.paid_until else "",
                  path=f"/account/membership/receipts/{payment.id}")


def long_day(instant: datetime) -> str:
    return f"{instant.day} {instant:%B %Y}"


# The treasurer's desk


@dataclass(frozen=True)
class Recorded:
    """What a treasurer typed about a transfer or cash. `key` tells a second click."""

    reference: str
    amount: str
    day: str
    way: str
    kind: str
    key: str


def is_treasurer(account: Account) -> bool:
    return "treasurer" in offices_of(account)


def record(by: Account, typed: Recorded) -> Payment:
    """Book a transfer or cash by its reference.

    :raise NotFound: `by` is no treasurer
    :raise Invalid: a field cannot be used
    :raise Refused: the sum does not fit, or it is booked already
    """
    if not is_treasurer(by):
        raise NotFound
    money = _money(typed)
    target = by_reference(typed.reference)
    with db.write():
        payment = _book_for(target, money, typed.kind, by)
        if payment is None:
            raise Refused(Refusal("booked", "This is booked already. Nothing was booked twice."))
    return payment


def _money(typed: Recorded) -> Money:
    cents = rules.parse_amount(typed.amount, currency())
    refuse(rules.may_pay(cents, 1, currency()))
    if typed.way not in WAYS:
        raise Invalid({"way": "Choose how it was paid."})
    if typed.kind not in ("dues", "fund"):
        raise Invalid({"kind": "Choose what it is for."})
    if not re.fullmatch("[0-9a-z]{26}", typed.key):
        raise Invalid({"": "This form was too old. Look it over and send it again."})
    return Money(cents, at_end_of(parse_day(typed.day)), typed.way, f"hand:{typed.key}")


def parse_day(raw: str, field: str = "day") -> date:
    """A day as `2026-11-12`, `12.11.2026`, `12.11.26` or `12/11/2026`.

    :raise Invalid: it is none, lies in the future, or years back
    """
    text = raw.strip()
    found = None
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y",
                 "%m/%d/%Y", "%Y%m%d"):
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC).date()
            break
        except ValueError:
            continue
    if found is None:
        raise Invalid({field: "Type a day, such as 2026-11-12."})
    today = clock.now().date()
    if found > today + timedelta(days=1):
        raise Invalid({field: "That day has not come yet."})
    if found < today - OLDEST:
        raise Invalid({field: "That day lies more than three years back."})
    return found


def at_end_of(day: date) -> datetime:
    """Money counts from the end of its day, or from now."""
    return min(clock.now(), datetime.combine(day, time(23, 59, 59), UTC))


def by_reference(text: str) -> Subscription | Gift:
    """Whose reference this is.

    :raise Invalid: it is nobody's
    """
    found = rules.references_in(text if rules.MARK in text.upper() else rules.MARK + text)
    if len(found) == 1:
        one = found.pop()
        target: Subscription | Gift | None = (
            Subscription.get_or_none(Subscription.reference == one)
            or Gift.get_or_none(Gift.reference == one))
        if target is not None:
            return target
    raise Invalid({"reference": "Nobody has this reference. It looks like DUES-7K3M-9QXD-F."})


def _book_for(target: Subscription | Gift, money: Money, kind: str, by: Account) -> Payment | None:
    """Book money for whoever its reference names. Raises `Refused` when the sum does not fit."""
    if isinstance(target, Gift):
        refuse(gift_is_covered(target, money.amount))
        return book_gift(target, money, by)
    if kind == "fund":
        if coverage.answers_for_company(target.account):
            raise Refused(Refusal(
                "company", "This person answers for a company, so they pay for nobody but "
                "themselves. Book it as their dues, or send it back.", "kind"))
        return book_fund(target.account, money, by)
    months = months_for(target, money.amount)
    if not months:
        raise Refused(Refusal(
            "below_floor", "That is less than the least that a membership costs. Book it as a "
            "gift to the solidarity fund, or send it back.", "amount"))
    return book_dues(target.account, money, months=months, by=by)


def months_for(row: Subscription, amount: int) -> int:
    return rules.months_bought(amount, row.amount, plan_of(row.interval))


def gift_is_covered(gift: Gift, amount: int) -> Refusal | None:
    if gift.paid_at is None and amount < gift.amount:
        return Refusal("gift_short", "The gift costs "
                       f"{rules.amount_words(gift.amount, gift.currency)}.", "amount")
    return None


def refund(by: Account, payment_id: str) -> Payment:
    """Note that the treasurer sent a transfer or cash back; the time that it bought is void.

    :raise NotFound: `by` is no treasurer, or there is no such payment
    :raise Refused: it went back already, or came by card
    """
    if not is_treasurer(by):
        raise NotFound
    with db.write():
        payment = db.lock(Payment.select().where(Payment.id == payment_id)).first()
        if payment is None:
            raise NotFound
        if payment.provider == "stripe":
            raise Refused(Refusal("card", "A card payment goes back through the card provider."))
        if not gave_back(payment, payment.amount):
            raise Refused(Refusal("refunded", "This went back already."))
    return payment


def gave_back(payment: Payment, cents: int, lost: bool = False) -> bool:
    """Note what went back of a payment: `cents` altogether. What is gone whole buys no time.

    False when that is known already.
    """
    if cents <= payment.refunded and lost == payment.lost:
        return False
    was_gone = _gone(payment)
    payment.refunded, payment.lost = max(payment.refunded, min(cents, payment.amount)), lost
    payment.save()
    ref = f"gift:{payment.gift_id}" if payment.gift_id else f"payment:{payment.provider_ref}"
    if _gone(payment) and not was_gone:
        add_to_fund(-payment.fund_share)
        coverage.void(ref)
        if payment.gift_id:
            Gift.update(paid_at=None).where(Gift.id == payment.gift_id).execute()
    elif was_gone and not _gone(payment):
        add_to_fund(payment.fund_share)
        coverage.restore(ref)
        if payment.gift_id:
            Gift.update(paid_at=clock.now()).where(Gift.id == payment.gift_id).execute()
    journal.record("dues.returned", "payment", payment.id)
    return True


def _gone(payment: Payment) -> bool:
    return payment.lost or payment.refunded >= payment.amount
