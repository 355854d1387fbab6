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
    for reporter in (Report.reporter, RestoredReport.reporter):
        yield from accounts.hand_over_each(leaving, "reports", "Customer", reporter)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), Act.steward, RestoredReport.steward)
    with db.write():
        without = accounts.unnaming(leaving, Depth.NEAR)
        for model in (Report, Act):
            accounts.unname(model, within(model.thread, leaving.account), without)
        accounts.unname(RestoredReport, RestoredReport.restored.in_(Restored.select(
            Restored.id).where(Restored.account == leaving.account)), without)
        versions.touch("log")
