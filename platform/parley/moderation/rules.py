"""What stewards may do, and for which reasons: pure values."""

from __future__ import annotations

from collections.abc import Collection

from parley.kernel.errors import Refusal

# What is taken back, and by what. A reason of `LIFTING` goes with the second of each pair.
ACTS = {
    "hide_post": "Hide this post",
    "show_post": "Show this post again",
    "hide_thread": "Hide the whole thread",
    "show_thread": "Show the thread again",
    "lock": "Lock the thread",
    "unlock": "Unlock the thread",
}
DONE = {
    "hide_post": "Post hidden",
    "show_post": "Post shown again",
    "hide_thread": "Thread hidden",
    "show_thread": "Thread shown again",
    "lock": "Thread locked",
    "unlock": "Thread unlocked",
}
FACTS = {
    "hide_post": "post.hidden",
    "show_post": "post.shown",
    "hide_thread": "thread.hidden",
    "show_thread": "thread.shown",
    "lock": "thread.locked",
    "unlock": "thread.unlocked",
}
NOTHING_TO_DO = {
    "hide_post": "This post is hidden already.",
    "show_post": "This post is not hidden.",
    "hide_thread": "This thread is out of sight already.",
    "show_thread": "This thread is not hidden.",
    "lock": "This thread is locked already.",
    "unlock": "This thread is not locked.",
}
DECISIONS = ("hide_post", "hide_thread", "reject")


def possible(*, post_hidden: bool | None, thread_hidden: bool, listed: bool,
             locked: bool) -> list[str]:
    """The acts that would change something. `post_hidden` is None when no post is meant."""
    found = []
    if post_hidden is not None:
        found.append("show_post" if post_hidden else "hide_post")
    if thread_hidden or listed:
        found.append("show_thread" if thread_hidden else "hide_thread")
    found.append("unlock" if locked else "lock")
    return found


def may_do(act: str, can: Collection[str]) -> Refusal | None:
    if act in can:
        return None
    return Refusal("nothing_to_do", NOTHING_TO_DO[act], "act")


def may_judge(*, wrote: bool, represents: bool, reported: bool) -> Refusal | None:
    """Whether a steward may act: nobody judges their own cause.

    `wrote`: what is in question is theirs; `represents`: they answer for the company that it is
    about; `reported`: they reported it, or a post of the thread.
    """
    if represents:
        return Refusal("own_company", "You answer for the company that this is about, so "
                       "another steward has to look at it.")
    if wrote:
        return Refusal("own_words", "These are your own words, so another steward has to look "
                       "at it.")
    if reported:
        return Refusal("own_report", "You reported this, so another steward has to look at it.")
    return None


def may_report(own: bool) -> Refusal | None:
    if own:
        return Refusal("own_post", "This is your own post. You can edit or remove it yourself.")
    return None
