"""Queries whose SQL is built once. Building it anew takes peewee longer than running it.

    by_token = Prepared(lambda token: Session.select().where(Session.token_hash == token))
    by_token(digest)     # → list of rows

For the few queries of the hottest pages. peewee is pinned, since this asks it for the cursor
wrapper that its own `execute` would make.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import peewee

from parley.kernel import db


class _Bound(str):
    """Stands for a value while the SQL is built; a str, so that text fields let it pass."""


class Prepared:
    """A query, as a function of the values it is asked for."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self._build = build
        self._names = list(inspect.signature(build).parameters)
        self._known: tuple[Any, Any, str, list[Any]] | None = None
        self._reader: tuple[Any, Callable[[Any], Any]] | None = None
        self._guard = threading.Lock()

    def __call__(self, *values: Any) -> list[Any]:
        """The rows for these values, in the order of the parameters of `build`."""
        query, cursor = self._execute(values)
        rows = cursor.fetchall()
        return list(map(self._read(query, cursor), rows)) if rows else []

    def first(self, *values: Any) -> Any:
        """The first row, or None."""
        rows = self(*values)
        return rows[0] if rows else None

    def write(self, *values: Any) -> None:
        """Run an insert, update or delete with these values. Inside a write."""
        self._execute(values)

    def _execute(self, values: tuple[Any, ...]) -> tuple[Any, Any]:
        query, sql, params = self._compiled()
        given = {name: _plain(value) for name, value in zip(self._names, values, strict=True)}
        filled = [given[p] if isinstance(p, _Bound) else p for p in params]
        return query, db.database.execute_sql(sql, filled)

    def _read(self, query: Any, cursor: Any) -> Callable[[Any], Any]:
        """What makes a row an object: found out once, for that takes longer than to use it."""
        known = self._reader
        if known is None or known[0] is not query:
            wrapper = query._get_cursor_wrapper(cursor)
            wrapper.initialize()
            known = self._reader = (query, wrapper.process_row)
        return known[1]

    def _compiled(self) -> tuple[Any, str, list[Any]]:
        known = self._known
        if known is None or known[0] is not db.database.obj:
            with self._guard:
                query = self._build(*(peewee.Value(_Bound(name)) for name in self._names))
                sql, params = query.sql()
                known = self._known = (db.database.obj, query, sql, list(params))
        return known[1:]


def _plain(value: Any) -> Any:
    return (value - db.EPOCH) // _MICROSECOND if isinstance(value, datetime) else value


_MICROSECOND = datetime.resolution
