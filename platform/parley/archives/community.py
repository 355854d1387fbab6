"""The archive of the community: everything that anybody may read, to move it or to study it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import parley
from parley.accounts.rules import LICENCES
from parley.archives.bag import manifest
from parley.archives.formats import SCHEMAS, gathered, line, pretty
from parley.archives.public_lines import FILES, Rows
from parley.kernel import clock, db, signing
from parley.kernel.canonical import iso
from parley.outbox.mail import url

FORMAT = "parley-public/1"
OF_COMMUNITY = SCHEMAS / "public"
LEFT_OUT = (
    ("words of people who keep all rights", "Their threads and posts are lines without words."),
    ("hidden threads, and the words of hidden and removed posts", "They are no longer public."),
    ("pictures and PDFs", "They are named with their SHA-256; the post has them."),
    ("what members brought from other servers", "It is theirs, and quotes people who never were "
     "here."),
    ("names of people beside what they did not write", "Who follows, who says “me too” and who "
     "pays is nobody else’s to know."),
)
README = """\
This folder is everything that anybody may read at {server}, as it was at {made_at}: companies and
what they promise, threads and posts, problems and their fixes, figures, and the public log.

Each .jsonl file holds one thing a line, as JSON. schemas/ describes the lines (JSON Schema
2020-12); manifest.json counts them, and says what is left out and why.

Whoever wrote something chose the licence of their words: it stands beside their name. Keep to it.
Words of people who keep all rights are not in here.

To see that nothing was changed:

    sha512sum -c manifest-sha512.txt

manifest-sha512.txt.jws is the server's signature over that list: a detached JWS (RFC 7515) with
Ed25519, by the key {kid}, which stands at {server}.well-known/jwks.json
"""


class Occupied(Exception):
    """There is something at the place where the archive should be written."""


def dump(folder: Path, site_name: str, said: Callable[[str, int], None]) -> dict[str, Any]:
    """Write the archive of the community into a new folder, whole or not at all; its manifest.

    `said` hears of each file with the number of its lines.

    :raise Occupied: the folder is there and not empty
    :raise OSError: it cannot be written
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Occupied(f"{folder} is there already and not empty.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    signing.current_key()  # the first key ever is made by a write, which a snapshot cannot hold
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        with db.snapshot():
            found = _Writing(unfinished, said).write(site_name)
        unfinished.chmod(0o755)
        unfinished.replace(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return found


class _Writing:
    def __init__(self, folder: Path, said: Callable[[str, int], None]) -> None:
        self.folder = folder
        self.said = said
        self.hashes: dict[str, str] = {}

    def write(self, site_name: str) -> dict[str, Any]:
        now = clock.now()
        files = {name: self.lines(name, read()) for name, read in FILES.items()}
        for schema in sorted(OF_COMMUNITY.glob("*.json")):
            self.file(f"schemas/{schema.name}", [schema.read_bytes()])
        self.file("keys/jwks.json", [pretty(signing.public_jwks())])
        found = {
            "format": FORMAT,
            "server": {"name": site_name, "url": url("/")},
            "software": {"name": "Parley", "version": parley.__version__},
            "made_at": iso(now),
            "licences": {**LICENCES},
            "files": files,
            "left_out": [{"what": what, "reason": reason} for what, reason in LEFT_OUT],
        }
        self.file("manifest.json", [pretty(found)])
        self.file("README.txt", [README.format(
            server=url("/"), made_at=iso(now), kid=signing.current_key().kid).encode()])
        listed = manifest(self.hashes)
        self.file("manifest-sha512.txt", [listed])
        self.file("manifest-sha512.txt.jws", [signing.sign_detached(listed).encode()])
        return found

    def lines(self, name: str, rows: Rows) -> dict[str, Any]:
        count = 0

        def counted() -> Iterator[bytes]:
            nonlocal count
            for row in rows:
                count += 1
                yield line(row)

        size = self.file(f"{name}.jsonl", gathered(counted()))
        self.said(f"{name}.jsonl", count)
        return {"lines": count, "bytes": size, "schema": f"schemas/{name}.json"}

    def file(self, name: str, chunks: Iterable[bytes]) -> int:
        path, digest = self.folder / name, hashlib.sha512()
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
            self.hashes[name] = digest.hexdigest()
            return out.tell()
