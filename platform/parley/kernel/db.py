"""The database: one set of models on SQLite and on PostgreSQL, and the one way to write."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import peewee
from peewee import JSONField
from playhouse import db_url
from playhouse.migrations import Runner

__all__ = ["InstantField", "JSONField", "Model", "connect", "database", "lock", "write"]

MIGRATIONS = Path(__file__).parent.parent / "migrations"
BUSY_SECONDS = 30  # a writer waits this long for SQLite's single write lock
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

database = peewee.DatabaseProxy()

_columns_own_sql = peewee.Column.__sql__


def _column_sql(column: Any, ctx: Any) -> Any:
    """What peewee writes for the column of a table, in one step instead of a dozen: building SQL
    took a quarter of a page's time. See docs/decisions/0010-columns-in-one-step.md."""
    if type(column.source) is not peewee.Table or ctx.state.quote != '""':
        return _columns_own_sql(column, ctx)
    table: Any = column.source
    name = column.name.replace('"', '""')
    if ctx.scope == peewee.SCOPE_VALUES:
        return ctx.literal(f'"{name}"')
    if table._alias:
        ctx.alias_manager[table] = table._alias
    return ctx.literal(f'"{ctx.alias_manager[table]}"."{name}"')


peewee.Column.__sql__ = _column_sql  # type: ignore[method-assign]


class InstantField(peewee.BigIntegerField):
    """An aware instant, stored as whole microseconds since 1970 in UTC.

    The same on both databases, and it sorts and indexes as a number.
    """

    def db_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return (value - EPOCH) // timedelta(microseconds=1)
        return value

    def python_value(self, value: Any) -> Any:
        return None if value is None else EPOCH + timedelta(microseconds=int(value))


class Model(peewee.Model):
    class Meta:
        database = database
        legacy_table_names = False
        only_save_dirty = True


SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "cache_size": -32_000,
    "temp_store": "memory",
    "secure_delete": 1,  # what is deleted is overwritten, for whoever left is to be gone
}


def connect(url: str) -> None:
    """Point every model at the database of this URL (`sqlite:///path` or `postgresql://…`).

    :raise RuntimeError: the database does not keep what Parley relies on
    """
    scheme = urlparse(url).scheme
    if scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        real = peewee.SqliteDatabase(
            path, pragmas=SQLITE_PRAGMAS, timeout=BUSY_SECONDS, lock_type="IMMEDIATE"
        )
    elif scheme in ("postgresql", "postgres"):
        real = db_url.connect(url, prefer_psycopg3=True, unquote_password=True, unquote_user=True)
    else:
        raise RuntimeError(f"PARLEY_DATABASE_URL: {scheme!r} is neither sqlite nor postgresql.")
    if database.obj is not None and not database.is_closed():
        database.close()
    database.initialize(real)
    database.connect(reuse_if_open=True)
    check()
    database.close()


def check() -> None:
    """Look whether the settings that durability rests on are really in force."""
    if is_sqlite():
        for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            found = database.execute_sql(f"PRAGMA {pragma}").fetchone()[0]
            if found != wanted:
                raise RuntimeError(f"SQLite runs with {pragma}={found}; Parley needs {wanted}.")
    else:
        (found,) = database.execute_sql("SHOW synchronous_commit").fetchone()
        if found == "off":
            raise RuntimeError("PostgreSQL runs with synchronous_commit=off; switch it on.")


def is_sqlite() -> bool:
    return isinstance(database.obj, peewee.SqliteDatabase)


class _Write(threading.local):
    depth = 0

    def __init__(self) -> None:
        self.last: dict[str, Callable[[], None]] = {}


_writing = _Write()


@contextlib.contextmanager
def write() -> Iterator[None]:
    """The write transaction. Committed and synced when it ends, undone when it raises.

    One inside another joins it, as a savepoint.
    """
    with database.atomic():
        _writing.depth += 1
        try:
            yield
            while _writing.depth == 1 and _writing.last:
                _writing.last.pop(min(_writing.last))()
        finally:
            _writing.depth -= 1
            if _writing.depth == 0:
                _writing.last.clear()


def at_the_end(key: str, do: Callable[[], None]) -> None:
    """Do this once, just before the write commits, in the order of the keys.

    Rows that many writers touch are written here, so that they cannot deadlock; what is done here
    may ask for more, under later keys.
    """
    if not _writing.depth:
        raise RuntimeError("at_the_end belongs inside kernel.db.write()")
    _writing.last[key] = do


def do_now(key: str) -> None:
    """Do at once what was asked for under this key for the end of the write, if anything was."""
    if do := _writing.last.pop(key, None):
        do()


class _Gathered:
    def __init__(self, do: Callable[[list[str]], None]) -> None:
        self.do = do
        self.items: set[str] = set()

    def __call__(self) -> None:
        self.do(sorted(self.items))


def at_the_end_of_all(key: str, item: str, do: Callable[[list[str]], None]) -> None:
    """As `at_the_end`, once for all items that are named under this key, in their order."""
    known = _writing.last.get(key)
    gathered = known if isinstance(known, _Gathered) else _Gathered(do)
    gathered.items.add(item)
    at_the_end(key, gathered)


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """A reading transaction that sees one state of the whole database."""
    if is_sqlite():
        with database.transaction("DEFERRED"):
            yield
    else:
        with database.transaction("REPEATABLE READ"):
            yield


def lock(query: peewee.ModelSelect, of: type[Model] | None = None) -> peewee.ModelSelect:
    """The same query, holding its rows (with `of` only that table's) until the write ends.

    SQLite holds everything. On PostgreSQL others may still refer to the rows: a stronger lock
    would make every insert that names one of them wait, and two such writers deadlock.
    """
    if is_sqlite():
        return query
    return query.for_update("FOR NO KEY UPDATE", of=of)  # type: ignore[arg-type]


def tables() -> list[type[Model]]:
    """Every table that was loaded, each after those that it points at."""
    ours = [model for model in _below(Model) if model.__module__.startswith("parley.")]
    return list(peewee.sort_models(ours))  # type: ignore[attr-defined]


def _below(model: type[Model]) -> Iterator[type[Model]]:
    for child in model.__subclasses__():
        yield child
        yield from _below(child)


def overwrite_log() -> None:
    """Let what was deleted leave SQLite's log of writes as well, if nobody is reading just now; in
    the course of things it is overwritten anyway."""
    if is_sqlite() and not database.in_transaction():
        database.execute_sql("PRAGMA busy_timeout = 0")
        try:
            database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            database.execute_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def runner() -> Runner:
    return Runner(database.obj, str(MIGRATIONS))


def pending_migrations() -> list[str]:
    return [m.name for m in runner().status() if m.applied is None]


