"""What people do with posts they wrote: change the words, remove them."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import db, versions
from parley.kernel.errors import NotFound, Refusal, Refused, refuse
from parley.threads import files, rules, search
from parley.threads.actions import Checked, rendered
from parley.threads.models import Edit, Helped, Post
from parley.threads.rules import Hat
from parley.threads.turns import Held, hold_post, may_join_in, needs
from parley.vendors import actions as vendors


def edit_post(by: Account, post_id: str, body: str, title: str | None = None) -> Post:
    """Change one's own words; what they were stays readable. No edit changes a purpose.

    `title` is the thread's, for its opening post.

    :raise NotFound: there is no such post of this person
    :raise Refused: the thread is locked or hidden, the post is gone, or it stands in a thread of
        somebody else and the person is no member any longer (403)
    """
    check = Checked()
    check.text("body", body, *rules.BODY, "text")
    if title is not None:
        check.line("title", title, *rules.TITLE, "title")
    values = check.done()
    with db.write():
        post, held = hold_own_post(by, post_id)
        thread, at = held.thread, held.at
        if post.hat in (Hat.ADVOCATE, Hat.MEMBER):
            needs(may_join_in(by))
        new_title = values.get("title", thread.title) if post.number == 1 else thread.title
        if (post.body, thread.title) == (values["body"], new_title):
            return post
        Edit.create(post=post, at=at, title=thread.title if post.number == 1 else "",
                    body=post.body, html=post.html)
        post.body, post.html, post.edited_at = values["body"], rendered(values["body"]), at
        post.save()
        if post.number == 1:
            thread.title = new_title
            thread.save()
            if thread.listed:
                search.index(thread, post.body)
            versions.touch(f"vendor:{thread.vendor_id}", "front")
        journal.record("post.edited", "thread", thread.id, by.id, at, post=post.id)
        versions.touch(f"thread:{thread.id}")
    return post


def hold_own_post(by: Account, post_id: str) -> tuple[Post, Held]:
    """One's own post with its thread held, when words in it may still be changed."""
    post, held = hold_post(post_id)
    if post.author_id != by.id:
        raise NotFound
    if post.removed_at or post.hidden_at:
        raise Refused(Refusal("gone", "This post is no longer there to change."))
    if held.state.locked or held.state.hidden:
        raise Refused(Refusal("locked", "A steward locked or hid this thread, so its words stay "
                              "as they are."))
    if post.hat == Hat.REPRESENTATIVE and vendors.role_of(by, held.thread.vendor_id) is None:
        raise Refused(Refusal("not_appointed", "You no longer answer for this company, so its "
                              "posts stay as they are."), 403)
    return post, held


def remove_post(by: Account, post_id: str) -> Post:
    """Remove one's own post: its words, edits and files go; a tombstone stays.

    :raise NotFound: there is no such post of this person
    :raise Refused: see `rules.may_remove`
    """
    with db.write():
        post, held = hold_own_post(by, post_id)
        refuse(rules.may_remove(own=True, hat=Hat(post.hat), moved=post.moved, number=post.number))
        erase(post, held)
        journal.record("post.removed", "thread", post.thread_id, by.id, held.at, post=post.id)
        versions.touch(f"thread:{post.thread_id}", f"member:{by.id}")
    return post


def erase(post: Post, held: Held) -> None:
    """Let the words, earlier words and files of a post go; its place in the thread stays."""
    Edit.delete().where(Edit.post == post.id).execute()
    files.drop(post)
    if Helped.delete().where(Helped.post == post.id).execute():
        versions.touch(f"vendor:{held.thread.vendor_id}", f"member:{post.author_id}")
    post.body, post.html, post.removed_at = "", "", held.at
    post.helped_at = post.edited_at = None
    post.file_count = 0
    post.save()
