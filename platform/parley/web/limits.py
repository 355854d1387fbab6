"""Rate limits that all workers share: counters in an SQLite file of their own.

Redis would be another server to run; the main database has better things to sync. Losing
these counters in a crash harms nobody, hence `synchronous=OFF`.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits import parse
from limits.storage import Storage

from parley.kernel import ids

SCHEMA = """CREATE TABLE IF NOT EXISTS hits (
    key TEXT PRIMARY KEY, count INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID"""


class SqliteStorage(Storage):
    """A `limits` storage over `parley-sqlite:///path`."""

    STORAGE_SCHEME = ["parley-sqlite"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = (uri or "").split("://", 1)[1]
        self._local = threading.local()

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    @property
    def _db(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            with open(f"{self._path}.lock", "w") as lock:
                # one at a time: SQLite does not wait when two make a new file WAL at once
                fcntl.flock(lock, fcntl.LOCK_EX)
                connection.execute("PRAGMA journal_mode=wal")
                connection.execute("PRAGMA synchronous=off")
                connection.execute(SCHEMA)
            self._local.connection = connection
        return self._local.connection

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()  # a limit is about the load on this machine, not about Parley's clock
        row = self._db.execute(
            "INSERT INTO hits VALUES (:key, :amount, :end) ON CONFLICT (key) DO UPDATE SET "
            "count = CASE WHEN expires <= :now THEN :amount ELSE count + :amount END, "
            "expires = CASE WHEN expires <= :now THEN :end ELSE expires END RETURNING count",
            {"key": key, "amount": amount, "now": now, "end": now + expiry},
        ).fetchone()
        return row[0]

    def get(self, key: str) -> int:
        row = self._db.execute(
            "SELECT count FROM hits WHERE key = ? AND expires > ?", (key, time.time())
        ).fetchone()
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._db.execute("SELECT expires FROM hits WHERE key = ?", (key,)).fetchone()
        return row[0] if row else time.time()

    def check(self) -> bool:
        return self._db.execute("SELECT 1").fetchone() == (1,)

    def reset(self) -> int | None:
        return self._db.execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        self._db.execute("DELETE FROM hits WHERE key = ?", (key,))

    def sweep(self) -> None:
        self._db.execute("DELETE FROM hits WHERE expires <= ?", (time.time(),))


def _who() -> str:
    if current_user.is_authenticated:
        return f"account:{current_user.id}"
    return f"address:{get_remote_address()}"


limiter = Limiter(key_func=_who, headers_enabled=False, strategy="fixed-window")


def limited(times: int, per: str, key: Callable[[], str] | None = None) -> Callable:
    """Allow a view's POST this often per person (or address); `PARLEY_LIMITS` multiplies it."""

    return limiter.limit(
        lambda: _amount(times, per), key_func=key or _who, methods=["POST"])


def within(times: int, per: str, what: str) -> bool:
    """Count one more of what no single route counts; False when that was too often."""
    return bool(limiter.limiter.hit(parse(_amount(times, per)), what, _who()))


def _amount(times: int, per: str) -> str:
    return f"{max(1, int(times * _multiplier))} per {per}"


def by_typed(
    name: str, one_spelling: Callable[[str], str | None] = lambda raw: None
) -> Callable[[], str]:
    """Count by what was typed in a field, so that many addresses do not help a guesser.

    `one_spelling` gives what is the same for all ways of typing it, None for what is nothing.
    """
    def key() -> str:
        raw = request.form.get(name, "")
        typed = (one_spelling(raw) or raw).strip().lower()[:254]
        return f"typed:{request.endpoint}:{ids.digest(typed)}"  # addresses are not kept here

    return key


def sweep() -> None:
    """Forget counts whose time is over; their keys name addresses of people."""
    limiter.storage.sweep()  # type: ignore[union-attr]


_multiplier = 1.0


def install(app: Flask, folder: Path, multiplier: float) -> None:
    global _multiplier
    _multiplier = multiplier
    app.config["RATELIMIT_STORAGE_URI"] = f"parley-sqlite://{folder}/limits.sqlite"
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
