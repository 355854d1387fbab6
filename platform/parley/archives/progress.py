"""How far a task has come, for its page: stored now and then, over another connection, since the
task's own stands in a snapshot or a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from parley.kernel import clock, db

EVERY = timedelta(seconds=1)


@contextmanager
def noting(store: Callable[..., object]) -> Iterator[Callable[..., None]]:
    """A function that lets `store` have its arguments, once in a while, inside a write."""
    noted = clock.now()

    def write(*far: int) -> None:
        with db.database.connection_context(), db.write():
            store(*far)

    with ThreadPoolExecutor(max_workers=1) as writer:

        def progress(*far: int) -> None:
            nonlocal noted
            if clock.now() - noted >= EVERY:
                noted = clock.now()
                writer.submit(write, *far)

        yield progress
