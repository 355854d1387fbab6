"""Archives that come in, opened for reading: whose they are, and each file once it was checked.

Nothing is unpacked. Everything in an archive is the word of whoever made it; only a signature by
a key that this server knows says that another server did.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from parley.accounts.models import Account
from parley.archives import elsewhere, trust
from parley.archives.bag import as_typed
from parley.archives.bag_reading import Bag, Limits, read_bag
from parley.archives.formats import FORMAT, SCHEMAS, loads, schema_name
from parley.archives.names import BagError
from parley.kernel import db
from parley.kernel.errors import Invalid
from parley.kernel.records import Unfit, instant
from parley.kernel.safe_html import clean_text
from parley.outbox.mail import url

LIMITS = Limits(octets=2 << 30)
MOST_JSON = 16 << 20  # octets of one record: a thread of 10,000 long posts
# Octets of all JSON that is read: some 70,000 posts. Each MiB takes a second to check and, in the
# one write of it all, half a second, for which SQLite's other writers wait 30 seconds at most.
MOST_RECORDS = 64 << 20
MOST_ROWS = 20_000  # of a table; nobody follows more
MOST_TEXT = 40_000  # characters of one text in it; the longest of ours, which a reader waits for
MOST_LINE = 1_000  # of what stands on one line; ours have 120
LINES = {"title", "name", "handle", "server", "url"}
DEEPEST = 20  # levels of a record; ours have six
MOST_TOLD = 5  # problems named when an archive is refused
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
WORDS = {"body", "title", "about", "name"}  # what people typed, which may look like anything


class Incoming:
    """An archive to read from; see `kernel.records.Source`.

    `kind` is `parley`, `mastodon` or `discourse`; `server`, `server_url`, `handle` and
    `source_id` name the account that it is of; `signed_by` is the kid of the key.
    """

    kind = ""
    server = server_url = handle = source_id = ""
    made_at = db.EPOCH
    signed_by: str | None = None
    checked = False
    same_person = False
    here = False
    partial = False
    skipped: tuple[tuple[str, str], ...] = ()  # what is not taken of it, and why

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths
        self.stored: dict[str, Any] = {}
        self._known = set(paths)
        self._fit: set[str] = set()

    def octets(self, path: str, most: int) -> bytes:
        raise NotImplementedError

    def below(self, folder: str) -> list[str]:
        ending = "" if folder == "media/" else ".json"
        return [path for path in self.paths
                if path.startswith(folder) and path.endswith(ending)
                and "/" not in path.removeprefix(folder)]

    def json(self, path: str) -> Any:
        value = parsed(self.octets(path, MOST_JSON))
        if path not in self._fit:
            check(path, value)
            self._fit.add(path)
        return value

    def table(self, path: str) -> list[dict[str, str]]:
        if path not in self._known:
            return []
        try:
            text = self.octets(path, MOST_JSON).decode()
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            rows = list(islice(reader, MOST_ROWS + 1))
        except (UnicodeDecodeError, csv.Error):
            raise Unfit("This is no table that we can read.") from None
        if len(rows) > MOST_ROWS:
            raise Unfit(f"It has more than {MOST_ROWS:,} lines.")
        return [{name: as_typed(cell) for name, cell in row.items()
                 if isinstance(name, str) and isinstance(cell, str)} for row in rows]


class Notes(Incoming):
    """Posts from another kind of server, as private notes."""

    def __init__(self, found: elsewhere.Found) -> None:
        self._notes = {f"notes/{note['id']}.json": note for note in found.notes}
        super().__init__(sorted(self._notes))
        self.kind, self.server, self.server_url = found.kind, found.server, found.server_url
        self.handle, self.source_id, self.skipped = found.handle, found.source_id, found.skipped
        self.made_at = found.made_at

    def octets(self, path: str, most: int) -> bytes:
        try:
            return json.dumps(self._notes[path]).encode()
        except KeyError:
            raise Unfit("It is missing.") from None


class OurFormat(Incoming):
    """An archive of format `parley-archive/1`.

    :raise BagError: it is damaged, its signature is wrong, or it belongs to somebody else here
    """

    kind = "parley"

    def __init__(self, bag: Bag, account: Account) -> None:
        super().__init__([name.removeprefix("data/") for name in bag.payload])
        self._bag = bag
        read = [name for name in bag.payload if name.endswith(".json")
                and not name.startswith("data/activitystreams/")]
        if sum(map(bag.size, read)) > MOST_RECORDS:
            raise BagError(f"Its records have more than {MOST_RECORDS >> 20} MiB.")
        own = trust.own_kids()
        known = trust.known()
        kids = {key["kid"] for key in known}
        report = bag.check({"keys": known + [k for k in self._brought() if k["kid"] not in kids]})
        if not report.ok:
            raise BagError("\n".join(report.problems[:MOST_TOLD]))
        self.signed_by, self.checked = report.signed_by, report.signed_by in kids
        try:
            self._read_manifest(self.json("manifest.json"))
        except Unfit as error:
            raise BagError(f"data/manifest.json: {error}") from error
        self._check_owner(account, made_here=report.signed_by in own)
        self.same_person = self.here or self._email() == account.email

    def _brought(self) -> list[dict[str, Any]]:
        """The keys in it. That they fit shows that it is whole, not who made it."""
        try:
            keys = parsed(self.octets("keys/jwks.json", MOST_JSON))["keys"]
            return [key for key in keys if isinstance(key.get("kid"), str)]
        except (Unfit, KeyError, TypeError, AttributeError):
            return []

    def _read_manifest(self, manifest: dict[str, Any]) -> None:
        self.server, self.server_url = manifest["server"]["name"], manifest["server"]["url"]
        self.handle, self.source_id = manifest["account"]["handle"], manifest["account"]["id"]
        self.made_at = datetime.fromisoformat(manifest["made_at"])
        self.partial = manifest["part"] is not None

    def _check_owner(self, account: Account, made_here: bool) -> None:
        if not made_here:
            if self.server_url == url("/"):
                raise BagError("It says that this server made it, but no key of ours signed it.")
            return
        owner = Account.get_or_none(Account.id == self.source_id, Account.closed_at.is_null())
        if owner is not None and owner.id != account.id:
            raise BagError("This archive belongs to another account here.")
        self.here = owner is not None

    def _email(self) -> str:
        try:
            return str(self.json("account.json")["email"])
        except Unfit:
            return ""

    def octets(self, path: str, most: int) -> bytes:
        name = "data/" + path
        if path not in self._known:
            raise Unfit("It is missing.")
        if self._bag.size(name) > most:
            raise Unfit(f"It is larger than {most // 1024:,} KiB.")
        try:
            return b"".join(self._bag.chunks(name))
        except BagError as error:
            raise Unfit(str(error)) from error


@contextmanager
def opened(path: Path, account: Account) -> Iterator[Incoming]:
    """Whatever archive this file is, for bringing it to this account.

    :raise BagError: it is none that we know, or cannot be taken; in words for the person
    :raise OSError: the file cannot be opened
    """
    found = elsewhere.found(path)
    if found is not None:
        yield Notes(found)
        return
    with read_bag(path, LIMITS) as bag:
        yield OurFormat(bag, account)


def parsed(data: bytes) -> Any:
    """:raise Unfit: it is no JSON"""
    try:
        return loads(data)
    except ValueError:
        raise Unfit("It is no JSON that we can read.") from None


@cache
def _validator(name: str) -> Draft202012Validator | None:
    path = SCHEMAS / name
    return Draft202012Validator(json.loads(path.read_bytes())) if path.exists() else None


def check(path: str, value: Any) -> None:
    """:raise Unfit: a record does not keep to its schema, or holds what cannot be stored"""
    check_texts(value)
    _check_schema(path, value)


def _check_schema(path: str, value: Any) -> None:
    validator = _validator(schema_name(path))
    error = next(validator.iter_errors(value), None) if validator else None
    if error is not None:
        raise Unfit(f"{error.json_path[:200]} is not as {FORMAT} says.")


def check_texts(value: Any, name: str = "", depth: int = 0) -> None:
    """:raise Unfit: a text in it is too long or holds what no text here may hold, a date stands in
    no calendar, a number is beyond what JSON keeps, or it is nested deeper than ours"""
    if depth > DEEPEST:
        raise Unfit("It is nested too deep.")
    if isinstance(value, dict):
        for key, item in value.items():
            check_texts(item, key, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_texts(item, name, depth + 1)
    elif isinstance(value, int) and abs(value) >= 2 ** 53:
        raise Unfit("It holds a number that is too large.")
    elif isinstance(value, str):
        try:
            most = MOST_LINE if name in LINES else MOST_TEXT
            clean_text(value, field=name, least=0, most=most, what="text")
        except Invalid as error:
            raise Unfit(str(error)) from error
        if name not in WORDS and INSTANT.fullmatch(value):
            instant(value)
