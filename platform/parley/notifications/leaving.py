"""What a person leaves behind in notices and mail: nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.kernel import db, ids
from parley.notifications.models import Notice, ReplyRefusal, ReplyToken
from parley.outbox.models import Task


def erase(leaving: Leaving) -> Iterator[None]:
    yield from accounts.delete(leaving, "notices", Notice.account)
    yield from accounts.delete(leaving, "links", ReplyToken.account)
    with db.write():
        if leaving.email:
            ReplyRefusal.delete().where(
                ReplyRefusal.address_hash == ids.digest(leaving.email)).execute()
            _drop_mail_in(leaving)


def _drop_mail_in(leaving: Leaving) -> None:
    """Answers by mail that wait, or that could not be used."""
    for task in Task.select().where(Task.kind == "mail_in", Task.done_at.is_null()).iterator():
        sender, raw = task.data.get("sender") or "", base64.b64decode(task.data.get("raw", ""))
        if leaving.email in f"{sender} {raw.decode('latin-1')}".lower():
            Task.delete().where(Task.id == task.id).execute()
