"""Finding threads and companies by words."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.kernel import fulltext, safe_html
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor

SIMILAR = 5


def index(thread: Thread, body: str | None = None) -> None:
    """Make a thread findable by its title and opening text."""
    if body is None:
        body = Post.get(Post.thread == thread.id, Post.number == 1).body
    fulltext.put("thread", thread.id, thread.title, body, thread.opened_at,
                 scope=thread.vendor_id)


def drop(thread: Thread) -> None:
    fulltext.drop("thread", thread.id)


def threads(query: str, before: fulltext.Cursor | None = None, limit: int = 20) -> list[Thread]:
    """Visible threads that hold the words, newest first."""
    hits = fulltext.find(query, kind="thread", before=before, limit=limit)
    return _in_order([h.ref for h in hits])


def vendors(query: str, limit: int = 5) -> list[Vendor]:
    """Companies whose name or words match, best first."""
    hits = fulltext.find(query, kind="vendor", limit=limit, any_word=True)
    found = {v.id: v for v in Vendor.select().where(Vendor.id.in_([h.ref for h in hits]))}
    return [found[h.ref] for h in hits if h.ref in found]


def similar(vendor: Vendor | None, title: str, body: str) -> list[Thread]:
    """Threads that somebody about to open one should see first: same company, like words."""
    if vendor is None:
        return []
    words = f"{title} {safe_html.excerpt(body, 200)}"
    hits = fulltext.find(words, kind="thread", scope=vendor.id, any_word=True, limit=SIMILAR)
    return _in_order([h.ref for h in hits])


def _in_order(ids: list[str]) -> list[Thread]:
    found = {
        t.id: t for t in Thread.select(Thread, Account, Vendor)
        .join_from(Thread, Account, on=Thread.author).join_from(Thread, Vendor)
        .where(Thread.id.in_(ids), Thread.listed == 1)
    }
    return [found[i] for i in ids if i in found]
