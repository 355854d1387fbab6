"""What the demo community is made of, as plain frozen values.

`Story.days_ago` counts back, in days, from the last 18:00 UTC that has passed, so that people write
by day and in the evening and companies in office hours. A story's steps follow one another; the sum
of their `after` is never more than `days_ago`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

ANCHOR_HOUR_UTC = 18
# The lapsed member's dues ran out this long ago: longer than the days of grace.
LAPSED_DAYS_AGO = 40

LIST_ITEM = re.compile(r"(- |> |\d+\. )")

# The steps that make a post. `Step.post` and `Step.posts` count these alone; the opening is post 0.
POSTS_BY_COMPANY = frozenset(
    {"acknowledge", "ask", "update", "answer", "propose_resolution", "decline"}
)
POSTS_BY_PEOPLE = frozenset({"note", "send_back", "reply", "weigh_in"})
POSTS = POSTS_BY_COMPANY | POSTS_BY_PEOPLE


def prose(raw: str) -> str:
    """The text with each paragraph on one line; list items and quoted lines stay lines."""
    return "\n\n".join(_paragraph(block) for block in re.split(r"\n\s*\n", raw.strip()))


def _paragraph(block: str) -> str:
    lines: list[str] = []
    for line in (line.strip() for line in block.splitlines()):
        if lines and not LIST_ITEM.match(line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@dataclass(frozen=True)
class Person:
    """`member` is 'paid', 'lapsed' or None; `offices` holds 'steward' and 'treasurer'."""

    key: str
    email: str
    handle: str
    name: str
    zone: str
    member: str | None = None
    offices: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Company:
    """`representatives` holds (person key, 'responder' or 'manager', title); unclaimed: none."""

    key: str
    name: str
    website: str
    category: str
    about: str = ""
    representatives: tuple[tuple[str, str, str], ...] = ()
    claimed: bool = True


@dataclass(frozen=True)
class Declaration:
    """Someone advocates for a company: ties, customer since which year, what they ever received."""

    person: str
    company: str
    ties: tuple[str, ...]
    since: int | None = None
    received: str = ""


@dataclass(frozen=True)
class Pledge:
    """A version of a promise: published so many days ago by `manager`, to hold for so many days;
    `typed` are the fields of the editor."""

    company: str
    manager: str
    days_ago: float
    holds_days: int
    typed: dict[str, Any]
    note: str


@dataclass(frozen=True)
class Step:
    """What someone did, `after` the step before it (the first: after the opening).

    `do` is one of `POSTS`, or: confirm (solved_by 'vendor', 'community' naming `posts`, or
    'myself'), reopen (text: the reason), withdraw, helped (post), edit (post, text), remove (post),
    mark (state; text: the reason or remark), report (post, reason, note), hide_post (post, reason,
    text), hide_thread (reason, text), close_consultation (text: the report), silence (`after` is
    the time in which nothing happens). weigh_in takes `side` 'helping' or 'defending'; decline may
    take `duplicate_of`, the title of an earlier story of the same company.
    """

    after: timedelta
    do: str
    by: str = ""
    text: str = ""
    solved_by: str | None = None
    posts: tuple[int, ...] = ()
    side: str | None = None
    post: int | None = None
    state: str | None = None
    reason: str | None = None
    note: str = ""
    duplicate_of: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", prose(self.text))
        object.__setattr__(self, "note", prose(self.note))


SILENCE = Step(days(15), "silence")


@dataclass(frozen=True)
class Story:
    """One thread and all that happened in it; `me_too` holds (person key, word).

    The words are 'affected', 'works_now' and 'left'. `product` to `impact` are for complaints.
    """

    company: str
    kind: str
    author: str
    title: str
    body: str
    days_ago: float
    product: str = ""
    where: str = ""
    when: str = ""
    remedy: str = ""
    impact: str | None = None
    steps: tuple[Step, ...] = ()
    me_too: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", prose(self.body))


@dataclass(frozen=True)
class Note:
    """What somebody wrote at a desk about the thread of this title, for colleagues."""

    by: str
    title: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", prose(self.text))


@dataclass(frozen=True)
class SavedReply:
    title: str
    purpose: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", prose(self.text))


@dataclass(frozen=True)
class Briefing:
    title: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", prose(self.text))


@dataclass(frozen=True)
class CauseStep:
    """What someone did about a problem, `after` the step before it (the first: after its opening).

    `do` is one of: acknowledged, fixed, rejected (text), fix_planned (text, `ahead`: in so many
    days), link or accept (thread: its title), hit, works, broken, publish (text).
    """

    after: timedelta
    do: str
    by: str
    text: str = ""
    thread: str = ""
    ahead: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", prose(self.text))


@dataclass(frozen=True)
class Cause:
    """A problem of a company behind `threads` (titles of stories), and what became of it."""

    company: str
    by: str
    title: str
    body: str
    days_ago: float
    threads: tuple[str, ...] = ()
    steps: tuple[CauseStep, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", prose(self.body))
