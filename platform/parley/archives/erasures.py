"""The list of those who left, beside the database: a backup that is older than their leaving still
holds them, so restoring it reads this list and lets them leave again.

    erasures.jsonl      a JSON object a line, only ever appended and synced: `account` (SHA-256 of
                        the id), `left_at`, `words`, `certificate`
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from parley.accounts.models import Leaving
from parley.kernel import ids
from parley.kernel.canonical import iso

_path = Path("erasures.jsonl")


@dataclass(frozen=True)
class Erasure:
    account: str
    left_at: str
    words: str
    certificate: str


def configure(path: Path) -> None:
    global _path
    _path = path


def note(leaving: Leaving) -> None:
    """Put somebody on the list, once the closing of their account is committed. Again changes
    nothing."""
    assert leaving.account is not None
    add([Erasure(ids.digest(leaving.account), iso(leaving.left_at), leaving.words, leaving.id)])


def add(erasures: list[Erasure]) -> None:
    """Append those that are not on the list yet, and sync it."""
    with open(_path, "a+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        out.seek(0)
        before = out.read()
        known = set(_read(before))
        lines = [json.dumps(asdict(one)) for one in erasures if one not in known]
        if not lines:
            return
        cut = "\n" if before and not before.endswith(b"\n") else ""  # a line that a crash cut short
        out.write((cut + "\n".join(lines) + "\n").encode())
        out.flush()
        os.fsync(out.fileno())
    folder = os.open(_path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path | None = None) -> list[Erasure]:
    """All on the list, or on a copy of it."""
    try:
        return list(_read((path or _path).read_bytes()))
    except FileNotFoundError:
        if path is not None:
            raise
        return []


def _read(content: bytes) -> Iterator[Erasure]:
    for line in content.splitlines():
        try:
            yield Erasure(**json.loads(line))
        except (ValueError, TypeError):
            continue  # cut short
