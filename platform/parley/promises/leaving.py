"""What a person leaves behind in promises: these are the company's, and stay."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts.models import Leaving
from parley.promises.models import Promise, PromiseDraft
from parley.vendors.leaving import for_companies


def erase(leaving: Leaving) -> Iterator[None]:
    yield from for_companies(leaving, Promise.published_by, PromiseDraft.edited_by)
