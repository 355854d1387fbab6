"""What a person leaves behind in scorecards: a company's word on its figures is the company's."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts.models import Leaving
from parley.scorecards.models import ScorecardComment
from parley.vendors.leaving import for_companies


def erase(leaving: Leaving) -> Iterator[None]:
    yield from for_companies(leaving, ScorecardComment.by)
