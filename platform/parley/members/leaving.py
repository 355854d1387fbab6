"""What a person leaves behind as a member: their terms of office, under no name."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.kernel import clock, db
from parley.members.models import Membership, Office


def erase(leaving: Leaving) -> Iterator[None]:
    yield from accounts.delete(leaving, "membership", Membership.account)
    with db.write():
        now = clock.now()
        Office.update(until=now).where(
            Office.account == leaving.account, Office.until.is_null() | (Office.until > now)
        ).execute()
    yield from accounts.hand_over(leaving, "offices", "Former officer", Office.account)
