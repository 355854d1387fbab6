"""A community of any size, as rows: for counting queries and looking at their plans."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.advocates.models import Declaration
from parley.kernel import clock, db, ids
from parley.kernel.fulltext import Document
from parley.notifications.models import Notice
from parley.outbox.models import Task
from parley.scorecards.figures import NOTHING, periods_of
from parley.scorecards.models import Contribution, Snapshot, Tally
from parley.scorecards.telling import day_of
from parley.threads.models import Edit, File, Follow, Helped, MeToo, Post, Thread
from parley.vendors.models import Vendor, VendorFollow
from tests.factories import make_manager, make_member, make_steward, make_vendor

TEXT = "It was due on Monday, and nobody knows where it is. " * 8


@dataclass
class Crowd:
    """`busy` is the thread with most posts. Of all else `vendor`, `author` and `reader` have the
    share `1 / spread`, and other companies and people the rest. `reader` follows one thread in
    `follows`; each thread has `replies`.
    """

    vendor: Vendor = field(default_factory=lambda: make_vendor(
        name="Acme", created_at=clock.now() - timedelta(days=4_000)))
    author: Account = field(default_factory=lambda: make_member(handle="oda"))
    reader: Account = field(default_factory=make_member)
    steward: Account = field(default_factory=make_steward)
    advocates: list[Account] = field(default_factory=lambda: [make_member() for _ in range(3)])
    busy: Thread | None = None
    size: int = 0
    spread: int = 1
    follows: int = 3
    replies: int = 0

    def __post_init__(self) -> None:
        self.manager = make_manager(self.vendor)
        self.vendors = [self.vendor, *(make_vendor() for _ in range(self.spread - 1))]
        self.people = [self.author, *(make_member() for _ in range(self.spread - 1))]
        now = clock.now()
        VendorFollow.create(vendor=self.vendor, account=self.reader, since=now)
        for advocate in self.advocates:
            Declaration.create(vendor=self.vendor, account=advocate, ties=["customer"],
                               declared_at=now)

    def grow(self, threads: int, posts: int) -> Crowd:
        """Add threads in all states, posts to the first of them, and as much of all else."""
        made = [self._thread(self.size + n) for n in range(threads)]
        self.size += threads
        _insert(Thread, made)
        _insert(Post, [self._post(row["id"], 1, row["author"], "author") for row in made])
        _insert(Post, [self._post(row["id"], 2 + n, self.steward.id, "member") for row in made
                       for n in range(self.replies)])
        self._posts(made[0]["id"] if self.busy is None else self.busy.id, posts)
        _insert(Document, [
            {"kind": "thread", "ref": row["id"], "title": row["title"], "body": TEXT,
             "at": row["opened_at"], "scope": row["vendor"]} for row in made])
        now = clock.now()
        readers = [self.reader.id, *(one.id for one in self.people[1:])]
        _insert(Follow, [
            {"account": self.steward.id if n % self.follows else self.reader.id,
             "thread": row["id"], "since": now} for n, row in enumerate(made)])
        _insert(Notice, [
            {"id": ids.unguessable(), "account": readers[n % self.spread], "kind": "reply",
             "thread": row["id"], "post": None, "at": now, "read_at": now if n % 3 else None}
            for n, row in enumerate(made)])
        sums = [(row["vendor"], day_of(row["opened_at"]), f"calendar.{n}")
                for n, row in enumerate(made, self.size)]
        _insert(Tally, [{"vendor": vendor, "period": period, "key": key, "count": 1}
                        for vendor, day, key in sums for period in periods_of(day)])
        _insert(Contribution, [
            {"subject": row["id"], "vendor": row["vendor"], "day": day_of(row["opened_at"]),
             "counts": {}, "changed_at": row["opened_at"]} for row in made])
        _insert(Snapshot, [
            {"vendor": vendor, "window": "12m", "day": day - self.size - n,
             "totals": NOTHING.plain()}
            for n, (vendor, day, _) in enumerate(sums)])
        _insert(Vendor, [
            {"id": (one := ids.new()), "slug": one, "name": f"Lid {one}", "name_key": f"lid {one}",
             "created_at": now} for _ in range(threads // 3)])
        _insert(Task, [
            {"id": ids.new(), "kind": "nothing", "data": {}, "run_after": now, "created_at": now,
             "done_at": now if n % 50 else None} for n in range(threads)])
        return self

    def _thread(self, number: int) -> dict[str, Any]:
        at = clock.now() - timedelta(hours=number + 1)
        state = (
            {"status": "awaiting_vendor", "waiting_since": at},
            {"status": "awaiting_author", "turn_since": at, "turn_claim": "answer",
             "remind_at": at + timedelta(days=700), "silent_at": at + timedelta(days=1400)},
            {"status": "closed", "outcome": "confirmed", "solved_by": "vendor", "closed_at": at},
            {"status": "nobody"},
        )[number % 4]
        empty = dict.fromkeys(("waiting_since", "turn_since", "turn_claim", "remind_at",
                               "silent_at", "outcome", "solved_by", "closed_at"))
        return empty | state | {
            "id": ids.new(), "vendor": self.vendors[number // 4 % self.spread].id,
            "author": self.people[number // 4 % self.spread].id,
            "kind": "praise" if number % 4 == 3 else "question", "title": f"Parcel {number}",
            "opened_at": at, "last_post_at": at,
            "post_count": 1 + self.replies}

    def _post(self, thread: str, number: int, by: str, hat: str) -> dict[str, Any]:
        return {"id": ids.new(), "thread": thread, "number": number, "author": by, "hat": hat,
                "side": "helping" if hat == "advocate" else None, "body": TEXT, "html": TEXT,
                "created_at": clock.now(), "file_count": int(number % 2),
                "edited_at": clock.now() if number % 2 else None}

    def _posts(self, thread: str, count: int) -> None:
        first = Thread.get_by_id(thread).post_count + 1
        rows = [self._post(thread, first + n, self.advocates[n % 3].id, "advocate")
                for n in range(count)]
        _insert(Post, rows)
        now = clock.now()
        _insert(File, [
            {"id": ids.unguessable(), "account": row["author"], "post": row["id"], "sha256": "0",
             "media_type": "image/png", "name": "a.png", "size": 1, "width": 1, "height": 1,
             "added_at": now} for row in rows if row["file_count"]])
        _insert(Edit, [{"id": ids.new(), "post": row["id"], "at": now, "body": "x", "html": "x"}
                       for row in rows])
        _insert(Helped, [
            {"post": row["id"], "thread": thread, "vendor": self.vendor.id,
             "author": self.author.id, "helper": row["author"], "at": now} for row in rows[::2]])
        Thread.update(post_count=first + count - 1).where(Thread.id == thread).execute()
        MeToo.insert(thread=thread, account=self.reader, word="affected",
                     at=now).on_conflict_ignore().execute()
        self.busy = Thread.get_by_id(thread)


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    """One statement for all rows: Peewee would write each of them into a longer one."""
    if not rows:
        return
    defaults, real = model._meta.get_default_dict(), db.database.obj
    fields = {name: model._meta.combined[name] for name in defaults | rows[0]}
    columns = ", ".join(f'"{field.column_name}"' for field in fields.values())
    marks = ", ".join([real.param] * len(fields))
    real.cursor().executemany(
        f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES ({marks})',
        [[_plain(field, row[name]) for name, field in fields.items()]
         for row in (defaults | row for row in rows)])


def _plain(field: peewee.Field, value: Any) -> Any:
    return json.dumps(value) if isinstance(field, db.JSONField) else field.db_value(value)


@contextmanager
def listening() -> Iterator[list[tuple[str, Any]]]:
    """The statements that run meanwhile, each with its parameters."""
    heard: list[tuple[str, Any]] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.msg)

    log, listener = logging.getLogger("peewee"), Listener()
    before = log.level, log.propagate
    log.addHandler(listener)
    log.setLevel(logging.DEBUG)
    log.propagate = False  # a failing test would show thousands of them
    try:
        yield heard
    finally:
        log.removeHandler(listener)
        log.setLevel(before[0])
        log.propagate = before[1]
