"""What a promise says, and which of its versions is in force: pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from parley.kernel.errors import Invalid, Refusal

KINDS = ("question", "complaint")
DAY_MINUTES = 24 * 60
ONE_DAY = timedelta(days=1)
NOTICE = timedelta(days=14)  # nobody wakes up to a weaker promise
LATEST_START = timedelta(days=366)
MOST_WAITING = 3  # published versions that have not taken effect; see `actions.newest`

Span = tuple[int, int]  # opens, closes in minutes of the day; closes <= opens runs overnight
Week = tuple[tuple[Span, ...], ...]  # Monday first


@dataclass(frozen=True)
class Within:
    """A length of time; `business` counts opening hours only."""

    duration: timedelta
    business: bool


@dataclass(frozen=True)
class Escalation:
    """Who takes over a thread so long after its round began (calendar time)."""

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


def still_to_come(versions: Iterable[V], now: datetime) -> list[V]:
    """The versions that will yet decide, soonest first. One with a lower number than another that
    takes effect before it never does."""
    coming: list[V] = []
    for version in sorted(versions, key=lambda version: -version.number):
        if version.effective_from <= now:
            break  # it has been decided; older ones wait in vain
        if not coming or version.effective_from < coming[-1].effective_from:
            coming.append(version)
    return coming[::-1]


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


def overlapping(week: Week) -> set[int]:
    """The days (Monday is 0) with a span that begins before another has ended, also one of the day
    before that runs into the night, from Sunday into Monday too."""
    spans = sorted((day * DAY_MINUTES + opens, length(opens, closes), day)
                   for day, found in enumerate(week) for opens, closes in found)
    if not spans:
        return set()
    begins, _, first_day = spans[0]
    following = [*spans[1:], (begins + 7 * DAY_MINUTES, 0, first_day)]
    return {after[2] for before, after in zip(spans, following, strict=True)
            if before[0] + before[1] > after[0]}


def length(opens: int, closes: int) -> int:
    """Minutes of a span."""
    return closes - opens if closes > opens else closes - opens + DAY_MINUTES


def takes_effect(
    chosen: datetime | None, now: datetime, first: bool, expires: datetime | None
) -> datetime:
    """The instant from which a version counts that is published now: the chosen one, else the
    earliest. The first version of a company may count at once, all others after `NOTICE`.

    :raise Invalid: under `effective_from`
    """
    earliest = now if first else now + NOTICE
    effective = chosen or earliest
    if effective < earliest:
        raise Invalid({"effective_from": "It cannot count from a day that is over." if first else
                       f"People get {NOTICE.days} days of notice. Choose a later day, or leave "
                       "this empty for the earliest."})
    if effective > now + LATEST_START:
        raise Invalid({"effective_from": "Choose a day within the next year."})
    if expires is not None and expires <= effective:
        raise Invalid({"effective_from": "It would have expired by then. Choose an earlier day, "
                       "or let it hold for longer."})
    return effective


def may_publish(waiting: int, unchanged: bool) -> Refusal | None:
    """Whether one more version may be published while `waiting` others are still to take effect;
    `unchanged` when it says what the newest one says."""
    if unchanged:
        return Refusal("unchanged", "This says what the newest version says already. Change "
                       "something first.")
    return _crowded(waiting)


def may_withdraw(newest: Version | None, waiting: int, now: datetime) -> Refusal | None:
    """Whether the promise may be taken back, after which none is in force."""
    if newest is None:
        return Refusal("none", "There is no promise to withdraw.")
    if newest.terms is None:
        return Refusal("withdrawn", "The promise is withdrawn already.")
    if newest.expires_at is not None and newest.expires_at <= now + NOTICE:
        return Refusal("expiring", f"It has run out, or does so within the {NOTICE.days} days of "
                       "notice. There is nothing to withdraw.")
    return _crowded(waiting)


def _crowded(waiting: int) -> Refusal | None:
    if waiting < MOST_WAITING:
        return None
    return Refusal("waiting", f"{waiting} versions wait to take effect already. Let one of them "
                   "begin first.")
