"""Taking a person's name out of texts, on plain values: what stands for them, and where to look.

An e-mail address, an @handle and the address of a page mean one person wherever they stand. A full
name does so where that person was. A first name alone does so only where somebody is spoken to or
signs: `Dear Mara`, `Ms Lindqvist`, a line that begins with `Mara,` or holds nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

_GREETINGS = (
    "dear", "hello", "hi", "hey", "good (?:morning|day|afternoon|evening)", "thanks", "thank you",
    "many thanks", "sorry", "hallo", "moin", "liebe[rs]?", "guten (?:tag|morgen|abend)", "danke",
    "vielen dank", "sehr geehrte[rs]?", "bonjour", "ch[eè]re?", "merci", "estimad[oa]", "hola",
    "gracias", "ciao", "car[oa]", "grazie", "beste", "geachte", "hej", "hei", "kära", "tack",
)
_TITLES = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Herrn?|Frau|M|Mme|Sr|Sra|mevrouw|meneer)\.?"
_LIKE_A_HANDLE = re.compile(r"\d|_|(?<=[a-z])[A-Z]")
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")


class Depth(IntEnum):
    """How far a text stands from the person."""

    ANYWHERE = 0  # only what can mean nobody else
    NEAR = 1  # the full name too: texts about what they took part in
    WITHIN = 2  # and the parts of it by which people are spoken to: their own threads


@dataclass(frozen=True)
class Person:
    """How somebody is known; what is empty is not looked for."""

    email: str
    handle: str
    name: str


@dataclass(frozen=True)
class Unnaming:
    """Replaces what names a person by what they are `called` from now on."""

    person: Person
    called: str
    depth: Depth

    def text(self, text: str) -> str:
        """The text without the person; again on its own result, no change."""
        for pattern, stand_in in self._patterns:
            text = pattern.sub(stand_in, text)
        return text

    def value(self, value: Any) -> Any:
        """The same for all texts in a JSON value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list) else value

    @property
    def hints(self) -> list[str]:
        """One of these stands, in large letters or small, in every text that `text` changes."""
        person = self.person
        found = [person.email] if person.email else []
        found += [f"@{person.handle}", f"/members/{person.handle}"] if person.handle else []
        if self.depth is Depth.NEAR and _telling(person.name):
            found.append(person.name.split()[0])
        return found + (self._parts() if self.depth is Depth.WITHIN else [])

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
        return [(re.compile(pattern), self._stand_in) for pattern in self._sought()]

    def _stand_in(self, found: re.Match[str]) -> str:
        of = found.groupdict()
        return (of.get("before") or "") + self.called + (of.get("after") or "")

    def _sought(self) -> Iterator[str]:
        person = self.person
        if person.email:
            yield rf"(?i)(?<![\w.+%-]){re.escape(person.email)}(?![\w-]|\.\w)"
        if person.handle:
            yield rf"(?i)(?:https?://[^\s/<>\"]+)?/members/{person.handle}(?!\w)"
            yield rf"(?i)(?<![\w@])@{person.handle}(?![\w@]|\.\w)"
        if self.depth >= Depth.NEAR and _telling(person.name):
            name = r"\s+".join(map(re.escape, person.name.split()))
            yield rf"{_edge(person.name[0], '<!')}{name}(?P<after>s?){_edge(person.name[-1], '!')}"
        if self.depth is Depth.WITHIN and (parts := self._parts()):
            yield from _spoken_to(_any_of(parts), _any_of(_WORD.findall(person.name)))

    def _parts(self) -> list[str]:
        """The words of the name by which somebody may be spoken to; `von` and the like are none."""
        return [word for word in _WORD.findall(self.person.name)
                if len(word) > 1 and word[0] == word[0].upper() and word not in self.called]


def _telling(name: str) -> bool:
    """Whether a name is more than a word that may stand in any text."""
    words = name.split()
    uncased = bool(name) and name.lower() == name.upper()
    return len(words) > 1 or bool(_LIKE_A_HANDLE.search(name)) or (uncased and len(name) > 2)


def _edge(letter: str, way: str) -> str:
    """The end of a word, in scripts that have one."""
    return "" if letter.lower() == letter.upper() else rf"(?{way}\w)"


def _any_of(words: list[str]) -> str:
    return "(?:" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + ")"


def _spoken_to(part: str, word: str) -> Iterator[str]:
    some, end = rf"(?:{word}[ \t]+)*{part}", r"(?!\w)"
    greeting = "|".join(_GREETINGS)
    yield rf"(?P<before>(?<!\w)(?i:{greeting}),?[ \t]+)(?:{_TITLES}[ \t]+)?{some}{end}"
    yield rf"(?<!\w){_TITLES}[ \t]+{some}{end}"
    yield rf"(?<![\w@])@(?:{some})(?![\w@]|\.\w)"
    yield (rf"(?m)^(?P<before>[ \t>*_–—-]*){some}"
           r"(?P<after>[,:!](?=\s|$)|[*_]*[ \t.]*$)")
