"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.billing.leaving import erase as erase
from parley.billing.models import (
    Coverage,
    Difference,
    Gift,
    Payment,
    SolidarityRequest,
    Subscription,
)
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part

HOLDS = (Subscription, Gift, Payment, Coverage, SolidarityRequest, Difference)

PAYMENTS = ("id", "kind", "amount", "currency", "paid_at", "way", "returned", "solidarity_share",
            "reference")


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value. Cents in the JSON, units in the table."""
    if part.vendor:
        return
    yield "payments.csv", ("csv", PAYMENTS, _payments(account, part))
    yield "dues.json", {
        "plan": _plan(account),
        "coverage": list(_coverage(account, part)),
        "gifts": list(_gifts(account, part)),
        "solidarity": list(_solidarity(account, part)),
        "differences": list(_differences(account, part)),
    }


def _units(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _payments(account: Account, part: Part) -> Iterator[tuple[str, ...]]:
    rows = Payment.select().where(Payment.account == account.id)
    for row in part.of(rows, Payment.paid_at).order_by(Payment.paid_at, Payment.id):
        returned = row.amount if row.lost else row.refunded
        yield (row.id, row.kind, _units(row.amount), row.currency, iso(row.paid_at), row.provider,
               _units(returned), _units(row.fund_share), row.provider_ref)


def _plan(account: Account) -> dict[str, Any] | None:
    row = Subscription.get_or_none(Subscription.account == account.id)
    return row and {
        "reference": row.reference, "interval": row.interval, "amount": row.amount,
        "currency": row.currency, "way": row.provider, "ends_with_what_is_paid": row.cancel_at_end,
        "paid_until": row.paid_until and iso(row.paid_until), "since": iso(row.created_at),
    }


def _coverage(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Coverage.select().where(Coverage.account == account.id)
    for row in part.of(rows, Coverage.at).order_by(Coverage.at, Coverage.id):
        yield {"kind": row.kind, "at": iso(row.at), "months": row.months,
               "days": round(row.span / 86_400_000_000, 3),
               "until": row.until and iso(row.until), "void_at": row.void_at and iso(row.void_at)}


def _gifts(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Gift.select().where((Gift.giver == account.id) | (Gift.receiver == account.id))
    for row in part.of(rows, Gift.made_at).order_by(Gift.made_at, Gift.id):
        given = row.giver_id == account.id
        paid = {"amount": row.amount, "currency": row.currency, "reference": row.reference}
        yield {**(paid if given else dict.fromkeys(paid)),
               "given": given, "with": _other(row, given), "months": row.months,
               "made_at": iso(row.made_at), "paid_at": row.paid_at and iso(row.paid_at),
               "accepted_at": row.accepted_at and iso(row.accepted_at)}


def _other(row: Gift, given: bool) -> str:
    if not given:
        return str(row.giver.known_as)
    return row.email or str(row.receiver.known_as)


def _solidarity(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = SolidarityRequest.select().where(SolidarityRequest.account == account.id)
    for row in part.of(rows, SolidarityRequest.asked_at).order_by(SolidarityRequest.asked_at):
        yield {"asked_at": iso(row.asked_at), "granted_at": row.granted_at and iso(row.granted_at)}


def _differences(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """What a comparison with the card provider found about this person."""
    rows = Difference.select().where(Difference.account == account.id)
    for row in part.of(rows, Difference.found_at).order_by(Difference.found_at, Difference.id):
        yield {"found_at": iso(row.found_at), "words": row.words,
               "settled_at": row.settled_at and iso(row.settled_at)}
