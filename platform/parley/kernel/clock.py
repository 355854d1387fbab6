"""The one clock. Nothing else in Parley asks the system what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _source()


@cache
def zones() -> frozenset[str]:
    """The names of all time zones. Looked up once: Python reads hundreds of files for them."""
    return frozenset(available_timezones())


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock stand still at an aware instant: for tests and for telling a history."""
    global _source
    before = _source
    _source = lambda: instant.astimezone(UTC)  # noqa: E731
    try:
        yield
    finally:
        _source = before
