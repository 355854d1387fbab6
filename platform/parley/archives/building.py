"""Building an archive: every domain's records of one person, in one bag, of one instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import parley
from parley.accounts import records as accounts
from parley.accounts.models import Account
from parley.advocates import records as advocates
from parley.archives import activitystreams, documents, readable
from parley.archives.bag import BagWriter, base_name, csv_bytes, readme
from parley.archives.formats import FORMAT, SCHEMAS, gathered, pieces, pretty
from parley.billing import records as billing
from parley.desk import records as desk
from parley.kernel import clock, db, signing
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.members import records as members
from parley.moderation import records as moderation
from parley.notifications import records as notifications
from parley.outbox.mail import url
from parley.problems import records as problems
from parley.promises import records as promises
from parley.scorecards import records as scorecards
from parley.threads import records as threads
from parley.threads import restored
from parley.vendors import records as vendors
from parley.vendors.models import Vendor

DOMAINS = (
    accounts, members, billing, vendors, advocates, promises, threads, problems, moderation,
    scorecards, desk, notifications, documents)
PAGES: dict[str, Callable[[dict[str, Any]], Iterator[bytes]]] = {
    "threads": readable.thread, "replies": readable.replies}
FOLDERS = ("threads/", "replies/", "notes/", "media/", "schemas/")  # too many to list at first
NOT_YET = "This server does not have them yet."
NOT_ASKED = "You asked for a part of what is yours."
LEFT_OUT = (
    ("private conversations", NOT_YET),
    ("agreements", NOT_YET),
    ("contact card and grants", NOT_YET),
    ("customer proofs", NOT_YET),
    ("votes", NOT_YET),
    ("data returned by companies", NOT_YET),
    ("private data of others", "It is theirs: their addresses, drafts, reports, follows, and what "
     "they removed or the stewards hid."),
    ("files of others", "They are named with their SHA-256; the files themselves are theirs."),
    ("the figures of companies", "They are public, on each company’s scorecard, and in the archive "
     "of the community."),
    ("your password and the keys of your sessions", "Only digests are kept, and they are of use "
     "to nobody but this server."),
)
Progress = Callable[[int], None]


def build(account: Account, target: Path, *, site_name: str, part: Part = WHOLE,
          progress: Progress = lambda done: None) -> dict[str, Any]:
    """Write everything of a person, or a part of it, to a ZIP at `target`; the manifest in it.

    `progress` hears how many threads, answered threads and files are in so far, from inside a
    reading transaction: it must not write over this connection.

    :raise OSError: the target cannot be written
    """
    signing.current_key()  # the first key ever is made by a write, which a snapshot cannot hold
    now = clock.now()
    with db.snapshot():
        account = Account.get_by_id(account.id)
        info = {"External-Identifier": url(f"/members/{account.handle}"),
                "External-Description": f"Archive of @{account.handle}, {FORMAT}",
                "Source-Organization": site_name}
        with BagWriter(target, base=base_name(account.handle, now), now=now, info=info) as bag:
            content = Content(bag, progress)
            for domain in DOMAINS:
                for path, value in domain.export(account, part):
                    content.put(path, value)
            made = _close(content, account, part, {"name": site_name, "url": url("/")}, iso(now))
            bag.close(signing.sign_detached, readme(url("/"), signing.current_key().jwk_public))
    return made


class Content:
    """What has gone into a bag so far, and how much of each kind."""

    def __init__(self, bag: BagWriter, progress: Progress) -> None:
        self.bag = bag
        self.progress = progress
        self.done = 0
        self.counts = Counter(threads=0, replies=0, posts=0, files=0)
        self.paths: list[str] = []
        self.lines: dict[str, list[readable.Line]] = {folder: [] for folder in PAGES}
        self.media: list[dict[str, Any]] = []
        self.missing: list[str] = []
        self._tables: dict[str, list[dict[str, Any]]] = {}
        self._headers: dict[str, dict[str, None]] = {}

    def put(self, path: str, value: Any) -> None:
        """Take one pair of a domain's `export`; see `kernel.parts`."""
        if isinstance(value, Path):
            self._file(path, value)
        elif isinstance(value, bytes):
            self.add(path, value)
        elif isinstance(value, tuple):
            self._rows(path, *value[1:])
        elif path.partition("/")[0] in PAGES:
            self._thread(path, value)
        else:
            self._json(path, value)

    def add(self, path: str, content: bytes) -> None:
        self.bag.add(path, content)
        self._list(path)

    def add_stream(self, path: str, chunks: Iterable[bytes]) -> None:
        self.bag.add_stream(path, gathered(chunks))
        self._list(path)

    def close_tables(self) -> None:
        for path, rows in sorted(self._tables.items()):
            header = list(self._headers[path])
            self.add(path, csv_bytes(header, ([row.get(name) for name in header] for row in rows)))

    def _list(self, path: str) -> None:
        if not path.startswith(FOLDERS):
            self.paths.append(path)

    def _json(self, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            value = self._counted(path, value)
        self.add_stream(path, pieces(value))
        if path.startswith("notes/"):
            self._step("notes")

    def _counted(self, path: str, items: Iterable[Any]) -> Iterator[Any]:
        name = path.removesuffix(".json")
        self.counts[name] += 0
        for item in items:
            self.counts[name] += 1
            if name == "media":
                self.media.append(item)
            yield item

    def _thread(self, path: str, value: dict[str, Any]) -> None:
        folder, _, name = path.partition("/")
        page = f"{folder}/{name.removesuffix('.json')}.html"
        self.add_stream(path, pieces(value))
        self.add_stream(page, PAGES[folder](value))
        self.lines[folder].append(readable.line(page, value))
        self._step(folder)

    def _file(self, path: str, source: Path) -> None:
        try:
            self.bag.add_file(path, source)
        except FileNotFoundError:
            self.missing.append(path)
        else:
            self._step("files")

    def _rows(self, path: str, header: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
        self._headers.setdefault(path, {}).update(dict.fromkeys(header))
        table = self._tables.setdefault(path, [])
        before = len(table)
        table += [dict(zip(header, row, strict=True)) for row in rows]
        self.counts[path.removesuffix(".csv")] += len(table) - before

    def _step(self, kind: str) -> None:
        self.counts[kind] += 1
        self.done += 1
        self.progress(self.done)


def _close(
    content: Content, account: Account, part: Part, server: dict[str, str], made_at: str
) -> dict[str, Any]:
    """Add what describes the rest, and the first pages; the manifest."""
    content.close_tables()
    content.add("activitystreams/actor.json", pretty(activitystreams.actor(account)))
    content.add_stream("activitystreams/outbox.json", activitystreams.outbox(account, part))
    content.counts["posts"] = threads.posts(account, part)
    content.add("keys/jwks.json", pretty(signing.public_jwks()))
    for schema in sorted(SCHEMAS.glob("*.json")):
        content.add(f"schemas/{schema.name}", schema.read_bytes())
    manifest = _manifest(content, account, part, server, made_at)
    content.add("manifest.json", pretty(manifest))
    content.bag.add("style.css", readable.style())
    if content.counts["notes"]:
        found = (note for _, note in restored.export(account, part, ("note",)))
        content.bag.add_stream("notes.html", gathered(readable.notes(found)))
    lines = content.lines
    content.bag.add_stream("find.html", gathered(readable.find(lines["threads"], lines["replies"])))
    content.bag.add_stream("index.html", gathered(readable.index(
        manifest, lines["threads"], lines["replies"],
        [file for file in content.media if file["path"] not in content.missing],
        sorted(content.paths))))
    return manifest


def _manifest(
    content: Content, account: Account, part: Part, server: dict[str, str], made_at: str
) -> dict[str, Any]:
    left_out = [*LEFT_OUT, *_not_asked(part),
                *((path, "The server has lost this file.") for path in content.missing)]
    return {
        "format": FORMAT,
        "server": server,
        "software": {"name": "Parley", "version": parley.__version__},
        "account": {"id": account.id, "handle": account.handle},
        "made_at": made_at,
        "part": part_record(part),
        "counts": dict(content.counts),
        "left_out": [{"what": what, "reason": reason} for what, reason in left_out],
    }


def part_record(part: Part) -> dict[str, Any] | None:
    """What was asked for, when it was not everything."""
    if part == WHOLE:
        return None
    row = Vendor.get_or_none(Vendor.id == part.vendor) if part.vendor else None
    vendor = row and {"id": row.id, "name": row.name, "url": url(f"/vendors/{row.slug}")}
    return {"vendor": vendor, "year": part.year, "text_only": part.text_only}


def _not_asked(part: Part) -> Iterator[tuple[str, str]]:
    if part.vendor:
        yield "what does not concern this company, such as sessions and payments", NOT_ASKED
    if part.year is not None:
        yield f"what is not of {part.year}", NOT_ASKED
    if part.text_only:
        yield "your files; they are named with their SHA-256", NOT_ASKED
