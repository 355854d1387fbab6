"""The dates on which a version is closed: holidays of its country and region, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from parley.kernel import db
from parley.promises.models import ClosedYear
from parley.promises.rules import PromiseTerms

MOST_KEPT = 20_000  # years of versions, in each process
CODE = 2  # letters of a country's code; the library also knows those of three

_kept: dict[tuple[str, int], frozenset[date]] = {}


def closed_in(promise_id: str, terms: PromiseTerms, year: int) -> frozenset[date]:
    """The closed dates of one year, the same for ever after they were first asked for."""
    key = (promise_id, year)
    if key not in _kept:
        row = _stored(promise_id, year)
        if row is None:  # not kept in memory yet: the write under way may be undone
            return _store(promise_id, year, computed(terms, year))
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = _dates(row)
    return _kept[key]


def _stored(promise_id: str, year: int) -> ClosedYear | None:
    found: ClosedYear | None = ClosedYear.get_or_none(
        ClosedYear.promise == promise_id, ClosedYear.year == year)
    return found


def _store(promise_id: str, year: int, dates: frozenset[date]) -> frozenset[date]:
    with db.write():
        ClosedYear.insert(
            promise=promise_id, year=year, dates=[day.isoformat() for day in sorted(dates)],
        ).on_conflict_ignore().execute()
        row = _stored(promise_id, year)
    return _dates(row) if row else dates


def _dates(row: ClosedYear) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, row.dates))


def computed(terms: PromiseTerms, year: int) -> frozenset[date]:
    """What the calendar says today, for drafts and for the first time that a version needs it."""
    own = frozenset(day for day in terms.closed if day.year == year)
    return own | holidays_of(terms.country, terms.region, year)


@cache
def holidays_of(country: str | None, region: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country, with those of the region when one is named."""
    if country is None:
        return frozenset()
    import holidays  # half a second, for those who need it

    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


@cache
def regions() -> Mapping[str, tuple[str, ...]]:
    """The countries whose holidays are known (ISO 3166-1), each with its regions."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: tuple(found) for country, found in sorted(known.items())
            if len(country) == CODE}
