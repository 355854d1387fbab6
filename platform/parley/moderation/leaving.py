"""What a person leaves behind in moderation: acts of a steward, reports without their words, and
what others wrote about them there."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.accounts.naming import Depth
from parley.kernel import db, versions
from parley.moderation.models import Act, Report, RestoredReport
from parley.threads.leaving import within
from parley.threads.models import Restored


def erase(leaving: Leaving) -> Iterator[None]:
    with db.write():
        for model in (Report, RestoredReport):
            model.update(note="").where(model.reporter == leaving.account).execute()
    for model in (Report, RestoredReport):
        yield from _reports(leaving, model)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), Act.steward, RestoredReport.steward)
    with db.write():
        without = accounts.unnaming(leaving, Depth.NEAR)
        for model in (Report, Act):
            accounts.unname(model, within(model.thread, leaving.account), without)
        accounts.unname(RestoredReport, RestoredReport.restored.in_(Restored.select(
            Restored.id).where(Restored.account == leaving.account)), without)
        versions.touch("log")


def _reports(leaving: Leaving, model: type[Report] | type[RestoredReport]) -> Iterator[None]:
    """Each report is handed over by itself: nothing tells that two came from one person."""
    while row := model.get_or_none(model.reporter == leaving.account):
        with db.write():
            other = accounts.stand_in(leaving, accounts.numbered("Customer"))
            moved = model.update(reporter=other.id).where(
                model.id == row.id, model.reporter == leaving.account).execute()
            accounts.noted(leaving, "reports", moved)
        yield
