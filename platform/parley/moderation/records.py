"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.moderation.leaving import erase as erase
from parley.moderation.models import Act, Report
from parley.outbox.mail import url
from parley.threads.models import Post, Thread


def export(account: Account) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: reports filed, and acts about own words."""
    yield "reports.json", {"filed": list(_filed(account)), "acts": list(_acts(account))}


def _filed(account: Account) -> Iterator[dict[str, Any]]:
    rows = Report.select(Report, Post).join(Post).where(Report.reporter == account.id)
    for row in rows.order_by(Report.at, Report.id):
        yield {
            "post_url": url(f"/threads/{row.thread_id}#post-{row.post.number}"),
            "reason": row.reason, "note": row.note, "for_company": row.vendor_id is not None,
            "at": iso(row.at), "settled_at": row.settled_at and iso(row.settled_at),
            "upheld": row.upheld,
        }


def _acts(account: Account) -> Iterator[dict[str, Any]]:
    own_posts = Post.select(Post.id).where(Post.author == account.id)
    own_threads = Thread.select(Thread.id).where(Thread.author == account.id)
    rows = Act.select(Act, Account).join(Account).where(
        Act.post.in_(own_posts) | (Act.post.is_null() & Act.thread.in_(own_threads)))
    for row in rows.order_by(Act.at, Act.id):
        yield {
            "kind": row.kind, "thread_url": url(f"/threads/{row.thread_id}"), "post": row.post_id,
            "reason": row.reason, "words": row.words, "steward": row.steward.known_as,
            "at": iso(row.at),
        }
