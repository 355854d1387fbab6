"""Putting tasks into the outbox, and carrying them out.

A task is done at least once: it is leased, run outside any transaction, and marked done. A
worker that dies leaves a lease that runs out, and the task is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from parley.kernel import clock, db
from parley.outbox.models import WAITING, Task

log = logging.getLogger("parley.outbox")

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 12  # with the waits below: about two and a half days
OUTWARD = ("mail", "carry", "farewell")  # kinds of tasks that write to people
Handler = Callable[[Task], None]
_handlers: dict[str, Handler] = {}
_slow: set[str] = set()


class GiveUp(Exception):
    """Trying this task again would not help."""


def handle(kind: str, handler: Handler) -> None:
    """Name who carries out tasks of a kind. It must bear being called twice with one task."""
    _handlers[kind] = handler
    _slow.discard(kind)


def handle_slowly(kind: str, handler: Handler) -> None:
    """The same of a kind that may take minutes: the jobs process does these beside the others."""
    _handlers[kind] = handler
    _slow.add(kind)


def quick() -> Any:
    """Tasks that nobody waits long for."""
    return Task.kind.not_in(_slow)


def slow() -> Any:
    """Those that may take minutes."""
    return Task.kind.in_(_slow)


def put(kind: str, run_after: datetime | None = None, **data: Any) -> Task:
    """Write a task, inside the transaction of the fact it follows from."""
    now = clock.now()
    return Task.create(kind=kind, data=data, run_after=run_after or now, created_at=now)


def wait_after(attempts: int) -> timedelta:
    """10 s, 20 s, 40 s … at most 6 hours."""
    return min(timedelta(seconds=10 * 2 ** (attempts - 1)), timedelta(hours=6))


def lease(among: Any = True) -> Task | None:
    """The task that has waited longest among these, leased to the caller; None when there is
    none."""
    now = clock.now()
    free = Task.leased_until.is_null() | (Task.leased_until < now)
    with db.write():
        query = (
            Task.select()
            .where(WAITING, Task.run_after <= now, free, among)
            .order_by(Task.run_after, Task.id).limit(1)
        )
        task = (query if db.is_sqlite() else query.for_update("FOR UPDATE SKIP LOCKED")).first()
        if task is not None:
            task.leased_until = now + LEASE
            task.attempts += 1
            task.save()
    return task


def run_one(among: Any = True) -> bool:
    """Lease and carry out one task among these. False when there was none."""
    if not _due(among):
        return False
    task = lease(among)
    if task is None:
        return False
    try:
        _handlers[task.kind](task)
    except Exception as error:
        log.warning("task %s (%s) failed: %s", task.id, task.kind, error)
        _failed(task, error)
    else:
        with db.write():
            task.done_at = clock.now()
            task.data = {}  # it may hold a secret link; what was sent is the recipient's
            task.save()
    return True


def run_all(among: Any = True) -> int:
    """Carry out everything among these that is due; how many tasks that was."""
    count = 0
    while run_one(among):
        count += 1
    return count


def _due(among: Any) -> bool:
    now = clock.now()
    return Task.select().where(WAITING, Task.run_after <= now, among).exists()


def _failed(task: Task, error: Exception) -> None:
    with db.write():
        now = clock.now()
        task.error = f"{type(error).__name__}: {error}"[:2000]
        task.leased_until = None
        if isinstance(error, GiveUp) or task.attempts >= MOST_ATTEMPTS:
            task.failed_at = now
        else:
            task.run_after = now + wait_after(task.attempts)
        task.save()


def oldest_age() -> float:
    """Seconds that the oldest due task has waited; 0 when none waits."""
    now = clock.now()
    task = (
        Task.select(Task.run_after).where(WAITING)
        .order_by(Task.run_after).first()
    )
    return max(0.0, (now - task.run_after).total_seconds()) if task else 0.0


def hold_mail() -> int:
    """Hold all mail that was not sent yet (after a restore)."""
    return Task.update(held=True).where(
        Task.kind.in_(OUTWARD), Task.done_at.is_null()).execute()


def release_mail() -> int:
    return Task.update(held=False).where(Task.held).execute()


def sweep_done(older_than: timedelta = timedelta(days=30)) -> None:
    with db.write():
        Task.delete().where(Task.done_at < clock.now() - older_than).execute()
