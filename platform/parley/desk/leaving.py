"""What a person leaves behind at a desk: the company's notes and texts stay, under no name, and so
do reports and acts about briefings."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.accounts.naming import Depth
from parley.desk.models import (
    Answering,
    Briefing,
    BriefingAct,
    BriefingReport,
    Bulk,
    Note,
    SavedReply,
)
from parley.kernel import db, versions
from parley.threads.leaving import within
from parley.threads.models import Thread
from parley.vendors.leaving import for_companies
from parley.vendors.models import Representative


def erase(leaving: Leaving) -> Iterator[None]:
    yield from accounts.delete(leaving, "desk", Answering.account, Bulk.account)
    served = Representative.select(Representative.vendor).where(
        Representative.account == leaving.account)
    with db.write():
        Thread.update(assignee="").where(
            Thread.vendor.in_(served), Thread.assignee == leaving.account).execute()
        accounts.unname(Note, within(Note.thread, leaving.account),
                        accounts.unnaming(leaving, Depth.NEAR))
        BriefingReport.update(note="").where(BriefingReport.reporter == leaving.account).execute()
    yield from accounts.hand_over_each(leaving, "reports", "Customer", BriefingReport.reporter)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), BriefingAct.steward)
    with db.write():
        without = accounts.unnaming(leaving, Depth.NEAR)
        theirs = Briefing.select(Briefing.id).where(Briefing.by == leaving.account)
        for model in (BriefingReport, BriefingAct):
            accounts.unname(model, model.briefing.in_(theirs), without)
        versions.touch("log")
    yield from for_companies(leaving, Note.author, SavedReply.by, Briefing.by)
