"""From what a manager typed to the terms of a promise, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from parley.kernel import safe_html
from parley.kernel.errors import Invalid
from parley.promises import calendars, opening, rules
from parley.promises.rules import (
    DAY_MINUTES,
    KINDS,
    DataReturn,
    Escalation,
    PromiseTerms,
    Span,
    Within,
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TARGETS = ("first_answer", "resolution")
WHO = {"employee": "our own employees", "agency": "an agency",
       "ai-assisted": "people who are helped by AI"}
UNITS = {"open_hours": "opening hours", "hours": "hours, nights and weekends counted",
         "days": "days, nights and weekends counted"}
MINUTES_OF = {"open_hours": 60, "hours": 60, "days": DAY_MINUTES}
STEPS = (1, 2, 3)  # of an escalation
LISTS = ("who_answers",)

LONGEST = timedelta(days=400)
LONGEST_HELD = timedelta(days=3 * 366)
MOST_SPANS = 6
MOST_CLOSED = 120
MOST_LINES = 20
MOST_TYPED = 4_000

_SPAN = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to)\s*(\d{1,2})(?:[:.h](\d{2}))?")
_AMOUNT = re.compile(r"(\d{1,5})(?:[.,](\d{1,2}))?|(\d{1,5}):([0-5]\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

Fields = Mapping[str, Any]
Result = TypeVar("Result")


def names() -> list[str]:
    """Every field of the editor."""
    timed = [f"{target}_{kind}" for target in TARGETS for kind in KINDS]
    steps = [f"{part}_{step}" for step in STEPS for part in ("after", "to")]
    units = [f"{name}_unit" for name in timed] + [f"after_{step}_unit" for step in STEPS]
    return ["zone", *DAYS, "country", "region", "closed", *timed, *steps, *units, "languages",
            "scope", "out_of_scope", *LISTS, "responders_may_decide", "data_within",
            "data_formats", "expires"]


def cleaned(typed: Fields) -> dict[str, Any]:
    """What is kept of a form: its own fields, as they were typed.

    :raise Invalid: one is too long or holds characters that do not show
    """
    kept: dict[str, Any] = {}
    for name in names():
        if name in LISTS:
            kept[name] = [one for one in typed.get(name, []) if one in WHO]
        else:
            kept[name] = safe_html.clean_text(
                typed.get(name, ""), field=name, least=0, most=MOST_TYPED, what="text")
    return kept


def read(fields: Fields, now: datetime) -> PromiseTerms:
    """The terms that a draft stands for.

    :raise Invalid: under the name of each field that cannot be used
    """
    reading = _Reading(fields)
    zone = reading.take(_zone) or "UTC"
    country, region = reading.take(_holidays) or (None, None)
    week = tuple(reading.take(_spans, day) or () for day in DAYS)
    terms = PromiseTerms(
        zone=zone, week=week, expires=reading.take(_expires, zone, now) or date.max,
        first_answer=reading.targets("first_answer"), resolution=reading.targets("resolution"),
        country=country, region=region, closed=reading.take(_closed) or (),
        languages=reading.take(_languages) or (), scope=reading.take(_lines, "scope") or (),
        out_of_scope=reading.take(_lines, "out_of_scope") or (),
        who_answers=tuple(who for who in WHO if who in fields.get("who_answers", ())),
        responders_may_decide=reading.take(_may_decide) or "",
        escalation=reading.take(_escalation) or (), data_return=reading.take(_data_return))
    for day in sorted(rules.overlapping(week)):
        reading.errors.setdefault(DAYS[day], _overlap(day))
    if not (terms.first_answer or terms.resolution or reading.errors):
        reading.errors["first_answer_question"] = (
            "Promise at least one time: to a first answer or to a resolution.")
    if not reading.errors:
        reading.errors = _out_of_reach(terms, now)
    if reading.errors:
        raise Invalid(reading.errors)
    return terms


class _Reading:
    """Reads part after part and remembers what was wrong with each."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.errors: dict[str, str] = {}

    def take(self, part: Callable[..., Result], *more: Any) -> Result | None:
        try:
            return part(self.fields, *more)
        except Invalid as problem:
            self.errors |= problem.errors
            return None

    def targets(self, target: str) -> dict[str, Within]:
        found = {kind: self.take(_within, f"{target}_{kind}") for kind in KINDS}
        return {kind: within for kind, within in found.items() if within}


def _text(fields: Fields, name: str) -> str:
    return str(fields.get(name, "")).strip()


def _zone(fields: Fields) -> str:
    zone = _text(fields, "zone")
    if zone not in available_timezones():
        raise Invalid({"zone": "Choose a time zone from the list, such as Europe/Berlin."})
    return zone


def _spans(fields: Fields, day: str) -> tuple[Span, ...]:
    typed = _text(fields, day)
    if not typed or typed.lower() in ("closed", "-", "–"):
        return ()
    pieces = [piece.strip() for piece in re.split(r"[,;\n]|\band\b", typed) if piece.strip()]
    if len(pieces) > MOST_SPANS:
        raise Invalid({day: f"{day.title()} has more than {MOST_SPANS} spans."})
    return tuple(sorted(_span(piece, day) for piece in pieces))


def _span(piece: str, day: str) -> Span:
    found = _SPAN.fullmatch(piece)
    if found is None:
        raise Invalid({day: f"{day.title()}: type hours like 9:00–12:30, 13:30–18:00, or leave "
                       "it empty when you are closed."})
    opens, closes = (int(hour) * 60 + int(minute or 0)
                     for hour, minute in (found.group(1, 2), found.group(3, 4)))
    if any(int(minute or 0) > 59 for minute in found.group(2, 4)) or closes > DAY_MINUTES:
        raise Invalid({day: f"{day.title()}: a day ends at 24:00, and an hour at :59."})
    if opens == DAY_MINUTES:
        raise Invalid({day: f"{day.title()}: opening at 24:00 is 0:00 of the next day."})
    if opens == closes:
        raise Invalid({day: f"{day.title()}: it opens and closes at the same time. For around the "
                       "clock, type 0:00–24:00."})
    return opens, closes


def _overlap(day: int) -> str:
    return (f"Hours of {DAYS[day].title()} overlap, with one another or with the night of "
            f"{DAYS[day - 1].title()}.")


def _holidays(fields: Fields) -> tuple[str | None, str | None]:
    country, region = _text(fields, "country"), _text(fields, "region")
    if not country:
        if region:
            raise Invalid({"country": "Choose the country of that region."})
        return None, None
    if country not in calendars.countries():
        raise Invalid({"country": "Choose a country from the list."})
    if not region:
        return country, None
    return country, _region(country, region)


def _region(country: str, typed: str) -> str:
    known = calendars.regions(country)
    for code, name in known.items():
        if typed.casefold() in (code.casefold(), name.casefold(), f"{country}-{code}".casefold()):
            return code
    if not known:
        raise Invalid({"region": f"No region of {calendars.countries()[country]} is known to have "
                       "holidays of its own. Leave this empty."})
    raise Invalid({"region": f"We know these regions of {calendars.countries()[country]}: "
                   f"{', '.join(known.values())}."})


def _closed(fields: Fields) -> tuple[date, ...]:
    days: set[date] = set()
    for line in _text(fields, "closed").split("\n"):
        if line.strip():
            days |= set(_run(line.strip()))
            if len(days) > MOST_CLOSED:
                raise Invalid({"closed": f"These are more than {MOST_CLOSED} days. Leave the "
                               "weekday's hours empty instead."})
    return tuple(sorted(days))


def _run(line: str) -> list[date]:
    first, _, last = (part.strip() for part in line.partition(" to "))
    try:
        begins = date.fromisoformat(first)
        ends = date.fromisoformat(last) if last else begins
    except ValueError:
        raise Invalid({"closed": f"“{line[:40]}” is no day we can read. Type one a line, like "
                       "2026-12-24, or 2026-12-24 to 2026-12-31."}) from None
    if ends < begins or (ends - begins).days > MOST_CLOSED:
        raise Invalid({"closed": f"“{line[:40]}” should run from a day to a later one, "
                       f"{MOST_CLOSED} days at most."})
    return [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]


def _within(fields: Fields, name: str) -> Within | None:
    typed, unit = _text(fields, name), fields.get(f"{name}_unit") or "open_hours"
    if not typed:
        return None
    return Within(_length(typed, unit, name), business=unit == "open_hours")


def _length(typed: str, unit: str, name: str) -> timedelta:
    if unit not in MINUTES_OF:
        raise Invalid({name: "Choose what is counted."})
    if typed.startswith(("-", "–", "−")):
        raise Invalid({name: "A time is more than zero."})
    found = _AMOUNT.fullmatch(typed)
    if found is None:
        raise Invalid({name: "Type a number, like 8, 1.5 or 1:30."})
    whole, part, hours, minutes = found.groups()
    amount = Fraction(f"{whole}.{part or 0}") if whole else Fraction(hours) + Fraction(minutes) / 60
    length = amount * MINUTES_OF[unit]
    if length <= 0:
        raise Invalid({name: "A time is more than zero."})
    if length.denominator != 1:
        raise Invalid({name: "That is no whole number of minutes."})
    if length > LONGEST // timedelta(minutes=1):
        raise Invalid({name: f"That is more than {LONGEST.days} days."})
    return timedelta(minutes=int(length))


def _languages(fields: Fields) -> tuple[str, ...]:
    found = [one for one in re.split(r"[\s,;]+", _text(fields, "languages")) if one]
    if len(found) > MOST_LINES or not all(map(_LANGUAGE.fullmatch, found)):
        raise Invalid({"languages": "Type the codes of your languages, like de, en or pt-BR."})
    return tuple(dict.fromkeys(found))


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    lines = [line for line in _text(fields, name).split("\n") if line.strip()]
    if len(lines) > MOST_LINES:
        raise Invalid({name: f"{MOST_LINES} lines at most."})
    return tuple(safe_html.clean_line(line, field=name, least=0, most=200, what="line")
                 for line in lines)


def _may_decide(fields: Fields) -> str:
    return safe_html.clean_line(fields.get("responders_may_decide"), least=0, most=500,
                                field="responders_may_decide", what="text")


def _escalation(fields: Fields) -> tuple[Escalation, ...]:
    steps, errors = [], {}
    for step in STEPS:
        try:
            if found := _step(fields, step):
                steps.append(found)
        except Invalid as problem:
            errors |= problem.errors
    if errors:
        raise Invalid(errors)
    if len({found.after for found in steps}) < len(steps):
        raise Invalid({"after_1": "Two steps come after the same time."})
    return tuple(sorted(steps, key=lambda found: found.after))


def _step(fields: Fields, step: int) -> Escalation | None:
    after, name = _text(fields, f"after_{step}"), f"to_{step}"
    to = safe_html.clean_line(fields.get(name), field=name, least=0, most=120, what="line")
    if not after and not to:
        return None
    if not after or not to:
        raise Invalid({name if after else f"after_{step}":
                       "Say who takes over." if after else "Say after how long."})
    unit = "hours" if fields.get(f"after_{step}_unit") == "hours" else "days"
    return Escalation(_length(after, unit, f"after_{step}"), to)


def _data_return(fields: Fields) -> DataReturn | None:
    typed, formats = _text(fields, "data_within"), _text(fields, "data_formats")
    if not typed:
        if formats:
            raise Invalid({"data_within": "Say within how many days."})
        return None
    found = tuple(dict.fromkeys(
        safe_html.clean_line(one, field="data_formats", least=1, most=20, what="format").lower()
        for one in re.split(r"[,;\n]", formats) if one.strip()))
    if len(found) > MOST_LINES:
        raise Invalid({"data_formats": f"{MOST_LINES} formats at most."})
    within = _length(typed, "days", "data_within")
    if within % timedelta(days=1):
        raise Invalid({"data_within": "Type a whole number of days."})
    return DataReturn(within, found)


def _expires(fields: Fields, zone: str, now: datetime) -> date:
    typed = _text(fields, "expires")
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Invalid({"expires": "Say until which day it holds, as year, month and day, such as "
                       "2027-06-30."}) from None
    today = now.astimezone(ZoneInfo(zone)).date()
    if day < today:
        raise Invalid({"expires": "That day is over already."})
    if day > today + LONGEST_HELD:
        raise Invalid({"expires": "A promise holds for three years at most. You can renew it."})
    return day


def expires_at(terms: PromiseTerms) -> datetime:
    """The instant at which the last day is over where the company is."""
    return opening.instant(terms.zone, terms.expires, DAY_MINUTES, opening=False)


def begins_at(day: date, zone: str) -> datetime:
    """The instant at which a day begins there."""
    return opening.instant(zone, day, 0, opening=True)


def _out_of_reach(terms: PromiseTerms, now: datetime) -> dict[str, str]:
    """Targets in opening hours that these hours hardly ever reach."""
    hours, errors = calendars.hours_of(terms), {}
    for target in TARGETS:
        for kind, within in getattr(terms, target).items():
            if not within.business:
                continue
            if not any(terms.week):
                errors[f"{target}_{kind}"] = (
                    "You have no opening hours, so this would never be over. Type them, or count "
                    "nights and weekends.")
            elif not _reached(hours, now, within.duration):
                errors[f"{target}_{kind}"] = (
                    f"With your opening hours this takes more than {LONGEST.days} days.")
    return errors


def _reached(hours: opening.Hours, now: datetime, length: timedelta) -> bool:
    try:
        return opening.reach(hours, now, length) <= now + LONGEST
    except opening.NeverOpen:
        return False


def typed_of(terms: PromiseTerms) -> dict[str, Any]:
    """What a manager would have typed for these terms: `read` gives them again."""
    fields: dict[str, Any] = dict.fromkeys(names(), "") | {
        "zone": terms.zone, "country": terms.country or "", "region": terms.region or "",
        "closed": "\n".join(day.isoformat() for day in terms.closed),
        "languages": ", ".join(terms.languages), "scope": "\n".join(terms.scope),
        "out_of_scope": "\n".join(terms.out_of_scope), "who_answers": list(terms.who_answers),
        "responders_may_decide": terms.responders_may_decide,
        "expires": terms.expires.isoformat()}
    for day, spans in zip(DAYS, terms.week, strict=True):
        fields[day] = typed_spans(spans)
    for target in TARGETS:
        for kind, within in getattr(terms, target).items():
            fields |= _typed_length(f"{target}_{kind}", within.duration,
                                    "open_hours" if within.business else None)
    for step, found in zip(STEPS, terms.escalation, strict=False):
        fields |= _typed_length(f"after_{step}", found.after, None) | {f"to_{step}": found.to}
    if back := terms.data_return:
        fields["data_within"] = str(back.within.days)
        fields["data_formats"] = ", ".join(back.formats)
    return fields


def _typed_length(name: str, length: timedelta, unit: str | None) -> dict[str, str]:
    unit = unit or ("hours" if length % timedelta(days=1) else "days")
    whole, rest = divmod(rules.minutes(length), MINUTES_OF[unit])
    return {name: f"{whole}:{rest:02}" if rest else str(whole), f"{name}_unit": unit}


def typed_spans(spans: Iterable[Span]) -> str:
    return ", ".join(f"{clock(opens)}–{clock(closes)}" for opens, closes in spans)


def clock(minute: int) -> str:
    """`9:00` of a minute of the day."""
    return f"{minute // 60}:{minute % 60:02}"
