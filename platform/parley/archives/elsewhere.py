"""Archives of other platforms: their posts come in as private notes.

Mastodon (Preferences, Import and export, Request your archive): a ZIP, in old versions a TAR, with
`actor.json` and `outbox.json`, an ActivityStreams OrderedCollection of `Create` and `Announce`.

Discourse (Preferences, Export your data): a ZIP with `user_archive.csv`, or that table alone. Its
posts stand in the column `post_raw`, in old versions `post`.
"""

from __future__ import annotations

import csv
import gzip
import io
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import urlsplit

from parley.archives.bag_reading import (
    Limits,
    broken_means,
    check_sizes,
    is_plain_file,
    opened_zip,
)
from parley.archives.formats import loads
from parley.archives.names import BagError
from parley.kernel import clock, ids, safe_html
from parley.kernel.canonical import instant, iso
from parley.kernel.errors import Invalid

LIMITS = Limits(octets=8 << 30)  # Mastodon's come with every picture; only the texts are read
MOST_NOTES = 50_000
MOST_ROWS = 500_000  # of a user_archive.csv
MOST_PARTS = 6_000_000  # values of an outbox.json; a post of Mastodon has some 60
MOST_BODY = 40_000  # characters; the rest of a longer one is cut off
TITLE = 120
OUTBOX, ACTOR, TABLE = "outbox.json", "actor.json", "user_archive.csv"
TEXTS = (OUTBOX, ACTOR, TABLE)
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
csv.field_size_limit(1 << 20)  # characters: a long post of Discourse, with its HTML
NOT_OURS = ("This is no archive that we know: none of Parley, none of Mastodon, and no "
            "user_archive.csv of Discourse.")


@dataclass(frozen=True)
class Found:
    """Somebody's posts on another kind of server. `notes` keep to the schema `note.json`."""

    kind: str
    server: str
    server_url: str
    handle: str
    source_id: str
    made_at: datetime
    notes: list[dict[str, Any]]
    skipped: tuple[tuple[str, str], ...]


def found(path: Path) -> Found | None:
    """What this file is, if it is an archive of another platform; None for one of our own.

    :raise BagError: it is neither, or it is broken or beyond the limits
    :raise OSError: the file cannot be opened
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        if start == ZIP:
            texts = _of_zip(stream, path.stat().st_size)
        elif start.startswith(GZIP):
            texts = _of_tar(stream, path.stat().st_size)
        else:
            texts = _of_table(stream)
    if texts is None:
        return None
    if OUTBOX in texts:
        return _mastodon(texts)
    if TABLE in texts:
        return _discourse(texts[TABLE])
    raise BagError(NOT_OURS)


def _of_zip(stream: IO[bytes], packed: int) -> dict[str, bytes] | None:
    with opened_zip(stream, LIMITS) as archive:
        names = {PurePosixPath(name).name for name in archive.namelist()}
        if "bagit.txt" in names or not names & {OUTBOX, TABLE}:
            return None  # the reader of bags says what it lacks
        entries = [entry for entry in archive.infolist() if is_plain_file(entry)]
        check_sizes(entries, packed, LIMITS)
        texts: dict[str, bytes] = {}
        for entry in entries:
            name = _text_name(entry.filename)
            if name is None or name in texts:
                continue
            if entry.file_size > LIMITS.whole:
                raise BagError(f"{name} is too large.")
            with broken_means(f"{name} is broken."):
                texts[name] = archive.read(entry)
        return texts


def _text_name(path: str) -> str | None:
    """The name of a file that we read, at the top of the archive or in its one folder."""
    parts = PurePosixPath(path).parts
    return parts[-1] if parts and len(parts) <= 2 and parts[-1] in TEXTS else None


class _Bounded(io.RawIOBase):
    """A stream that ends in an error instead of giving more than `most` octets."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left = stream, most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise BagError("Unpacked it is larger than we take.")
        return data


def _of_tar(stream: IO[bytes], packed: int) -> dict[str, bytes]:
    most = min(LIMITS.octets, max(LIMITS.ratio_from, packed * LIMITS.ratio))
    texts: dict[str, bytes] = {}
    try:
        with gzip.GzipFile(fileobj=stream) as plain:
            source: Any = _Bounded(plain, most)
            with tarfile.open(fileobj=source, mode="r|") as archive:
                for number, member in enumerate(archive):
                    if number >= LIMITS.files:
                        raise BagError(f"It holds more than {LIMITS.files:,} files.")
                    name = _text_name(member.name.removeprefix("./"))
                    if name is None or name in texts or not member.isreg():
                        continue
                    if member.size > LIMITS.whole:
                        raise BagError(f"{name} is too large.")
                    content = archive.extractfile(member)
                    texts[name] = content.read() if content else b""
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise BagError("This is not a whole TAR file.") from error
    return texts


def _of_table(stream: IO[bytes]) -> dict[str, bytes]:
    data = stream.read(LIMITS.whole + 1)
    if len(data) > LIMITS.whole:
        raise BagError("This file is too large.")
    if not data.lstrip(b"\xef\xbb\xbf").startswith(b"topic_title,"):
        raise BagError(NOT_OURS)
    return {TABLE: data}


# Mastodon


def _mastodon(texts: dict[str, bytes]) -> Found:
    outbox = _json(texts, OUTBOX)
    actor = _json(texts, ACTOR) if ACTOR in texts else {}
    items = outbox.get("orderedItems")
    if not isinstance(items, list):
        raise BagError("outbox.json holds no posts.")
    skipped: Counter[str] = Counter()
    notes = _unique(_mastodon_notes(items, skipped), skipped)
    address = _storable(_text(actor.get("id")) or next(
        (_text(item.get("actor")) for item in items if isinstance(item, dict)), ""))
    host = _host(address) or "Mastodon"
    handle = _storable(_text(actor.get("preferredUsername")))
    return Found("mastodon", host, f"https://{host}/", handle[:100], address[:500], clock.now(),
                 notes, tuple(_told(skipped)))


def _mastodon_notes(items: Iterable[Any], skipped: Counter[str]) -> Iterator[dict[str, Any]]:
    for item in items:
        said = item.get("object") if isinstance(item, dict) else None
        if not isinstance(said, dict):
            skipped["boosts"] += 1  # the words of others, by their address alone
            continue
        body = safe_html.plain(_storable(_text(said.get("content"))))
        at = _instant(_text(said.get("published")))
        if at is None or not body.strip():
            skipped["posts without words or date"] += 1
            continue
        attached = said.get("attachment")
        skipped["pictures and other files"] += len(attached) if isinstance(attached, list) else 0
        yield _note(_text(said.get("id")), _text(said.get("summary")), body,
                    _text(said.get("url")), at)


# Discourse


def _discourse(data: bytes) -> Found:
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
    skipped: Counter[str] = Counter()
    try:
        reader = csv.DictReader(text, strict=True)
        column = "post_raw" if "post_raw" in (reader.fieldnames or ()) else "post"
        if column not in (reader.fieldnames or ()):
            raise BagError("user_archive.csv has no column for the posts.")
        notes = _unique(_discourse_notes(reader, column, skipped), skipped)
    except (UnicodeDecodeError, csv.Error):
        raise BagError("user_archive.csv is no table that we can read.") from None
    host = next((_host(note["url"]) for note in notes if note["url"]), "Discourse")
    return Found("discourse", host, f"https://{host}/", "", f"discourse:{host}", clock.now(),
                 notes, tuple(_told(skipped)))


def _discourse_notes(
    rows: Iterable[dict[str, Any]], column: str, skipped: Counter[str]
) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise BagError(f"{TABLE} has more than {MOST_ROWS:,} lines.")
        body, at = _text(row.get(column)), _instant(_text(row.get("created_at")))
        if at is None or not body.strip():
            skipped["posts without words or date"] += 1
            continue
        address = _text(row.get("url"))
        yield _note(f"{address} {iso(at)}", _text(row.get("topic_title")), body, address, at)


# What both share


def _note(key: str, title: str, body: str, address: str, at: datetime) -> dict[str, Any]:
    web = urlsplit(address).scheme in ("http", "https") if _parses(address) else False
    return {"id": ids.derived(key), "title": safe_html.excerpt(_storable(title), TITLE),
            "body": _storable(body)[:MOST_BODY], "written_at": iso(at),
            "url": _storable(address)[:1000] if web else None}


def _unique(notes: Iterable[dict[str, Any]], skipped: Counter[str]) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for note in notes:
        if len(kept) >= MOST_NOTES:
            skipped[f"posts after the first {MOST_NOTES:,}"] += 1
        else:
            kept[note["id"]] = note
    return list(kept.values())


def _told(skipped: Counter[str]) -> Iterator[tuple[str, str]]:
    why = {"boosts": "They are the words of others.",
           "pictures and other files": "Notes are texts. They are still in your archive."}
    for what, count in skipped.items():
        if count:
            yield f"{count:,} {what}", why.get(what, "")


def _json(texts: dict[str, bytes], name: str) -> dict[str, Any]:
    try:
        value = loads(texts[name], MOST_PARTS)
    except ValueError:
        raise BagError(f"{name} is no JSON that we can read.") from None
    if not isinstance(value, dict):
        raise BagError(f"{name} is no collection of posts.")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """Without the characters that no text here may hold; the words stay."""
    try:
        return safe_html.clean_text(text, field="", least=0, most=len(text) + 1, what="text")
    except Invalid:
        plain = "".join(c for c in text if c in "\n\t" or c.isprintable() or c.isspace())
        return plain.encode("utf-8", "ignore").decode()


def _instant(text: str) -> datetime | None:
    text = text.replace(" UTC", "Z")
    for zone in ("", "Z"):  # one that says none is in UTC
        with suppress(ValueError):
            return instant(text + zone)
    return None


def _parses(address: str) -> bool:
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "")[:200] if _parses(address) else ""
