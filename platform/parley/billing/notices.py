"""Mails before a membership ends, when it ends, and when its grace is over."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.billing import actions, coverage, rules
from parley.billing.models import Subscription
from parley.kernel import clock, db, rulebook
from parley.members.models import Membership
from parley.outbox import mail

AT_ONCE = 200


def sweep() -> None:
    """Send what is due, once each. What was missed while nothing ran is not sent late."""
    _adopt()
    while _some():
        pass


def _adopt() -> None:
    """Take in memberships that are older than this part of Parley."""
    known = Subscription.select(Subscription.account)
    for row in Membership.select().where(Membership.account.not_in(known)).limit(AT_ONCE):
        with db.write():
            coverage.subscription_of(row.account_id)


def _some() -> bool:
    now = clock.now()
    rows = list(Subscription.select(Subscription.account).where(
        Subscription.notice_at <= now).order_by(Subscription.notice_at).limit(AT_ONCE))
    for row in rows:
        with db.write():
            _tell(row.account_id)
    return len(rows) == AT_ONCE


def _tell(key: str) -> None:
    row = db.lock(Subscription.select().where(Subscription.account == key)).get()
    now = clock.now()
    if row.notice_at is None or row.notice_at > now:
        return
    due = coverage.notices_of(row)
    passed = [kind for at, kind in due if row.notice_at <= at <= now]
    row.notice_at = min((at for at, _ in due if at > now), default=None)
    row.save()
    account = Account.get_by_id(key)
    if passed and account.email and account.closed_at is None:
        _send(account, row, passed[-1])


def _send(account: Account, row: Subscription, kind: rules.Notice) -> None:
    plan = coverage.plans()[row.interval]
    grace = rulebook.current().grace
    mail.send(
        account.email, kind.value, name=account.display_name,
        until=actions.long_day(row.paid_until), grace_until=actions.long_day(
            row.paid_until + grace), grace_days=grace.days, reference=row.reference,
        amount=rules.amount_words(row.amount or plan.suggestion, row.currency),
        card=row.provider == "stripe", retrying=coverage.renews(row), cancelled=row.cancel_at_end,
        path="/account/membership")
