"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.moderation.leaving import erase as erase
from parley.moderation.models import Act, Report, RestoredReport
from parley.outbox.mail import url
from parley.threads.models import Post, Restored, Thread

HOLDS = (Report, Act, RestoredReport)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: reports filed, acts about own words, and what
    one did as a steward."""
    yield "reports.json", {"filed": _filed(account, part), "acts": _about_own(account, part),
                           "as_steward": _as_steward(account, part),
                           "restored": _of_restored(account, part)}


def _filed(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = Report.select(Report, Post, Thread).join(Post).join(Thread).where(
        Report.reporter == account.id)
    for row in part.of(rows, Report.at, Thread.vendor).order_by(Report.at, Report.id):
        yield {
            "post_url": url(f"/threads/{row.thread_id}#post-{row.post.number}"),
            "reason": row.reason, "note": row.note, "for_company": row.vendor_id is not None,
            "at": iso(row.at), "settled_at": row.settled_at and iso(row.settled_at),
            "upheld": row.upheld,
        }


def _about_own(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    own_posts = Post.select(Post.id).where(Post.author == account.id)
    own_threads = Thread.select(Thread.id).where(Thread.author == account.id)
    return _acts(part, Act.post.in_(own_posts) | (Act.post.is_null() & Act.thread.in_(own_threads)))


def _as_steward(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    return _acts(part, Act.steward == account.id)


def _of_restored(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """Reports of what others brought from elsewhere, filed or decided."""
    rows = RestoredReport.select(RestoredReport, Restored).join(Restored, peewee.JOIN.LEFT_OUTER)
    rows = rows.where((RestoredReport.reporter == account.id)
                      | (RestoredReport.steward == account.id))
    for row in part.of(rows, RestoredReport.at, Restored.vendor).order_by(
            RestoredReport.at, RestoredReport.id):
        filed = row.reporter_id == account.id
        yield {
            "url": url(f"/restored/{row.restored_id}") if row.restored_id else None,
            "reason": row.reason, "filed": filed, "note": row.note if filed else "",
            "at": iso(row.at), "settled_at": row.settled_at and iso(row.settled_at),
            "upheld": row.upheld, "words": row.words,
        }


def _acts(part: Part, which: peewee.Expression) -> Iterator[dict[str, Any]]:
    rows = Act.select(Act, Account, Thread).join(Account).switch(Act).join(Thread).where(which)
    for row in part.of(rows, Act.at, Thread.vendor).order_by(Act.at, Act.id):
        yield {
            "kind": row.kind, "thread_url": url(f"/threads/{row.thread_id}"), "post": row.post_id,
            "reason": row.reason, "words": row.words, "steward": row.steward.known_as,
            "at": iso(row.at),
        }
