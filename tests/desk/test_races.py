"""Two of a company's people at the same instant: committed for real."""

from __future__ import annotations

import pytest

from parley.desk import actions, bulk
from parley.desk.models import Bulk
from parley.kernel import db
from parley.threads import following
from parley.threads.actions import NewPost
from parley.vendors import people
from tests.factories import make_manager, make_representative, make_vendor
from tests.threads import factories as f
from tests.threads.test_races import at_once

pytestmark = pytest.mark.usefixtures("own_database", "open_connection")


@pytest.fixture
def open_connection(own_database):
    following.install()
    actions.listen()
    db.database.connect(reuse_if_open=True)


@pytest.fixture
def vendor(open_connection):
    return make_vendor(name="Acme")


def test_a_thread_is_taken_by_one_of_many_who_take_it_at_once(vendor):
    team = [make_representative(vendor) for _ in range(4)]
    thread = f.open_thread(vendor=vendor)
    results = at_once(*[
        lambda by=by: actions.assign(by, vendor, thread.id, by.handle, "") for by in team])
    assert results.count("taken") == 3
    assert f.now(thread).assignee in {by.id for by in team}


def test_those_who_take_the_next_at_once_get_different_ones(vendor):
    team = [make_representative(vendor) for _ in range(4)]
    for _ in range(4):
        f.open_thread(vendor=vendor)
    taken = at_once(*[lambda by=by: actions.take_next(by, vendor) for by in team])
    assert len({thread.id for thread in taken}) == 4


def test_of_two_answers_at_once_one_is_looked_at_again(vendor):
    team = [make_representative(vendor) for _ in range(3)]
    thread = f.open_thread(vendor=vendor)
    results = at_once(*[
        lambda by=by: actions.answer(by, vendor, thread.id, NewPost("Here", purpose="answer"), 1)
        for by in team])
    assert results.count("answered_meanwhile") == 2
    assert f.now(thread).post_count == 2


def test_many_at_once_sent_twice_are_done_once_beside_those_who_answer(vendor):
    kim, lou = make_representative(vendor), make_representative(vendor)
    threads = [f.open_thread(vendor=vendor) for _ in range(4)]
    form = bulk.Asked("acknowledge", tuple(t.id for t in threads), "k", body="Read.")
    give = bulk.Asked("assign", tuple(t.id for t in reversed(threads)), "k", lou.handle)
    rows = at_once(
        lambda: bulk.carry_out(kim, vendor, form), lambda: bulk.carry_out(kim, vendor, form),
        lambda: bulk.carry_out(lou, vendor, give), lambda: actions.take_next(lou, vendor),
        lambda: f.answer(threads[0], by=lou), lambda: f.answer(threads[3], by=lou))
    assert rows[0] == rows[1]
    assert Bulk.select().count() == 2
    assert {f.now(t).assignee for t in threads} == {lou.id}
    assert [f.now(t).post_count for t in threads] == [3, 2, 2, 3]


def test_removing_somebody_while_others_work_locks_nobody_out(vendor):
    boss, kim, lou = (make_manager(vendor), make_representative(vendor),
                      make_representative(vendor))
    threads = [f.open_thread(vendor=vendor) for _ in range(3)]
    for thread in threads:
        actions.assign(kim, vendor, thread.id, kim.handle, "")
    at_once(lambda: people.remove(vendor, kim.handle, boss),
            *[lambda t=t: f.answer(t, by=lou) for t in threads],
            lambda: actions.take_next(lou, vendor))
    assert [f.now(t).post_count for t in threads] == [2, 2, 2]
