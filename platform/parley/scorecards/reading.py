"""The figures of a scorecard line by line, in the order in which they are shown, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parley.scorecards.figures import ENOUGH, Figures, Share, Time, hours_words, words_of

OUTCOMES = {
    "confirmed_by_vendor": "Confirmed, solved by the company",
    "without_company": "Confirmed, solved without the company",
    "declined": "Declined by the company",
    "unconfirmed": "Unconfirmed: the author did not say",
    "withdrawn": "Withdrawn by the author",
    "void": "Ended with a question of the company",
}
KINDS = {"question": "Questions", "complaint": "Complaints", "idea": "Ideas", "praise": "Praise",
         "consultation": "Consultations"}
LEFT_OUT = {
    "pending": "not due yet",
    "unreached": "not known to the company yet",
    "own_people": "begun by people who answer for the company now; of these only misses count",
    "hidden": "hidden by a steward",
}


@dataclass(frozen=True)
class Line:
    """One figure. `unit` is `share` (a fraction), `minutes`, `days` or `count`; `value` is None
    when there are too few to say, or when a time was never reached. `low` and `high` are its 95 %
    interval, `part` and `whole` what it is made of."""

    key: str
    name: str
    unit: str
    value: float | None
    words: str
    part: int | None = None
    whole: int | None = None
    low: float | None = None
    high: float | None = None
    enough: bool = True

    @property
    def size(self) -> str:
        """What the figure is made of, in words."""
        if self.whole is None:
            return ""
        if self.part is None or not self.enough:
            return f"{self.whole:,} threads" if self.whole != 1 else "1 thread"
        return f"{self.part:,} of {self.whole:,}"

    @property
    def range(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return f"{int(self.low * 100)} to {-int(-self.high * 100 // 1)} %"

    def record(self) -> dict[str, Any]:
        """For programs."""
        return {"value": self.value, "unit": self.unit, "low": self.low, "high": self.high,
                "part": self.part, "of": self.whole, "enough": self.enough}

    def plain(self) -> str:
        notes = ", ".join(filter(None, (self.range, self.size)))
        return f"{self.words} ({notes})" if notes else self.words


def lines(found: Figures) -> dict[str, Line]:
    """All figures, by key, in their order."""
    return {line.key: line for line in _lines(found)}


def _lines(found: Figures) -> Iterator[Line]:
    problems, people = found.problems
    yield _count("problems_confirmed", "Problems fixed and confirmed", problems)
    yield _count("problems_people", "People hit by those problems", people)
    yield _share("promises_kept", "Promises kept", found.promises)
    yield _share("expectation_met", "Community’s expectation met", found.expectation)
    yield _share("answered", "Answered", found.answered)
    for key, count in found.outcomes.items():
        yield _part(f"outcome_{key}", OUTCOMES[key], count, found.closed)
    yield _share("sent_back", "Claims sent back", found.sent_back)
    for name, times, words in (("calendar", found.calendar, words_of),
                               ("business", found.business, hours_words)):
        for key, time in zip(("median", "p90"), times, strict=True):
            yield _time(f"first_answer_{key}_{name}", _TIMES[key, name], time, words)
    yield _share("never_answered", "Never answered", found.never)
    age = found.waiting_age
    words = TOO_FEW if age is None else f"{age:,} day{'' if age == 1 else 's'}"
    yield Line("waiting_median_age", "Median age of those still waiting", "days", age, words,
               whole=found.waiting, enough=age is not None)
    for key, count in found.kinds.items():
        yield _count(f"threads_{key}", KINDS[key], count)
    filed, settled, right = found.reports
    yield _count("reports_filed", "Reports that the company filed", filed)
    yield _count("reports_settled", "Of these decided by stewards", settled)
    yield _count("reports_right", "Of these right", right)


TOO_FEW = "too few to say"
_TIMES = {
    ("median", "calendar"): "Median time to a first answer",
    ("p90", "calendar"): "90 % have a first answer within",
    ("median", "business"): "Median, in opening time",
    ("p90", "business"): "90 %, in opening time",
}


def _count(key: str, name: str, count: int) -> Line:
    return Line(key, name, "count", count, f"{count:,}")


def _share(key: str, name: str, share: Share) -> Line:
    if not share.enough:
        return Line(key, name, "share", None, TOO_FEW, whole=share.whole, enough=False)
    low, high = share.interval
    return Line(key, name, "share", round(share.part / share.whole, 4), f"{share.percent} %",
                share.part, share.whole, round(low, 4), round(high, 4))


def _part(key: str, name: str, count: int, closed: int) -> Line:
    """One of the ways in which closed threads ended; an interval for each would say too much."""
    if closed < ENOUGH:
        return Line(key, name, "share", None, TOO_FEW, whole=closed, enough=False)
    return Line(key, name, "share", round(count / closed, 4), f"{count * 100 // closed} %", count,
                closed)


def _time(key: str, name: str, time: Time, words: object) -> Line:
    if not time.enough:
        return Line(key, name, "minutes", None, TOO_FEW, whole=time.whole, enough=False)
    if time.minutes is None:
        return Line(key, name, "minutes", None, "never", whole=time.whole)
    return Line(key, name, "minutes", time.minutes, words(time.minutes),  # type: ignore[operator]
                whole=time.whole)


def left_out(found: Figures) -> list[tuple[str, int]]:
    """What is in no share above, in words, with how many."""
    return [(words, found.counts[key]) for key, words in LEFT_OUT.items() if found.counts.get(key)]
