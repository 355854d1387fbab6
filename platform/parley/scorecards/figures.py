"""From counts to the figures that a scorecard shows. Pure: nothing here asks a database or a clock.

Every share comes with its size and a 95 % interval (E. B. Wilson, “Probable inference, the law of
succession, and statistical inference”, JASA 22, 1927). Below `ENOUGH` threads a figure is not
shown. A quantile counts those who were never answered as infinite, and is the upper bound of its
bucket, so that it never flatters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, sqrt

from parley.scorecards.rules import EXPECTATION, LADDER, OUTCOMES, PROMISE

ENOUGH = 10
Z = 1.959963984540054  # the normal quantile of 0.975

WINDOWS = {"90d": "90 days", "12m": "12 months", "all": "All time"}
USUAL = "12m"
DAYS = 90
MONTH = 1_000_000  # periods: a day is its number since 1970, a month this plus its number …
ALL = 2_000_000  # … and all of them one
MONTHS_DRAWN = 24

KINDS = ("question", "complaint", "idea", "praise", "consultation")
SPANS = (  # of first answers, in calendar time: up to so many minutes
    (60, "within an hour"), (480, "within 8 hours"), (1_440, "within a day"),
    (2_880, "within 2 days"), (7_200, "within 5 days"), (20_160, "within 2 weeks"),
    (LADDER[-1], "later"))


def month_of(day: int) -> int:
    """The period of the month in which a day lies."""
    on = _date(day)
    return MONTH + on.year * 12 + on.month - 1


def month_name(period: int) -> str:
    """“November 2026”"""
    year, month = divmod(period - MONTH, 12)
    return f"{date(year, month + 1, 1):%B} {year}"


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def periods_of(day: int) -> tuple[int, int, int]:
    """The periods in which a thread opened on this day is counted."""
    return day, month_of(day), ALL


def periods_in(window: str, day: int) -> tuple[int, int]:
    """The first and the last of the periods whose sum a window is, as of a day: 90 days up to it,
    the months from the same month a year before, or all."""
    if window == "90d":
        return day - DAYS + 1, day
    if window == "12m":
        return month_of(day) - 12, month_of(day)
    return ALL, ALL


def first_day(window: str, day: int) -> int | None:
    """The first day of a window as of a day; None for all time."""
    if window == "all":
        return None
    first, _ = periods_in(window, day)
    if first < MONTH:
        return first
    year, month = divmod(first - MONTH, 12)
    return (date(year, month + 1, 1) - date(1970, 1, 1)).days


def lies_in(window: str, day: int, opened: int) -> bool:
    """Whether what was opened on a day is in the sum that a window is as of another."""
    first, last = periods_in(window, day)
    return any(first <= period <= last for period in periods_of(opened))


def months_in(window: str, day: int) -> tuple[int, int]:
    """The first and last month that a window's chart draws."""
    last = month_of(day)
    first = {"90d": month_of(day - DAYS + 1), "12m": last - 12}.get(window)
    return first or last - MONTHS_DRAWN + 1, last


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def enough(self) -> bool:
        return self.whole >= ENOUGH

    @property
    def percent(self) -> int:
        """Rounded down: 100 is said only of all."""
        return self.part * 100 // self.whole

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.part, self.whole)

    @property
    def range(self) -> tuple[int, int]:
        """The interval in whole percent."""
        low, high = self.interval
        return int(low * 100), ceil(high * 100 - 1e-9)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share; from 0 to 1 when there is nothing to go by."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, Z * Z / whole
    middle = share + square / 2
    reach = Z * sqrt(share * (1 - share) / whole + square / whole / 4)
    low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
    return 0.0 if part == 0 else low, 1.0 if part == whole else high


@dataclass(frozen=True)
class Time:
    """A quantile of the time to a first answer among `whole` threads: at most `minutes`, or None
    when so many were never answered."""

    minutes: int | None
    whole: int

    @property
    def enough(self) -> bool:
        return self.whole >= ENOUGH


def quantile(share: Fraction, answered: Mapping[int, int], whole: int) -> Time:
    """The time within which this share of `whole` threads had an answer; `answered` says how
    many by upper bound in minutes."""
    rank, so_far = ceil(share * whole), 0
    for bound in sorted(answered):
        so_far += answered[bound]
        if so_far >= rank > 0:
            return Time(bound, whole)
    return Time(None, whole)


MEDIAN, NINETIETH = Fraction(1, 2), Fraction(9, 10)


def words_of(minutes: int) -> str:
    """A length of time in words, rounded up: “50 minutes”, “7.5 hours”, “13 days”."""
    if minutes <= 48 * 60:
        return hours_words(minutes)
    return _rounded_up(Fraction(minutes, 1_440), "day")


def hours_words(minutes: int) -> str:
    """A length of opening time in words, which has no days: “50 minutes”, “31 hours”."""
    if minutes < 60:
        return _many(minutes, "minute")
    return _rounded_up(Fraction(minutes, 60), "hour")


def _rounded_up(length: Fraction, what: str) -> str:
    if length < 10 and length.denominator > 1:
        return f"{ceil(length * 10) / 10:g} {what}s"
    return _many(ceil(length), what)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Month:
    """What fell due to threads opened in one month: promises, or where there are none what the
    community expects."""

    name: str
    kept: int
    missed: int
    declined: int

    @property
    def whole(self) -> int:
        return self.kept + self.missed + self.declined


@dataclass(frozen=True)
class Totals:
    """A company's counts in a window, and the verdicts of its months."""

    counts: Mapping[str, int]
    months: Mapping[int, Mapping[str, int]]

    def plain(self) -> dict[str, object]:
        """What is stored; nothing that is zero."""
        return {"counts": _some(self.counts),
                "months": {str(month): some for month, each in sorted(self.months.items())
                           if (some := _some(each))}}

    @classmethod
    def stored(cls, plain: Mapping[str, Mapping]) -> Totals:
        return cls(plain["counts"], {int(month): each for month, each in plain["months"].items()})

    def drawn(self, first: int, last: int) -> Totals:
        """The same, without the months before and after these."""
        return Totals(self.counts, {month: each for month, each in self.months.items()
                                    if first <= month <= last})


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {key: count for key, count in sorted(counts.items()) if count}


NOTHING = Totals({}, {})
WORDS = ("kept", "missed", "declined")
DRAWN = tuple(f"{word}.{whose}" for whose in (PROMISE, EXPECTATION) for word in WORDS)


class Figures:
    """The figures of a company in a window, as of a day."""

    def __init__(self, totals: Totals, window: str, day: int) -> None:
        self.window, self.day = window, day
        self.counts = totals.counts
        self._months = totals.months
        self.counted = self._of("counted")
        self.calendar, self.business = self._times("calendar"), self._times("business")

    def _of(self, key: str) -> int:
        return self.counts.get(key, 0)

    def _group(self, name: str) -> dict[int, int]:
        """The counts whose keys end in a number."""
        return {int(key.rpartition(".")[2]): count for key, count in self.counts.items()
                if key.startswith(f"{name}.") and count}

    def _times(self, name: str) -> tuple[Time, Time]:
        answered = self._group(name)
        return (quantile(MEDIAN, answered, self.counted),
                quantile(NINETIETH, answered, self.counted))

    @property
    def problems(self) -> tuple[int, int]:
        """Problems that the people hit by them confirmed as fixed, and how many people."""
        return self._of("problems.confirmed"), self._of("problems.people")

    def kept(self, whose: str = PROMISE) -> Share:
        whole = sum(self._of(f"{word}.{whose}") for word in WORDS)
        return Share(self._of(f"kept.{whose}"), whole)

    @property
    def promises(self) -> Share:
        return self.kept(PROMISE)

    @property
    def expectation(self) -> Share:
        return self.kept(EXPECTATION)

    @property
    def answered(self) -> Share:
        return Share(self._of("answered"), self.counted)

    @property
    def never(self) -> Share:
        return Share(self.counted - self._of("answered"), self.counted)

    @property
    def outcomes(self) -> dict[str, int]:
        return {name: self._of(f"outcome.{name}") for name in OUTCOMES}

    @property
    def closed(self) -> int:
        return sum(self.outcomes.values())

    @property
    def sent_back(self) -> Share:
        return Share(self._of("sent_back"), self._of("claims"))

    @property
    def waiting(self) -> int:
        return sum(self._group("waiting").values())

    @property
    def waiting_age(self) -> int | None:
        """The median age in days of those who wait for a first answer; None below `ENOUGH`."""
        if self.waiting < ENOUGH:
            return None
        rank, so_far = self.waiting // 2 + 1, 0
        for opened, count in sorted(self._group("waiting").items(), reverse=True):
            so_far += count
            if so_far >= rank:
                return self.day - opened
        raise AssertionError("more wait than were counted")

    @property
    def kinds(self) -> dict[str, int]:
        return {kind: self._of(f"kind.{kind}") for kind in KINDS}

    @property
    def threads(self) -> int:
        return sum(self.kinds.values())

    @property
    def reports(self) -> tuple[int, int, int]:
        """Reports that the company filed; how many are settled, and how many were right."""
        return self._of("reports"), self._of("reports.settled"), self._of("reports.right")

    @property
    def spans(self) -> list[tuple[str, int]]:
        """How many threads had their first answer within which time, the never answered last."""
        answered, spans, before = self._group("calendar"), [], 0
        for bound, words in SPANS:
            within = sum(count for least, count in answered.items() if before < least <= bound)
            spans.append((words, within))
            before = bound
        return [*spans, ("never", self.never.part)]

    @property
    def drawn(self) -> str:
        """Whose verdicts the chart of months draws: promises, where there are enough of them."""
        return PROMISE if self.promises.enough or not self.expectation.whole else EXPECTATION

    @property
    def months(self) -> Sequence[Month]:
        """The months of the window, from the first with a verdict to the last of all."""
        first, last = months_in(self.window, self.day)
        found: list[Month] = []
        for period in range(first, last + 1):
            counts = self._months.get(period, {})
            each = [counts.get(f"{word}.{self.drawn}", 0) for word in WORDS]
            if found or any(each):
                found.append(Month(month_name(period), *each))
        return found
