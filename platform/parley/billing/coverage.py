"""From facts to membership: every payment, gift, place and grant of a person, added up.

The sum is written into the membership in the transaction of the fact. What others do to a
membership (`members.grant`, `members.revoke`) becomes a fact here through the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from parley.accounts.models import Account
from parley.billing import rules
from parley.billing.models import Coverage, Gift, Subscription
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import clock, db, ids, rulebook
from parley.members import actions as members
from parley.members.models import Membership

MICROSECOND = timedelta(microseconds=1)

_currency = "EUR"
_answers_for_company: Callable[[Account], bool] = lambda account: False  # noqa: E731


def configure(currency: str, answers_for_company: Callable[[Account], bool]) -> None:
    """Say in what everything is paid, and who speaks for a company: this domain may not look
    there itself."""
    global _currency, _answers_for_company
    _currency, _answers_for_company = currency, answers_for_company


def answers_for_company(account: Account) -> bool:
    """Whether the person answers for a company, and so pays for nobody but themselves."""
    return _answers_for_company(account)


def currency() -> str:
    """The one currency of this community."""
    return _currency


def plans() -> dict[str, rules.Plan]:
    """The plans in force, by interval."""
    book = rulebook.current()
    return {
        "month": rules.Plan(rules.Interval.MONTH, book.floor_month, book.suggestion_month),
        "year": rules.Plan(rules.Interval.YEAR, book.floor_year, book.suggestion_year),
    }


def new_reference() -> str:
    return rules.reference(ids.unguessable()[:8])


def subscription_of(account: Account | str) -> Subscription:
    """The row of a person, held until the write ends; made when there is none.

    A membership that is older than the row becomes its first fact.
    """
    key = account if isinstance(account, str) else account.id
    missing = not Subscription.select().where(Subscription.account == key).exists()
    if missing:
        Subscription.insert(
            account=key, currency=_currency, reference=new_reference(), created_at=clock.now(),
        ).on_conflict_ignore().execute()
    row = db.lock(Subscription.select().where(Subscription.account == key)).get()
    if missing:
        membership = Membership.get_or_none(Membership.account == key)
        if membership and not Coverage.select().where(Coverage.account == key).exists():
            _note(key, "grant", f"before:{key}", membership.since, until=membership.paid_until)
            settle(key)
            row = Subscription.get_by_id(key)
    return row


def cover(account: Account | str, kind: str, ref: str, at: datetime, *, months: int = 0,
          span: timedelta = timedelta(0), until: datetime | None = None) -> bool:
    """Add a fact and what follows from it. False when `ref` is known already.

    Call it inside a write.
    """
    key = account if isinstance(account, str) else account.id
    subscription_of(key)
    if Coverage.select().where(Coverage.ref == ref).exists():
        return False
    _note(key, kind, ref, at, months=months, span=span // MICROSECOND, until=until)
    settle(key)
    return True


def void(ref: str) -> bool:
    """Let a fact count no more (a refund, a lost dispute). False when there is none left."""
    row = Coverage.get_or_none(Coverage.ref == ref, Coverage.void_at.is_null())
    if row is None:
        return False
    subscription_of(row.account_id)
    Coverage.update(void_at=clock.now()).where(Coverage.id == row.id).execute()
    settle(row.account_id)
    return True


def restore(ref: str) -> bool:
    """Let a voided fact count again (a dispute that was won after all)."""
    row = Coverage.get_or_none(Coverage.ref == ref, Coverage.void_at.is_null(False))
    if row is None:
        return False
    subscription_of(row.account_id)
    Coverage.update(void_at=None).where(Coverage.id == row.id).execute()
    settle(row.account_id)
    return True


def _note(key: str, kind: str, ref: str, at: datetime, **values: Any) -> None:
    Coverage.create(account=key, kind=kind, ref=ref, at=at, **values)


def settle(key: str) -> None:
    """Write the sum of a person's facts into their membership, and plan the mails about it."""
    until = rules.covered_until(_covers(key))
    now = clock.now()
    row = Subscription.get_by_id(key)
    membership = Membership.get_or_none(Membership.account == key)
    if until is None:
        if membership is None:
            return
        until = min(membership.paid_until, now - rulebook.current().grace)
    if row.paid_until != until:
        row.paid_until, row.notice_at = until, None
        schedule(row, now)
        row.save()
    if membership is None or membership.paid_until != until:
        members.grant(Account.get_by_id(key), until)


def _covers(key: str) -> list[rules.Cover]:
    rows = Coverage.select().where(Coverage.account == key, Coverage.void_at.is_null())
    return [rules.Cover(row.at, row.ref, row.months, row.span * MICROSECOND, row.until)
            for row in rows]


def schedule(row: Subscription, now: datetime) -> None:
    """Plan the next mail about the end. One that is due stays so; none is sent late."""
    since = min(row.notice_at or now, now)
    due = [at for at, _ in notices_of(row) if at >= since] if row.paid_until else []
    row.notice_at = due[0] if due else None


def notices_of(row: Subscription) -> list[tuple[datetime, rules.Notice]]:
    return rules.notices(row.paid_until, rulebook.current().grace, row.interval, renews(row))


def renews(row: Subscription) -> bool:
    """Whether the card provider will ask for the next dues by itself."""
    return (row.provider == "stripe" and not row.cancel_at_end
            and row.provider_state in ("active", "trialing", "past_due"))


def state_of(row: Subscription | None) -> rules.State:
    return rules.state(row.paid_until if row else None, clock.now(), rulebook.current().grace)


def follow(fact: Fact) -> None:
    """A membership was changed by somebody else's verb: note it as a fact of its own, and let
    earlier ones count no more where it was cut short."""
    key = fact.subject_id
    row = subscription_of(key)
    membership = Membership.get_or_none(Membership.account == key)
    if membership is None or membership.paid_until == row.paid_until:
        return
    if row.paid_until is not None and membership.paid_until < row.paid_until:
        Coverage.update(void_at=fact.at).where(
            Coverage.account == key, Coverage.void_at.is_null()).execute()
    _note(key, "grant", f"grant:{ids.new()}", fact.at, until=membership.paid_until)
    settle(key)


def listen() -> None:
    journal.subscribe("member.", follow)


def email_of_gift(gift: Gift) -> str:
    """Where the link of a gift goes: the receiver's own address, or the one that was typed."""
    return (gift.receiver.email if gift.receiver_id else gift.email) or ""
