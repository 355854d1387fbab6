"""What this domain holds about one person, for their archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import JOIN, fn

from parley.accounts.models import Account
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.notifications.actions import visible
from parley.notifications.leaving import erase as erase
from parley.notifications.models import Notice
from parley.outbox.mail import url
from parley.problems.models import Problem
from parley.threads.models import Thread

HOLDS = (Notice,)


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value."""
    yield "notices.json", _notices(account, part)


def _notices(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    rows = visible(Notice.select(Notice, Thread.id, Thread.title, Problem.id, Problem.title))
    rows = rows.join_from(Notice, Problem, JOIN.LEFT_OUTER).where(Notice.account == account.id)
    rows = part.of(rows, Notice.at, fn.COALESCE(Thread.vendor, Problem.vendor))
    for row in rows.order_by(Notice.at, Notice.id):
        yield {
            "kind": row.kind, "at": iso(row.at), "read_at": row.read_at and iso(row.read_at),
            "thread_url": url(f"/threads/{row.thread_id}") if row.thread_id else None,
            "title": row.thread.title if row.thread_id else None,
            "problem_url": url(f"/problems/{row.problem_id}") if row.problem_id else None,
            "problem": row.problem.title if row.problem_id else None,
        }
