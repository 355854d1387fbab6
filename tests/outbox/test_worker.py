"""The loop of the jobs process."""

from __future__ import annotations

import threading
from datetime import timedelta

import peewee
import pytest

from parley.kernel import db
from parley.outbox import actions, worker
from parley.outbox.models import Task


@pytest.fixture
def quick(backend, monkeypatch):
    monkeypatch.setattr(worker, "TICK_SECONDS", 0.001)
    monkeypatch.setattr(worker, "_sweeps", [])
    monkeypatch.setattr(actions, "_handlers", {})
    monkeypatch.setattr(actions, "_slow", set())


def run(stop: threading.Event) -> None:
    worker.work(stop, actions.quick, worker._sweeps)


class Stop(threading.Event):
    """Set after so many waits, so that the loop ends."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds

    def wait(self, timeout: float | None = None) -> bool:
        self.rounds -= 1
        if self.rounds <= 0:
            self.set()
        return self.is_set()


def test_it_carries_out_tasks_and_runs_each_sweep_at_its_turn(quick):
    done, often, seldom = [], [], []
    actions.handle("count", lambda task: done.append(task.data["n"]))
    worker.sweep_every("often", timedelta(0), lambda: often.append(1))
    worker.sweep_every("seldom", timedelta(hours=1), lambda: seldom.append(1))
    actions.put("count", n=1)
    run(Stop(5))
    assert (done, len(often), len(seldom)) == ([1], 5, 1)


def test_what_takes_minutes_lets_nothing_wait(own_database, monkeypatch):
    monkeypatch.setattr(worker, "TICK_SECONDS", 0.001)
    monkeypatch.setattr(worker, "_sweeps", [])
    monkeypatch.setattr(actions, "_handlers", {})
    monkeypatch.setattr(actions, "_slow", set())
    stop, begun, told = threading.Event(), threading.Event(), threading.Event()

    def archive(task: Task) -> None:
        begun.set()
        assert told.wait(20)
        stop.set()

    def mail(task: Task) -> None:
        assert begun.wait(20)
        told.set()

    actions.handle_slowly("archive", archive)
    actions.handle("mail", mail)
    db.database.connect(reuse_if_open=True)
    for kind in ("archive", "mail"):
        actions.put(kind)
    worker.run(stop)
    assert [(task.attempts, bool(task.done_at)) for task in Task.select()] == [(1, True)] * 2


def test_a_sweep_that_fails_stops_neither_the_others_nor_the_next_turn(quick, caplog):
    ran = []

    def fail() -> None:
        ran.append(1)
        raise ValueError

    worker.sweep_every("broken", timedelta(0), fail)
    run(Stop(3))
    assert len(ran) == 3
    assert "a sweep failed" in caplog.text


def test_a_database_that_is_away_is_waited_for(quick, monkeypatch, caplog):
    tries = []

    def away() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise peewee.OperationalError("gone")
        return 0

    monkeypatch.setattr(actions, "run_all", lambda _: away())
    monkeypatch.setattr(worker.db.database.obj, "close", lambda: True)
    run(Stop(6))
    assert len(tries) >= 3
    assert "does not answer" in caplog.text


def test_a_sweep_is_named_once(quick):
    for _ in range(2):
        worker.sweep_every("one", timedelta(0), lambda: None)
    assert len(worker._sweeps) == 1


def test_all_sweeps_can_be_run_at_once(quick):
    ran = []
    for name in "ab":
        worker.sweep_every(name, timedelta(hours=1), lambda name=name: ran.append(name))
    worker.sweep_all()
    assert ran == ["a", "b"]
