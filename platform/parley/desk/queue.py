"""What waits at the desk: by the day on which it is due, safety first, then who waited longest.

Every list here comes from an index in that order, whatever is filtered: where several kinds,
states or people are wanted, their lists are merged.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.desk.rules import SHOWS, WAITING_KINDS, Filters
from parley.kernel import fulltext
from parley.kernel.errors import Invalid
from parley.problems.models import ProblemLink
from parley.problems.rules import Link
from parley.threads.models import Post, Thread
from parley.threads.rules import Hat, Status
from parley.vendors.models import Representative, Vendor

ORDER = (Thread.queue_day, Thread.queue_first, Thread.waiting_since, Thread.id)
SEARCHED = 100  # hits of a text, or threads of a problem, that one page looks through
MOST_EARLIER = 10  # more are said to be "more than 10"
MOST_COUNTED = 500
Place = tuple[int, int, datetime, str]
Cursor = fulltext.Cursor
_MARK = re.compile(r"([0-9]{1,7})-([01])-([0-9]{1,16})-([0-9a-z]{20})", re.ASCII)


def place_of(thread: Thread) -> Place:
    """Where a waiting thread stands in the queue."""
    return thread.queue_day, thread.queue_first, thread.waiting_since, thread.id


def mark(place: Place) -> str:
    """A place as it goes into an address."""
    day, first, since, thread_id = place
    return f"{day}-{first}-{Thread.waiting_since.db_value(since)}-{thread_id}"


def place(typed: str) -> Place | None:
    """The place of a mark; None for an empty one.

    :raise Invalid: it was not made here
    """
    if not typed:
        return None
    found = _MARK.fullmatch(typed)
    if found is None:
        raise Invalid({"after": "That page address is not one of ours. Start from the first page."})
    day, first, since, thread_id = found.groups()
    return int(day), int(first), Thread.waiting_since.python_value(int(since)), thread_id


def _listed(vendor: Vendor) -> Any:
    return Thread.select(Thread, Account).join(Account, on=Thread.author).where(
        Thread.vendor == vendor.id, Thread.listed == 1)


def waiting(vendor: Vendor, filters: Filters, after: Place | None, limit: int) -> list[Thread]:
    """Threads that wait for the company, in the order of the queue, after a place in it."""
    query = _listed(vendor).where(Thread.queue_day.is_null(False)).order_by(*ORDER).limit(limit)
    if after is not None:
        day, first, since, thread_id = after
        query = query.where(peewee.Tuple(*ORDER) > peewee.Tuple(
            day, first, Thread.waiting_since.db_value(since), thread_id))
    if filters.assignees is None and filters.kind is None:
        return list(query)
    lists = [query.where(*where) for where in _branches(filters, Status.AWAITING_VENDOR)]
    return list(heapq.merge(*lists, key=place_of))[:limit]


def _branches(filters: Filters, status: Status) -> list[list[Any]]:
    """The conditions that the columns of one index can be equal to."""
    return [
        [Thread.kind == kind, *([Thread.assignee == one] if one is not None else [])]
        for kind in filters.kinds(status) for one in filters.assignees or (None,)]


def newest(vendor: Vendor, filters: Filters, before: Cursor | None, limit: int) -> list[Thread]:
    """Threads in other states, those with the newest post first."""
    query = _listed(vendor).order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(limit)
    if before is not None:
        last = peewee.Tuple(Thread.last_post_at.db_value(before[0]), before[1])
        query = query.where(peewee.Tuple(Thread.last_post_at, Thread.id) < last)
    lists = [query.where(Thread.status == status, *where)
             for status in SHOWS[filters.show] for where in _branches(filters, status)]
    merged = heapq.merge(*lists, key=lambda t: (t.last_post_at, t.id), reverse=True)
    return list(merged)[:limit]


def found(vendor: Vendor, filters: Filters, before: Cursor | None
          ) -> tuple[list[Thread], Cursor | None]:
    """Those of the next `SEARCHED` threads with the words, else of the problem, that the filters
    let pass, newest first, and the place of the last of them all when there are more."""
    hits = _with_words(vendor, filters, before) if filters.text else _linked(filters, before)
    more = hits[SEARCHED - 1][:2] if len(hits) > SEARCHED else None
    ids = [thread_id for *_, thread_id in hits[:SEARCHED]]
    rows = _listed(vendor).where(Thread.id.in_(ids))
    if filters.text and filters.problem:
        rows = rows.where(Thread.id.in_(_links(filters, ProblemLink.thread)))
    threads = {t.id: t for t in rows}
    return [threads[i] for i in ids if i in threads and filters.fits(
        threads[i].kind, threads[i].status, threads[i].assignee)], more


Hit = tuple[datetime, str, str]  # the cursor of a thread that was found, and its id


def _with_words(vendor: Vendor, filters: Filters, before: Cursor | None) -> list[Hit]:
    hits = fulltext.find(filters.text, kind="thread", scope=vendor.id, before=before,
                         limit=SEARCHED + 1)
    return [(hit.at, hit.ref, hit.ref) for hit in hits]


def _links(filters: Filters, *columns: Any) -> Any:
    return ProblemLink.select(*columns).where(
        ProblemLink.problem == filters.problem, ProblemLink.state == Link.LINKED)


def _linked(filters: Filters, before: Cursor | None) -> list[Hit]:
    links = _links(filters, ProblemLink.since, ProblemLink.id, ProblemLink.thread)
    if before is not None:
        last = peewee.Tuple(ProblemLink.since.db_value(before[0]), before[1])
        links = links.where(peewee.Tuple(ProblemLink.since, ProblemLink.id) < last)
    rows = links.order_by(ProblemLink.since.desc(), ProblemLink.id.desc()).limit(SEARCHED + 1)
    return [(row.since, row.id, row.thread_id) for row in rows]


def earlier(threads: Iterable[Thread]) -> dict[str, int]:
    """How many threads their authors opened earlier with the same company; above `MOST_EARLIER`
    the count stops."""
    one, other = Thread.alias(), Thread.alias()
    before = other.select(peewee.Value(1)).where(
        other.author == one.author, other.vendor == one.vendor, other.opened_at < one.opened_at,
        other.listed == 1).order_by(other.opened_at).limit(MOST_EARLIER + 1)
    rows = one.select(one.id, _how_many(before)).where(one.id.in_([t.id for t in threads]))
    return dict(rows.tuples())


def _how_many(query: Any) -> Any:
    """How many rows, as a column. The query has an order, or PostgreSQL counts on finding enough
    of them by reading anything."""
    counted = query.alias("counted")
    return peewee.Select([counted], [peewee.fn.COUNT(peewee.SQL("1"))])


# The day of a team


def late(vendor: Vendor, now: datetime, limit: int) -> list[Thread]:
    """Threads past their due time, longest first."""
    return list(_due(vendor).where(Thread.due_at < now).limit(limit))


def due_between(vendor: Vendor, start: datetime, end: datetime, limit: int) -> list[Thread]:
    return list(_due(vendor).where(Thread.due_at >= start, Thread.due_at < end).limit(limit))


def _due(vendor: Vendor) -> Any:
    return _listed(vendor).where(Thread.due_at.is_null(False)).order_by(Thread.due_at, Thread.id)


def loads(vendor: Vendor) -> dict[str, int]:
    """How many waiting threads each of the company's people takes care of, up to `MOST_COUNTED`;
    "" for nobody."""
    each = Representative.select(
        Representative.account, *_waits(vendor, Representative.account)).where(
        Representative.vendor == vendor.id, Representative.accepted_at.is_null(False),
        Representative.removed_at.is_null())
    nobody = Vendor.select(peewee.Value(""), *_waits(vendor, "")).where(Vendor.id == vendor.id)
    return {account: min(MOST_COUNTED, sum(counts))
            for account, *counts in [*nobody.tuples(), *each.tuples()]}


def _waits(vendor: Vendor, assignee: Any) -> list[Any]:
    """How many threads of each kind wait in somebody's hands, as columns."""
    waits = Thread.select(peewee.Value(1)).where(
        Thread.vendor == vendor.id, Thread.assignee == assignee, Thread.listed == 1,
        Thread.queue_day.is_null(False)).order_by(*ORDER).limit(MOST_COUNTED)
    return [_how_many(waits.where(Thread.kind == kind)) for kind in WAITING_KINDS]


def opened_since(vendor: Vendor, since: datetime) -> int:
    """How many threads were opened since then, up to `MOST_COUNTED`."""
    return Thread.select(Thread.id).where(
        Thread.vendor == vendor.id, Thread.listed == 1, Thread.opened_at >= since,
    ).order_by(Thread.opened_at).limit(MOST_COUNTED).count()


def answered_since(vendor: Vendor, since: datetime) -> int:
    """How many claims the company's people made since then, up to `MOST_COUNTED`."""
    people = Representative.select(Representative.account).where(
        Representative.vendor == vendor.id)
    return Post.select(Post.id).join(Thread).where(
        Post.author.in_(people), Post.created_at >= since, Post.hat == Hat.REPRESENTATIVE,
        Post.claim.is_null(False), Thread.vendor == vendor.id).limit(MOST_COUNTED).count()


def day_of(there: datetime) -> tuple[datetime, datetime]:
    """The first instant of a local day and of the next."""
    start = there.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)
