"""Reporting a post, settling reports, and what stewards do in the open."""

from __future__ import annotations

from collections.abc import Callable

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.members.actions import explained, is_steward
from parley.members.rules import REASONS, reasons_for
from parley.moderation import rules
from parley.moderation.models import Act, Report
from parley.threads import search
from parley.threads.models import Post, Thread
from parley.threads.turns import Held, hold
from parley.vendors.actions import role_of


def report(post_id: str, by: Account, reason: str, note: str = "") -> Report:
    """Tell the stewards that a post breaks a rule. It hides nothing by itself.

    A report by somebody who answers for the company counts as the company's.

    :raise NotFound: there is no such post that everybody can see
    :raise Invalid: under `reason` or `note`
    :raise Refused: it is their own post, or they reported it before
    """
    note = explained(reason, REASONS, note, "note")
    with db.write():
        post = visible_post(post_id)
        refuse(rules.may_report(own=post.author_id == by.id))
        thread = post.thread
        row = Report(
            id=ids.unguessable(), post=post, thread=thread, reporter=by, reason=reason, note=note,
            vendor=thread.vendor_id if role_of(by, thread.vendor_id) else None, at=clock.now())
        Report.insert(row.__data__).on_conflict_ignore().execute()
        if Report.get_or_none(Report.id == row.id) is None:
            raise Refused(Refusal("reported", "You reported this post before. The stewards have "
                                  "it."))
        journal.record("report.filed", "report", row.id, by=by.id, at=row.at, thread=thread.id,
                       post=post.id, reason=reason, vendor=row.vendor_id)
    return row


def visible_post(post_id: str) -> Post:
    """A post with its thread.

    :raise NotFound: there is none, or it is hidden or removed
    """
    post = Post.select(Post, Thread).join(Thread).where(
        Post.id == post_id, Thread.listed == 1, Post.hidden_at.is_null(),
        Post.removed_at.is_null()).first()
    if post is None:
        raise NotFound
    return post


def settle(report_id: str, by: Account, decision: str, words: str = "") -> Report:
    """Decide on a report: `hide_post`, `hide_thread` (of an opening post), or `reject`.

    :raise NotFound: `by` is no steward, or there is no such report
    :raise Invalid: there is no such decision
    :raise Refused: it was settled before, or this steward may not judge it
    """
    if decision not in rules.DECISIONS:
        raise Invalid({"decision": "Choose what to do about this report."})
    with db.write():
        row = db.lock(Report.select().where(Report.id == report_id)).first()
        if row is None or not is_steward(by):
            raise NotFound
        if row.settled_at:
            raise Refused(Refusal("settled", "Another steward has settled this report."))
        if decision == "hide_thread" and row.post.number != 1:
            raise Invalid({"decision": "Only a report of the opening post can hide a thread."})
        if decision == "reject" or _gone_already(row, decision):
            refuse(_may_judge(by, row.thread, row.post))
        else:
            _act(decision, row.thread_id, by, row.reason, words, row.post_id)
        row.settled_at, row.upheld = clock.now(), decision != "reject"
        row.save()
        journal.record("report.settled", "report", row.id, by=by.id, at=row.settled_at,
                       thread=row.thread_id, post=row.post_id, upheld=row.upheld,
                       vendor=row.vendor_id)
    return row


def _gone_already(row: Report, decision: str) -> bool:
    if decision == "hide_thread":
        return row.thread.hidden_at is not None
    return bool(row.post.hidden_at or row.post.removed_at)


def _may_judge(by: Account, thread: Thread, post: Post | None) -> Refusal | None:
    wrote = by.id == thread.author_id or (post is not None and by.id == post.author_id)
    own = Report.select().where(Report.thread == thread.id, Report.reporter == by.id)
    if post is not None:
        own = own.where(Report.post == post.id)
    return rules.may_judge(wrote=wrote, represents=role_of(by, thread.vendor_id) is not None,
                           reported=own.exists())


def hide_post(post_id: str, by: Account, reason: str, words: str = "") -> Act:
    """Take a post out of sight; a line stays in its place. Raises as `act`."""
    return _act("hide_post", _thread_of(post_id), by, reason, words, post_id)


def show_post(post_id: str, by: Account, reason: str, words: str = "") -> Act:
    """Show a hidden post again. Raises as `act`."""
    return _act("show_post", _thread_of(post_id), by, reason, words, post_id)


def _thread_of(post_id: str) -> str:
    post = Post.get_or_none(Post.id == post_id)
    if post is None:
        raise NotFound
    return post.thread_id


def hide_thread(thread_id: str, by: Account, reason: str, words: str = "") -> Act:
    """Take a thread out of sight, search, feeds and figures; its clocks stand. Raises as `act`."""
    return _act("hide_thread", thread_id, by, reason, words)


def show_thread(thread_id: str, by: Account, reason: str, words: str = "") -> Act:
    """Show a hidden thread again; its clocks go on. Raises as `act`."""
    return _act("show_thread", thread_id, by, reason, words)


def lock(thread_id: str, by: Account, reason: str, words: str = "") -> Act:
    """Let nobody add to a thread; confirm, reopen and withdraw stay. Raises as `act`."""
    return _act("lock", thread_id, by, reason, words)


def unlock(thread_id: str, by: Account, reason: str, words: str = "") -> Act:
    """Let people write in a thread again. Raises as `act`."""
    return _act("unlock", thread_id, by, reason, words)


def act(kind: str, thread_id: str, by: Account, reason: str, words: str = "",
        post_id: str | None = None) -> Act:
    """Do what a steward chose on a thread's page. `reason` is a key of `REASONS`, or of
    `LIFTING` for what lifts an earlier act.

    :raise NotFound: `by` is no steward, or there is no such thread or post
    :raise Invalid: under `act`, `reason` or `words`
    :raise Refused: it would change nothing, or this steward may not judge it
    """
    if kind not in rules.ACTS:
        raise Invalid({"act": "Choose what to do."})
    return _act(kind, thread_id, by, reason, words, post_id)


def _act(kind: str, thread_id: str, by: Account, reason: str, words: str,
         post_id: str | None = None) -> Act:
    words = explained(reason, reasons_for(kind), words, "words")
    with db.write():
        if not is_steward(by):
            raise NotFound
        held = hold(thread_id)
        post = _post_of(held, post_id)
        about_post = post if kind in ("hide_post", "show_post") else None
        refuse(_may_judge(by, held.thread, about_post))
        refuse(rules.may_do(kind, possible(held.thread, post)))
        refs = DO[kind](held, about_post)
        row = Act.create(kind=kind, steward=by, thread=held.thread, post=about_post,
                         reason=reason, words=words, at=held.at)
        journal.record(rules.FACTS[kind], "thread", thread_id, by=by.id, at=held.at,
                       vendor=held.thread.vendor_id, reason=reason, **refs)
        author = about_post.author_id if about_post else held.thread.author_id
        versions.touch(f"thread:{thread_id}", f"vendor:{held.thread.vendor_id}", "front", "log",
                       f"member:{author}")
    return row


def _post_of(held: Held, post_id: str | None) -> Post | None:
    if post_id is None:
        return None
    post = post_id.isalnum() and Post.get_or_none(Post.id == post_id, Post.thread == held.id)
    if not post or post.removed_at:
        raise NotFound
    return post


def possible(thread: Thread, post: Post | None) -> list[str]:
    """The acts that would change something about a thread, and about one post of it."""
    return rules.possible(
        post_hidden=post and post.hidden_at is not None, listed=thread.listed == 1,
        thread_hidden=thread.hidden_at is not None, locked=thread.locked_at is not None)


def _hide_post(held: Held, post: Post) -> dict[str, str]:
    post.hidden_at = held.at
    post.save()
    if post.number == 1 and held.thread.listed:
        search.index(held.thread, "")  # the title stays findable
    return {"post": post.id}


def _show_post(held: Held, post: Post) -> dict[str, str]:
    post.hidden_at = None
    post.save()
    if post.number == 1 and held.thread.listed:
        search.index(held.thread, post.body)
    return {"post": post.id}


def _hide_thread(held: Held, post: None) -> dict[str, int]:
    held.thread.hidden_at, held.thread.listed = held.at, 0
    held.thread.save()
    search.drop(held.thread)
    return {}


def _show_thread(held: Held, post: None) -> dict[str, int]:
    """Gives for how long it was hidden, in microseconds: so long did its clocks stand."""
    stood = held.at - held.thread.hidden_at
    held.thread.hidden_at, held.thread.listed = None, 1
    held.thread.save()
    first = Post.get(Post.thread == held.id, Post.number == 1)
    search.index(held.thread, "" if first.hidden_at else first.body)
    return {"hidden_for": stood // stood.resolution}


def _lock(held: Held, post: None) -> dict[str, str]:
    held.thread.locked_at = held.at
    held.thread.save()
    return {}


def _unlock(held: Held, post: None) -> dict[str, str]:
    held.thread.locked_at = None
    held.thread.save()
    return {}


DO: dict[str, Callable[[Held, Post | None], dict]] = {
    "hide_post": _hide_post, "show_post": _show_post, "hide_thread": _hide_thread,
    "show_thread": _show_thread, "lock": _lock, "unlock": _unlock,
}
