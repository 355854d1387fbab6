"""Who may declare for a company, and what a declaration says: pure values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from parley.kernel.errors import Refusal

MOST_RECEIVED = 500
OLDEST_YEAR = 1900
RECOGNISED_FOR = timedelta(days=365)  # help older than this no longer counts
NO_TIES = "none"


def may_declare(represents: bool) -> Refusal | None:
    """Whether someone may advocate, beside being a member: one hat for each company."""
    if represents:
        return Refusal("represents", "You answer for this company, so you cannot also be its "
                       "advocate. People should know which of the two is speaking.")
    return None


def wrong_with(
    ties: Sequence[str], since_year: int | None, this_year: int, known: Sequence[str]
) -> dict[str, str]:
    """What cannot be right in a declaration, by field; empty when nothing is wrong."""
    errors = {}
    if not ties:
        errors["ties"] = "Say what ties you have to the company, or that you have none."
    elif any(tie not in known for tie in ties):
        errors["ties"] = "Choose from the ties listed."
    elif NO_TIES in ties and len(set(ties)) > 1:
        errors["ties"] = "“No ties” stands alone. Untick it, or the others."
    if since_year is not None and not OLDEST_YEAR <= since_year <= this_year:
        errors["since_year"] = f"Give a year between {OLDEST_YEAR} and {this_year}, or none."
    return errors


def ties_in_words(ties: Sequence[str], since_year: int | None, words: dict[str, str]) -> str:
    """“customer since 2016, no other ties”: the first tie, since when, and the others."""
    named = [words[tie] for tie in words if tie in ties and tie != NO_TIES]
    if not named:
        return "no ties"
    first = f"{named[0]} since {since_year}" if since_year else named[0]
    return ", ".join([first, *(named[1:] or ["no other ties"])])
