"""The jobs process: carries out the outbox and runs the sweeps, until told to stop.

Two plain loops are enough, one for what may take minutes, so that no mail waits behind somebody's
archive: what must happen is a row in the outbox, and sweeps are idempotent, so nothing is lost
when this process dies at any point.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from parley.kernel import db
from parley.outbox import actions

log = logging.getLogger("parley.jobs")

TICK_SECONDS = 0.3
Sweep = tuple[str, timedelta, Callable[[], object]]
_sweeps: list[Sweep] = []


def sweep_every(name: str, period: timedelta, sweep: Callable[[], object]) -> None:
    """Run `sweep` about this often. It must be harmless to run it twice, or late."""
    if all(name != known for known, _, _ in _sweeps):
        _sweeps.append((name, period, sweep))


def sweep_all() -> None:
    """Run every sweep once, now."""
    for _, _, sweep in _sweeps:
        sweep()


def run(stop: threading.Event) -> None:
    """Work until `stop` is set."""
    beside = threading.Thread(target=_slowly, args=(stop,))
    beside.start()
    try:
        work(stop, actions.quick, _sweeps)
    finally:
        stop.set()
        beside.join()


def _slowly(stop: threading.Event) -> None:
    try:
        work(stop, actions.slow, [])
    finally:
        db.database.close()  # of this thread


def work(stop: threading.Event, among: Callable[[], Any], sweeps: list[Sweep]) -> None:
    """Carry out such tasks, and run these sweeps, until `stop` is set."""
    next_at = dict.fromkeys((name for name, _, _ in sweeps), 0.0)
    while not stop.is_set():
        try:
            db.database.connect(reuse_if_open=True)
            actions.run_all(among())
            for name, period, sweep in sweeps:
                if time.monotonic() >= next_at[name]:
                    next_at[name] = time.monotonic() + period.total_seconds()
                    sweep()
        except peewee.OperationalError:
            log.exception("the database does not answer; trying again")
            db.database.close()
            stop.wait(2)
        except Exception:
            log.exception("a sweep failed; it runs again at its next turn")
        stop.wait(TICK_SECONDS)
