"""An archive that comes in: what the domains read of it, and what they answer.

Each domain's `records.check(source, account)` says of everything that belongs to it what would
become of it. What it found can then bring itself, inside the one write of an import.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from parley.kernel import canonical


class Unfit(Exception):
    """This part of an archive cannot be taken; the text says why, for the person."""


def instant(text: str) -> datetime:
    """:raise Unfit: it is no instant that can be kept"""
    try:
        return canonical.instant(text)
    except ValueError:
        raise Unfit(f"{text[:40]} is no date that we can read.") from None


class Fate(StrEnum):
    NEW = "new"
    CHANGED = "changed"  # an older copy of it is replaced
    SAME = "same"
    KEPT = "kept"  # it is here already and stays as it is here
    LEFT = "left"  # it has no place here
    REFUSED = "refused"


Origin = Callable[[], Any]  # the row that says where it comes from, made at first need


def nothing(origin: Origin) -> None:
    """What bringing does where nothing is to be done."""


@dataclass(frozen=True)
class Found:
    """One thing in an archive. `bring(origin)` does what `fate` says, inside a write."""

    what: str
    name: str
    fate: Fate
    why: str = ""
    bring: Callable[[Origin], None] = nothing


class Source(Protocol):
    """An archive to read from. Nothing in it is believed but what `checked` vouches for.

    `checked`: a key that this server knows signed it. `same_person`: its account had the e-mail
    address of this one, which both servers had confirmed, if `checked`. `here`: this server made
    it, for this very account. `partial`: it holds a part of what it could. `stored` maps files in
    it to the bytes that were kept of them.
    """

    checked: bool
    same_person: bool
    here: bool
    partial: bool
    handle: str
    made_at: datetime
    paths: Sequence[str]
    stored: dict[str, Any]

    def below(self, folder: str) -> list[str]:
        """The paths that begin so."""

    def octets(self, path: str, most: int) -> bytes:
        """:raise Unfit: there is no such file, or it is larger than `most`"""

    def json(self, path: str) -> Any:
        """A JSON file that keeps to its schema and holds only texts that can be stored.

        :raise Unfit: it does not
        """

    def table(self, path: str) -> list[dict[str, str]]:
        """A CSV file; no rows when it is missing.

        :raise Unfit: it is malformed
        """
