"""Building an archive: every domain's records of one person, in one bag, of one instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import parley
from parley.accounts import records as accounts
from parley.accounts.models import Account
from parley.advocates import records as advocates
from parley.archives import activitystreams, readable
from parley.archives.bag import BagWriter, base_name, csv_bytes
from parley.archives.formats import FORMAT, SCHEMAS, pretty
from parley.billing import records as billing
from parley.desk import records as desk
from parley.kernel import clock, db, signing
from parley.kernel.canonical import iso
from parley.members import records as members
from parley.moderation import records as moderation
from parley.notifications import records as notifications
from parley.outbox.mail import url
from parley.problems import records as problems
from parley.threads import records as threads
from parley.vendors import records as vendors

DOMAINS = (
    accounts, members, billing, vendors, advocates, threads, problems, moderation, desk,
    notifications)
PAGES: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "threads": readable.thread, "replies": readable.replies}
FOLDERS = ("threads/", "replies/", "media/", "schemas/")  # too many to list on the first page
NOT_YET = "This server does not have them yet."
LEFT_OUT = (
    ("private conversations", NOT_YET),
    ("agreements", NOT_YET),
    ("contact card and grants", NOT_YET),
    ("customer proofs", NOT_YET),
    ("votes", NOT_YET),
    ("data returned by companies", NOT_YET),
    ("promises and their clocks", NOT_YET),
    ("private data of others", "It is theirs: their addresses, drafts, reports, follows, and what "
     "they removed or the stewards hid."),
    ("files of others", "They are named with their SHA-256; the files themselves are theirs."),
    ("your password and the keys of your sessions", "Only digests are kept, and they are of use "
     "to nobody but this server."),
)
Progress = Callable[[int], None]




def build(account: Account, target: Path, *, site_name: str,
          progress: Progress = lambda done: None) -> dict[str, Any]:
    """Write everything of a person to a ZIP at `target`; the manifest that went in.

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
                for path, value in domain.export(account):
                    content.put(path, value)
            made = _close(content, account, {"name": site_name, "url": url("/")}, iso(now))
            bag.close(signing.sign_detached)
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
        """Take one pair of a domain's `export`: a dict or list becomes JSON; bytes and files go in
        as they are; `("csv", header, rows)` waits, for another domain may add to that table."""
        if isinstance(value, Path):
            self._file(path, value)
        elif isinstance(value, bytes):
            self.add(path, value)
        elif isinstance(value, tuple):
            self._rows(path, *value[1:])
        else:
            self._json(path, value)

    def add(self, path: str, content: bytes) -> None:
        self.bag.add(path, content)
        if not path.startswith(FOLDERS):
            self.paths.append(path)

    def add_stream(self, path: str, pieces: Iterator[bytes]) -> None:
        self.bag.add_stream(path, pieces)
        self.paths.append(path)

    def close_tables(self) -> None:
        for path, rows in sorted(self._tables.items()):
            header = list(self._headers[path])
            self.add(path, csv_bytes(header, ([row.get(name) for name in header] for row in rows)))

    def _json(self, path: str, value: Any) -> None:
        self.add(path, pretty(value))
        folder, slash, name = path.partition("/")
        if slash and folder in PAGES:
            self._page(folder, name.removesuffix(".json"), value)
        elif isinstance(value, list):
            self.counts[path.removesuffix(".json")] += len(value)
        if path == "media.json":
            self.media = value

    def _page(self, folder: str, name: str, value: dict[str, Any]) -> None:
        path = f"{folder}/{name}.html"
        self.add(path, PAGES[folder](value))
        self.lines[folder].append(readable.line(path, value))
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
    content: Content, account: Account, server: dict[str, str], made_at: str
) -> dict[str, Any]:
    """Add what describes the rest, and the first page; the manifest."""
    content.close_tables()
    content.add("activitystreams/actor.json", pretty(activitystreams.actor(account)))
    content.add_stream("activitystreams/outbox.json", activitystreams.outbox(account))
    content.counts["posts"] = threads.posts(account)
    content.add("keys/jwks.json", pretty(signing.public_jwks()))
    for schema in sorted(SCHEMAS.glob("*.json")):
        content.add(f"schemas/{schema.name}", schema.read_bytes())
    manifest = _manifest(content, account, server, made_at)
    content.add("manifest.json", pretty(manifest))
    content.bag.add("style.css", readable.style())
    content.bag.add("index.html", readable.index(
        manifest, content.lines["threads"], content.lines["replies"],
        [file for file in content.media if file["path"] not in content.missing],
        sorted(content.paths)))
    return manifest


def _manifest(
    content: Content, account: Account, server: dict[str, str], made_at: str
) -> dict[str, Any]:
    left_out = [*LEFT_OUT, *((path, "The server has lost this file.") for path in content.missing)]
    return {
        "format": FORMAT,
        "server": server,
        "software": {"name": "Parley", "version": parley.__version__},
        "account": {"id": account.id, "handle": account.handle},
        "made_at": made_at,
        "counts": dict(content.counts),
        "left_out": [{"what": what, "reason": reason} for what, reason in left_out],
    }
