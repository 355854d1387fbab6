"""Threads and posts in words, for pages and feeds. Absolute times only, so that pages keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from parley.accounts.models import Account
from parley.advocates.models import TIES
from parley.journal.models import Entry
from parley.threads import rules, table
from parley.threads.models import File, Post, Thread
from parley.threads.rules import Hat, Kind, Outcome, Purpose, Status
from parley.threads.turns import state_of
from parley.web.times import day, day_time, short_day, size

POSTS_A_PAGE = 50

KIND_WORDS = {
    Kind.QUESTION: "Question", Kind.COMPLAINT: "Complaint", Kind.PRAISE: "Praise",
    Kind.IDEA: "Idea", Kind.CONSULTATION: "Consultation",
}
PURPOSE_WORDS = {
    Purpose.ACKNOWLEDGE: "Acknowledged: they have read it, the answer is still to come",
    Purpose.ASK: "A question back to the author",
    Purpose.UPDATE: "",
    Purpose.ANSWER: "The company’s answer",
    Purpose.PROPOSE_RESOLUTION: "The company says this puts it right",
    Purpose.DECLINE: "The company declines, with its reason above",
}
PURPOSE_CHOICES = {
    Purpose.ANSWER: ("Answer", "It becomes the author’s turn to say whether that helps."),
    Purpose.PROPOSE_RESOLUTION: ("Propose a resolution", "You say this puts it right; the author "
                                 "confirms or sends it back."),
    Purpose.ASK: ("Ask the author", "Your clock pauses until they answer."),
    Purpose.ACKNOWLEDGE: ("Acknowledge", "You have read it. Nothing moves."),
    Purpose.UPDATE: ("Update", "News on the way. Nothing moves."),
    Purpose.DECLINE: ("Decline", "Say why. The author can dispute it."),
}
NO_PAUSE = "It is the author’s turn already, so no clock pauses."
SIDE_WORDS = {"helping": "Helping", "defending": "Defending"}
IDEA_WORDS = {
    "considering": "Considering", "planned": "Planned", "shipped": "Shipped",
    "declined": "Declined",
}
IMPACT_WORDS = {
    "safety": "safety", "no_service": "no service at all", "money_held": "money held back",
    "nuisance": "a nuisance",
}
ME_TOO_WORDS = {
    "affected": "affected too", "works_now": "works for me now", "left_over": "left over this",
}
WOULD_USE = "would use it"  # “me too” under an idea
SOLVED_WORDS = {
    "vendor": "solved by the company", "community": "solved by other customers",
    "myself": "solved without help",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thread in a list."""

    url: str
    title: str
    facts: str
    tone: str
    state_words: str


def purpose_choice(purpose: Purpose, state: table.State) -> tuple[str, str]:
    """What a representative's post can be, and what that does in this thread."""
    label, what = PURPOSE_CHOICES[purpose]
    pauses = state.status is Status.AWAITING_VENDOR
    return label, NO_PAUSE if purpose is Purpose.ASK and not pauses else what


def state_pill(state: table.State) -> tuple[str, str]:
    """Tone and words for where a thread stands, in lists."""
    match state.status:
        case Status.AWAITING_VENDOR:
            assert state.waiting_since is not None
            return "waiting", f"Waiting since {short_day(state.waiting_since)}"
        case Status.AWAITING_AUTHOR:
            return {
                Purpose.ANSWER: ("company", "Answered"),
                Purpose.PROPOSE_RESOLUTION: ("company", "Resolution proposed"),
                Purpose.DECLINE: ("unconfirmed", "Declined by the company"),
            }.get(state.turn_claim, ("plain", "Author was asked"))  # type: ignore[call-overload]
        case Status.NOBODY:
            if state.idea_state:
                tones = {"shipped": "solved", "declined": "plain"}
                return tones.get(state.idea_state, "unconfirmed"), IDEA_WORDS[state.idea_state]
            return ("solved", "Thanks") if state.kind is Kind.PRAISE else ("company", "Open to all")
    return {
        Outcome.CONFIRMED: ("solved", "Solved"),
        Outcome.DECLINED: ("plain", "Closed, declined"),
        Outcome.UNCONFIRMED: ("unconfirmed", "Closed, unconfirmed"),
        Outcome.VOID: ("plain", "Closed, no word"),
        Outcome.WITHDRAWN: ("plain", "Withdrawn"),
    }.get(state.outcome, ("plain", "Closed"))  # type: ignore[call-overload]


def lateness(thread: Thread, now: datetime) -> tuple[str, str] | None:
    """Tone and words for a thread whose company is late, or nearly; None for all others."""
    if thread.due_at is None or thread.status != Status.AWAITING_VENDOR:
        return None
    if now > thread.very_at:
        return "late", f"Very late, due since {short_day(thread.due_at)}"
    if now > thread.due_at:
        return "late", f"Late since {short_day(thread.due_at)}"
    if now >= thread.soon_at:
        return "waiting", f"Due soon, {short_day(thread.due_at)}"
    return None


def row(thread: Thread, now: datetime, with_vendor: bool = True) -> Row:
    """One thread in a list; its author and vendor are joined."""
    state = table.come_due(state_of(thread), now)
    late = lateness(thread, now)
    tone, words = late or state_pill(state)
    facts = [thread.vendor.name] if with_vendor else []
    if with_vendor and not thread.vendor.claimed_at:
        facts.append("no one from this company is here yet")
    facts.append(f"{KIND_WORDS[state.kind].lower() if with_vendor else KIND_WORDS[state.kind]} "
                 f"by {thread.author.display_name}")
    if thread.due_at and not late and state.status is Status.AWAITING_VENDOR:
        facts.append(f"due by {short_day(thread.due_at)}")
    if thread.impact:
        facts.append(IMPACT_WORDS[thread.impact])
    if thread.affected:
        what = WOULD_USE if state.kind is Kind.IDEA else ME_TOO_WORDS["affected"]
        facts.append(f"{thread.affected}\N{NO-BREAK SPACE}{what}")
    if state.solved_by:
        facts.append(SOLVED_WORDS[state.solved_by])
    return Row(f"/threads/{thread.id}", thread.title, ", ".join(facts), tone, words)


@dataclass(slots=True)
class Shown:
    """One post as the page shows it (the fields of the `post` macro)."""

    anchor: str
    hat: str
    name: str
    name_url: str | None
    hat_words: str
    ties_words: str
    purpose_words: str
    when: Any
    html: Markup
    tombstone: str | None = None
    helped_words: str = ""
    solved_words: str = ""
    edited_url: str | None = None
    vendor_name: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    actions: list[tuple[str, str, str]] = field(default_factory=list)


def shown(post: Post, thread: Thread, viewer: Any, zone: str, helped: dict[str, int],
          files: list[File], thanked: bool = False) -> Shown:
    """One post in words, for this viewer."""
    hat = post.hat
    hat_words, ties = "", ""
    if hat == Hat.REPRESENTATIVE:
        hat_words = f"answers for {thread.vendor.name}"
        ties = post.title
    elif hat == Hat.ADVOCATE:
        hat_words = SIDE_WORDS.get(post.side or "", "Advocate")
        ties = ties_words(post.ties, helped.get(post.author_id, 0))
    elif hat == Hat.AUTHOR and post.number == 1:
        ties = "opened this thread"
    steward = "steward" in viewer.offices
    own = viewer.id == post.author_id
    result = Shown(
        anchor=f"post-{post.number}", hat=hat, name=post.author.display_name,
        name_url=post.author.address, hat_words=hat_words, ties_words=ties,
        purpose_words=purpose_words(post, thread.kind), when=stamp(post.created_at, zone),
        html=Markup(post.html), vendor_name=thread.vendor.name)
    if post.removed_at:
        result.tombstone = f"{post.author.display_name} removed what stood here."
        return result
    if post.hidden_at and not (own or steward):
        result.tombstone = "A steward hid this post. The moderation log says why."
        return result
    if post.hidden_at:
        result.purpose_words = "Hidden by a steward; only its author and stewards see it."
    if post.edited_at or post.unnamed_at:
        result.edited_url = f"/posts/{post.id}/history"
    if post.helped_at:
        result.helped_words = f"{thread.author.display_name} says this helped"
    if thanked:
        words = f"{thread.author.display_name} thanks {post.author.display_name}"
        result.helped_words = ". ".join(filter(None, (result.helped_words, words)))
    if post.solved_round:
        result.solved_words = "Named as what solved it"
    if post.file_count:
        result.files = [shown_file(f) for f in files]
    if viewer.is_authenticated:
        result.actions = actions(
            post, thread, own, viewer.id == thread.author_id, steward, thanked)
    return result


def actions(post: Post, thread: Thread, own: bool, author: bool,
            steward: bool, thanked: bool = False) -> list[tuple[str, str, str]]:
    """What this viewer can do with a post: (words, address, method)."""
    here = f"/posts/{post.id}"
    found = [("Quote", f"/threads/{thread.id}?quote={post.number}#write", "get")]
    if author and post.hat != Hat.AUTHOR:
        found.append(("Take back “this helped”", f"{here}/helped/undo", "post") if post.helped_at
                     else ("This helped", f"{here}/helped", "post"))
    if author and post.hat == Hat.REPRESENTATIVE and thread.kind != Kind.CONSULTATION and not own:
        found.append(("Take back your thanks", f"{here}/thanks/undo", "post") if thanked
                     else (f"Thank {post.author.display_name}", f"{here}/thanks", "post"))
    if own:
        found.append(("Edit", f"{here}/edit", "get"))
        if post.number > 1 and not (post.hat == Hat.REPRESENTATIVE and post.moved):
            found.append(("Remove", f"{here}/removal", "get"))
    else:
        found.append(("Report", f"{here}/report", "get"))
    if steward:
        found.append(("Moderate", f"/threads/{thread.id}/moderate?post={post.id}", "get"))
    return found


def purpose_words(post: Post, kind: str) -> str:
    words = [PURPOSE_WORDS[Purpose(post.purpose)]] if post.purpose else []
    if post.purpose == Purpose.ACKNOWLEDGE and kind not in rules.WITH_CLAIMS:
        words = ["Read by the company"]
    if post.saved_reply:
        words.append("A saved reply")
    if post.ai_assisted:
        words.append("Written with help of AI")
    if post.explains_delay:
        words.append("Explains the delay")
    return ". ".join(w for w in words if w)


def ties_words(ties: Iterable[str], helped: int) -> str:
    words = [TIES.get(t, t) for t in ties]
    if helped:
        words.append(f"helped {helped} {'person' if helped == 1 else 'people'} this year")
    return ", ".join(words)


def shown_file(file: File) -> dict[str, Any]:
    return {
        "url": f"/files/{file.id}/{file.name}", "name": file.name, "width": file.width,
        "height": file.height, "is_image": file.media_type.startswith("image/"),
        "size_words": size(file.size),
    }


def stamp(instant: datetime, zone: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(
        instant.isoformat(), day_time(instant, zone))


def named_day(iso: str) -> str:
    """`4 May 2026` of `2026-05-04`."""
    there = date.fromisoformat(iso)
    return f"{there.day} {there:%B %Y}"


def turn_card(state: table.State, thread: Thread, viewer: Account, now: datetime,
              zone: str) -> dict[str, Any]:
    """Whose turn it is, in words for this viewer."""
    author, vendor = thread.author.display_name, thread.vendor.name
    mine = viewer.id == thread.author_id
    card: dict[str, Any] = {"words": "", "progress": None, "detail": ""}
    match state.status:
        case Status.AWAITING_VENDOR:
            assert state.waiting_since is not None
            card["words"] = vendor
            card["detail"] = f"owes the next word since {day(state.waiting_since, zone)}"
            if not thread.vendor.claimed_at:
                card["detail"] = ("No one from this company has an account here yet. Waiting since "
                                  f"{day(state.waiting_since, zone)}.")
        case Status.AWAITING_AUTHOR:
            ends = table.silent_at(state)
            assert ends is not None
            assert state.turn_since is not None
            card["words"] = f"Yours, {author}" if mine else author
            end = {None: "void", Purpose.DECLINE: "declined"}.get(state.turn_claim, "unconfirmed")
            card["detail"] = f"If we hear nothing by {day(ends, zone)} it closes as {end}."
            if viewer.is_authenticated:
                card["progress"] = max(0, min(14, (now - state.turn_since).days))
        case Status.NOBODY:
            card["words"] = "Nobody’s"
            card["detail"] = {
                Kind.PRAISE: "Praise needs no answer, though thanks are welcome.",
                Kind.IDEA: f"{vendor} has said where this idea stands.",
            }.get(state.kind, "Everybody may answer; the company reports back what it did.")
        case Status.CLOSED:
            card["words"] = "Nobody’s, it is closed"
            card["detail"] = outcome_words(state, thread, zone)
    return card


def outcome_words(state: table.State, thread: Thread, zone: str) -> str:
    """How a closed thread ended, in one sentence."""
    assert state.closed_at is not None
    when, author = day(state.closed_at, zone), thread.author.display_name
    solved = {
        "vendor": f"{thread.vendor.name} solved it",
        "community": "other customers solved it", "myself": f"{author} solved it without help",
    }
    return {
        Outcome.CONFIRMED: f"{author} confirmed: {solved.get(state.solved_by or '', 'solved')}. "
                           f"Closed on {when}.",
        Outcome.DECLINED: f"The company declined, and the author did not dispute it. Closed on "
                          f"{when}.",
        Outcome.UNCONFIRMED: f"The company answered; the author never said whether it helped. "
                             f"Closed on {when}.",
        Outcome.VOID: f"The company’s question stayed without an answer. Closed on {when}.",
        Outcome.WITHDRAWN: f"{author} withdrew it on {when}.",
    }.get(state.outcome, f"The company reported back on {when}.")  # type: ignore[call-overload]


TIMELINE = {
    "thread.opened": ("Opened", None),
    "turn.author": ("Author’s turn", "company"),
    "turn.vendor": ("Back to the company", None),
    "thread.sent_back": ("Sent back", "late"),
    "thread.disputed": ("Decline disputed", "late"),
    "thread.reopened": ("Reopened", "late"),
    "thread.reminded": ("Author reminded", None),
    "thread.kind_changed": ("Kind changed", None),
    "thread.closed": ("Closed", None),
    "thread.confirmed_late": ("Confirmed later", "solved"),
    "idea.marked": ("Marked", "company"),
    "thread.delivered": ("Delivered to the company by mail", None),
    "thread.undelivered": ("The mail came back", "late"),
    "thread.hidden": ("Hidden by a steward", None),
    "thread.shown": ("Shown again", None),
    "thread.locked": ("Locked by a steward", None),
    "thread.unlocked": ("Unlocked", None),
    "thread.acknowledged": ("Acknowledged", "company"),
    "thread.escalated": ("Escalated", "late"),
    "clock.started": ("The company can know of it", None),
    "clock.late": ("Due time passed", "late"),
    "claim.disowned": ("Not mine, says the author", "late"),
}
CLAIM_WORDS = {"answer": "Answered", "propose_resolution": "Resolution proposed",
               "decline": "Declined", None: "Author was asked"}


def timeline(entries: Iterable[Entry], zone: str) -> list[tuple[str, Any, str | None, bool]]:
    """The thread's events in words: (words, when, tone, dashed)."""
    return [event(e, zone) for e in entries if e.kind in TIMELINE]


def event(entry: Entry, zone: str) -> tuple[str, Any, str | None, bool]:
    """One event of a thread: words, when, tone, and whether the clocks stood from then on."""
    words, tone = TIMELINE[entry.kind]
    refs = entry.refs
    if entry.kind == "turn.author":
        words = CLAIM_WORDS.get(refs.get("claim"), words)
    elif entry.kind == "idea.marked":
        words = IDEA_WORDS.get(refs.get("state"), words)
    elif entry.kind == "thread.closed":
        outcome = refs.get("outcome")
        words = {"confirmed": "Solved", None: "Closed with a report"}.get(
            outcome, f"Closed, {outcome}")
        tone = "solved" if outcome == "confirmed" else None
    dashed = entry.kind == "turn.author" and refs.get("claim") is None
    return words, stamp(entry.at, zone), tone, dashed
