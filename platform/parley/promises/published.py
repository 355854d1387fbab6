"""A promise as others' programs read it: `service-promise.json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from parley.kernel.canonical import iso
from parley.promises import rules
from parley.promises.drafting import DAYS
from parley.promises.models import Promise
from parley.promises.rules import DAY_MINUTES, PromiseTerms, Within

SCHEMA = "https://schema.org/"


def document(promise: Promise, domain: str | None, channel: str) -> dict[str, Any]:
    """The promise with schema.org opening hours and ISO 8601 durations; `channel` is where to
    write. What is not promised is left out."""
    terms = rules.from_json(promise.terms)
    found: dict[str, Any] = {
        "version": promise.number, "vendor_domain": domain, "channel": channel,
        "effective_from": iso(promise.effective_from), "expires": iso(promise.expires_at),
        "languages": list(terms.languages), "time_zone": terms.zone, "hours": _hours(terms),
        "holidays": _holidays(terms), "first_response": _targets(terms.first_answer),
        "resolution": _targets(terms.resolution), "scope": list(terms.scope),
        "out_of_scope": list(terms.out_of_scope),
        "escalation": [{"after": duration(step.after), "to": step.to}
                       for step in terms.escalation],
        "responders_may_decide": terms.responders_may_decide,
        "who_answers": list(terms.who_answers), "data_return": _data_return(terms)}
    return {name: value for name, value in found.items() if value}


def _hours(terms: PromiseTerms) -> list[dict[str, Any]]:
    """OpeningHoursSpecification; one that opens and closes at midnight says that it is closed."""
    by_span: dict[rules.Span, list[str]] = {}
    for name, spans in zip(DAYS, terms.week, strict=True):
        for span in spans:
            by_span.setdefault(span, []).append(SCHEMA + name.title())
    open_at = [{"@type": "OpeningHoursSpecification", "dayOfWeek": days,
                "opens": _clock(opens), "closes": _clock(closes)}
               for (opens, closes), days in by_span.items()]
    closed_on = [{"@type": "OpeningHoursSpecification", "opens": "00:00", "closes": "00:00",
                  "validFrom": day.isoformat(), "validThrough": day.isoformat()}
                 for day in terms.closed]
    return open_at + closed_on


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _holidays(terms: PromiseTerms) -> str | None:
    """ISO 3166-1, or 3166-2 when those of a region are kept."""
    return f"{terms.country}-{terms.region}" if terms.region else terms.country


def _targets(targets: Mapping[str, Within]) -> dict[str, Any]:
    return {kind: {"duration": duration(within.duration, days=not within.business),
                   "clock": "business" if within.business else "calendar"}
            for kind, within in targets.items()}


def _data_return(terms: PromiseTerms) -> dict[str, Any] | None:
    back = terms.data_return
    return back and {"within": duration(back.within), "formats": list(back.formats)}


def duration(length: timedelta, days: bool = True) -> str:
    """ISO 8601: `PT8H`, `P3D`, `P1DT12H`. Opening time knows no days, only hours."""
    minutes = rules.minutes(length)
    whole, minutes = divmod(minutes, DAY_MINUTES) if days else (0, minutes)
    hours, minutes = divmod(minutes, 60)
    clock = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    return f"P{f'{whole}D' if whole else ''}{f'T{clock}' if clock else ''}"
