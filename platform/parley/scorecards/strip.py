"""The figures that open a company's page."""

from __future__ import annotations

from parley.scorecards import days, reading
from parley.scorecards.figures import USUAL, Figures, Totals
from parley.scorecards.reading import Line

Stat = tuple[str, str, str]  # the figure, what it counts, its range and size


def strip(vendor_id: str) -> list[Stat]:
    """Problems put right, promises kept, time to an answer, never answered, in the usual window:
    each with its range and size. Empty while there are too few to say anything. One query."""
    day = days.today()
    found = Figures(Totals(days.sums(vendor_id, USUAL, day), {}), USUAL, day)
    problems, people = found.problems
    if not problems and not found.answered.enough:
        return []
    lines = reading.lines(found)
    promised = found.promises.enough or (found.promises.whole and not found.expectation.enough)
    kept = lines["promises_kept" if promised else "expectation_met"]
    words = "promises kept" if promised else "community’s expectation met; no promise"
    return [
        (f"{problems:,}", f"{'problem' if problems == 1 else 'problems'} fixed and confirmed",
         f"{people:,} people hit" if problems else ""),
        (kept.words, words, _small(kept)),
        (lines["first_answer_median_calendar"].words, "median time to an answer",
         _small(lines["first_answer_median_calendar"])),
        (lines["never_answered"].words, "never answered", _small(lines["never_answered"])),
    ]


def _small(line: Line) -> str:
    return ", ".join(filter(None, (line.range, line.size)))
