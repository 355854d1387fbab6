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
    yield from accounts.hand_over_each(leaving, "reports", Report.reporter)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), Act.steward)
    with db.write():
        without = accounts.unnaming(leaving, Depth.NEAR)
        for model in (Report, Act):
            accounts.unname(model, within(model.thread, leaving.account), without)
        versions.touch("log")
