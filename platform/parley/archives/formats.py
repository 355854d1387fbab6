"""The format `parley-archive/1`: how JSON is written, and which schema describes which file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from parley.kernel.canonical import iso

FORMAT = "parley-archive/1"
SCHEMAS = Path(__file__).parent / "schemas"
INDENT = "  "
PIECE = 1 << 16  # bytes
MOST_PARTS = 2_000_000  # values of a JSON file; a thread of 10,000 posts has some 500,000
_OF_FOLDERS = {"threads": "thread.json", "replies": "replies.json", "notes": "note.json"}


def pretty(value: Any) -> bytes:
    """JSON for people to read too: sorted keys, every character as itself, instants in UTC.

    :raise TypeError: something in it has no place in JSON
    """
    text = json.dumps(
        value, indent=len(INDENT), sort_keys=True, ensure_ascii=False, default=_instant)
    return text.encode() + b"\n"


def line(value: Any) -> bytes:
    """One line of JSON Lines.

    :raise TypeError: something in it has no place in JSON
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False,
                      separators=(",", ":")).encode() + b"\n"


def loads(data: bytes, most: int = MOST_PARTS) -> Any:
    """The value of a JSON file from anywhere.

    A list or object takes some twenty times the memory that it takes in the file, so they are
    counted first, as four values each; commas tell how many values there are.

    :raise ValueError: it is no JSON in UTF-8, or has more than `most` values
    """
    if 4 * (data.count(b"[") + data.count(b"{")) + data.count(b",") > most:
        raise ValueError("It has more parts than we read.")
    try:
        return json.loads(data.decode(), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("It is nested too deep.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number.")


def pieces(value: Any) -> Iterator[bytes]:
    """As `pretty`, piece by piece: iterators, also as the values of a dict, are read item by
    item.

    :raise TypeError: something in it has no place in JSON
    """
    if isinstance(value, dict) and any(map(_is_long, value.values())):
        yield from _object(value)
    elif _is_long(value):
        yield from _array(value, "")
    else:
        yield pretty(value)[:-1]
    yield b"\n"


def gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger pieces, since each has its cost on the way."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _is_long(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | list | dict)


def _object(value: dict[str, Any]) -> Iterator[bytes]:
    before = "{"
    for name in sorted(value):
        yield f"{before}\n{INDENT}{json.dumps(name, ensure_ascii=False)}: ".encode()
        if _is_long(value[name]):
            yield from _array(value[name], INDENT)
        else:
            yield _indented(value[name], INDENT)
        before = ","
    yield b"\n}"


def _array(items: Iterable[Any], indent: str) -> Iterator[bytes]:
    before = "["
    for item in items:
        yield f"{before}\n{indent}{INDENT}".encode() + _indented(item, indent + INDENT)
        before = ","
    yield b"[]" if before == "[" else f"\n{indent}]".encode()


def _indented(value: Any, indent: str) -> bytes:
    """A JSON text has line ends only between its parts, never in a string."""
    return pretty(value)[:-1].replace(b"\n", f"\n{indent}".encode())


def schema_name(path: str) -> str:
    """The file below `data/schemas/` that describes the JSON file at `path` below `data/`."""
    folder, _, name = path.rpartition("/")
    return _OF_FOLDERS.get(folder, name)


def _instant(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} has no place in an archive")
