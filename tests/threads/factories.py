"""Threads for tests, told by the same verbs that people use."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from parley.accounts.models import Account
from parley.advocates import actions as advocates
from parley.kernel.errors import Refused
from parley.threads import actions, files, outcomes
from parley.threads.actions import NewPost, NewThread
from parley.threads.models import Post, Round, Thread
from parley.threads.outcomes import Said
from parley.vendors.models import Vendor
from tests.factories import make_member, make_representative, make_vendor

_numbers = itertools.count(1)


def open_thread(
    by: Account | None = None, vendor: Vendor | None = None, kind: str = "question", **typed: Any
) -> Thread:
    """A thread that a member (a new one without `by`) opened about a vendor."""
    vendor = vendor or make_vendor()
    values = {"title": f"Where is parcel {next(_numbers)}?", "body": "It was due on Monday."}
    return actions.open_thread(by or make_member(), NewThread(
        kind=kind, vendor=vendor.slug, **values | typed))


def representative_of(thread: Thread, role: str = "responder") -> Account:
    return make_representative(thread.vendor, role=role)


def advocate_of(thread: Thread, ties: tuple[str, ...] = ("customer",)) -> Account:
    member = make_member()
    advocates.declare(member, thread.vendor, ties)
    return member


def answer(
    thread: Thread, purpose: str = "answer", by: Account | None = None, body: str = "It is here.",
    **typed: Any,
) -> Post:
    """A post of the company, by a new representative without `by`."""
    by = by or representative_of(thread)
    return actions.write_post(by, thread.id, NewPost(body=body, purpose=purpose, **typed))


def help_with(thread: Thread, by: Account | None = None, body: str = "Try the depot.") -> Post:
    """A helping post of an advocate."""
    by = by or advocate_of(thread)
    return actions.write_post(by, thread.id, NewPost(body=body, side="helping"))


def reply(
    thread: Thread, by: Account | None = None, body: str = "Same here.", **typed: Any
) -> Post:
    """A post of another member, or of the author when that is `by`."""
    return actions.write_post(by or make_member(), thread.id, NewPost(body=body, **typed))


def confirm(thread: Thread, solved_by: str = "vendor", *posts: Post, **said: Any) -> Thread:
    return outcomes.confirm(
        thread.author, thread.id, solved_by, tuple(post.id for post in posts), Said(**said))


def now(thread: Thread) -> Thread:
    """The thread as the database has it now."""
    return Thread.get_by_id(thread.id)


def rounds(thread: Thread) -> list[tuple[str, str | None]]:
    """How each round began, and its outcome."""
    rows = Round.select().where(Round.thread == thread.id).order_by(Round.number)
    return [(row.began_by, row.outcome) for row in rows]


def counts(vendor: Vendor) -> tuple[int, int, int]:
    """Of a vendor: threads, waiting, solved."""
    row = Vendor.get_by_id(vendor.id)
    return row.thread_count, row.waiting_count, row.solved_count


def picture(color: str = "red") -> files.Typed:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(out, "PNG")
    return files.Typed("a b.png", out.getvalue())


def refused(call: Callable[..., Any], *args: Any, status: int = 409, **kwargs: Any) -> str:
    """The code with which this call is refused."""
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    assert caught.value.status == status
    assert caught.value.refusal.message
    return caught.value.refusal.code
