"""What a person leaves behind in moderation: acts of a steward, reports without their words, and
what others wrote about them there."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.accounts.naming import Depth
from parley.kernel import db, versions
from parley.moderation.models import Act, Report
from parley.threads.leaving import within


def erase(leaving: Leaving) -> Iterator[None]:
    with db.write():
        Report.update(note="").where(Report.reporter == leaving.account).execute()
    yield from _reports(leaving)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), Act.steward)
    with db.write():
        without = accounts.unnaming(leaving, Depth.NEAR)
        for model in (Report, Act):
            accounts.unname(model, within(model.thread, leaving.account), without)
        versions.touch("log")


def _reports(leaving: Leaving) -> Iterator[None]:
    """Each report is handed over by itself: nothing tells that two came from one person."""
    while row := Report.get_or_none(Report.reporter == leaving.account):
        with db.write():
            other = accounts.stand_in(leaving, accounts.numbered("Customer"))
            moved = Report.update(reporter=other.id).where(
                Report.id == row.id, Report.reporter == leaving.account).execute()
            accounts.noted(leaving, "reports", moved)
        yield
