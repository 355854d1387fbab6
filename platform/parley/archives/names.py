"""The names of files in a bag: which ones every system unpacks to the same place."""

from __future__ import annotations

import re
import unicodedata

NAME_LENGTH = 500  # beyond it, few systems unpack
NAME_DEPTH = 16


class BagError(Exception):
    """This is no bag that we can take, or no name that we put into one; the text says why."""


def check_name(name: str) -> None:
    """Let only relative paths pass that every system unpacks to the same place.

    :raise BagError: otherwise
    """
    parts = name.split("/")
    if len(name) > NAME_LENGTH or len(parts) > NAME_DEPTH:
        raise BagError(f"{name[:80]!r}… is too long or too deep a path.")
    if any(part in ("", ".", "..") for part in parts):
        raise BagError(f"{name!r} is not a plain path below the bag.")
    if any(part != part.strip() or part.endswith(".") for part in parts):
        raise BagError(f"{name!r} has a part that begins or ends with a space or ends with a dot.")
    if any(unsafe(character) for character in name):
        raise BagError(f"{name!r} holds a character that not every system can keep in a name.")


def unsafe(character: str) -> bool:
    """Backslash and colon are paths on Windows; other controls break the lines of a manifest."""
    if character in "\\:":
        return True
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and character not in "\r\n"


def alike(name: str) -> str:
    """What two names share that some file system would take for one (Unicode, caseless match)."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFD", folded)


def encoded(name: str) -> str:
    """A path as a manifest writes it (RFC 8493, 2.1.3): `%`, CR and LF percent-encoded."""
    return name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decoded(name: str) -> str:
    """The path that a manifest wrote; only `%25`, `%0D` and `%0A` mean anything in it."""
    plain = {"25": "%", "0d": "\r", "0a": "\n"}
    return re.sub("%(25|0D|0A)", lambda found: plain[found[1].lower()], name, flags=re.IGNORECASE)


class Names:
    """The names of one bag, each once, none taken for another or lying below a file."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, name: str) -> None:
        """:raise BagError: the name is unsafe, or clashes with one before"""
        check_name(name)
        key = alike(name)
        above = {key[:at] for at, character in enumerate(key) if character == "/"}
        if key in self._files or key in self._folders or above & self._files:
            raise BagError(f"{name!r} clashes with another name in the bag.")
        self._files.add(key)
        self._folders |= above
