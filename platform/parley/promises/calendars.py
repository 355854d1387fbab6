"""The dates on which a version is closed: holidays of its country and region, and its own."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources

from parley.kernel import db
from parley.promises.models import ClosedYear
from parley.promises.opening import Hours
from parley.promises.rules import PromiseTerms

MOST_KEPT = 20_000  # years of versions, in each process
LONGEST_CODE = 3  # of a region in ISO 3166-2; the library also knows some cities

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


def hours_of(terms: PromiseTerms) -> Hours:
    """The opening hours of a draft."""
    return Hours(terms.zone, terms.week, lambda year: computed(terms, year))


@cache
def holidays_of(country: str | None, region: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country, with those of the region when one is named."""
    if country is None:
        return frozenset()
    import holidays  # slow to load, and few processes need it

    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


@cache
def countries() -> dict[str, str]:
    """The countries whose holidays are known: ISO 3166-1 code and name, by name."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    names = {code: name for code, name in _names().items() if code in known}
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


@cache
def _names() -> dict[str, str]:
    table = resources.files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8")
    lines = (line for line in table.splitlines() if line and not line.startswith("#"))
    return dict(line.split("\t", 1) for line in lines)


@cache
def regions(country: str) -> dict[str, str]:
    """The regions of a country that have holidays of their own: ISO 3166-2 code (without the
    country) and name, by name."""
    import holidays

    one = holidays.country_holidays(country)
    names = {code: code for code in one.subdivisions if len(code) <= LONGEST_CODE}
    for name, code in getattr(one, "subdivisions_aliases", {}).items():
        names[code] = name
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


def place(terms: PromiseTerms) -> str:
    """Whose public holidays are kept, in words: “Germany (Berlin)”; empty for nobody's."""
    if terms.country is None:
        return ""
    name = _names().get(terms.country, terms.country)
    if terms.region is None:
        return name
    return f"{name} ({regions(terms.country).get(terms.region, terms.region)})"
