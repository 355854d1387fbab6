"""The words of threads, and who may do what in one, on plain values. Whose turn it is: `table`."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from parley.kernel.errors import Refusal

CONSULTATION_EVERY = timedelta(days=30)

TITLE = (5, 120)  # characters, least and most
BODY = (1, 20_000)


class Kind(StrEnum):
    QUESTION = "question"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    IDEA = "idea"
    CONSULTATION = "consultation"


class Status(StrEnum):
    AWAITING_VENDOR = "awaiting_vendor"
    AWAITING_AUTHOR = "awaiting_author"
    NOBODY = "nobody"
    CLOSED = "closed"


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    UNCONFIRMED = "unconfirmed"
    VOID = "void"
    WITHDRAWN = "withdrawn"


class Hat(StrEnum):
    AUTHOR = "author"
    REPRESENTATIVE = "representative"
    ADVOCATE = "advocate"
    MEMBER = "member"


class Purpose(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASK = "ask"
    UPDATE = "update"
    ANSWER = "answer"
    PROPOSE_RESOLUTION = "propose_resolution"
    DECLINE = "decline"


class Side(StrEnum):
    HELPING = "helping"
    DEFENDING = "defending"


class SolvedBy(StrEnum):
    VENDOR = "vendor"
    COMMUNITY = "community"
    MYSELF = "myself"


class IdeaState(StrEnum):
    CONSIDERING = "considering"
    PLANNED = "planned"
    SHIPPED = "shipped"
    DECLINED = "declined"


class MeTooWord(StrEnum):
    AFFECTED = "affected"
    WORKS_NOW = "works_now"
    LEFT_OVER = "left_over"


class Impact(StrEnum):
    SAFETY = "safety"
    NO_SERVICE = "no_service"
    MONEY_HELD = "money_held"
    NUISANCE = "nuisance"


CLAIMS = {Purpose.ANSWER, Purpose.PROPOSE_RESOLUTION, Purpose.DECLINE}
WITH_CLAIMS = {Kind.QUESTION, Kind.COMPLAINT}
PURPOSES = {
    Kind.QUESTION: (Purpose.ACKNOWLEDGE, Purpose.ASK, Purpose.UPDATE, Purpose.ANSWER,
                    Purpose.DECLINE),
    Kind.COMPLAINT: tuple(Purpose),
    Kind.PRAISE: (Purpose.ACKNOWLEDGE, Purpose.UPDATE),
    Kind.IDEA: (Purpose.ACKNOWLEDGE, Purpose.UPDATE),
    Kind.CONSULTATION: (Purpose.UPDATE,),
}

LOCKED = Refusal("locked", "A steward locked this thread. Its author can still confirm, reopen or "
                 "withdraw it; nothing else changes in it.")


def hat_for(*, is_author: bool, represents: bool, declared: bool, kind: Kind) -> Hat:
    """The one hat a person wears in a thread."""
    if kind is Kind.CONSULTATION and represents:
        return Hat.REPRESENTATIVE
    if is_author and kind is not Kind.CONSULTATION:
        return Hat.AUTHOR
    if represents:
        return Hat.REPRESENTATIVE
    return Hat.ADVOCATE if declared else Hat.MEMBER


def other_voice(hat: Hat) -> list[Hat]:
    """The hats that nobody can have worn in a thread where they wear this one."""
    if hat is Hat.REPRESENTATIVE:
        return [Hat.AUTHOR, Hat.ADVOCATE, Hat.MEMBER]
    return [Hat.REPRESENTATIVE]


def may_wear(hat: Hat, worn: set[Hat]) -> Refusal | None:
    """Never two hats on one thread: the company's voice and one's own are kept apart."""
    if not worn & set(other_voice(hat)):
        return None
    if hat is Hat.REPRESENTATIVE:
        return Refusal("two_hats", "You wrote here in your own name before. Someone else of your "
                       "company has to answer in this thread.")
    return Refusal("two_hats", "You wrote here for the company before, so you cannot go on in your "
                   "own name.")


def may_speak_to(blocked: bool) -> Refusal | None:
    """Whether a member or advocate may write in the thread of somebody (who blocked them)."""
    if not blocked:
        return None
    return Refusal("blocked", "The person who opened this thread blocked you, so you cannot write "
                   "in it. You can still read and follow it.")


def may_open_about(kind: Kind, represents: bool, manages: bool) -> Refusal | None:
    """Whether somebody with these roles at the vendor may open a thread of this kind about it."""
    if kind is Kind.CONSULTATION:
        return None if manages else Refusal(
            "managers_only", "Only a manager of the company can open a consultation.", "kind")
    if represents:
        return Refusal("own_vendor", "You answer for this company, so you cannot open a thread "
                       "about it in your own name.", "vendor")
    return None


def may_consult(last: datetime | None, now: datetime) -> Refusal | None:
    if last and now < last + CONSULTATION_EVERY:
        return Refusal("too_soon", "A company may open one consultation in 30 days; the last one "
                       f"was opened on {last:%-d %B}.", "kind")
    return None


def may_post_as_vendor(
    kind: Kind, is_open: bool, purpose: Purpose, words: str = "x"
) -> Refusal | None:
    """None when a representative may write with this purpose; otherwise why not."""
    if purpose not in PURPOSES[kind]:
        return Refusal("purpose", _PURPOSE_WORDS[kind], "purpose")
    if purpose is Purpose.DECLINE and not words.strip():
        return Refusal("reason", "Say why you decline; the author is owed a reason.", "body")
    if not is_open and purpose is not Purpose.UPDATE:
        return Refusal("closed", "This thread is closed. You can still add an update; it moves "
                       "nothing.", "purpose")
    return None


_PURPOSE_WORDS = {
    Kind.QUESTION: "Only complaints take a proposed resolution. Answer the question instead.",
    Kind.COMPLAINT: "Choose what this post does.",
    Kind.PRAISE: "Praise takes thanks and updates; there is nothing to claim.",
    Kind.IDEA: "An idea takes an acknowledgement, an update, or a mark of where it stands.",
    Kind.CONSULTATION: "In a consultation you write updates, and close it with a report.",
}


def may_me_too(
    kind: Kind, is_author: bool, represents: bool, locked: bool = False
) -> Refusal | None:
    if locked:
        return LOCKED
    if is_author:
        return Refusal("own_thread", "This is your own thread; you are counted already.")
    if represents:
        return Refusal("own_vendor", "You answer for this company, so you cannot say “me too”.")
    if kind in (Kind.PRAISE, Kind.CONSULTATION):
        return Refusal("kind", "“Me too” is for questions, complaints and ideas.")
    return None


def may_remove(*, own: bool, hat: Hat, moved: bool, number: int) -> Refusal | None:
    """Whether a person may remove a post: their own, unless it moved the thread."""
    if not own:
        return Refusal("not_yours", "You can only remove your own posts.")
    if hat is Hat.REPRESENTATIVE and moved:
        return Refusal("moved", "This post moved the thread, so it stays. You can edit it; the "
                       "history shows what it said before.")
    if number == 1:
        return Refusal("opening", "The opening post goes with its thread: withdraw the thread "
                       "instead.")
    return None


def may_mark_helped(
    *, kind: Kind, is_author: bool, hat: Hat, own_post: bool, locked: bool
) -> Refusal | None:
    if not is_author:
        return Refusal("not_yours", "Only the author of the thread says what helped.")
    if kind is Kind.CONSULTATION:
        return Refusal("kind", "A company cannot say who helped; that is for customers.")
    if locked:
        return LOCKED
    if own_post or hat is Hat.AUTHOR:
        return Refusal("own_post", "That is your own post.")
    return None
