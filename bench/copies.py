"""Make a community large: the database copies the threads of one company by the hundred.

Row by row through Python a million threads would take hours. A copy has new ids, is earlier by as
many microseconds as its number, and stands in the figures of its company as what it copies does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parley.journal.models import Entry
from parley.kernel import db, versions
from parley.scorecards.models import Contribution, Tally
from parley.threads.clocks import FACTS
from parley.threads.models import Clock, Post, Round, Thread
from parley.vendors.models import Vendor

TABLES = (Thread, Round, Post, Clock, Entry, Contribution, Tally)
POSTS = 2  # of each thread: more would only fill the disk


@dataclass(frozen=True)
class Copies:
    """How often all threads are copied: under the same page, and under a new one each time."""

    here: int
    elsewhere: int


def multiply(vendor_id: str, copies: Copies) -> int:
    """Copy the threads of a company; how many threads there are then."""
    with _unguarded(), db.write():
        _vendors(vendor_id, copies)
        for model in TABLES:
            _copy(model, vendor_id, copies)
        Tally.update(count=Tally.count * (copies.here + 1)).where(
            Tally.vendor == vendor_id).execute()
        versions.touch(f"vendor:{vendor_id}", "vendors", "front")
    settled()
    return Thread.select().count()


def settled() -> None:
    """What a database does in its own time after many rows came, lest it do that while we measure.

    It would plan for the few rows that other tables have here, so it is not told of them.
    """
    names = [model._meta.table_name for model in (*TABLES, Vendor)]
    statements = [f"VACUUM (ANALYZE) {', '.join(names)}", "CHECKPOINT"]
    if db.is_sqlite():
        statements = [f"ANALYZE {name}" for name in names]
    for statement in statements:
        db.database.execute_sql(statement)


@contextlib.contextmanager
def _unguarded() -> Iterator[None]:
    """Without indexes and foreign keys, which are made again at the end in one go each."""
    tables = [model._meta.table_name for model in TABLES]
    if db.is_sqlite():
        db.database.execute_sql("PRAGMA foreign_keys = 0")
        rows = db.database.execute_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            f"AND tbl_name IN ({', '.join('?' * len(tables))})", tables).fetchall()
    else:
        for table in tables:
            db.database.execute_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        rows = db.database.execute_sql(
            "SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON relname = indexname "
            "JOIN pg_index ON indexrelid = pg_class.oid "
            "WHERE NOT indisprimary AND tablename = ANY(%s)", [tables]).fetchall()
    for name, _ in rows:
        db.database.execute_sql(f'DROP INDEX "{name}"')
    yield
    for _, sql in rows:
        db.database.execute_sql(sql)
    if db.is_sqlite():
        db.database.execute_sql("PRAGMA foreign_keys = 1")
    else:
        for table in tables:
            db.database.execute_sql(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def _numbers(copies: Copies) -> str:
    return ("WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy "
            f"WHERE n < {copies.here + copies.elsewhere})")


def _new(column: str) -> str:
    """The id of a copy: its number in the first six places, where later ones sort later anyway."""
    number = "printf('%06x', n)" if db.is_sqlite() else "lpad(to_hex(n), 6, '0')"
    return f"{number} || substr({column}, 7)"


def _owner(column: str, copies: Copies) -> str:
    return f"CASE WHEN n <= {copies.here} THEN {column} ELSE {_new(column)} END"


def _vendors(vendor_id: str, copies: Copies) -> None:
    values = {"id": _new("id"), "slug": f"slug || '-' || {_text('n')}", "domain": "NULL",
              "controls": "NULL"}
    mark = db.database.obj.param
    _insert(Vendor, values, f"vendor, copy WHERE n > {copies.here} AND id = {mark}", [vendor_id],
            copies)
    Vendor.update(
        thread_count=Vendor.thread_count * (copies.here + 1),
        waiting_count=Vendor.waiting_count * (copies.here + 1),
        solved_count=Vendor.solved_count * (copies.here + 1)).where(
        Vendor.id == vendor_id).execute()


def _text(number: str) -> str:
    return f"CAST({number} AS TEXT)"


def _copy(model: type[db.Model], vendor_id: str, copies: Copies) -> None:
    """The rows of one table that belong to the company's threads, once for each copy."""
    table, mark = model._meta.table_name, db.database.obj.param
    own = f"(SELECT id FROM thread WHERE vendor_id = {mark} AND NOT {_is_copy('id')})"
    values: dict[str, str] = {}
    if model is Thread:
        values, where = _thread(copies), f"vendor_id = {mark} AND NOT {_is_copy('id')}"
    elif model is Entry:
        kinds = ", ".join(f"'{kind}'" for kind in FACTS)
        values = {"id": "", "subject_id": _new("subject_id")}
        where = f"subject_id IN {own} AND kind IN ({kinds})"
    elif model is Contribution:
        values = {"subject": _new("subject"), "vendor": _owner("vendor", copies)}
        where = f"subject IN {own}"
    elif model is Tally:
        values, where = {"vendor": _new("vendor")}, f"n > {copies.here} AND vendor = {mark}"
    else:
        values, where = {"thread_id": _new("thread_id")}, f"thread_id IN {own}"
        if model is Post:
            values |= {"id": _new("id"), "form_key": "NULL"}
            where += f" AND number <= {POSTS}"
    _insert(model, values, f"{table}, copy WHERE {where}", [vendor_id], copies)


def _is_copy(column: str) -> str:
    """A copy's id begins with its number; the time of a real one is far larger."""
    return f"{column} < '010000'"


def _thread(copies: Copies) -> dict[str, str]:
    moved = {field.column_name: f"{field.column_name} - n"
             for field in Thread._meta.sorted_fields if isinstance(field, db.InstantField)}
    return moved | {"id": _new("id"), "vendor_id": _owner("vendor_id", copies)}


def _insert(model: type[db.Model], values: dict[str, str], source: str, params: list[Any],
            copies: Copies) -> None:
    """Insert from a query; an empty expression leaves the column to the database."""
    names = [field.column_name for field in model._meta.sorted_fields]
    chosen = {name: values.get(name, name) for name in names if values.get(name, name)}
    quoted = ", ".join(f'"{name}"' for name in chosen)
    picked = ", ".join(value if value != name else f'"{name}"' for name, value in chosen.items())
    db.database.execute_sql(
        f'INSERT INTO "{model._meta.table_name}" ({quoted}) {_numbers(copies)} '
        f"SELECT {picked} FROM {source}", params)
