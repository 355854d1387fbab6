"""Version numbers of what pages show. A write raises them; the page cache compares them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import peewee

from parley.kernel import db


class Version(db.Model):
    key = peewee.TextField(primary_key=True)
    number = peewee.BigIntegerField()


def touch(*keys: str) -> None:
    """Raise these versions when the running write ends (last, in sorted order)."""
    for key in keys:
        db.at_the_end(key, partial(_raise, key))


def touch_all(name: str, keys: peewee.ModelSelect) -> None:
    """Raise every version whose key the query yields, in one statement when the write ends.

    `name` tells this call from others, and sorts it among the keys; the query has a WHERE.
    """
    def raise_all() -> None:
        rows = keys.select_extend(peewee.Value(1)).distinct().order_by(peewee.SQL("1"))
        Version.insert_from(rows, [Version.key, Version.number]).on_conflict(
            conflict_target=[Version.key], update={Version.number: Version.number + 1}
        ).execute()

    db.at_the_end(name, raise_all)


def _raise(key: str) -> None:
    mark = db.database.obj.param
    db.database.execute_sql(
        f"INSERT INTO version (key, number) VALUES ({mark}, 1) "
        "ON CONFLICT (key) DO UPDATE SET number = version.number + 1", [key])


def read(keys: Iterable[str]) -> dict[str, int]:
    """The present number of each key; 0 for one that was never raised."""
    wanted = list(keys)
    if not wanted:
        return {}
    marks = ", ".join([db.database.obj.param] * len(wanted))
    rows = db.database.execute_sql(
        f"SELECT key, number FROM version WHERE key IN ({marks})", wanted).fetchall()
    return dict.fromkeys(wanted, 0) | dict(rows)
