"""A company with people, a thread about it, and somebody who follows that."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from parley.accounts.models import Account
from parley.notifications.models import Notice
from parley.threads import actions as threads
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor
from tests.factories import make_manager, make_member, make_representative, make_vendor


@dataclass
class Scene:
    vendor: Vendor
    author: Account
    other: Account
    follower: Account
    manager: Account
    responder: Account
    thread: Thread

    def open(self, kind: str = "question", body: str = "It left a week ago.") -> Thread:
        return threads.open_thread(self.author, threads.NewThread(
            kind=kind, title="Where is my parcel", body=body, vendor="acme"))

    def write(self, by: Account, body: str = "Some words", purpose: str = "") -> Post:
        return threads.write_post(by, self.thread.id, threads.NewPost(body=body, purpose=purpose))

    def heard(self, account: Account) -> list[str]:
        """The kinds of notices of a person since the last look, oldest first."""
        rows = list(Notice.select().where(Notice.account == account.id, Notice.read_at.is_null())
                    .order_by(Notice.at, Notice.kind))
        Notice.update(read_at=0).where(Notice.account == account.id).execute()
        return [row.kind for row in rows]


@pytest.fixture
def scene(travel, app) -> Scene:
    vendor = make_vendor(name="Acme")
    people = [make_member(handle=name) for name in ("ines", "tomasz", "lea")]
    made = Scene(vendor, *people, make_manager(vendor, handle="jonas"),
                 make_representative(vendor, handle="marta"), thread=Thread())
    made.thread = made.open()
    threads.follow(made.follower, made.thread)
    return made
