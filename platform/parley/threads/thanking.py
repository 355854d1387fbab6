"""The author of a thread thanks a representative by name: persons answer, not companies."""

from __future__ import annotations

from collections.abc import Iterable

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, versions
from parley.kernel.errors import NotFound, Refusal, refuse
from parley.threads import rules
from parley.threads.models import Post, Thanks, Thread
from parley.threads.rules import Hat, Kind
from parley.threads.turns import hold_post
from parley.vendors.models import Vendor

SHOWN = 20  # thanks on a person's page; the count is of all


def thank(by: Account, post_id: str) -> Post:
    """Thank the representative who wrote a post. Once for each of them in a thread; again changes
    nothing.

    :raise NotFound: there is no such post to see
    :raise Refused: see `_may_thank`
    """
    with db.write():
        post, held = hold_post(post_id)
        if post.removed_at or post.hidden_at or not held.thread.listed:
            raise NotFound
        refuse(_may_thank(held.thread, post, by))
        made = Thanks.insert(
            thread=held.id, representative=post.author_id, post=post.id, at=held.at
        ).on_conflict_ignore().as_rowcount().execute()
        if made:
            journal.record("post.thanked", "thread", held.id, by.id, held.at, post=post.id,
                           vendor=held.thread.vendor_id)
            versions.touch(f"thread:{held.id}", f"member:{post.author_id}")
    return post


def take_back(by: Account, post_id: str) -> Post:
    """Take one's thanks back; none there changes nothing.

    :raise NotFound: there is no such post in a thread of this person
    """
    with db.write():
        post, held = hold_post(post_id)
        if held.thread.author_id != by.id:
            raise NotFound
        gone = Thanks.delete().where(Thanks.thread == held.id, Thanks.post == post.id).execute()
        if gone:
            journal.record("post.unthanked", "thread", held.id, by.id, clock.now(), post=post.id)
            versions.touch(f"thread:{held.id}", f"member:{post.author_id}")
    return post


def _may_thank(thread: Thread, post: Post, by: Account) -> Refusal | None:
    if thread.author_id != by.id or thread.kind == Kind.CONSULTATION:
        return Refusal("not_yours", "Only the author of the thread thanks for what was done in it.")
    if post.hat != Hat.REPRESENTATIVE:
        return Refusal("hat", "Thanks go to the people who answer for the company. For others "
                       "there is “this helped”.")
    if post.author_id == by.id:
        return Refusal("own_post", "That is your own post.")
    return rules.LOCKED if thread.locked_at else None


def thanked(thread_id: str, posts: Iterable[Post]) -> frozenset[str]:
    """Ids of those posts for which their writer was thanked."""
    if not any(post.hat == Hat.REPRESENTATIVE for post in posts):
        return frozenset()
    rows = Thanks.select(Thanks.post).where(Thanks.thread == thread_id).tuples()
    return frozenset(post for (post,) in rows)


def received(person: Account) -> tuple[int, list[Thread]]:
    """How often a person was thanked in threads that everybody can see, and the latest of those
    threads, with their companies."""
    theirs = Thanks.representative == person.id
    rows = (
        Thread.select(Thread, Vendor).join(Vendor)
        .join_from(Thread, Thanks, on=Thanks.thread == Thread.id)
        .where(theirs, Thread.listed == 1)
    )
    latest = list(rows.order_by(Thanks.at.desc()).limit(SHOWN))
    return rows.count() if len(latest) == SHOWN else len(latest), latest
