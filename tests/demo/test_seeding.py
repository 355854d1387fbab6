"""The demo is told through the real actions: what it leaves behind is consistent and past."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from peewee import fn

from parley.accounts.actions import authenticate
from parley.accounts.models import Account
from parley.demo import seeding
from parley.demo.community import COMPANIES, PASSWORD, PEOPLE, STORIES
from parley.journal.models import Entry
from parley.kernel import clock, ids
from parley.members.actions import offices_of, standing_of
from parley.members.rules import Standing
from parley.moderation.models import Act, Report
from parley.notifications.models import Notice
from parley.outbox.models import Task
from parley.threads import rules, search, table
from parley.threads.models import Follow, MeToo, Post, Round, Thread
from parley.threads.turns import counted, state_of
from parley.vendors.models import Vendor
from tests.conftest import everything
from tests.demo.test_community_data import told
from tests.factories import make_account, make_member

MEMBER = "member@demo.example"


@everything
def test_the_community_that_is_told_is_whole(app, frozen):
    summary = seeding.seed(frozen)
    assert (summary.people, summary.companies) == (len(PEOPLE), len(COMPANIES))
    assert (summary.threads, summary.posts) == (len(STORIES), Post.select().count())
    people_may_do_what_they_should()
    threads_stand_where_their_stories_end(frozen)
    threads_agree_with_the_rules(frozen)
    counts_agree_with_rows()
    nothing_lies_in_the_future(frozen)
    nothing_is_left_to_send()
    words_are_found()
    the_desk_of_the_steward_is_not_empty()
    the_member_has_something_to_read()


def people_may_do_what_they_should():
    by_email = {account.email: account for account in Account.select()}
    assert authenticate(MEMBER, PASSWORD).handle == PEOPLE[0].handle
    assert len({account.password_hash for account in by_email.values()}) == 1
    wanted = {"paid": Standing.MEMBER, "lapsed": Standing.LAPSED, None: Standing.ACCOUNT}
    for person in PEOPLE:
        account = by_email[person.email]
        assert standing_of(account) is wanted[person.member]
        assert offices_of(account) == set(person.offices)
        assert (account.about, account.time_zone) == (person.about, person.zone)


def threads_stand_where_their_stories_end(now):
    later = (now - seeding.anchor(now)) / timedelta(days=1)
    threads = {thread.title: thread for thread in Thread.select()}
    for story in STORIES:
        thread, end = threads[story.title], told(story, -later)
        assert (thread.status, thread.outcome) == (end.status, end.outcome), story.title
        assert (thread.round, thread.idea_state) == (end.round, end.idea_state), story.title
        assert thread.solved_by == (end.solved_by if end.outcome == "confirmed" else None)
        assert bool(thread.hidden_at) == end.hidden
        assert Round.select().where(Round.thread == thread.id).count() == end.round
        removed = Post.select().where(Post.thread == thread.id, Post.removed_at.is_null(False))
        openings = end.outcome == "withdrawn"  # what was withdrawn loses its opening words
        assert removed.count() == len(end.removed) + openings


def threads_agree_with_the_rules(now):
    for thread in Thread.select():
        state = state_of(thread)
        assert table.come_due(state, now) == state, "silence has been stored"
        assert thread.silent_at == table.silent_at(state)
        assert thread.remind_at in (None, table.remind_at(state))
        assert thread.remind_at is None or thread.remind_at > now
        last, count = Post.select(fn.MAX(Post.created_at), fn.COUNT(Post.id)).where(
            Post.thread == thread.id).tuples().get()
        assert (thread.last_post_at, thread.post_count) == (last, count)


def counts_agree_with_rows():
    for vendor in Vendor.select():
        sums = zip(*[counted(state_of(one)) for one in vendor.threads], strict=True)
        assert [vendor.thread_count, vendor.waiting_count, vendor.solved_count] == [
            sum(values) for values in sums]
    for thread in Thread.select():
        words = Counter(row.word for row in thread.me_toos)
        assert words == +Counter({word: getattr(thread, word) for word in rules.MeTooWord})


def nothing_lies_in_the_future(now):
    instants = (
        Account.created_at, Vendor.created_at, Thread.opened_at, Thread.last_post_at,
        Thread.closed_at, Post.created_at, Post.edited_at, Round.opened_at, MeToo.at, Follow.since,
        Entry.at, Report.at, Act.at, Notice.at, Task.created_at, Task.done_at)
    for column in instants:
        newest = column.model.select(fn.MAX(column)).scalar()
        assert newest is None or newest <= now, column
    with clock.standing_at(now + timedelta(milliseconds=1)):
        limit = ids.new()
    for model in (Account, Vendor, Thread, Post):
        assert model.select(fn.MAX(model.id)).scalar() < limit
    in_order = [post.id for post in Post.select().order_by(Post.created_at, Post.id)]
    assert in_order == sorted(in_order)


def nothing_is_left_to_send():
    assert not Task.select().where(Task.done_at.is_null()).exists()


def words_are_found():
    (thread,) = search.threads("kettle grey lid recall")
    assert thread.title == "Is the kettle with the grey lid part of the recall?"
    assert search.vendors("northwind")[0].slug == "northwind-rail"


def the_desk_of_the_steward_is_not_empty():
    assert Report.select().where(Report.settled_at.is_null()).count() == 2
    assert Act.select().count() == 2


def the_member_has_something_to_read():
    member = Account.get(Account.email == MEMBER)
    notices = [notice.read_at for notice in Notice.select().where(Notice.account == member.id)]
    assert notices.count(None) == seeding.UNREAD < len(notices)
    assert Follow.select().where(Follow.account == member.id).count() > 5


def test_a_demo_that_is_there_is_left_as_it_is(app, frozen):
    make_account(email=MEMBER)
    with pytest.raises(seeding.AlreadySeeded):
        seeding.seed(frozen)
    assert Account.select().count() == 1


def test_other_people_are_never_mixed_with_the_demo(app, frozen):
    make_member()
    with pytest.raises(seeding.NotEmpty):
        seeding.seed(frozen)
    assert not Thread.select().exists()


def test_the_story_ends_at_the_last_six_in_the_evening(frozen):
    assert seeding.anchor(frozen).isoformat() == "2026-11-11T18:00:00+00:00"
    evening = frozen.replace(hour=18)
    assert seeding.anchor(evening) == evening
