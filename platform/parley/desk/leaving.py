"""What a person leaves behind at a desk: the company's notes and texts stay, under no name."""

from __future__ import annotations

from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.accounts.naming import Depth
from parley.desk.models import Answering, Briefing, Bulk, Note, SavedReply
from parley.kernel import db
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
    yield from for_companies(leaving, Note.author, SavedReply.by, Briefing.by)
