"""The author's mark on a post that helped."""

from __future__ import annotations

from collections.abc import Iterable

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import db, versions
from parley.kernel.errors import NotFound, refuse
from parley.threads import rules
from parley.threads.models import Helped, Post
from parley.threads.rules import Hat
from parley.threads.turns import Held, hold_post


def mark_helped(by: Account, post_id: str, helped: bool) -> Post:
    """The author of a thread says that a post helped, or takes that back.

    :raise NotFound: there is no such post to see
    :raise Refused: see `rules.may_mark_helped`
    """
    with db.write():
        post, held = hold_post(post_id)
        if post.removed_at or post.hidden_at or not held.thread.listed:
            raise NotFound
        refuse(rules.may_mark_helped(
            kind=held.state.kind, is_author=held.thread.author_id == by.id, hat=Hat(post.hat),
            own_post=post.author_id == by.id, locked=held.state.locked))
        _set_helped(post, held, by, helped)
    return post


def _set_helped(post: Post, held: Held, by: Account, helped: bool) -> None:
    if helped == (post.helped_at is not None):
        return
    post.helped_at = held.at if helped else None
    post.save()
    if helped:
        Helped.create(post=post.id, thread=held.id, vendor=held.thread.vendor_id, author=by.id,
                      helper=post.author_id, at=held.at)
        journal.record("post.helped", "thread", held.id, by.id, held.at, post=post.id,
                       vendor=held.thread.vendor_id)
    else:
        Helped.delete().where(Helped.post == post.id).execute()
        journal.record("post.unhelped", "thread", held.id, by.id, held.at, post=post.id)
    versions.touch(f"thread:{held.id}", f"member:{post.author_id}",
                   f"vendor:{held.thread.vendor_id}")  # each thread there shows the helper's count


def mark_many_helped(held: Held, by: Account, posts: Iterable[Post]) -> None:
    for post in posts:
        _set_helped(post, held, by, True)
