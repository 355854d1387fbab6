"""The desk on plain values: filters, placeholders, and what may be done to many at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from parley.kernel.errors import Refusal
from parley.threads.rules import Kind, Status

ANSWERING_FOR = timedelta(minutes=10)
UNDO_WITHIN = timedelta(minutes=10)
BULK_KEPT = timedelta(days=1)
MOST_AT_ONCE = 100
MOST_NOTES = 100
MOST_REPLIES = 200
MOST_BRIEFINGS = 10
NOTE = (1, 5_000)  # characters, least and most
BRIEFING = (3, 1_000)
TITLE = (3, 80)

BULK = {"acknowledge": "acknowledged", "assign": "assigned", "link": "linked"}


class Show(StrEnum):
    """Which threads the desk lists."""

    WAITING = "waiting"
    AUTHOR = "author"
    CLOSED = "closed"
    OPEN = "open"


# What of each kind can stand where; threads of one status and kind come from one index, in order.
WAITING_KINDS = (Kind.QUESTION, Kind.COMPLAINT, Kind.IDEA)
STANDS = {
    Status.AWAITING_VENDOR: WAITING_KINDS,
    Status.AWAITING_AUTHOR: (Kind.QUESTION, Kind.COMPLAINT),
    Status.NOBODY: (Kind.PRAISE, Kind.IDEA, Kind.CONSULTATION),
    Status.CLOSED: tuple(Kind),
}
SHOWS = {
    Show.WAITING: (Status.AWAITING_VENDOR,),
    Show.AUTHOR: (Status.AWAITING_AUTHOR,),
    Show.CLOSED: (Status.CLOSED,),
    Show.OPEN: (Status.AWAITING_VENDOR, Status.AWAITING_AUTHOR, Status.NOBODY),
}


@dataclass(frozen=True)
class Filters:
    """What somebody looks for at the desk. `assignees` are accounts, "" for nobody, None for
    anybody. What a search for `text` found, and what is linked to a `problem`, comes newest
    first."""

    show: Show = Show.WAITING
    kind: Kind | None = None
    assignees: tuple[str, ...] | None = None
    text: str = ""
    problem: str = ""

    def kinds(self, status: Status) -> tuple[Kind, ...]:
        """The kinds to look at, of those that can stand so."""
        return tuple(k for k in STANDS[status] if self.kind in (None, k))

    def fits(self, kind: str, status: str, assignee: str) -> bool:
        return (status in SHOWS[self.show] and self.kind in (None, kind)
                and (self.assignees is None or assignee in self.assignees))


# Saved replies

PLACEHOLDERS = {
    "author": "the author’s name",
    "title": "the thread’s title",
    "company": "your company’s name",
    "me": "the name of who sends it",
    "due": "the day on which the answer is due (past it: “the earliest day that we can”)",
}
NO_DUE = "the earliest day that we can"  # fits after “by”, as a day does
_BRACES = re.compile(r"\{\{([^\W\d]\w*)\}\}|\{([^\W\d]\w*)\}")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>~|])")
_LINKING = re.compile(r"(//|www\.|@)", re.IGNORECASE)  # what begins a bare address or a mention


def unknown_placeholders(body: str) -> list[str]:
    """The names in single braces that stand for nothing, each once, in their order."""
    names = [match[2] for match in _BRACES.finditer(body) if match[2]]
    return list(dict.fromkeys(name for name in names if name not in PLACEHOLDERS))


def filled(body: str, values: Mapping[str, str]) -> str:
    """A saved reply with its placeholders filled; `{{name}}` gives `{name}`, and all other braces
    stay. What a customer typed is filled in as plain words: it makes no link and no emphasis."""
    def fill(match: re.Match) -> str:
        literal, name = match.groups()
        if literal or name not in values:
            return f"{{{literal or name}}}"
        return _LINKING.sub("\\1\u200b", _MARKDOWN.sub(r"\\\1", values[name]))

    return _BRACES.sub(fill, body)


# What stewards do about briefings

ACTS = {"hide_briefing": "Hide this briefing", "show_briefing": "Show this briefing again"}
DONE = {"hide_briefing": "Briefing hidden", "show_briefing": "Briefing shown again"}
FACTS = {"hide_briefing": "briefing.hidden", "show_briefing": "briefing.shown"}


def possible(hidden: bool) -> str:
    """The act that would change something about a briefing."""
    return "show_briefing" if hidden else "hide_briefing"


def may_do(act: str, hidden: bool) -> Refusal | None:
    if act == possible(hidden):
        return None
    return Refusal("nothing_to_do", "This briefing is hidden already." if hidden else
                   "This briefing is not hidden.", "act")


# Who does what


def may_send(colleagues_since: Iterable[str]) -> Refusal | None:
    """Why an answer should be looked at again: colleagues wrote since its form was opened."""
    names = list(dict.fromkeys(colleagues_since))
    if not names:
        return None
    return Refusal("answered_meanwhile", f"{' and '.join(names)} wrote in this thread while you "
                   "did. Read it below; what you wrote is kept. If it still fits, send it.", "body")
