"""The SQL of columns is peewee's own, though we build it faster."""

from __future__ import annotations

import peewee
import pytest
from peewee import fn

from parley.accounts.models import Account
from parley.kernel import db
from parley.threads.models import Post, Round, Thread
from parley.vendors.models import Vendor

Other = Thread.alias()
Named = peewee.Table("odd", alias="o")
NEWEST = Post.select(fn.MAX(Post.number).alias("top")).where(Post.thread == Thread.id)
COUNTS = Round.select(Round.thread, fn.COUNT(Round.id).alias("n")).group_by(Round.thread)
QUERIES = {
    "one table": lambda: Vendor.select().where(Vendor.slug == "acme"),
    "a join": lambda: (
        Thread.select(Thread, Vendor, Account.handle.alias("who")).join(Vendor).switch(Thread)
        .join(Account).where((Thread.status == "closed") | Thread.closed_at.is_null())
        .order_by(Thread.opened_at.desc(), Thread.id).limit(20)),
    "itself": lambda: Thread.select(Thread, Other.title).join(
        Other, on=Other.vendor == Thread.vendor).where(Other.id != Thread.id),
    "a query in another": lambda: Thread.select(Thread.id, NEWEST).where(
        Thread.id.in_(Post.select(Post.thread).where(Post.hat == "advocate"))),
    "a query to join": lambda: Thread.select(Thread, COUNTS.c.n).join(
        COUNTS, on=COUNTS.c.thread_id == Thread.id),
    "two in one": lambda: Post.select(Post.id) | Thread.select(Thread.id),
    "a table by hand": lambda: Named.select(
        getattr(Named.c, 'a "quoted" name')).where(Named.c.id == 1),
    "an insert": lambda: Vendor.insert(id="1", slug="a", name="A").on_conflict(
        conflict_target=[Vendor.slug], preserve=[Vendor.name],
        update={Vendor.waiting_count: Vendor.waiting_count + 1}),
    "an insert that returns": lambda: Vendor.insert(id="1", slug="a").returning(Vendor.id),
    "an update": lambda: Vendor.update(waiting_count=Vendor.waiting_count + 1).where(
        Vendor.id << ["1", "2"]),
    "an update that returns": lambda: Vendor.update(name="A").returning(Vendor),
    "a delete": lambda: Post.delete().where(Post.thread.in_(Thread.select(Thread.id))),
}


@pytest.mark.parametrize("what", QUERIES)
def test_it_is_what_peewee_writes(backend, monkeypatch, what):
    ours = db.database.get_sql_context().sql(QUERIES[what]()).query()
    monkeypatch.setattr(peewee.Column, "__sql__", db._columns_own_sql)
    assert ours == db.database.get_sql_context().sql(QUERIES[what]()).query()
