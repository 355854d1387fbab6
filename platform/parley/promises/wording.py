"""A promise in plain words, what changed from one version to the next, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parley.kernel.rulebook import Rulebook
from parley.promises import calendars, opening, rules
from parley.promises.clocks import Target, Terms
from parley.promises.drafting import DAYS, TARGETS, WHO, clock, typed_spans
from parley.promises.rules import KINDS, PromiseTerms, Week, Within

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "is": "Icelandic",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "lb": "Luxembourgish", "lt": "Lithuanian",
    "lv": "Latvian", "mt": "Maltese", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
CLAIMS = {"first_answer": "give a first answer to", "resolution": "propose a resolution to"}
SUBJECTS = {"first_answer": "First answer to", "resolution": "Resolution of"}
OPENED = {"question": "A question asked", "complaint": "A complaint made"}
DONE = {"first_answer": "has its first answer", "resolution": "has its resolution"}
NOTHING = "nothing promised"


@dataclass(frozen=True)
class Clause:
    """One thing that is promised: under which heading, the sentence, and what it comes to."""

    heading: str
    words: str
    aside: str = ""


@dataclass(frozen=True)
class Difference:
    heading: str
    before: str
    after: str


def clauses(terms: PromiseTerms) -> list[Clause]:
    """All that is promised, in the company's voice, one sentence each."""
    found = [Clause(f"{SUBJECTS[target]} {kind}s", f"We {CLAIMS[target]} {kind}s within "
                    f"{length_words(within.duration, within.business)}.", _aside(within, terms))
             for target in TARGETS for kind, within in _by_kind(terms, target)]
    found.append(Clause("Opening hours", _hours_sentence(terms)))
    if terms.country:
        found.append(Clause("Holidays", "We are closed on the public holidays of "
                            f"{calendars.place(terms)}."))
    if terms.closed:
        found.append(Clause("Days of our own", f"We are also closed on {_days(terms.closed)}."))
    return [*found, *_about_people(terms), *_about_scope(terms),
            Clause("How long it holds", f"This holds until the end of {day_words(terms.expires)}.")]


def _about_people(terms: PromiseTerms) -> Iterator[Clause]:
    if terms.languages:
        spoken = [LANGUAGES.get(code, code) for code in terms.languages]
        yield Clause("Languages", f"We answer in {listed(spoken)}.")
    if terms.who_answers:
        people = listed([WHO[who] for who in terms.who_answers])
        yield Clause("Who answers", f"Answers come from {people}.")
    if terms.responders_may_decide:
        yield Clause("What they may decide", "Those who answer may decide themselves: "
                     f"{_ended(terms.responders_may_decide)}")
    for number, step in enumerate(terms.escalation, 1):
        yield Clause(f"Escalation, step {number}", f"{around_the_clock(step.after).capitalize()} "
                     f"after it was opened, you can pass a thread on to: {_ended(step.to)}")
    if back := terms.data_return:
        how = f", as {listed(list(back.formats), 'or')}" if back.formats else ""
        yield Clause("Your data", f"If you ask for your own data, you get them within "
                     f"{around_the_clock(back.within)}{how}.")


def _about_scope(terms: PromiseTerms) -> Iterator[Clause]:
    if terms.scope:
        yield Clause("What it is about", f"This is about: {'; '.join(terms.scope)}.")
    if terms.out_of_scope:
        yield Clause("What it is not about", f"It is not about: {'; '.join(terms.out_of_scope)}.")


def _aside(within: Within, terms: PromiseTerms) -> str:
    days = in_own_days(within.duration, terms.week) if within.business else ""
    return f"That is {days}." if days else ""


def words(terms: PromiseTerms) -> list[str]:
    return [f"{clause.words} {clause.aside}".strip() for clause in clauses(terms)]


def short(terms: PromiseTerms) -> list[str]:
    """The times alone, for a corner of a page: “First answer to questions: 8 opening hours”."""
    return [f"{SUBJECTS[target]} {kind}s: " + (
                length_words(within.duration, True) if within.business
                else around_the_clock(within.duration))
            for target in TARGETS for kind, within in _by_kind(terms, target)]


def differences(old: PromiseTerms | None, new: PromiseTerms | None) -> list[Difference]:
    """What changed, in the order in which it is promised; None promises nothing."""
    before = {clause.heading: clause.words for clause in clauses(old)} if old else {}
    after = {clause.heading: clause.words for clause in clauses(new)} if new else {}
    return [Difference(heading, before.get(heading, NOTHING), after.get(heading, NOTHING))
            for heading in [*after, *(heading for heading in before if heading not in after)]
            if before.get(heading) != after.get(heading)]


def expected(terms: PromiseTerms | None, book: Rulebook) -> list[str]:
    """What the community expects instead where a promise (None: no promise) is silent."""
    days = {"first_answer": book.first_answer_days, "resolution": book.resolution_days}
    return [f"{SUBJECTS[target]} {kind}s: {_many(days[target], 'business day')}"
            for target in TARGETS for kind in KINDS
            if terms is None or kind not in getattr(terms, target)]


def _by_kind(terms: PromiseTerms, target: str) -> Iterator[tuple[str, Within]]:
    targets = getattr(terms, target)
    return ((kind, targets[kind]) for kind in KINDS if kind in targets)


# Lengths of time


def length_words(length: timedelta, business: bool) -> str:
    if not business:
        return f"{around_the_clock(length)}, nights and weekends counted"
    hours, minutes = divmod(rules.minutes(length), 60)
    if not minutes:
        return _many(hours, "opening hour")
    if not hours:
        return f"{_many(minutes, 'minute')} of opening time"
    return f"{_many(hours, 'opening hour')} and {_many(minutes, 'minute')}"


def around_the_clock(length: timedelta) -> str:
    """“3 days”, “36 hours”, “1 hour and 30 minutes”."""
    if length % timedelta(days=1) == timedelta():
        return _many(length.days, "day")
    hours, minutes = divmod(rules.minutes(length), 60)
    parts = [_many(count, unit) for count, unit in ((hours, "hour"), (minutes, "minute")) if count]
    return " and ".join(parts)


def in_own_days(length: timedelta, week: Week) -> str:
    """What so much opening time is in days of these hours: “2 of our days”, “about half a day of
    ours”; empty when they never open."""
    days = [sum(rules.length(*span) for span in day) for day in week if day]
    if not days:
        return ""
    usual = sum(days) / len(days)
    halves = round(rules.minutes(length) / usual * 2)
    exact = len(set(days)) == 1 and halves * usual == 2 * rules.minutes(length)
    about = "" if exact else "about "
    if halves == 0:
        return "a small part of one of our days"
    if halves == 1:
        return f"{about}half of one of our days"
    count = f"{halves / 2:g}"
    return f"{about}{'one' if count == '1' else count} of our days"


# Opening hours


def hours_table(week: Week) -> list[tuple[str, str]]:
    """Each weekday and its hours in words."""
    return [(name.title(), typed_spans(day) or "closed")
            for name, day in zip(DAYS, week, strict=True)]


def _spans(day: Iterable[rules.Span]) -> str:
    spans = [f"{clock(opens)} to {clock(closes)}"
             + (" of the next day" if closes <= opens else "") for opens, closes in day]
    return " and ".join(spans)


def _hours_sentence(terms: PromiseTerms) -> str:
    open_days = [(number, spans) for number, spans in enumerate(terms.week) if spans]
    if not open_days:
        return f"We count nights and weekends. Times are those of {_place(terms.zone)}."
    groups: list[tuple[list[int], tuple[rules.Span, ...]]] = []
    for number, spans in open_days:
        if groups and groups[-1][1] == spans and groups[-1][0][-1] == number - 1:
            groups[-1][0].append(number)
        else:
            groups.append(([number], spans))
    said = "; ".join(f"{_run(numbers)} {_spans(spans)}" for numbers, spans in groups)
    return f"We are open {said}, as clocks show it in {_place(terms.zone)}."


def _run(numbers: list[int]) -> str:
    first, last = DAYS[numbers[0]].title(), DAYS[numbers[-1]].title()
    if len(numbers) == 1:
        return first
    return f"{first} {'and' if len(numbers) == 2 else 'to'} {last}"


def _place(zone: str) -> str:
    """“Berlin” of Europe/Berlin."""
    return zone.rpartition("/")[2].replace("_", " ")


def _days(days: tuple[date, ...]) -> str:
    """Single days and runs of them: “24 December 2026 and 27 to 31 December 2026”."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return listed([" to ".join(map(day_words, sorted({run[0], run[-1]}))) for run in runs])


def day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


# Worked examples


def examples(terms: PromiseTerms, measured: dict[str, Terms], since: datetime) -> list[str]:
    """What the targets of each kind (`measured`) come to for somebody who writes on a Tuesday
    morning or a Friday evening, from the first such days after `since` on."""
    zone = ZoneInfo(terms.zone)
    moments = [_next(since.astimezone(zone), weekday, hour) for weekday, hour in ((1, 10), (4, 17))]
    moments.sort()
    return [_example(kind, target, moment, due, zone)
            for kind in KINDS for target, aim in _aims(measured[kind])
            for moment in moments if (due := _due(aim, moment))]


def _aims(measured: Terms) -> Iterator[tuple[str, Target]]:
    for target in TARGETS:
        aim = getattr(measured, target)
        if aim is not None and aim.promised:
            yield target, aim


def _due(aim: Target, moment: datetime) -> datetime | None:
    try:
        return opening.reach(aim.hours, moment, aim.duration)
    except opening.NeverOpen:
        return None


def _next(there: datetime, weekday: int, hour: int) -> datetime:
    day = there.date() + timedelta(days=(weekday - there.weekday() - 1) % 7 + 1)
    return datetime.combine(day, time(hour), there.tzinfo).astimezone(UTC)


def _example(kind: str, target: str, moment: datetime, due: datetime, zone: ZoneInfo) -> str:
    return (f"{OPENED[kind]} on {_moment(moment.astimezone(zone))} {DONE[target]} by "
            f"{_moment(due.astimezone(zone))}.")


def _moment(there: datetime) -> str:
    return f"{there:%A} {there.day} {there:%B, %H:%M}"


# Small words


def listed(items: list[str], last: str = "and") -> str:
    """“a, b and c”."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def _ended(text: str) -> str:
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."
