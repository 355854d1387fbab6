"""What a promise says, and which of its versions is in force: pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

KINDS = ("question", "complaint")
DAY_MINUTES = 24 * 60

Span = tuple[int, int]  # opens, closes in minutes of the day; closes <= opens runs overnight
Week = tuple[tuple[Span, ...], ...]  # Monday first


@dataclass(frozen=True)
class Within:
    """A length of time; `business` counts opening hours only."""

    duration: timedelta
    business: bool


@dataclass(frozen=True)
class Escalation:
    """Who takes over a thread that has waited so long since it was opened (calendar time)."""

    after: timedelta
    to: str


@dataclass(frozen=True)
class DataReturn:
    """In how many calendar days a customer gets their own data, and how."""

    within: timedelta
    formats: tuple[str, ...]


@dataclass(frozen=True)
class PromiseTerms:
    """All that one version promises. `first_answer` and `resolution` are by kind of thread; a kind
    that is missing there is promised nothing. `closed` are days of the company's own on which it
    does not open; the last day of the promise is `expires`."""

    zone: str
    week: Week
    expires: date
    first_answer: Mapping[str, Within] = field(default_factory=dict)
    resolution: Mapping[str, Within] = field(default_factory=dict)
    country: str | None = None  # whose holidays it keeps, ISO 3166-1
    region: str | None = None  # ISO 3166-2 without the country
    closed: tuple[date, ...] = ()
    languages: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    who_answers: tuple[str, ...] = ()
    responders_may_decide: str = ""
    escalation: tuple[Escalation, ...] = ()
    data_return: DataReturn | None = None


class Version(Protocol):
    number: int
    terms: Any
    effective_from: datetime
    expires_at: datetime | None


V = TypeVar("V", bound=Version)


def in_force(versions: Iterable[V], at: datetime) -> V | None:
    """The version that binds at an instant: the newest that has taken effect by then decides,
    and when that one is a withdrawal or has expired, there is none."""
    begun = [version for version in versions if version.effective_from <= at]
    newest = max(begun, key=lambda version: version.number, default=None)
    return newest if newest is not None and binds(newest, at) else None


def binds(newest: Version, at: datetime) -> bool:
    """Whether the newest version that has taken effect still holds."""
    return newest.terms is not None and (newest.expires_at is None or at < newest.expires_at)


def to_json(terms: PromiseTerms) -> dict[str, Any]:
    """What is stored of a version. Lengths are whole minutes."""
    return {
        "zone": terms.zone,
        "week": [[list(span) for span in day] for day in terms.week],
        "expires": terms.expires.isoformat(),
        "first_answer": _lengths(terms.first_answer),
        "resolution": _lengths(terms.resolution),
        "country": terms.country,
        "region": terms.region,
        "closed": [day.isoformat() for day in terms.closed],
        "languages": list(terms.languages),
        "scope": list(terms.scope),
        "out_of_scope": list(terms.out_of_scope),
        "who_answers": list(terms.who_answers),
        "responders_may_decide": terms.responders_may_decide,
        "escalation": [{"minutes": minutes(step.after), "to": step.to}
                       for step in terms.escalation],
        "data_return": terms.data_return and {
            "minutes": minutes(terms.data_return.within),
            "formats": list(terms.data_return.formats)},
    }


def _lengths(targets: Mapping[str, Within]) -> dict[str, Any]:
    return {kind: {"minutes": minutes(within.duration), "business": within.business}
            for kind, within in targets.items()}


def minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def from_json(stored: Mapping[str, Any]) -> PromiseTerms:
    """The terms of a stored version."""
    back = stored["data_return"]
    return PromiseTerms(
        zone=stored["zone"],
        week=tuple(tuple((opens, closes) for opens, closes in day) for day in stored["week"]),
        expires=date.fromisoformat(stored["expires"]),
        first_answer=_targets(stored["first_answer"]),
        resolution=_targets(stored["resolution"]),
        country=stored["country"],
        region=stored["region"],
        closed=tuple(map(date.fromisoformat, stored["closed"])),
        languages=tuple(stored["languages"]),
        scope=tuple(stored["scope"]),
        out_of_scope=tuple(stored["out_of_scope"]),
        who_answers=tuple(stored["who_answers"]),
        responders_may_decide=stored["responders_may_decide"],
        escalation=tuple(Escalation(timedelta(minutes=step["minutes"]), step["to"])
                         for step in stored["escalation"]),
        data_return=back and DataReturn(
            timedelta(minutes=back["minutes"]), tuple(back["formats"])),
    )


def _targets(stored: Mapping[str, Any]) -> dict[str, Within]:
    return {kind: Within(timedelta(minutes=one["minutes"]), one["business"])
            for kind, one in stored.items()}
