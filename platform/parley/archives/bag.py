"""Writing the container of an archive: a ZIP that holds one signed BagIt 1.0 bag (RFC 8493).

Everything stands in one folder named after the archive, as the RFC's chapter on serialization
wants it. Payload lies below `data/`. The signature is made over `tagmanifest-sha512.txt`, which
holds the hash of `manifest-sha512.txt`, which holds the hash of every file of the payload.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

from parley.archives.names import BagError, Names, check_name, encoded

BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
SIGNATURE = TAG_MANIFEST + ".jws"
SIGNED_TAG_FILES = ("bagit.txt", "bag-info.txt", MANIFEST, "README.txt")
CHUNK = 1 << 20  # bytes held in memory at a time
FORMULA = re.compile("'*[-=+@\t\r]")  # or what would be taken for one that was made neutral
FILE_MODE = (stat.S_IFREG | 0o644) << 16
UNIX = 3  # the ZIP's mark for the system whose file modes it carries

README = """\
This folder is your archive: what you wrote, what you were told, and what you keep on Parley.

Open data/index.html in a browser to read it. It needs no network.
data/manifest.json says what is in here, what is left out, and why.

To see that nothing was changed on the way, type in this folder:

    sha512sum -c manifest-sha512.txt
    sha512sum -c tagmanifest-sha512.txt

tagmanifest-sha512.txt.jws is the server's signature over tagmanifest-sha512.txt: a detached
JWS (RFC 7515, appendix F) with Ed25519, by the key {kid}.
To see that it is the server's, look up the "x" of that key at
{keys}
and compare it with the first line here; the rest needs openssl 3 and basenc, in this folder:

    X={x}
    (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
     printf '%s=' "$X" | basenc --base64url -d) | openssl pkey -pubin -inform DER -out ../key.pem
    printf '%s.%s' "$(cut -d. -f1 tagmanifest-sha512.txt.jws)" \\
        "$(basenc --base64url -w0 tagmanifest-sha512.txt | tr -d =)" > ../signed
    printf '%s==' "$(cut -d. -f3 tagmanifest-sha512.txt.jws)" | basenc --base64url -d > ../signature
    openssl pkeyutl -verify -pubin -inkey ../key.pem -rawin -in ../signed -sigfile ../signature

Parley itself says all of this in words: flask --app wsgi archive check FILE.zip

The folder is a BagIt bag (RFC 8493), so other software can check it too.
"""


def readme(server: str, jwk: Mapping[str, Any]) -> str:
    """The README.txt of an archive that this public key of the server signs."""
    return README.format(kid=jwk["kid"], x=jwk["x"], keys=server + ".well-known/jwks.json")


def base_name(handle: str, now: datetime) -> str:
    """The name of the archive's folder, and of its ZIP before `.zip`."""
    return f"parley-archive-{handle}-{now.astimezone(UTC):%Y-%m-%d}"


class BagWriter:
    """Writes a bag in one pass: files go in as they come, a chunk in memory at a time.

    `target` is a path, or a stream that need not seek. `base` names the folder (see
    `base_name`). `info` adds labels to bag-info.txt, such as `External-Description`. Equal
    input at an equal `now` gives equal bytes. Only `close` makes a bag of it: whatever was
    written before an error is no bag, and the check says so.
    """

    def __init__(
        self, target: BinaryIO | Path, *, base: str, now: datetime, info: Mapping[str, str]
    ) -> None:
        check_name(base)
        if "/" in base:
            raise BagError(f"{base!r} is not the name of one folder.")
        self._base = base
        self._now = now.astimezone(UTC)
        self._info = info
        self._names = Names()
        self._payload: dict[str, str] = {}
        self._octets = 0
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def add(self, path: str, content: bytes) -> None:
        """Put a file at `path` below `data/`.

        :raise BagError: the name is unsafe or clashes with one before; nothing was written
        """
        self._add(path, [content], len(content))

    def add_stream(self, path: str, chunks: Iterable[bytes]) -> None:
        """Put a file of unknown size at `path` below `data/`; see `add`."""
        self._add(path, chunks, None)

    def add_file(self, path: str, source: Path) -> None:
        """Put a file from disk at `path` below `data/`; see `add`. It is not packed: what members
        attach is packed already.

        :raise OSError: it cannot be read
        """
        with source.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            self._add(path, pieces(stream), size, zipfile.ZIP_STORED)

    def close(self, sign: Callable[[bytes], str], readme: str = "") -> None:
        """Write the tag files, and the detached JWS that `sign` makes of the tag manifest."""
        tags = {
            "bagit.txt": BAGIT,
            "bag-info.txt": self._bag_info(),
            MANIFEST: manifest(self._payload),
            "README.txt": readme.encode(),
        }
        hashes = {name: hashlib.sha512(content).hexdigest() for name, content in tags.items()}
        tags[TAG_MANIFEST] = manifest(hashes)
        tags[SIGNATURE] = sign(tags[TAG_MANIFEST]).encode()
        for name, content in tags.items():
            self._write(name, [content], len(content))
        self._zip.close()

    def _add(self, path: str, chunks: Iterable[bytes], size: int | None,
             method: int = zipfile.ZIP_DEFLATED) -> None:
        name = "data/" + path
        self._names.add(f"{self._base}/{name}")
        self._payload[name], octets = self._write(name, chunks, size, method)
        self._octets += octets

    def _write(self, name: str, chunks: Iterable[bytes], size: int | None,
               method: int = zipfile.ZIP_DEFLATED) -> tuple[str, int]:
        entry = zipfile.ZipInfo(f"{self._base}/{name}", self._stamp())
        entry.compress_type = method
        entry.create_system = UNIX
        entry.external_attr = FILE_MODE
        entry.file_size = size or 0
        digest, octets = hashlib.sha512(), 0
        with self._zip.open(entry, "w", force_zip64=size is None) as out:
            for chunk in chunks:
                digest.update(chunk)
                octets += len(chunk)
                out.write(chunk)
        return digest.hexdigest(), octets

    def _stamp(self) -> tuple[int, int, int, int, int, int]:
        now = self._now
        if now.year < 1980:  # a ZIP knows no earlier year
            return (1980, 1, 1, 0, 0, 0)
        return (now.year, now.month, now.day, now.hour, now.minute, now.second)

    def _bag_info(self) -> bytes:
        labels = {
            "Bag-Software-Agent": "Parley, parley-archive/1",
            **self._info,
            "Bagging-Date": f"{self._now:%Y-%m-%d}",
            "Payload-Oxum": f"{self._octets}.{len(self._payload)}",
        }
        return "".join(info_line(label, labels[label]) for label in sorted(labels)).encode()


def info_line(label: str, value: str) -> str:
    """One line of bag-info.txt; line ends and runs of white space become one space.

    :raise BagError: the label is not made of letters, digits and hyphens
    """
    if not re.fullmatch("[A-Za-z0-9-]+", label):
        raise BagError(f"{label!r} is no label for bag-info.txt.")
    return f"{label}: {' '.join(value.split())}\n"


def manifest(hashes: Mapping[str, str]) -> bytes:
    """The lines of a manifest, in the order of their paths."""
    return "".join(f"{hashes[name]}  {encoded(name)}\n" for name in sorted(hashes)).encode()


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file (RFC 4180, UTF-8) that no spreadsheet takes for formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (header, *rows):
        writer.writerow([neutral(cell) for cell in row])
    return out.getvalue().encode()


def neutral(cell: Any) -> str:
    """The cell's text, with an apostrophe before what a spreadsheet would calculate."""
    text = "" if cell is None else str(cell)
    return "'" + text if FORMULA.match(text) else text


def as_typed(cell: str) -> str:
    """What `neutral` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
