"""Canonical JSON (RFC 8785): equal values give equal bytes, fit to be hashed and signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import rfc8785


def iso(instant: datetime) -> str:
    """An aware instant in UTC, as `2026-05-03T12:00:00Z`; microseconds only where there are any.

    :raise ValueError: the instant has no time zone
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def instant(text: str) -> datetime:
    """What `iso` wrote, or another program did, in UTC.

    :raise ValueError: it is no instant with a time zone, or lies outside the years 1970 to 8999,
        which every zone and both databases can tell
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1970 <= found.year < 9000:
        raise ValueError(f"{text} is no instant that can be told")
    found = found.astimezone(UTC)
    if found.year < 1970:
        raise ValueError(f"{text} lies before 1970")
    return found


def dumps(value: Any) -> bytes:
    """The canonical UTF-8 bytes of a JSON value, in which instants become `iso` strings.

    :raise ValueError: something in it has no place in JSON: a lone surrogate, NaN,
        an integer beyond 2**53 - 1, a key that is no text, an object of another type
    """
    return rfc8785.dumps(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
