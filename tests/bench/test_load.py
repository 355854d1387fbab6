"""The bench's threads stand as the actions would have left them."""

from __future__ import annotations

from datetime import timedelta

from bench import load, people
from parley.kernel import clock, fulltext
from parley.threads.models import Post, Thread
from parley.threads.turns import counted, state_of
from parley.vendors.models import Vendor


def test_counts_numbers_and_search_agree_with_the_rows(backend):
    made = people.make(members=6)
    found = load.load(made, threads=6, posts=20)
    threads = list(Thread.select().order_by(Thread.opened_at))
    assert [thread.id for thread in threads] == found
    vendor = Vendor.get_by_id(made.vendor.id)
    states = [counted(state_of(thread)) for thread in threads]
    assert (vendor.thread_count, vendor.waiting_count, vendor.solved_count) == tuple(
        sum(column) for column in zip(*states, strict=True)) == (6, 2, 2)
    assert [p.number for p in Post.select().where(Post.thread == found[0]).order_by(Post.number)
            ] == list(range(1, 21)) == list(range(1, threads[0].post_count + 1))
    assert len(fulltext.find(threads[0].title, kind="thread", scope=vendor.id)) >= 1


def test_over_a_year_no_author_is_waited_for_longer_than_silence_allows(backend):
    load.load(people.make(members=6), threads=24, posts=20, over=timedelta(days=360))
    opened = [thread.opened_at for thread in Thread.select().order_by(Thread.opened_at)]
    assert max(opened) - min(opened) > timedelta(days=340)
    assert not Thread.select().where(Thread.silent_at <= clock.now()).exists()
    assert {thread.status for thread in Thread.select()} == {"closed", "awaiting_vendor"}
