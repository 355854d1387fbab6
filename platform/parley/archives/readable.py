"""The archive as pages to read offline: no script, no network, one small style sheet.

The pages are made of the same records as the JSON files beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from parley.advocates.models import TIES
from parley.kernel import safe_html

START = 160  # characters of each post on the page that is there to be searched
TEMPLATES = Path(__file__).parents[3] / "templates" / "archives"

KINDS = {"question": "Question", "complaint": "Complaint", "praise": "Praise", "idea": "Idea",
         "consultation": "Consultation"}
STATUSES = {"awaiting_vendor": "waiting for the company", "awaiting_author": "waiting for you",
            "nobody": "waiting for nobody", "closed": "closed"}
OUTCOMES = {"confirmed": "confirmed as solved", "declined": "declined by the company",
            "unconfirmed": "closed, not confirmed", "void": "closed without an answer",
            "withdrawn": "withdrawn"}
SOLVERS = {"vendor": "by the company", "community": "by the community", "myself": "by yourself"}
SIDES = {"helping": "helping", "defending": "defending the company"}
PURPOSES = {
    "acknowledge": "Acknowledges the message", "ask": "Asks the author something",
    "update": "An update", "answer": "Says that this answers it",
    "propose_resolution": "Proposes a resolution", "decline": "Declines, with a reason",
}
EVENTS = {
    "thread.opened": "Opened", "thread.reopened": "Opened again", "thread.closed": "Closed",
    "thread.confirmed_late": "Confirmed as solved after closing",
    "thread.disputed": "The company's no was disputed", "thread.sent_back": "Sent back",
    "thread.kind_changed": "The kind was changed", "turn.vendor": "The company's turn",
    "turn.author": "The author's turn", "idea.marked": "The idea was marked",
    "thread.delivered": "Delivered to the company by mail",
    "thread.undelivered": "The mail to the company came back",
    "thread.acknowledged": "Acknowledged", "thread.escalated": "Escalated",
    "claim.disowned": "An answer given to many was sent back as not fitting",
    "clock.late": "A due time passed",
}
CLOCKS = {"first_answer": "First answer", "resolution": "Resolution"}
VERDICTS = {"kept": "kept", "missed": "missed", "declined": "declined by the company",
            "void": "without a verdict"}
ACTORS = {"you": "you", "another": "somebody else", "time": "the passing of time"}
IDEA_STATES = {"considering": "being considered", "planned": "planned", "shipped": "shipped",
               "declined": "declined"}


@dataclass(frozen=True)
class Line:
    """One entry of the table of contents."""

    path: str
    title: str
    vendor: str
    day: str  # ISO, of the opening
    words: str
    starts: tuple[tuple[int, str], ...]  # of own posts, by their numbers

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands in an index: by company, then by title."""
        return (self.vendor.casefold(), self.vendor, self.title.casefold())


def day(instant: str) -> str:
    """`12 November 2026` of an instant as the records write it."""
    at = datetime.fromisoformat(instant)
    return f"{at.day} {at:%B %Y}"


def day_time(instant: str) -> str:
    """`12 November 2026, 22:40 UTC`"""
    return f"{day(instant)}, {datetime.fromisoformat(instant):%H:%M} UTC"


def state_words(thread: dict[str, Any]) -> str:
    """How a thread stands, in a few words."""
    if thread["hidden_at"]:
        return "hidden by the stewards"
    if thread["outcome"]:
        solver = f" {SOLVERS[thread['solved_by']]}" if thread["solved_by"] else ""
        return OUTCOMES[thread["outcome"]] + solver
    if thread["idea_state"]:
        return IDEA_STATES[thread["idea_state"]]
    return STATUSES[thread["status"]]


def hat_words(post: dict[str, Any], vendor: str) -> str:
    """Under which hat somebody wrote; empty for a member without one."""
    if post["hat"] == "author":
        return "author"
    if post["hat"] == "representative":
        title = f", {post['title']}" if post["title"] else ""
        return f"answers for {vendor}{title}"
    if post["hat"] == "advocate":
        ties = ", ".join(TIES.get(tie, tie) for tie in post["ties"])
        side = f", {SIDES[post['side']]}" if post["side"] else ""
        return f"advocate{side}" + (f" ({ties})" if ties else "")
    return ""


def size(count: int) -> str:
    return f"{max(1, round(count / 1000)):,} kB"


_env = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, autoescape=True,
)
_env.filters.update(
    day=day, day_time=day_time, size=size, rendered=lambda body: Markup(safe_html.render(body)))
_env.globals.update(
    state_words=state_words, hat_words=hat_words, KINDS=KINDS, PURPOSES=PURPOSES, EVENTS=EVENTS,
    ACTORS=ACTORS, OUTCOMES=OUTCOMES, IDEA_STATES=IDEA_STATES, CLOCKS=CLOCKS,
    VERDICTS=VERDICTS)


def style() -> bytes:
    return (TEMPLATES / "offline.css").read_bytes()


def thread(record: dict[str, Any]) -> Iterator[bytes]:
    """The page of an own thread."""
    return _page("offline_thread.html", thread=record)


def replies(record: dict[str, Any]) -> Iterator[bytes]:
    """The page of own posts in somebody else's thread."""
    return _page("offline_replies.html", thread=record["thread"], posts=record["posts"])


def index(
    manifest: dict[str, Any], threads: Sequence[Line], answered: Sequence[Line],
    media: Sequence[dict[str, Any]], paths: Sequence[str],
) -> Iterator[bytes]:
    """The first page. `paths` are the other files of the archive, below `data/`."""
    return _page("offline_index.html", manifest=manifest, threads=threads, answered=answered,
                 media=media, paths=paths)


def notes(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """All private notes, on one page."""
    return _page("offline_notes.html", notes=records)


def find(threads: Sequence[Line], answered: Sequence[Line]) -> Iterator[bytes]:
    """One page with the beginning of everything, to be searched by the browser's own search."""
    return _page("offline_find.html", lines=sorted((*threads, *answered), key=lambda x: x.place))


def line(path: str, record: dict[str, Any]) -> Line:
    """The entry for the page at `path`, from the record of a thread or of replies."""
    about = record.get("thread", record)
    own = about is record
    count, first, starts = 0, "", []
    for post in record["posts"]:
        count += 1
        first = first or post["created_at"]
        if "edits" in post and post["body"]:
            starts.append((post["number"], start(post["body"])))
    posts = "1 post" if count == 1 else f"{count:,} posts"
    return Line(
        path=path, title=about["title"] or "A thread that is no longer public",
        vendor=about["vendor"]["name"], day=record["opened_at"] if own else first,
        words=f"{posts}, {state_words(record)}" if own else f"{posts} of yours",
        starts=tuple(starts))


def start(body: str) -> str:
    """The first words of a text, on one line."""
    words = " ".join(body[:2 * START].split())
    return words if len(words) <= START else words[:START].rsplit(" ", 1)[0] + " …"


def _page(name: str, **values: Any) -> Iterator[bytes]:
    for words in _env.get_template(name).generate(**values):
        yield words.encode()
