"""What two people, or one impatient one, do at the same instant: committed for real."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from parley.journal import actions as journal
from parley.kernel import clock, db, versions
from parley.kernel.errors import Refused
from parley.threads import actions, following, outcomes
from parley.threads.actions import NewPost, NewThread
from parley.threads.helped import mark_helped
from parley.threads.models import Edit, Helped, MeToo, Post, Thread
from parley.threads.outcomes import Said
from parley.threads.own_posts import edit_post, remove_post
from tests.factories import make_account, make_manager, make_member, make_vendor
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("own_database", "open_connection")


@pytest.fixture
def open_connection(own_database):
    following.install()
    db.database.connect(reuse_if_open=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gave, or the code of its refusal; all begin together, each on a connection
    of its own."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        db.database.connect(reuse_if_open=True)
        try:
            start.wait(10)
            results[index] = call()
        except Refused as refused:
            results[index] = refused.refusal.code
        except Exception as error:
            results[index] = error
        finally:
            db.database.close()

    runners = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
    failed = [result for result in results if isinstance(result, Exception)]
    assert not failed, failed
    return results


def test_a_form_sent_many_times_at_once_makes_one_post():
    thread, member = f.open_thread(), make_member()
    new = NewPost("Once", form_key="k")
    posts = at_once(*[lambda: actions.write_post(member, thread.id, new)] * 6)
    assert {post.number for post in posts} == {2}
    assert f.now(thread).post_count == 2
    assert Post.select().where(Post.thread == thread.id).count() == 2


def test_one_key_in_two_threads_at_once_is_no_accident():
    member = make_member()
    threads = [f.open_thread(), f.open_thread()]
    posts = at_once(*[
        lambda thread=thread: actions.write_post(member, thread.id, NewPost("x", form_key="k"))
        for thread in threads])
    assert posts[0] == posts[1]


def test_a_thread_sent_many_times_at_once_is_opened_once():
    person = make_account()
    new = NewThread("question", "Where is it?", "Text", vendor_name="Nordbahn", form_key="k")
    threads = at_once(*[lambda: actions.open_thread(person, new)] * 6)
    assert len({thread.id for thread in threads}) == 1
    assert Thread.select().count() == 1
    assert f.counts(threads[0].vendor) == (1, 1, 0)


def test_the_free_thread_is_one_however_many_are_sent_at_once():
    person, vendor = make_account(), make_vendor()
    results = at_once(*[lambda: f.open_thread(person, vendor)] * 6)
    assert results.count("free_thread_used") == 5
    assert f.counts(vendor) == (1, 1, 0)


def test_one_consultation_in_thirty_days_however_many_managers_send_one():
    vendor = make_vendor()
    managers = [make_manager(vendor) for _ in range(3)]
    results = at_once(*[
        lambda by=by: f.open_thread(by, vendor, "consultation") for by in managers])
    assert results.count("too_soon") == 2


def test_posts_written_at_once_get_numbers_of_their_own():
    thread = f.open_thread()
    people = [make_member() for _ in range(8)]
    posts = at_once(*[lambda by=by: f.reply(thread, by) for by in people])
    assert sorted(post.number for post in posts) == list(range(2, 10))
    assert f.now(thread).post_count == 9


def test_a_word_said_at_once_by_many_is_counted_once_each():
    thread = f.open_thread(kind="complaint")
    people = [make_member() for _ in range(4)]
    at_once(*[lambda by=by: outcomes.say_me_too(by, thread.id, "affected")
              for by in people for _ in range(2)])
    assert f.now(thread).affected == MeToo.select().count() == 4


def test_the_authors_word_sent_twice_at_once_is_said_once():
    thread = f.open_thread()
    f.answer(thread)
    at_once(*[lambda: give_back(thread)] * 3)
    assert (f.now(thread).status, f.now(thread).post_count) == ("awaiting_vendor", 3)
    at_once(*[lambda: f.confirm(thread, "vendor", body="Thanks", form_key="k2")] * 3)
    assert f.now(thread).post_count == 4
    at_once(*[lambda: reopen(thread)] * 3)
    assert (f.now(thread).round, f.now(thread).post_count) == (2, 5)
    assert f.counts(thread.vendor) == (1, 1, 0)


def give_back(thread):
    return outcomes.give_back(thread.author, thread.id, Said("No", form_key="k1"))


def reopen(thread):
    return outcomes.reopen(thread.author, thread.id, Said("Again", form_key="k3"))


def test_edits_at_once_lose_no_version():
    thread = f.open_thread(body="zero")
    post = Post.get(Post.thread == thread.id)
    at_once(*[lambda words=words: edit_post(thread.author, post.id, words)
              for words in ("one", "two", "three")])
    said = {edit.body for edit in Edit.select()} | {Post.get_by_id(post.id).body}
    assert said == {"zero", "one", "two", "three"}


def test_a_removed_post_does_not_come_back_by_an_edit():
    thread = f.open_thread()
    post = f.reply(thread)
    at_once(lambda: remove_post(post.author, post.id),
            lambda: edit_post(post.author, post.id, "back"))
    assert Post.get_by_id(post.id).body == ""
    assert Edit.select().count() == 0


def test_marks_and_posts_that_name_each_others_people_do_not_block_one_another():
    vendor = make_vendor()
    threads = [f.open_thread(vendor=vendor) for _ in range(3)]
    advocate = f.advocate_of(threads[0])
    posts = [f.help_with(thread, advocate) for thread in threads]
    calls = [lambda thread=thread, post=post: mark_helped(thread.author, post.id, True)
             for thread, post in zip(threads, posts, strict=True)]
    calls += [lambda thread=thread: f.help_with(thread, advocate, "More") for thread in threads]
    calls += [lambda thread=thread: f.confirm(thread, "myself") for thread in threads]
    at_once(*calls)
    assert Helped.select().count() == 3
    assert f.counts(vendor) == (3, 0, 3)


def test_counts_agree_with_the_rows_after_a_crowd():
    vendor = make_vendor()
    threads = [f.open_thread(vendor=vendor) for _ in range(4)]
    before = versions.read([f"vendor:{vendor.id}"])[f"vendor:{vendor.id}"]
    at_once(*[lambda thread=thread: f.confirm(thread, "myself") for thread in threads],
            *[lambda: f.open_thread(vendor=vendor)] * 3)
    assert f.counts(vendor) == (7, 3, 4)
    assert versions.read([f"vendor:{vendor.id}"])[f"vendor:{vendor.id}"] == before + 7


def test_one_who_leaves_while_others_write_in_their_threads_blocks_nobody():
    vendor = make_vendor()
    author, other = make_member(), make_member()
    threads = [f.open_thread(author, vendor) for _ in range(3)]
    threads += [f.open_thread(other, vendor) for _ in range(3)]
    by = f.representative_of(threads[0])
    at_once(*[lambda thread=thread: f.answer(thread, by=by) for thread in threads],
            lambda: leave(author), lambda: leave(other))
    for thread in threads:
        with db.write():
            outcomes.hold(thread.id)
    assert f.counts(vendor) == (6, 0, 0)
    assert {f.now(thread).outcome for thread in threads} == {"unconfirmed"}


def leave(account):
    with db.write():
        account.closed_at = clock.now()
        account.save()
        journal.record("account.closed", "account", account.id)
