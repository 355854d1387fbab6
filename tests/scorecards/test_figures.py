"""From counts to figures."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.scorecards import figures, reading
from parley.scorecards.figures import (
    MEDIAN,
    NINETIETH,
    Figures,
    Share,
    Totals,
    quantile,
    wilson,
    words_of,
)


def day(iso: str) -> int:
    return (date.fromisoformat(iso) - date(1970, 1, 1)).days


def of(**counts: int) -> Figures:
    return Figures(Totals({key.replace("__", "."): n for key, n in counts.items()}, {}), "all",
                   day("2026-11-12"))


# R. G. Newcombe, “Two-sided confidence intervals for the single proportion”, 1998, table I
@pytest.mark.parametrize(("part", "whole", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718)])
def test_wilson_against_published_values(part, whole, low, high):
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


@given(whole=st.integers(1, 10_000), data=st.data())
def test_the_interval_holds_the_share_and_narrows_with_size(whole, data):
    part = data.draw(st.integers(0, whole))
    low, high = wilson(part, whole)
    assert 0 <= low <= part / whole <= high <= 1
    assert high - low > wilson(part * 4, whole * 4)[1] - wilson(part * 4, whole * 4)[0]


@given(times=st.lists(st.integers(1, 5_000)), never=st.integers(0, 30))
def test_a_quantile_is_the_value_at_its_rank_with_the_unanswered_last(times, never):
    counts = {bound: times.count(bound) for bound in times}
    whole = len(times) + never
    ranked = sorted(times) + [None] * never
    for share in (MEDIAN, NINETIETH):
        rank = -(-share.numerator * whole // share.denominator)
        found = quantile(share, counts, whole)
        assert found.minutes == (ranked[rank - 1] if whole else None)


def test_windows_in_whole_days_and_months():
    end = day("2026-11-12")
    assert figures.first_day("90d", end) == day("2026-08-15")
    assert figures.first_day("12m", end) == day("2025-11-01")
    assert figures.lies_in("90d", end, day("2026-08-15"))
    assert not figures.lies_in("90d", end, day("2026-08-14"))
    assert figures.lies_in("12m", end, day("2025-11-01"))
    assert not figures.lies_in("12m", end, day("2025-10-31"))
    assert figures.lies_in("all", end, day("1999-01-01"))
    assert figures.month_name(figures.month_of(day("2024-02-29"))) == "February 2024"


def test_below_ten_nothing_is_said():
    few = reading.lines(of(counted=9, answered=9, calendar__60=9))
    assert {few[key].words for key in ("answered", "never_answered", "promises_kept",
                                       "first_answer_median_calendar", "outcome_void")} == {
        "too few to say"}
    assert few["answered"].value is None and few["answered"].part is None
    assert few["answered"].plain() == "too few to say (9 threads)"
    assert Share(9, 9).enough is False and Share(0, 10).enough is True


def test_figures_in_words():
    lines = reading.lines(of(
        counted=12, answered=5, calendar__60=5, business__60=5, kept__promise=11, missed__promise=1,
        waiting__20700=4, waiting__20760=7))
    assert lines["answered"].plain() == "41 % (19 to 69 %, 5 of 12)"
    assert lines["promises_kept"].words == "91 %"
    assert lines["first_answer_median_calendar"].words == "never"
    assert lines["waiting_median_age"].words == "9 days"
    assert Share(999, 1000).percent == 99


@pytest.mark.parametrize(("minutes", "words"), [
    (1, "1 minute"), (59, "59 minutes"), (60, "1 hour"), (61, "1.1 hours"), (150, "2.5 hours"),
    (2_880, "48 hours"), (2_881, "2.1 days"), (20_161, "15 days")])
def test_times_are_rounded_up(minutes, words):
    assert words_of(minutes) == words


@given(st.dictionaries(st.sampled_from(["counted", "answered", "waiting.20000", "kind.idea",
                                        "calendar.60", "kept.promise"]), st.integers(0, 50)))
def test_totals_are_stored_without_what_is_zero(counts):
    totals = Totals(counts, {figures.month_of(20_000): {"kept.promise": 1, "missed.promise": 0}})
    again = Totals.stored(totals.plain())
    assert again.plain() == totals.plain() and 0 not in again.counts.values()
