"""Reading and checking a bag from anywhere: nothing in it is believed, nothing is unpacked."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from parley.archives.bag import BAGIT, MANIFEST, SIGNATURE, SIGNED_TAG_FILES, TAG_MANIFEST, pieces
from parley.archives.names import BagError, Names, check_name, decoded
from parley.kernel.signing import SignatureError, verify_detached

ENTRY = b"PK\x01\x02"  # begins each entry in the list of a ZIP


@dataclass(frozen=True)
class Limits:
    """What a bag from outside may weigh; beyond it nothing is unpacked."""

    files: int = 100_000
    octets: int = 4 << 30  # of all files together, unpacked
    whole: int = 64 << 20  # octets of a file that is read whole, as the manifest is
    tag: int = 1 << 20  # octets of every other tag file
    ratio: int = 200  # unpacked to packed: archives of texts stay below 50, ZIP bombs do not
    ratio_from: int = 10 << 20  # unpacked octets below which the ratio harms nobody


@dataclass(frozen=True)
class Report:
    """What checking a bag found. `signed_by` is the `kid` of the key, when the signature holds;
    when it does not, `signature` says why, and stands among the problems too."""

    problems: tuple[str, ...]
    signed_by: str | None
    info: Mapping[str, str]
    files: int
    octets: int
    signature: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


class Bag:
    """A bag in a ZIP, read in place: nothing is unpacked to disk.

    Opening it looks only at names, kinds and sizes; `check` reads every byte.
    """

    def __init__(self, archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
        self._zip = archive
        self._limits = limits
        entries = [entry for entry in archive.infolist() if is_plain_file(entry)]
        check_sizes(entries, packed, limits)
        self.base, self._entries = below_one_folder(entries)

    @property
    def payload(self) -> tuple[str, ...]:
        """The paths of the payload, beginning with `data/`, sorted."""
        return tuple(sorted(name for name in self._entries if name.startswith("data/")))

    def size(self, name: str) -> int:
        """Octets of a file of the payload, as declared; reading it never gives more."""
        return self._entries[name].file_size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one file, piece by piece.

        :raise BagError: there is no such file, or its packed form is broken
        """
        if name not in self._entries:
            raise BagError(f"{name} is missing.")
        with broken_means(f"{name} is broken."), self._zip.open(self._entries[name]) as stream:
            yield from pieces(stream)

    def read(self, name: str) -> bytes:
        """One file whole.

        :raise BagError: as `chunks`, or it is larger than `Limits.whole`, or `Limits.tag`
        """
        payload = name == MANIFEST or name.startswith("data/")
        most = self._limits.whole if payload else self._limits.tag
        if name in self._entries and self._entries[name].file_size > most:
            raise BagError(f"{name} is too large.")
        return b"".join(self.chunks(name))

    def text(self, name: str) -> str:
        """One file whole, as UTF-8.

        :raise BagError: as `read`, or it is not UTF-8
        """
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise BagError(f"{name} is not UTF-8.") from error

    def sha512(self, name: str) -> str:
        """:raise BagError: as `chunks`"""
        digest = hashlib.sha512()
        for chunk in self.chunks(name):
            digest.update(chunk)
        return digest.hexdigest()

    def manifest(self, name: str) -> dict[str, str]:
        """The paths of a manifest with their hashes.

        :raise BagError: a line is malformed, a path unsafe or listed twice, or there are too many
        """
        hashes, names = {}, Names()
        for line in io.StringIO(self.text(name), newline=None):
            found = re.fullmatch(r"([0-9A-Fa-f]{128})[ \t]+\*?(\S.*)\n?", line)
            if len(hashes) >= self._limits.files:
                raise BagError(f"{name} lists more than {self._limits.files:,} files.")
            if not found:
                raise BagError(f"{name} has a line that is no hash and path.")
            path = decoded(found[2])
            names.add(path)
            hashes[path] = found[1].lower()
        return hashes

    def info(self) -> dict[str, str]:
        """The labels of bag-info.txt, folded lines joined.

        :raise BagError: a line is malformed, or a label stands twice
        """
        labels: dict[str, str] = {}
        unfolded = re.sub(r"\r?\n[ \t]+", " ", self.text("bag-info.txt"))
        for line in unfolded.splitlines():
            label, colon, value = line.partition(":")
            if not colon or label in labels:
                raise BagError("bag-info.txt is malformed.")
            labels[label] = value.strip()
        return labels

    def check(self, jwks: Mapping[str, Any]) -> Report:
        """Read everything and say what is wrong with it. Raises nothing."""
        problems: list[str] = []
        signed_by: str | None = None
        info: dict[str, str] = {}
        with noting(problems):
            if self.read("bagit.txt").splitlines() != BAGIT.splitlines():
                raise BagError("bagit.txt does not say BagIt 1.0 in UTF-8.")
        with noting(problems):
            problems += self._compare(MANIFEST, self.payload)
        with noting(problems):
            problems += self._compare(TAG_MANIFEST, self._tag_files())
        with noting(problems):
            info = self.info()
            if info.get("Payload-Oxum") != self._oxum():
                raise BagError(f"bag-info.txt does not give the payload's size, {self._oxum()}.")
        unsigned: list[str] = []
        with noting(unsigned):
            signed_by = verify_detached(self.read(TAG_MANIFEST), self.text(SIGNATURE), jwks)
        return Report((*problems, *unsigned), signed_by, info, len(self.payload), self._octets(),
                      "".join(unsigned))

    def _compare(self, name: str, present: Iterable[str]) -> Iterator[str]:
        listed = self.manifest(name)
        wanted = set(present)
        yield from (f"{path} is missing." for path in sorted(listed.keys() - wanted))
        yield from (f"{path} is not in {name}." for path in sorted(wanted - listed.keys()))
        for path in sorted(wanted & listed.keys()):
            if self._hash_or_nothing(path) != listed[path]:
                yield f"{path} was changed."

    def _hash_or_nothing(self, path: str) -> str:
        try:
            return self.sha512(path)
        except BagError:
            return ""

    def _tag_files(self) -> set[str]:
        """What the tag manifest must list. A fetch.txt is never followed, so it may stand by."""
        tags = {name for name in self._entries if not name.startswith("data/")}
        return (tags | set(SIGNED_TAG_FILES)) - {TAG_MANIFEST, SIGNATURE, "fetch.txt"}

    def _octets(self) -> int:
        return sum(self._entries[name].file_size for name in self.payload)

    def _oxum(self) -> str:
        return f"{self._octets()}.{len(self.payload)}"


@contextmanager
def read_bag(path: Path, limits: Limits = Limits()) -> Iterator[Bag]:
    """The bag in a ZIP file, open while the block runs.

    :raise BagError: it is no ZIP of one folder, is beyond the limits, holds links, encrypted
        files, or names that are unsafe or clash
    :raise OSError: the file cannot be opened
    """
    with path.open("rb") as stream, opened_zip(stream, limits) as archive:
        yield Bag(archive, os.fstat(stream.fileno()).st_size, limits)


@contextmanager
def opened_zip(stream: IO[bytes], limits: Limits) -> Iterator[zipfile.ZipFile]:
    """A ZIP file, open while the block runs.

    :raise BagError: it is none, or lists more than `limits.files` entries
    """
    if marks(stream) > limits.files:
        raise BagError(f"It holds more than {limits.files:,} files.")
    with broken_means("This is not a whole ZIP file."):
        archive = zipfile.ZipFile(stream)
    with archive:
        yield archive


def marks(stream: IO[bytes]) -> int:
    """At most so many entries can be listed in a ZIP: how often their mark stands in it. Its list
    is held in memory whole once it is opened, whatever number it gives itself."""
    count, end = 0, b""
    stream.seek(0)
    for chunk in pieces(stream):
        count += (end + chunk).count(ENTRY)
        end = chunk[-len(ENTRY) + 1:]
    return count


def check(path: Path, jwks: Mapping[str, Any], limits: Limits = Limits()) -> Report:
    """Check a bag from anywhere against the server's public keys, without unpacking it to disk.

    :raise OSError: the file cannot be opened
    """
    try:
        with read_bag(path, limits) as bag:
            return bag.check(jwks)
    except BagError as error:
        return Report((str(error),), None, {}, 0, 0)


def is_plain_file(entry: zipfile.ZipInfo) -> bool:
    """Whether the entry is a file; False for a folder.

    :raise BagError: it is a link or a device, is encrypted, packed by a rare method, or its
        name is unsafe or has two readings
    """
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BagError(f"{entry.filename!r} is a link or a device.")
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BagError(f"{entry.filename!r} is encrypted or packed by a method we do not take.")
    if entry.orig_filename != entry.filename:  # cut at a NUL
        raise BagError(f"{entry.filename!r} is not the whole name.")
    if entry.is_dir():
        check_name(entry.filename.removesuffix("/"))
    return not entry.is_dir()


def check_sizes(entries: Sequence[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    """Compare what the entries declare; reading one never gives more than it declared.

    The whole ZIP file is what the ratio is taken of: entries may overlap inside it.

    :raise BagError: beyond the limits
    """
    octets = sum(entry.file_size for entry in entries)
    if len(entries) > limits.files:
        raise BagError(f"It holds more than {limits.files:,} files.")
    if octets > limits.octets:
        raise BagError(f"Unpacked it is larger than {limits.octets:,} bytes.")
    if octets > limits.ratio_from and octets > packed * limits.ratio:
        raise BagError(f"It unpacks to more than {limits.ratio} times its size.")


def below_one_folder(
    entries: Iterable[zipfile.ZipInfo],
) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The name of the one folder, and the files by their path in it.

    :raise BagError: there are several folders or none, or a name is unsafe or clashes
    """
    names, below, bases = Names(), {}, set()
    for entry in entries:
        names.add(entry.filename)
        base, slash, name = entry.filename.partition("/")
        bases.add(base if slash else "")
        below[name] = entry
    if len(bases) != 1 or "" in bases:
        raise BagError("An archive is a ZIP of exactly one folder.")
    return bases.pop(), below


@contextmanager
def broken_means(words: str) -> Iterator[None]:
    """Turn whatever `zipfile` raises on broken input into one error.

    :raise BagError: with these words
    """
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError) as error:
        raise BagError(words) from error
    except (ValueError, OverflowError, RuntimeError) as error:  # bad offsets, names, flags
        raise BagError(words) from error


@contextmanager
def noting(problems: list[str]) -> Iterator[None]:
    """Note the error that ends the block, so that the next check still runs."""
    try:
        yield
    except (BagError, SignatureError) as error:
        problems.append(str(error))
