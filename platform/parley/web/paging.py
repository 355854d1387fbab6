"""Keyset pages: a cursor names the last row shown, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from flask import request

from parley.kernel.db import EPOCH, InstantField
from parley.kernel.errors import Invalid

T = TypeVar("T")
Cursor = tuple[datetime, str]


def encode(at: datetime, ref: str) -> str:
    raw = f"{InstantField().db_value(at)}.{ref}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str) -> Cursor:
    """The instant and id of a cursor.

    :raise Invalid: it was not made here
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        number, ref = base64.b64decode(padded, b"-_", validate=True).decode("ascii").split(".", 1)
        at = InstantField().python_value(int(number))
        if at < EPOCH or not ref.isalnum() or len(ref) > 40:
            raise ValueError
        return at, ref
    except (ValueError, binascii.Error, OverflowError, UnicodeError):
        raise Invalid({"after": "That page address is not one of ours. Start from the first page."}
                      ) from None


def asked() -> Cursor | None:
    """The cursor in `?after=`, None on the first page.

    :raise Invalid: a made-up cursor
    """
    raw = request.args.get("after", "")
    return decode(raw) if raw else None


@dataclass(frozen=True)
class Page(Generic[T]):
    rows: list[T]
    next: str | None


def page(rows: list[Any], size: int, instant: str, ref: str = "id") -> Page:
    """Cut `size + 1` fetched rows to a page; `instant` and `ref` name the keyset columns."""
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    return Page(rows[:size], encode(getattr(last, instant), getattr(last, ref)))
