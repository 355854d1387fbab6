"""Several servers in one test: each with a database, an address, keys and files of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parley.accounts.models import Account
from parley.archives import bringing
from parley.kernel import canonical
from parley.outbox import mail
from parley.threads import files
from tests.archives.rows import Opened
from tests.conftest import Stores, _undone

TAKEN = ("threads", "replies", "notes")
DOCUMENTS = bringing.documents.NAMES
LIVE = {"drafts.json"}  # what comes back to life


@contextmanager
def server(stores: Stores, kind: str, name: str, folder: Path) -> Iterator[None]:
    """Parley is the empty server `https://<name>` meanwhile; nothing of it stays but files."""
    before, kept = dict(mail._site), files._folder
    mail._site.update(base_url=f"https://{name}", site_name=name)
    files.configure(folder / name)
    (folder / name).mkdir(exist_ok=True)
    try:
        with _undone(stores.of(kind)):
            yield
    finally:
        mail._site.update(before)
        files.configure(kept)


def what_is_kept(archive: Opened, of: tuple[str, str] | None = None) -> dict[str, bytes]:
    """All that a member wrote and keeps, in canonical JSON, and the documents byte for byte.

    Where things stood before is left aside, and so is what the archive says of a life on its own
    server, unless that is the one meant: `of` names server and account, by default its own.
    """
    manifest = archive.json("manifest.json")
    own = (manifest["server"]["url"], manifest["account"]["id"])
    kept = {}
    for path in archive.below("", ".json"):
        if path.partition("/")[0] in TAKEN:
            kept[path] = _record(archive.json(path))
    kept["drafts.json"] = canonical.dumps(archive.json("drafts.json"))
    kept["about"] = archive.json("account.json")["about"].encode()
    kept["follows"] = canonical.dumps(sorted(
        [row["name"], row["domain"], row["since"]] for row in archive.table("follows.csv")
        if row["kind"] == "vendor"))
    kept |= {path: archive.bytes(path) for path in archive.below("media/", "")}
    start = "" if of in (None, own) else f"documents/{origin(archive, of)}/"
    kept |= {f"document {name}": archive.bytes(start + name)
             for name in DOCUMENTS if start + name in archive}
    return kept


def origin(archive: Opened, of: tuple[str, str]) -> str:
    (found,) = (row["id"] for row in archive.json("origins.json")
                if (row["url"], row["source_id"]) == of)
    return found


def _record(record: Any) -> bytes:
    record = json.loads(json.dumps(record))
    record.pop("origins", None)
    return canonical.dumps(record)


def bring(path: Path, account: Account) -> dict[str, dict[str, int]]:
    """The counts of what came in."""
    return bringing.bring(path, account).plain()["counts"]
