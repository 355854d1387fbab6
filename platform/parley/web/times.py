"""How instants read on a page: in the reader's zone, dates in full words."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask
from flask_login import current_user

from parley.kernel import clock


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zones() -> list[str]:
    """Names a person can choose from, the plain ones only."""
    odd = ("Etc/", "SystemV/", "posix/", "right/", "US/")
    return [*sorted(z for z in clock.zones() if "/" in z and not z.startswith(odd)), "UTC"]


def reader_zone() -> str:
    return current_user.time_zone if current_user.is_authenticated else "UTC"


def local(instant: datetime, zone: str | None = None) -> datetime:
    name = zone or reader_zone()
    return instant.astimezone(UTC if name == "UTC" else _zone(name))


def day(instant: datetime, zone: str | None = None) -> str:
    """`12 November 2026`, in the reader's zone."""
    there = local(instant, zone)
    return f"{there.day} {there:%B %Y}"


def short_day(instant: datetime, zone: str | None = None) -> str:
    """`12 Nov`, in the reader's zone."""
    there = local(instant, zone)
    return f"{there.day} {there:%b}"


def day_time(instant: datetime, zone: str | None = None) -> str:
    """`12 November 2026, 22:40` in the reader's zone, or with `UTC` behind it."""
    there = local(instant, zone)
    label = " UTC" if (zone or reader_zone()) == "UTC" else ""
    return f"{there.day} {there:%B %Y, %H:%M}{label}"


def iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def size(count: int) -> str:
    """`840 kB`, `2.1 MB`."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    return f"{count / 1_000_000:.1f} MB"


def many(count: int, one: str, more: str) -> str:
    """`1 thread`, `1,204 threads`."""
    return f"{count:,} {one if count == 1 else more}"


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=day, day_time=day_time, short_day=short_day, iso=iso, size=size
    )
    app.jinja_env.globals.update(many=many)
