"""What belongs to one person, as it leaves: which part of it, and values too long for memory.

Each domain's `records.py` names its tables in `HOLDS` and has `export(account, part)`: pairs of a
path below `data/` and a value. A dict or a list becomes a JSON file, and so does an iterator, which
is read item by item; a dict may hold such iterators. Bytes and paths of files go in as they are.
`("csv", header, rows)` becomes a table; equal paths of several domains are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import peewee

NOTHING = peewee.SQL("1 = 0")


@dataclass(frozen=True)
class Part:
    """What of a person's records is meant: all without further words, else only what concerns the
    company with this id, only what is of this year (UTC), or no files."""

    vendor: str = ""
    year: int | None = None
    text_only: bool = False

    def of(
        self, rows: peewee.ModelSelect, at: peewee.Field | None, vendor: Any = None
    ) -> peewee.ModelSelect:
        """Those of the rows that are in this part, by the columns of their instant and company.
        What has no company is not part of what concerns one; what has no instant is of every
        year."""
        if self.vendor:
            rows = rows.where(NOTHING if vendor is None else vendor == self.vendor)
        if self.year is not None and at is not None:
            rows = rows.where(at >= _new_year(self.year), at < _new_year(self.year + 1))
        return rows


WHOLE = Part()


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


class Again:
    """Items that are read from the database each time they are gone through."""

    def __init__(self, read: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._read()
