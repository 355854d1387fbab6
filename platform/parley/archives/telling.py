"""An archive from anywhere in words: what is in it, whether it is whole, and who signed it.

Nothing in it is believed: what it says of itself is quoted, without characters that would move a
terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.archives.bag import SIGNATURE, TAG_MANIFEST
from parley.archives.bag_reading import Bag, Report, read_bag
from parley.archives.formats import FORMAT, loads
from parley.archives.names import BagError
from parley.kernel.signing import SignatureError, verify_detached

MOST_PROBLEMS = 20  # in words; more say no more
UNSHOWN = "\N{REPLACEMENT CHARACTER}"
MOST_WORDS = 300  # characters of what an archive says of itself
KINDS = {"threads": "threads of their own", "replies": "threads of others that they wrote in",
         "posts": "posts", "files": "pictures and PDFs"}


@dataclass(frozen=True)
class Told:
    """`whole`: no byte is missing or changed, and a signature holds, by whomever it is."""

    lines: tuple[str, ...]
    whole: bool


def tell(path: Path, jwks: Mapping[str, Any]) -> Told:
    """What there is to say of the archive at `path`; `jwks` are the keys that are known here.

    :raise OSError: the file cannot be opened
    """
    try:
        with read_bag(path) as bag:
            return _told(bag, jwks)
    except BagError as error:
        return Told((f"This is no archive that can be read: {plain(str(error))}",), False)


def _told(bag: Bag, jwks: Mapping[str, Any]) -> Told:
    report = bag.check(jwks)
    broken = [problem for problem in report.problems if problem != report.signature]
    signer = report.signed_by or _signed_by_itself(bag)
    manifest = _json(bag, "data/manifest.json")
    return Told(
        (*_about(manifest), *_inside(manifest, report), *_state(broken),
         _signature(report, signer, manifest)),
        whole=not broken and signer is not None)


def _about(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("format") != FORMAT:
        yield f"It does not say that it is of the format {FORMAT}."
    who, server = _part(manifest, "account"), _part(manifest, "server")
    yield (f"Archive of @{plain(who.get('handle'))} at {plain(server.get('name'))} "
           f"({plain(server.get('url'))}), made {plain(manifest.get('made_at'))}.")
    part = _part(manifest, "part")
    if part:
        vendor = _part(part, "vendor")
        of = [vendor and f"what concerns {plain(vendor.get('name'))}",
              part.get("year") and f"what is of {plain(part['year'])}",
              part.get("text_only") and "without files"]
        yield f"It is a part: {', '.join(filter(None, of))}."


def _inside(manifest: Mapping[str, Any], report: Report) -> Iterator[str]:
    counts = _part(manifest, "counts")
    for name, words in KINDS.items():
        yield f"  {_number(counts.get(name)):>9}  {words}"
    for name in sorted(counts.keys() - KINDS.keys()):
        if counts[name]:
            yield f"  {_number(counts[name]):>9}  in {plain(name)}"
    yield f"In all {report.files:,} files, {report.octets:,} bytes."
    found = manifest.get("left_out")
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict):
            yield f"Left out: {plain(item.get('what'))}. {plain(item.get('reason'))}"


def _state(broken: list[str]) -> Iterator[str]:
    if not broken:
        yield "It is whole: every file is as it was when the archive was made."
        return
    yield "It is not whole:"
    yield from (f"  {plain(problem)}" for problem in broken[:MOST_PROBLEMS])
    if len(broken) > MOST_PROBLEMS:
        yield f"  and {len(broken) - MOST_PROBLEMS:,} more."


def _signature(report: Report, signer: str | None, manifest: Mapping[str, Any]) -> str:
    if report.signed_by:
        return f"It is signed by a key that this server knows, {report.signed_by}."
    if signer:
        server = plain(_part(manifest, "server").get("url"))
        return (f"It is signed by the key {plain(signer)}, which this server does not know. If it "
                f"is from {server}, that key stands at {server}.well-known/jwks.json.")
    return f"Nobody vouches for it. {plain(report.signature)}"


def _signed_by_itself(bag: Bag) -> str | None:
    """The key in the archive that its signature is by; anybody can put one there."""
    try:
        return verify_detached(
            bag.read(TAG_MANIFEST), bag.text(SIGNATURE), _json(bag, "data/keys/jwks.json"))
    except (BagError, SignatureError):
        return None


def _json(bag: Bag, path: str) -> dict[str, Any]:
    """A JSON object of an archive; an empty one when there is none."""
    try:
        found = loads(bag.read(path))
    except (BagError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else plain(value)


def plain(value: object) -> str:
    """What somebody else wrote, for a terminal."""
    if not isinstance(value, str | int):
        return "(it does not say)"
    text = str(value)[:MOST_WORDS]
    return "".join(letter if letter.isprintable() else UNSHOWN for letter in text)
