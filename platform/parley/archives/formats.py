"""The format `parley-archive/1`: how JSON is written, and which schema describes which file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from parley.kernel.canonical import iso

FORMAT = "parley-archive/1"
SCHEMAS = Path(__file__).parent / "schemas"
_OF_FOLDERS = {"threads": "thread.json", "replies": "replies.json", "notes": "note.json"}


def pretty(value: Any) -> bytes:
    """JSON for people to read too: sorted keys, every character as itself, instants in UTC.

    :raise TypeError: something in it has no place in JSON
    """
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=_instant)
    return text.encode() + b"\n"


def schema_name(path: str) -> str:
    """The file below `data/schemas/` that describes the JSON file at `path` below `data/`."""
    folder, _, name = path.rpartition("/")
    return _OF_FOLDERS.get(folder, name)


def _instant(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} has no place in an archive")
