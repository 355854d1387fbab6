"""Importing a bank's list: looked at first, then booked whole or not at all.

A line is matched by its reference alone, never by a name or an amount. What has been booked
from a list carries the digest of its line, so that no list books it again.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from parley.accounts.models import Account
from parley.billing import actions, coverage, rules, statements
from parley.billing.models import BankImport, Gift, Payment, Subscription
from parley.billing.statements import Line
from parley.journal import actions as journal
from parley.kernel import clock, db
from parley.kernel.canonical import iso
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused

MOST_BOOKED = 2_000  # at once: all of it is one write, and others wait for it
MOST_LISTED = 500  # of the rest, on the page
KEPT = timedelta(days=30)  # a list that was looked at, and not booked
BY_HAND = timedelta(days=4)  # a transfer typed in by hand and the bank's line differ by that
IN_QUESTION = 500  # values in one question to the database


def look(by: Account, name: str, content: bytes) -> BankImport:
    """Read a list and say what booking it would do. Books nothing.

    :raise NotFound: `by` is no treasurer
    :raise Invalid: the file cannot be used
    """
    if not actions.is_treasurer(by):
        raise NotFound
    lines = statements.read(content)
    sorted_out = _Sorted(lines)
    if len(sorted_out.lines) > MOST_BOOKED:
        raise Invalid({"file": f"That file has more than {MOST_BOOKED:,} payments of members. "
                               "Import a shorter span of time."})
    with db.write():
        return BankImport.create(
            by=by, name=name[:200], made_at=clock.now(), lines=sorted_out.lines,
            rest=sorted_out.rest, counts=dict(sorted_out.counts))


class _Sorted:
    """Lines to book, and the rest with the reason of each."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines: list[dict[str, Any]] = []
        self.rest: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter(read=len(lines))
        self._seen: set[str] = set()
        referred = [(line, line.references()) for line in lines]
        wanted = {one for _, found in referred for one in found}
        self._targets = _targets(wanted)
        self._booked = _booked([line.digest for line, found in referred if found])
        self._by_hand = _by_hand({row.account_id if isinstance(row, Subscription) else row.giver_id
                                  for row in self._targets.values()})
        self._gifts: set[str] = set()
        for line, found in referred:
            self._sort(line, found)

    def _sort(self, line: Line, found: set[str]) -> None:
        try:
            line_to_book = self._book(line, found)
        except Invalid as error:
            self._leave(line, "unusable", " ".join(error.errors.values()))
        except Refused as error:
            self._leave(line, error.refusal.code, error.refusal.message)
        else:
            self._seen.add(line.digest)
            self.counts["book"] += 1
            self.counts["cents"] += line_to_book["amount"]
            self.lines.append(line_to_book)

    def _book(self, line: Line, found: set[str]) -> dict[str, Any]:
        """What to book of a line. Raises `Invalid` or `Refused` with why not."""
        targets = [self._targets[one] for one in found if one in self._targets]
        if not found:
            raise _no("no_reference", "It names no reference.")
        if len(found) > 1 or not targets:
            raise _no("reference", "It names more than one reference." if len(found) > 1 else
                      "Nobody has the reference that it names.")
        if line.digest in self._seen:
            raise _no("twice", "The same line stands in this file twice.")
        if line.digest in self._booked:
            raise _no("booked", "It was booked from an earlier list.")
        if line.currency and line.currency != coverage.currency():
            raise _no("currency", f"It is in {line.currency}; here everything is in "
                      f"{coverage.currency()}.")
        amount = rules.parse_amount(line.amount, coverage.currency())
        if amount <= 0:
            raise _no("outgoing", "Nothing came in by it.")
        paid_at = actions.at_end_of(actions.parse_day(line.day))
        return self._fitting(line, targets[0], amount, paid_at)

    def _fitting(self, line: Line, target: Subscription | Gift, amount: int,
                 paid_at: datetime) -> dict[str, Any]:
        gift = isinstance(target, Gift)
        key = target.giver_id if isinstance(target, Gift) else target.account_id
        if any(cents == amount and abs(at - paid_at) <= BY_HAND
               for cents, at in self._by_hand.get(key, ())):
            raise _no("by_hand", "The same sum was recorded by hand within four days of it.")
        if isinstance(target, Gift):
            refusal = actions.gift_is_covered(target, amount)
            if target.paid_at or target.id in self._gifts:
                refusal = Refusal("gift_paid", "This gift is paid already.")
            if refusal:
                raise Refused(refusal)
            self._gifts.add(target.id)
        elif not actions.months_for(target, amount):
            raise _no("below_floor", "It is less than the least that a membership costs.")
        return {"number": line.number, "digest": line.digest, "reference": target.reference,
                "amount": amount, "paid_at": iso(paid_at), "gift": gift, "account": key,
                "name": line.name[:100], "text": line.text[:200]}

    def _leave(self, line: Line, code: str, why: str) -> None:
        self.counts["rest"] += 1
        self.counts[f"rest_{code}"] += 1
        if len(self.rest) < MOST_LISTED:
            self.rest.append({"number": line.number, "day": line.day[:40], "why": why,
                              "amount": line.amount[:40], "name": line.name[:100],
                              "text": line.text[:200]})


def _no(code: str, words: str) -> Refused:
    return Refused(Refusal(code, words))


def _in_parts(values: set[str] | list[str]) -> list[list[str]]:
    every = sorted(values)
    return [every[n:n + IN_QUESTION] for n in range(0, len(every), IN_QUESTION)]


def _targets(wanted: set[str]) -> dict[str, Subscription | Gift]:
    found: dict[str, Subscription | Gift] = {}
    for part in _in_parts(wanted):
        for model in (Subscription, Gift):
            found |= {row.reference: row for row in
                      model.select().where(model.reference.in_(part))}
    return found


def _booked(digests: list[str]) -> set[str]:
    found: set[str] = set()
    for part in _in_parts([f"bank:{digest}" for digest in digests]):
        rows = Payment.select(Payment.provider_ref).where(Payment.provider_ref.in_(part))
        found |= {row.provider_ref.removeprefix("bank:") for row in rows}
    return found


def _by_hand(accounts: set[str]) -> dict[str, list[tuple[int, datetime]]]:
    found: dict[str, list[tuple[int, datetime]]] = {}
    for part in _in_parts(accounts):
        rows = Payment.select(Payment.account, Payment.amount, Payment.paid_at).where(
            Payment.account.in_(part), Payment.provider_ref.startswith("hand:"))
        for row in rows:
            found.setdefault(row.account_id, []).append((row.amount, row.paid_at))
    return found


def find(by: Account, import_id: str) -> BankImport:
    """:raise NotFound: `by` is no treasurer, or there is no such list"""
    row = BankImport.get_or_none(BankImport.id == import_id)
    if row is None or not actions.is_treasurer(by):
        raise NotFound
    return row


def book(by: Account, import_id: str) -> int:
    """Book the lines of a list that was looked at: all of them, or none; how many there were.

    What was booked since, by another list or another treasurer, is not booked again.

    :raise NotFound: `by` is no treasurer, or there is no such list
    :raise Refused: it was booked
    """
    with db.write():
        row = db.lock(BankImport.select().where(BankImport.id == import_id)).first()
        if row is None or not actions.is_treasurer(by):
            raise NotFound
        if row.booked_at:
            raise Refused(Refusal("booked", "This list was booked already. Nothing was booked "
                                  "twice."))
        count = sum(_book_line(line, by) for line in row.lines)
        row.booked_at, row.lines, row.rest = clock.now(), [], []
        row.counts = row.counts | {"booked": count}
        row.save()
        journal.record("dues.imported", "bank_import", row.id, by=by.id)
    return count


def _book_line(line: dict[str, Any], by: Account) -> bool:
    money = actions.Money(line["amount"], datetime.fromisoformat(line["paid_at"]), "transfer",
                          f"bank:{line['digest']}")
    if line["gift"]:
        gift = Gift.get_or_none(Gift.reference == line["reference"])
        return bool(gift and gift.paid_at is None and actions.book_gift(gift, money, by))
    row = Subscription.get(Subscription.reference == line["reference"])
    months = actions.months_for(row, money.amount)
    return bool(months and actions.book_dues(row.account, money, months=months, by=by))


def sweep() -> None:
    """Forget lists that nobody booked."""
    with db.write():
        BankImport.delete().where(BankImport.made_at < clock.now() - KEPT).execute()
