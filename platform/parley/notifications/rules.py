"""What a notice says, and where it leads: pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

FIRST_PAGE = 50  # posts of a thread that its plain address shows
MOST_COUNTED = 99

ASKING = ("ask", "answer", "propose_resolution", "decline")  # each makes it the author's turn
SAID = {
    "ask": "{company} has a question back.",
    "answer": "{company} answered.",
    "propose_resolution": "{company} says that it is put right.",
    "decline": "{company} declined.",
}
ENDED = {
    "confirmed": "{author} says that it is solved.",
    "unconfirmed": "Closed as unconfirmed: nobody said whether it is solved.",
    "declined": "Closed as declined.",
    "void": "Closed, because the question back was never answered.",
    "withdrawn": "Withdrawn by {author}.",
}
MARKED = {
    "considering": "{company} is considering this idea.",
    "planned": "{company} plans this idea.",
    "shipped": "{company} made this idea real.",
    "declined": "{company} declined this idea.",
}
WORDS = {
    "opened": "A new {thread_kind} for {company}.",
    "reply": "{who} replied.",
    "mention": "{who} mentioned you.",
    "turn": "{said} It is your turn.",
    "claim": "{said}",
    "given_back": "{author} answered the question of {company}. It is the company’s turn.",
    "sent_back": "{author} says that it is not solved. It is {company}’s turn.",
    "disputed": "{author} disputes that {company} declined. It is {company}’s turn.",
    "reopened": "{author} opened it again. It is {company}’s turn.",
    "reminder": "It is still your turn: say whether it is solved.",
    "outcome": "{ended}",
    "helped": "{author} says that your post helped.",
    "thanked": "{author} thanks you.",
    "due_soon": "Its time is nearly over: {company} owes the next word soon.",
    "late": "{company} is past its time here.",
    "escalated": "{author} takes this further up. {company} owes the next word.",
    "outside": "A contact outside this page was entered. Say whether it was so.",
    "outside_yes": "A contact outside this page was confirmed. It counts as an answer.",
    "idea": "{marked}",
    "appointment": "A company asks you to answer for it here.",
    "dispute": "Somebody proved a domain, and a steward has to decide about the page.",
    "assigned": "A colleague at {company} gave you this to take care of.",
    "lapsed": "The proof of your company’s domain has lapsed. Nobody can write for it now.",
    "problem_named": "Somebody named a cause behind several threads about {company}.",
    "problem_suggested": "Somebody suggests that “{thread}” belongs to this problem.",
    "problem_linked": "Your thread “{thread}” belongs to this problem of {company} now.",
    "problem_unlinked": "The author of “{thread}” says that this is not its cause.",
    "problem_acknowledged": "{company} took this problem up.",
    "problem_fix_planned": "{company} named the day by which this will be fixed.",
    "problem_fixed": "{company} says that this is fixed. You say whether it works.",
    "problem_confirmed": "Most of the people hit say that the fix works.",
    "problem_back": "Most of the people hit say that the fix does not work.",
    "problem_rejected": "{company} rejected this, with a reason.",
    "problem_update": "{company} published an update.",
    "hidden": "A steward hid something you wrote. The moderation log says why.",
}
WITHOUT_THREAD = {
    "appointment": "/account/appointments", "hidden": "/moderation/log",
    "dispute": "/moderation/vendors", "lapsed": "/account/appointments",
}


@dataclass(frozen=True)
class About:
    """What a notice speaks of. `who` wrote the post, for which `purpose`."""

    kind: str
    company: str = ""
    author: str = ""
    thread_kind: str = ""
    outcome: str | None = None
    idea_state: str | None = None
    who: str = ""
    thread: str = ""
    purpose: str | None = None


def words(about: About) -> str:
    """One or two sentences; the title of the thread stands beside them."""
    names = {"company": about.company, "author": about.author, "who": about.who,
             "thread_kind": about.thread_kind, "thread": about.thread}
    said = SAID.get(about.purpose or "", "{company} wrote.").format(**names)
    ended = ENDED.get(about.outcome or "", "Closed.").format(**names)
    marked = MARKED.get(about.idea_state or "", "{company} marked this idea.").format(**names)
    return WORDS[about.kind].format(said=said, ended=ended, marked=marked, **names)


def path_of(thread_id: str, number: int | None) -> str:
    """The address of a post within its thread, or of the thread."""
    if number is None:
        return f"/threads/{thread_id}"
    page = f"?from={number}" if number > FIRST_PAGE else ""
    return f"/threads/{thread_id}{page}#post-{number}"


def long_day(instant: datetime | None, zone: str) -> str:
    """“28 November 2026” where the person lives; empty for None."""
    if instant is None:
        return ""
    there = instant.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return f"{there.day} {there:%B %Y}"
