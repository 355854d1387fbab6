"""A thread about a company, with a reply in it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from parley.accounts.models import Account
from parley.threads import actions as threads
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor
from tests.factories import make_member, make_steward, make_vendor


@dataclass
class Scene:
    vendor: Vendor
    author: Account
    other: Account
    steward: Account
    thread: Thread
    opening: Post
    reply: Post


@pytest.fixture
def scene(app) -> Scene:
    vendor, author, other = make_vendor(name="Acme"), make_member(), make_member()
    thread = threads.open_thread(author, threads.NewThread(
        kind="question", title="Where is my parcel", body="It left a **week** ago.",
        vendor="acme"))
    reply = threads.write_post(other, thread.id, threads.NewPost(body="Buy cheap parcels here"))
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    return Scene(vendor, author, other, make_steward(handle="oda"), thread, opening, reply)
