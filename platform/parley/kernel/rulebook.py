"""The rules that members set, in versions: a change adds a version and removes none.

Amounts are whole cents of the community's currency. What a rule means is said in `RULES`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta

import peewee

from parley.kernel import clock, db
from parley.kernel.errors import Invalid

FRESH = timedelta(seconds=20)  # other processes see a change after this long at the latest


class RulebookVersion(db.Model):
    """The whole book as it was from `at` on; the newest row is in force."""

    number = peewee.IntegerField(primary_key=True)
    at = db.InstantField()
    values = db.JSONField()


@dataclass(frozen=True)
class Rulebook:
    floor_month: int = 200
    floor_year: int = 2_000
    suggestion_month: int = 500
    suggestion_year: int = 5_000
    grace_days: int = 14
    free_threads: int = 1
    place_months: int = 6
    first_answer_days: int = 5
    resolution_days: int = 20

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.grace_days)


RULES = {  # name: what it means, least, most
    "floor_month": ("the least that a month of membership costs, in cents", 0, 100_000),
    "floor_year": ("the least that a year of membership costs, in cents", 0, 1_000_000),
    "suggestion_month": ("what we suggest for a month, in cents", 0, 100_000),
    "suggestion_year": ("what we suggest for a year, in cents", 0, 1_000_000),
    "grace_days": ("days after the end that count in full", 0, 365),
    "free_threads": ("threads that a person may open before paying", 0, 100),
    "place_months": ("months that a solidarity place lasts", 1, 24),
    "first_answer_days": ("business days in which we expect a company's first answer", 1, 250),
    "resolution_days": ("business days in which we expect a company to solve it", 1, 250),
}

_known: tuple[peewee.Database, datetime, int, Rulebook] | None = None
_numbered: dict[tuple[peewee.Database, int], Rulebook] = {}


def current() -> Rulebook:
    """The rules in force."""
    return _in_force()[1]


def number() -> int:
    """The number of the book in force: 0 until a rule was ever changed."""
    return _in_force()[0]


def numbered(number: int) -> Rulebook:
    """The book that had this number.

    :raise LookupError: there was none
    """
    key = (db.database.obj, number)
    if key not in _numbered:
        row = RulebookVersion.get_or_none(RulebookVersion.number == number)
        if row is None and number:
            raise LookupError(f"there is no rule book {number}")
        _numbered[key] = _read(row) if row else Rulebook()
    return _numbered[key]


def _in_force() -> tuple[int, Rulebook]:
    global _known
    now = clock.now()
    if _known is None or _known[0] is not db.database.obj or abs(now - _known[1]) > FRESH:
        _known = (db.database.obj, now, *_newest())
    return _known[2:]


def forget() -> None:
    """Read the book anew at the next look."""
    global _known
    _known = None
    _numbered.clear()


def change(name: str, value: int) -> Rulebook:
    """Set one rule from now on; the book as it is then.

    :raise Invalid: there is no such rule, or it cannot have this value
    """
    if name not in RULES:
        raise Invalid({"name": f"There is no rule “{name}”. Rules: {', '.join(RULES)}."})
    _, least, most = RULES[name]
    if not least <= value <= most:
        raise Invalid({"value": f"{name} is a whole number from {least:,} to {most:,}."})
    with db.write():
        number, book = _newest()
        book = replace(book, **{name: value})
        _check(book)
        RulebookVersion.create(number=number + 1, at=clock.now(), values=asdict(book))
    forget()
    return book


def _check(book: Rulebook) -> None:
    for length in ("month", "year"):
        if getattr(book, f"suggestion_{length}") < getattr(book, f"floor_{length}"):
            raise Invalid({"value": f"The suggestion for a {length} would lie below its floor."})
    if book.resolution_days < book.first_answer_days:
        raise Invalid({"value": "A resolution would be expected before the first answer."})


def _newest() -> tuple[int, Rulebook]:
    row = RulebookVersion.select().order_by(RulebookVersion.number.desc()).first()
    return (row.number, _read(row)) if row else (0, Rulebook())


def _read(row: RulebookVersion) -> Rulebook:
    names = {field.name for field in fields(Rulebook)}
    return Rulebook(**{k: v for k, v in row.values.items() if k in names})
