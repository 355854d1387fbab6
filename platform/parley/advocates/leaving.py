"""What a person leaves behind as an advocate: nothing; their posts carry their ties."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.advocates.models import Declaration


def erase(leaving: Leaving) -> Iterator[None]:
    yield from accounts.delete(leaving, "declarations", Declaration.account)
