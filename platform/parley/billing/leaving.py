"""What a person leaves behind in the books: sums without a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.billing import cards
from parley.billing.models import (
    BankImport,
    Coverage,
    Difference,
    Gift,
    Payment,
    SolidarityRequest,
    Subscription,
)
from parley.kernel import db


def erase(leaving: Leaving) -> Iterator[None]:
    yield from _at_the_card_provider(leaving)
    with db.write():
        SolidarityRequest.delete().where(
            SolidarityRequest.account == leaving.account, SolidarityRequest.open == 1).execute()
        Difference.update(account=None).where(Difference.account == leaving.account).execute()
        _drop_promised_gifts(leaving)
        _drop_from_lists(leaving)
    yield from accounts.delete(leaving, "dues", Coverage.account, Subscription.account)
    yield from accounts.hand_over(
        leaving, "payments", accounts.numbered("Former member"), Payment.account, Gift.giver,
        Gift.receiver, SolidarityRequest.account)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former treasurer"), Payment.recorded_by, BankImport.by)


def _at_the_card_provider(leaving: Leaving) -> Iterator[None]:
    """Nothing is taken from their card any more, and what is known of them there goes.

    Where this community takes no cards any longer, nobody can be asked.
    """
    row = Subscription.get_or_none(
        Subscription.account == leaving.account, Subscription.customer.is_null(False))
    if row is None:
        return
    if cards.offered():
        cards.forget(row.customer)
    with db.write():
        Subscription.update(customer=None).where(
            Subscription.account == leaving.account).execute()
        accounts.noted(leaving, "card" if cards.offered() else "card_elsewhere", 1)
    yield


def _drop_promised_gifts(leaving: Leaving) -> None:
    """Gifts that were not paid go; of one that the person was given, the address goes too, and
    nobody else can take it."""
    paid = Payment.select(Payment.gift).where(Payment.gift.is_null(False))
    Gift.delete().where(
        Gift.giver == leaving.account, Gift.paid_at.is_null(), Gift.id.not_in(paid)).execute()
    Gift.update(email="", receiver=leaving.account).where(
        (Gift.receiver == leaving.account)
        | (Gift.receiver.is_null() & (Gift.email == (leaving.email or None)))).execute()
    Gift.update(email="").where(Gift.email == (leaving.email or None)).execute()


def _drop_from_lists(leaving: Leaving) -> None:
    """A bank's list that is not booked yet names its payers."""
    for row in BankImport.select():
        lines = [one for one in row.lines if one["account"] != leaving.account]
        rest = [one for one in row.rest if not _names(one, leaving)]
        if (lines, rest) != (row.lines, row.rest):
            BankImport.update(lines=lines, rest=rest).where(BankImport.id == row.id).execute()


def _names(line: dict[str, Any], leaving: Leaving) -> bool:
    said = f"{line['name']} {line['text']}".casefold()
    return any(one and one.casefold() in said for one in (leaving.name, leaving.email))
