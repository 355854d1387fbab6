"""Dues: amounts, plans, references, and for how long somebody is a member. Pure values.

    none ──pays──▶ active ──paid_until──▶ past_due ──days of grace──▶ lapsed
                      ▲                      │                           │
                      └───────── pays ───────┴────────── pays ───────────┘

`past_due` counts as membership in full. Cancelling moves nothing before `paid_until`. A full
refund or a lost dispute voids the time that the payment bought, a revocation all time so far.
Days of grace cost nothing: a payment in them counts from its own day. Money is whole cents of
one currency.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from parley.kernel.errors import Invalid, Refusal

MOST_CENTS = 10_000_000  # 100,000.00: more than that is a slip of the finger
MOST_MONTHS = 120  # that one payment can buy
MOST_TYPED = 40
CURRENCIES = {
    "EUR": ("€", "euros"), "GBP": ("£", "pounds"), "USD": ("$", "US dollars"),
    "CHF": ("CHF ", "Swiss francs"), "SEK": ("SEK ", "Swedish kronor"),
    "NOK": ("NOK ", "Norwegian kroner"), "DKK": ("DKK ", "Danish kroner"),
    "PLN": ("PLN ", "złoty"), "CZK": ("CZK ", "Czech koruny"), "RON": ("RON ", "Romanian lei"),
    "CAD": ("CA$", "Canadian dollars"), "AUD": ("A$", "Australian dollars"),
}
SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "FR": "CHF", "SFR": "CHF", "EURO": "EUR"}

PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,2}))?")
GROUPED = re.compile(r"([0-9]{1,3}([.,' ])[0-9]{3}(?:\2[0-9]{3})*)(?:([.,])([0-9]{1,2}))?")


# Amounts


def parse_amount(raw: str, currency: str, field: str = "amount") -> int:
    """Cents of a typed amount: `12`, `12.5`, `1.234,50`, `1'234.50 CHF`; a bank's may be negative.

    A point or comma before three digits groups thousands.

    :raise Invalid: under `field`, in words
    """
    text = " ".join(unicodedata.normalize("NFKC", raw.replace("€", "EUR")).split()).upper()
    text = text.replace("’", "'").replace("−", "-")
    if not text:
        raise Invalid({field: "Type an amount, such as 12.50."})
    if len(text) > MOST_TYPED:
        raise Invalid({field: "That is too long for an amount. Type it like 12.50."})
    text = _without_currency(text, currency, field)
    minus = text.startswith("-") or text.endswith("-")
    cents = _cents(text.strip("+- "))
    if cents is None:
        raise Invalid({field: "We cannot read this amount. Type it like 12.50 or 12,50."})
    return -cents if minus else cents


def _without_currency(text: str, currency: str, field: str) -> str:
    for found in re.findall(r"[^\W\d_]+|[£$€]", text):
        code = SIGNS.get(found, found)
        if code != currency:
            told = CURRENCIES[code][1] if code in CURRENCIES else f"“{found.lower()}”"
            raise Invalid({field: f"This amount is in {told}. Here everything is in "
                                  f"{CURRENCIES[currency][1]}."})
        text = text.replace(found, "", 1)
    return text.strip()


def _cents(text: str) -> int | None:
    if plain := PLAIN.fullmatch(text):
        whole, cents = plain[1], plain[2]
    elif (grouped := GROUPED.fullmatch(text)) and grouped[2] != grouped[3]:
        whole, cents = grouped[1].replace(grouped[2], ""), grouped[4]
    else:
        return None
    return int(whole) * 100 + int((cents or "0").ljust(2, "0"))


def amount_words(cents: int, currency: str) -> str:
    """`€1,234.50`; `CHF 12.00`"""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{CURRENCIES.get(currency, (currency + ' ',))[0]}{whole:,}.{rest:02}"


def may_pay(cents: int, floor: int, currency: str) -> Refusal | None:
    """Whether an amount can be agreed on for a plan with this floor."""
    if cents < max(floor, 1):
        return Refusal("below_floor", f"The least is {amount_words(max(floor, 1), currency)}. If "
                       "that is too much, ask for a solidarity place; nobody asks why.", "amount")
    if cents > MOST_CENTS:
        return Refusal("too_much", f"That is more than {amount_words(MOST_CENTS, currency)}. "
                       "Look whether a comma went missing.", "amount")
    return None


# Plans


class Interval(StrEnum):
    MONTH = "month"
    YEAR = "year"

    @property
    def months(self) -> int:
        return 12 if self is Interval.YEAR else 1


@dataclass(frozen=True)
class Plan:
    """A way to pay: at least `floor` cents, `suggestion` when in doubt; what is more goes to
    the solidarity fund."""

    interval: Interval
    floor: int
    suggestion: int


def months_bought(amount: int, agreed: int | None, plan: Plan) -> int:
    """Months that an amount buys: whole multiples of what was agreed, else one period from
    the floor on, else none."""
    price = max(agreed or plan.suggestion, plan.floor, 1)
    periods = amount // price or (1 if amount >= max(plan.floor, 1) else 0)
    return min(periods * plan.interval.months, MOST_MONTHS)


def fund_share(amount: int, months: int, plan: Plan) -> int:
    """What of an amount that bought `months` goes to the solidarity fund: all above the
    suggestion."""
    return max(0, amount - plan.suggestion * months // plan.interval.months)


# References


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
MARK = "DUES"
REFERENCE = re.compile(MARK + r"([0-9A-HJKMNP-TV-Z]{8})([0-9A-HJKMNP-TV-Z])")


def reference(letters: str) -> str:
    """`DUES-7K3M-9QXD-F`, from eight letters; the last one tells a mistyped reference."""
    code = letters.upper()
    return f"{MARK}-{code[:4]}-{code[4:]}-{_check_letter(code)}"


def _check_letter(code: str) -> str:
    return ALPHABET[sum((n + 2) * ALPHABET.index(letter) for n, letter in enumerate(code)) % 31]


def references_in(text: str) -> set[str]:
    """All whole references in what a bank passed on: however spaced, however typed."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    plain = plain.replace("I", "1").replace("L", "1").replace("O", "0")
    return {reference(code) for code, check in REFERENCE.findall(plain)
            if _check_letter(code) == check}


# Time


def add_months(start: datetime, months: int) -> datetime:
    """The same day so many months later; the month's last day where it has no such day."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return start.replace(
        year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, order=True)
class Cover:
    """One fact about membership: `months` or a `span` from `at` on, or until an instant at
    least."""

    at: datetime
    ref: str
    months: int = 0
    span: timedelta = timedelta(0)
    until: datetime | None = None


def covered_until(covers: Iterable[Cover]) -> datetime | None:
    """Until when all facts together make somebody a member; None when nothing ever did.

    Depends on neither the order nor the repetition of the facts, and one fact more never makes
    it earlier.
    """
    end: datetime | None = None
    for cover in sorted(set(covers), key=lambda one: (one.at, one.ref)):
        end = _after(end, cover)
    return end


def _after(end: datetime | None, cover: Cover) -> datetime | None:
    if cover.until:
        return max(end, cover.until) if end else cover.until
    start = max(end, cover.at) if end else cover.at
    return add_months(start, cover.months) + cover.span


class State(StrEnum):
    NONE = "none"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    LAPSED = "lapsed"


def state(paid_until: datetime | None, now: datetime, grace: timedelta) -> State:
    if paid_until is None:
        return State.NONE
    if now < paid_until:
        return State.ACTIVE
    return State.PAST_DUE if now < paid_until + grace else State.LAPSED


class Notice(StrEnum):
    SOON = "dues_soon"
    DUE = "dues_due"
    LAPSED = "dues_lapsed"


def notices(paid_until: datetime, grace: timedelta, interval: str,
            renews: bool) -> list[tuple[datetime, Notice]]:
    """When to write about the end of a membership. One that renews by itself needs no reminder;
    one by the month gets a single one."""
    before = () if renews else (timedelta(days=3),) if interval == Interval.MONTH else (
        timedelta(days=14), timedelta(days=3))
    return [*((paid_until - ahead, Notice.SOON) for ahead in before),
            (paid_until, Notice.DUE), (paid_until + grace, Notice.LAPSED)]


# Gifts


def may_give(*, for_company: bool, to_self: bool, months: int) -> Refusal | None:
    if for_company:
        return Refusal("company", "You answer for a company here. So that no company can pay for "
                       "anybody's voice, its people pay for nobody but themselves.")
    if to_self:
        return Refusal("yourself", "That is you. Pay your own dues instead.", "to")
    if not 1 <= months <= 24:
        return Refusal("months", "Give from 1 to 24 months.", "months")
    return None
