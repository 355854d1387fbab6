"""Joining, and one's own membership: plan, payments, receipts, gifts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from peewee import fn

from parley.accounts.models import Account
from parley.billing import actions, cards, coverage, gifts, rules
from parley.billing.models import Gift, Payment, SolidarityRequest, Subscription
from parley.kernel import clock, rulebook
from parley.kernel.errors import NotFound
from parley.threads.models import MeToo, Post, Thread
from parley.web.forms import reshow, text
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("billing", __name__)

MOST_SHOWN = 60  # payments and gifts of one person on one page
FIRST_YEAR = 2020


def me() -> Account:
    """The person themselves, not the proxy that stands for them."""
    account: Account = current_user._get_current_object()
    return account


@views.app_template_filter("money")
def money(cents: int) -> str:
    return rules.amount_words(cents, coverage.currency())


def plain(cents: int) -> str:
    """What a form offers to type over: `50.00`."""
    return f"{cents // 100}.{cents % 100:02}"


def _own() -> Subscription | None:
    if not current_user.is_authenticated:
        return None
    found: Subscription | None = Subscription.get_or_none(Subscription.account == current_user.id)
    return found


def _plan_words() -> dict[str, Any]:
    return {"plans": coverage.plans(), "cards": cards.offered(), "plain": plain,
            "book": rulebook.current(), "currency": coverage.currency()}


@views.get("/join")
@allowed("public:read")
def join() -> str:
    """What membership is for, and what it costs."""
    row = _own()
    return render_template(
        "billing/join.html", row=row, state=coverage.state_of(row),
        waiting=gifts.waiting(me()) if row else None, **_plan_words())


@views.post("/join")
@reshow(join)
@allowed("account:dues")
@limited(30, "hour")
def agree() -> Any:
    if text("by") == "card":
        cards.client()
        actions.agree(me(), text("interval"), text("amount"))
        return redirect(cards.join(me()), 303)
    actions.agree(me(), text("interval"), text("amount"))
    flash("Thank you. Below is how to pay; your membership begins when it arrives.")
    return redirect(url_for("billing.membership"))


@views.get("/account/membership")
@allowed("account:dues")
def membership() -> Any:
    if request.method == "GET" and request.args.get("paid") and cards.offered():
        cards.came_back(me(), request.args["paid"][:200])
        flash("Your card is in order. Thank you.")
        return redirect(url_for("billing.membership"))
    row = _own()
    payments = list(Payment.select().where(Payment.account == current_user.id).order_by(
        Payment.paid_at.desc(), Payment.id).limit(MOST_SHOWN))
    years = sorted({payment.paid_at.year for payment in payments}, reverse=True)
    return render_template(
        "billing/membership.html", row=row, state=coverage.state_of(row), payments=payments,
        years=years, waiting=gifts.waiting(me()), renews=bool(row and coverage.renews(row)),
        grace_until=row and row.paid_until and row.paid_until + rulebook.current().grace,
        **_plan_words())


@views.post("/account/membership/plan")
@reshow(membership)
@allowed("account:dues")
@limited(30, "hour")
def change_plan() -> Any:
    row = _own()
    change = cards.change_amount if row and row.provider == "stripe" else actions.agree
    change(me(), text("interval"), text("amount"))
    flash("Changed. It holds from your next payment on.")
    return redirect(url_for("billing.membership"))


@views.post("/account/membership/card")
@reshow(membership)
@allowed("account:dues")
@limited(30, "hour")
def card() -> Any:
    row = _own()
    paying = row is not None and row.provider == "stripe" and row.provider_state in cards.LIVE
    return redirect(cards.change_card(me()) if paying else cards.join(me()), 303)


@views.post("/account/membership/cancellation")
@reshow(membership)
@allowed("account:dues")
def cancel() -> Any:
    row = _own()
    if row and row.provider == "stripe":
        cards.set_cancelled(me(), True)
    else:
        actions.cancel(me())
    flash("Cancelled. You stay a member for what is paid.")
    return redirect(url_for("billing.membership"))


@views.post("/account/membership/resumption")
@reshow(membership)
@allowed("account:dues")
def resume() -> Any:
    row = _own()
    if row and row.provider == "stripe":
        cards.set_cancelled(me(), False)
    else:
        actions.resume(me())
    flash("Good to have you stay.")
    return redirect(url_for("billing.membership"))


@views.post("/account/membership/place")
@reshow(membership)
@allowed("account:dues")
@limited(10, "day")
def ask_for_place() -> Any:
    request = gifts.ask_for_place(me())
    flash("The place is yours." if request.granted_at else
          "You are on the list. We write to you as soon as the fund holds enough.")
    return redirect(url_for("billing.membership"))


# Gifts


@views.get("/account/membership/gifts")
@allowed("account:dues")
def own_gifts(gift_id: str = "") -> str:
    """Also what comes back when the gift `gift_id` cannot be paid or taken back."""
    made = Gift.select().where(Gift.giver == current_user.id).order_by(Gift.made_at.desc())
    return render_template(
        "billing/gifts.html", made=list(made.limit(MOST_SHOWN)), refusal=gifts.may_give(me()),
        price=gifts.price, **_plan_words())


@views.post("/account/membership/gifts")
@reshow(own_gifts)
@allowed("account:dues")
@limited(20, "hour")
def give() -> Any:
    gift = gifts.give(me(), text("to"), text("months"))
    if text("by") == "card":
        return redirect(cards.pay_gift(me(), gift.id), 303)
    flash(f"Transfer {money(gift.amount)} with the reference {gift.reference}. The link goes out "
          "when it arrives.")
    return redirect(url_for("billing.own_gifts"))


@views.post("/account/membership/gifts/<secret:gift_id>/card")
@reshow(own_gifts)
@allowed("account:dues")
@limited(20, "hour")
def pay_gift(gift_id: str) -> Any:
    return redirect(cards.pay_gift(me(), gift_id), 303)


@views.post("/account/membership/gifts/<secret:gift_id>/removal")
@reshow(own_gifts)
@allowed("account:dues")
def drop_gift(gift_id: str) -> Any:
    gifts.drop(me(), gift_id)
    flash("That gift is taken back.")
    return redirect(url_for("billing.own_gifts"))


@views.get("/account/membership/gifts/<secret:gift_id>")
@allowed("account:dues")
def gift(gift_id: str) -> str:
    return render_template("billing/gift.html", gift=gifts.offered(gift_id, me()))


@views.post("/account/membership/gifts/<secret:gift_id>")
@reshow(gift)
@allowed("account:dues")
def accept_gift(gift_id: str) -> Any:
    accepted = gifts.accept(me(), gift_id)
    flash(f"{accepted.months} months of membership are yours.")
    return redirect(url_for("billing.membership"))


# Receipts


@views.get("/account/membership/receipts/<secret:payment_id>")
@allowed("account:dues")
def receipt(payment_id: str) -> str:
    payment = Payment.get_or_none(
        Payment.id == payment_id, Payment.account == current_user.id)
    if payment is None:
        raise NotFound
    return render_template("billing/receipt.html", payment=payment, ways=WAYS)


WAYS = {"transfer": "bank transfer", "cash": "cash", "stripe": "card"}


@views.get("/account/membership/years/<int:year>")
@allowed("account:dues")
def year(year: int) -> str:
    """What a year's dues were, where they went, and what came of it."""
    if not FIRST_YEAR <= year <= clock.now().year:
        raise NotFound
    span = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    own = list(Payment.select().where(
        Payment.account == current_user.id, Payment.paid_at >= span[0], Payment.paid_at < span[1]
    ).order_by(Payment.paid_at, Payment.id))
    if not own:
        raise NotFound
    return render_template(
        "billing/year.html", year=year, payments=own, sums=_sums(own), mine=_mine(span),
        all=_everybody(span), funded=_places(span), running=year == clock.now().year)


def _sums(payments: list[Payment]) -> dict[str, int]:
    kept = [one for one in payments if not one.lost]
    paid = sum(one.amount - one.refunded for one in kept)
    fund = sum(one.fund_share for one in kept if one.refunded < one.amount)
    given = sum(one.amount - one.refunded - one.fund_share for one in kept if one.kind == "gift")
    return {"paid": paid, "fund": min(fund, paid), "given": max(0, given),
            "rest": max(0, paid - fund - given)}


Span = tuple[datetime, datetime]


def _mine(span: Span) -> dict[str, int]:
    own = Thread.select().where(Thread.author == current_user.id, Thread.opened_at >= span[0],
                                Thread.opened_at < span[1])
    posts = Post.select().join(Thread).where(
        Post.author == current_user.id, Post.created_at >= span[0], Post.created_at < span[1],
        Thread.author != current_user.id, Post.removed_at.is_null())
    too = MeToo.select(fn.COUNT(MeToo.account.distinct())).join(Thread).where(
        Thread.author == current_user.id, Thread.opened_at >= span[0], Thread.opened_at < span[1])
    return {"threads": own.count(), "solved": own.where(Thread.outcome == "confirmed").count(),
            "posts": posts.count(), "too": too.scalar() or 0}


def _everybody(span: Span) -> dict[str, int]:
    listed = Thread.select().where(Thread.listed == 1)
    return {
        "threads": listed.where(
            Thread.opened_at >= span[0], Thread.opened_at < span[1]).count(),
        "solved": listed.where(
            Thread.outcome == "confirmed", Thread.closed_at >= span[0],
            Thread.closed_at < span[1]).count(),
    }


def _places(span: Span) -> int:
    return SolidarityRequest.select().where(
        SolidarityRequest.granted_at >= span[0], SolidarityRequest.granted_at < span[1]).count()
