"""What must happen after a commit happens, at least once, whoever dies meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from parley.kernel import db
from parley.outbox import actions
from parley.outbox.models import Task


@pytest.fixture
def done(backend, monkeypatch):
    """The numbers of the tasks that were carried out."""
    seen: list[int] = []
    monkeypatch.setattr(actions, "_handlers", {"count": lambda task: seen.append(task.data["n"])})
    return seen


def failing_with(error: Exception):
    def handler(task: Task) -> None:
        raise error

    return handler


def test_tasks_are_carried_out_in_the_order_in_which_they_came_due(done, travel):
    actions.put("count", n=2)
    actions.put("count", run_after=travel.now - timedelta(hours=1), n=1)
    actions.put("count", run_after=travel.now + timedelta(hours=1), n=3)
    assert actions.run_all() == 2
    assert done == [1, 2]
    travel(hours=1)
    assert actions.run_all() == 1
    assert done == [1, 2, 3]


def test_what_was_done_forgets_its_data_and_is_not_done_again(done):
    task = actions.put("count", n=1)
    assert actions.run_one()
    assert not actions.run_one()
    task = Task.get_by_id(task.id)
    assert (task.data, bool(task.done_at), task.attempts) == ({}, True, 1)


def test_a_task_of_an_undone_write_never_was(done):
    with pytest.raises(ValueError), db.write():
        actions.put("count", n=1)
        raise ValueError
    assert actions.run_all() == 0


def test_a_failure_is_tried_again_later_and_later(done, travel):
    actions.handle("shaky", failing_with(OSError("no route")))
    actions.put("shaky")
    waits = []
    for _ in range(4):
        actions.run_all()
        task = Task.get()
        assert task.error == "OSError: no route"
        waits.append((task.run_after - travel.now).total_seconds())
        travel.to(task.run_after)
    assert waits == [10, 20, 40, 80]


def test_in_the_end_it_is_given_up(done, travel):
    actions.handle("shaky", failing_with(OSError("no route")))
    actions.put("shaky")
    for _ in range(actions.MOST_ATTEMPTS + 3):
        actions.run_all()
        travel(hours=6)
    task = Task.get()
    assert task.attempts == actions.MOST_ATTEMPTS
    assert task.failed_at
    assert not task.done_at


def test_a_handler_may_give_up_at_once(done):
    actions.handle("hopeless", failing_with(actions.GiveUp("no such address")))
    actions.put("hopeless")
    actions.run_all()
    assert Task.get().failed_at


def test_a_kind_that_nobody_handles_is_a_failure_and_not_the_end(done):
    actions.put("unknown")
    actions.put("count", n=1)
    actions.run_all()
    assert done == [1]


def test_a_lease_protects_a_task_until_it_runs_out(done, travel):
    actions.put("count", n=1)
    assert actions.lease()
    assert actions.lease() is None
    travel.to(travel.now + actions.LEASE + timedelta(seconds=1))
    actions.run_all()
    assert done == [1]
    assert Task.get().attempts == 2


def test_the_waits_grow_to_six_hours():
    assert [actions.wait_after(n).total_seconds() for n in (1, 2, 12)] == [10, 20, 20480]
    assert actions.wait_after(20) == timedelta(hours=6)


def test_the_oldest_due_task_tells_its_age(done, travel):
    assert actions.oldest_age() == 0
    actions.put("count", run_after=travel.now + timedelta(hours=1), n=1)
    assert actions.oldest_age() == 0
    travel(hours=3)
    assert actions.oldest_age() == 2 * 3600


def test_held_mail_waits_for_a_word_and_nothing_else_does(done):
    actions.handle("mail", lambda task: done.append(0))
    actions.put("mail")
    actions.put("count", n=1)
    assert actions.hold_mail() == 1
    actions.run_all()
    assert done == [1]
    assert actions.release_mail() == 1
    actions.run_all()
    assert done == [1, 0]


def test_old_tasks_are_swept_away_once_they_are_done(done, travel):
    actions.put("count", n=1)
    actions.run_all()
    actions.put("count", run_after=travel.now + timedelta(days=90), n=2)
    travel(days=29)
    actions.sweep_done()
    assert Task.select().count() == 2
    travel(days=2)
    actions.sweep_done()
    assert [task.data for task in Task.select()] == [{"n": 2}]


def test_several_workers_share_the_tasks_and_do_each_once(own_database, monkeypatch):
    seen: list[int] = []
    monkeypatch.setattr(actions, "_handlers", {"count": lambda task: seen.append(task.data["n"])})
    with db.write():
        for number in range(30):
            actions.put("count", n=number)

    def work(_: int) -> None:
        with db.database.connection_context():
            actions.run_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert sorted(seen) == list(range(30))
