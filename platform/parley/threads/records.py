"""What a person wrote in threads, and what came of it, for their archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.journal.models import Entry, Pseudonym
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Again, Part
from parley.outbox.mail import url
from parley.promises import records as promises
from parley.promises.models import Promise
from parley.threads import files, restored
from parley.threads.bringing import check, media_path
from parley.threads.leaving import erase as erase
from parley.threads.models import (
    Clock,
    Draft,
    Edit,
    File,
    Follow,
    Helped,
    MeToo,
    OutsideContact,
    Post,
    Restored,
    Round,
    Thanks,
    Thread,
)
from parley.vendors.models import Vendor

__all__ = ["HOLDS", "amount", "check", "export", "media_path", "own_posts", "posts"]

HOLDS = (Thread, Round, Clock, Post, Edit, MeToo, Helped, Follow, Draft, File, OutsideContact,
         Thanks, Entry, Pseudonym, Restored)
FOLLOWS = ("kind", "id", "name", "url", "since")
BATCH = 200  # rows in memory at a time
# What the journal tells of a thread in public; the rest of it is about other people.
HISTORY = ("thread.opened", "thread.reopened", "thread.closed", "thread.confirmed_late",
           "thread.disputed", "thread.sent_back", "thread.kind_changed", "turn.vendor",
           "turn.author", "idea.marked", "thread.delivered", "thread.undelivered",
           "thread.acknowledged", "thread.escalated", "claim.disowned", "clock.late")
HISTORY_REFS = ("kind", "was", "state", "outcome", "solved_by", "round", "claim")


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value; some posts of one thread in memory at a time."""
    for thread in in_batches(_own_threads(account, part), Thread.opened_at, Thread.id):
        yield f"threads/{thread.id}.json", _thread(thread, account, part)
    for thread in in_batches(_answered_threads(account, part), Thread.opened_at, Thread.id):
        yield f"replies/{thread.id}.json", _replies(thread, account, part)
    yield from restored.export(account, part)
    yield "promises.json", list(_promises(account, part))
    yield "me-too.json", _me_too(account, part)
    yield "helped.json", {"given": _helped(account, Helped.author, part),
                          "received": _helped(account, Helped.helper, part)}
    yield "follows.csv", ("csv", FOLLOWS, _follows(account, part))
    yield "outside.json", _outside(account, part)
    yield "thanks.json", list(_thanks(account, part))
    if not part.vendor:
        yield "drafts.json", _drafts(account, part)
    yield "media.json", _media(account, part)
    if not part.text_only:
        yield from _media_files(account, part)


def amount(account: Account, part: Part = WHOLE) -> int:
    """How many threads, answered threads and files `export` gives: what takes its time."""
    written = [_own_threads(account, part), _answered_threads(account, part),
               restored.of(account, part)]
    files_of = [] if part.text_only else [_own_files(account, part)]
    return sum(query.count() for query in written + files_of)


def own_posts(account: Account, part: Part = WHOLE) -> Iterator[tuple[Post, list[File]]]:
    """Every post of a person that is not removed, by time, with its thread and files."""
    page: list[Post] = []
    for post in in_batches(_lasting(account, part), Post.created_at, Post.id):
        page.append(post)
        if len(page) == BATCH:
            yield from _with_files(page)
            page = []
    yield from _with_files(page)


def posts(account: Account, part: Part = WHOLE) -> int:
    """How many posts `own_posts` gives."""
    return int(_lasting(account, part).count())


def _lasting(account: Account, part: Part) -> peewee.ModelSelect:
    rows = Post.select(Post, Thread).join(Thread).where(
        Post.author == account.id, Post.removed_at.is_null())
    return part.of(rows, Post.created_at, Thread.vendor)


def _with_files(page: list[Post]) -> Iterator[tuple[Post, list[File]]]:
    attached = _files_of(page)
    for post in page:
        yield post, attached.get(post.id, [])


def in_batches(
    query: peewee.ModelSelect, at: peewee.Field, key: peewee.Field, size: int = BATCH
) -> Iterator[Any]:
    """The rows of a query by time, `size` in memory at a time."""
    page = query
    while True:
        rows = list(page.order_by(at, key).limit(size))
        yield from rows
        if len(rows) < size:
            return
        instant, last = getattr(rows[-1], at.name), getattr(rows[-1], key.name)
        page = query.where(at >= instant, (at > instant) | (key > last))


def _own_threads(account: Account, part: Part) -> peewee.ModelSelect:
    rows = Thread.select(Thread, Vendor).join(Vendor).where(Thread.author == account.id)
    return part.of(rows, Thread.opened_at, Thread.vendor)


def _answered_threads(account: Account, part: Part) -> peewee.ModelSelect:
    answered = part.of(
        Post.select(Post.thread).join(Thread).where(Post.author == account.id),
        Post.created_at, Thread.vendor)
    return Thread.select(Thread, Vendor).join(Vendor).where(
        Thread.author != account.id, Thread.id.in_(answered))


def _own_files(account: Account, part: Part) -> peewee.ModelSelect:
    """Each file once, however often it was attached."""
    return _files_in(part, File.select(File.sha256, File.media_type), account).distinct()


def _files_in(part: Part, files: peewee.ModelSelect, account: Account) -> peewee.ModelSelect:
    rows = (
        files.join_from(File, Post, peewee.JOIN.LEFT_OUTER)
        .join_from(Post, Thread, peewee.JOIN.LEFT_OUTER)
        .join_from(File, Restored, peewee.JOIN.LEFT_OUTER).where(File.account == account.id)
    )
    return part.of(rows, File.added_at, peewee.fn.COALESCE(Thread.vendor, Restored.vendor))


def _thread(thread: Thread, account: Account, part: Part) -> dict[str, Any]:
    return {
        **_about(thread),
        "opened_at": iso(thread.opened_at),
        "closed_at": _iso(thread.closed_at),
        "status": thread.status,
        "outcome": thread.outcome,
        "solved_by": thread.solved_by,
        "idea_state": thread.idea_state,
        "round": thread.round,
        "first_answer_at": _iso(thread.first_answer_at),
        "waiting_since": _iso(thread.waiting_since),
        "escalated_at": _iso(thread.escalated_at),
        "from_people": thread.from_people,
        "turn": {"since": _iso(thread.turn_since), "claim": thread.turn_claim,
                 "silent_at": _iso(thread.silent_at)},
        "hidden_at": _iso(thread.hidden_at),
        "locked_at": _iso(thread.locked_at),
        "details": {"product": thread.product, "where": thread.happened_where,
                    "when": thread.happened_when, "wish": thread.wish, "impact": thread.impact},
        "me_too": {"affected": thread.affected, "works_now": thread.works_now,
                   "left_over": thread.left_over},
        "duplicate_of": thread.duplicate_of_id,
        "rounds": list(_rounds(thread)),
        "promise_version": thread.promise_id,
        "rulebook": thread.rulebook,
        "clock": {"since": _iso(thread.clock_since), "by": thread.clock_by},
        "clocks": list(_clocks(thread)),
        "posts": _kept(thread, lambda: _posts(thread, account, _posts_of(thread), part)),
        "history": list(_history(thread, account)),
    }


def _replies(thread: Thread, account: Account, part: Part) -> dict[str, Any]:
    mine = _posts_of(thread).join_from(Post, Thread).where(Post.author == account.id)
    mine = part.of(mine, Post.created_at, Thread.vendor)
    return {"thread": _about(thread, shown=bool(thread.listed)),
            "posts": _kept(thread, lambda: _posts(thread, account, mine, part))}


def _kept(thread: Thread, read: Callable[[], Iterator[dict[str, Any]]]) -> Any:
    """Posts as a list, or, of a long thread, read anew by each who goes through them."""
    return Again(read) if thread.post_count > BATCH else list(read())


def _about(thread: Thread, shown: bool = True) -> dict[str, Any]:
    """What a thread is; the title of another's hidden thread is not for us."""
    return {
        "id": thread.id,
        "url": url(f"/threads/{thread.id}"),
        "kind": thread.kind,
        "title": thread.title if shown else None,
        "vendor": {"id": thread.vendor_id, "name": thread.vendor.name,
                   "url": url(f"/vendors/{thread.vendor.slug}"),
                   "domain": thread.vendor.domain},
    }


def _posts_of(thread: Thread) -> peewee.ModelSelect:
    return Post.select(Post, Account).join(Account, on=Post.author).where(Post.thread == thread.id)


def _posts(
    thread: Thread, account: Account, query: peewee.ModelSelect, part: Part
) -> Iterator[dict[str, Any]]:
    last = 0
    while posts := list(query.where(Post.number > last).order_by(Post.number).limit(BATCH)):
        last = posts[-1].number
        attached, edits = _files_of(posts), _edits_of(posts, account)
        for post in posts:
            yield _post(thread, post, account, attached.get(post.id, []), edits.get(post.id, []),
                        part)


def _post(
    thread: Thread, post: Post, account: Account, attached: list[File], edits: list[Edit],
    part: Part,
) -> dict[str, Any]:
    own = post.author_id == account.id
    shown = not post.removed_at and (own or not (thread.hidden_at or post.hidden_at))
    record = {
        "id": post.id,
        "number": post.number,
        "url": url(f"/threads/{thread.id}#post-{post.number}"),
        "author": {"handle": post.author.handle if post.author.address else None,
                   "name": post.author.display_name},
        "hat": post.hat,
        "title": post.title,
        "purpose": post.purpose,
        "side": post.side,
        "ties": post.ties,
        "saved_reply": post.saved_reply,
        "ai_assisted": post.ai_assisted,
        "body": post.body if shown else None,
        "created_at": iso(post.created_at),
        "edited_at": _iso(post.edited_at),
        "unnamed_at": _iso(post.unnamed_at),
        "removed_at": _iso(post.removed_at),
        "hidden_at": _iso(post.hidden_at),
        "moved": post.moved,
        "claim": post.claim,
        "explains_delay": post.explains_delay,
        "helped_at": _iso(post.helped_at),
        "solved_round": post.solved_round,
        "files": [_file(file, own and not part.text_only) for file in attached] if shown else [],
    }
    if not own:
        return record | {"not_owned": True}
    return record | {"edits": [
        {"at": iso(edit.at), "title": edit.title, "body": edit.body} for edit in edits]}


def _file(file: File, taken: bool) -> dict[str, Any]:
    """A file by name and digest; `path` says where it lies, if it was taken along."""
    return {
        "name": file.name, "sha256": file.sha256, "media_type": file.media_type,
        "size": file.size, "width": file.width, "height": file.height,
        "path": media_path(file) if taken else None,
    }


def _files_of(posts: list[Post]) -> dict[str, list[File]]:
    found: dict[str, list[File]] = {}
    with_files = [post.id for post in posts if post.file_count]
    rows = File.select().where(File.post.in_(with_files)).order_by(File.position, File.id)
    for file in rows if with_files else ():
        found.setdefault(file.post_id, []).append(file)
    return found


def _edits_of(posts: list[Post], account: Account) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    edited = [post.id for post in posts if post.edited_at and post.author_id == account.id]
    rows = Edit.select().where(Edit.post.in_(edited)).order_by(Edit.at, Edit.id)
    for edit in rows if edited else ():
        found.setdefault(edit.post_id, []).append(edit)
    return found


def _rounds(thread: Thread) -> Iterator[dict[str, Any]]:
    return map(round_record, Round.select().where(Round.thread == thread.id).order_by(Round.number))


def round_record(row: Round) -> dict[str, Any]:
    return {"number": row.number, "began_by": row.began_by, "opened_at": iso(row.opened_at),
            "closed_at": _iso(row.closed_at), "outcome": row.outcome}


def _clocks(thread: Thread) -> Iterator[dict[str, Any]]:
    return map(clock_record, Clock.select().where(Clock.thread == thread.id).order_by(Clock.number))


def clock_record(row: Clock) -> dict[str, Any]:
    return {"name": row.name, "round": row.round, "promised": row.promised,
            "started_at": iso(row.started_at), "due_at": _iso(row.due_at),
            "stopped_at": _iso(row.stopped_at), "verdict": row.verdict,
            "decided_at": _iso(row.decided_at)}


def _history(thread: Thread, account: Account) -> Iterator[dict[str, Any]]:
    """How the thread moved: what, when, and whether it was oneself, another, or passing time."""
    me = Pseudonym.get_or_none(Pseudonym.scope == thread.id, Pseudonym.account_id == account.id)
    entries = Entry.select().where(
        Entry.subject_id == thread.id, Entry.kind.in_(HISTORY)).order_by(Entry.id)
    for entry in entries:
        by = "you" if me and entry.actor == me.id else "another" if entry.actor else "time"
        yield {"at": iso(entry.at), "event": entry.kind, "by": by, **refs_of(entry)}


def refs_of(entry: Entry) -> dict[str, Any]:
    """What the journal tells in public of an event."""
    return {name: entry.refs[name] for name in HISTORY_REFS if entry.refs.get(name) is not None}


def _promises(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    """The versions of promises that own threads are measured by."""
    by = _own_threads(account, part).select(Thread.promise)
    rows = Promise.select(Promise, Vendor).join(Vendor).where(Promise.id.in_(by))
    return map(promises.version, rows.order_by(Promise.published_at, Promise.id))


def _me_too(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    query = MeToo.select(MeToo, Thread, Vendor).join(Thread).join(Vendor).where(
        MeToo.account == account.id)
    query = part.of(query, MeToo.at, Thread.vendor)
    for row in in_batches(query, MeToo.at, MeToo.thread):
        yield {"thread": _about(row.thread, shown=bool(row.thread.listed)),
               "word": row.word, "at": iso(row.at)}


def _helped(account: Account, side: peewee.Field, part: Part) -> Iterator[dict[str, Any]]:
    query = Helped.select(Helped, Post, Thread, Vendor).join(Post).switch(Helped).join(
        Thread).join(Vendor).where(side == account.id)
    query = part.of(query, Helped.at, Thread.vendor)
    for row in in_batches(query, Helped.at, Helped.post):
        yield {"thread": _about(row.thread, shown=bool(row.thread.listed)),
               "post": row.post_id, "post_number": row.post.number, "at": iso(row.at)}


def _follows(account: Account, part: Part) -> Iterator[tuple[str, ...]]:
    query = Follow.select(Follow, Thread).join(Thread).where(Follow.account == account.id)
    query = part.of(query, Follow.since, Thread.vendor)
    for row in in_batches(query, Follow.since, Follow.thread):
        title = row.thread.title if row.thread.listed else ""
        yield ("thread", row.thread_id, title, url(f"/threads/{row.thread_id}"), iso(row.since))


def _outside(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    query = OutsideContact.select(OutsideContact, Thread).join(Thread).where(
        (OutsideContact.entered_by == account.id) | (OutsideContact.confirmed_by == account.id)
        | (Thread.author == account.id))
    query = part.of(query, OutsideContact.entered_at, Thread.vendor)
    for row in in_batches(query, OutsideContact.entered_at, OutsideContact.id):
        yield {
            "thread_url": url(f"/threads/{row.thread_id}"),
            "title": row.thread.title if row.thread.listed else None,
            "how": row.how, "day": row.day, "words": row.words, "side": row.side,
            "entered_by_you": row.entered_by_id == account.id, "entered_at": iso(row.entered_at),
            "confirmed_at": _iso(row.confirmed_at), "answered": row.claimed,
        }


def _thanks(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    query = Thanks.select(Thanks, Thread).join(Thread).where(
        (Thread.author == account.id) | (Thanks.representative == account.id))
    query = part.of(query, Thanks.at, Thread.vendor)
    for row in query.order_by(Thanks.at, Thanks.thread, Thanks.representative):
        yield {
            "thread_url": url(f"/threads/{row.thread_id}"),
            "title": row.thread.title if row.thread.listed else None,
            "given": row.thread.author_id == account.id, "at": iso(row.at),
        }


def _drafts(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    query = Draft.select().where(Draft.account == account.id)
    query = part.of(query, Draft.updated_at)
    for row in in_batches(query, Draft.updated_at, Draft.id):
        yield {"id": row.id, "place": row.place, "fields": row.fields,
               "updated_at": iso(row.updated_at)}


def _media(account: Account, part: Part) -> Iterator[dict[str, Any]]:
    query = _files_in(part, File.select(File, Post, Thread.id, Restored.ref), account)
    for file in in_batches(query, File.added_at, File.id):
        thread = file.post.thread_id if file.post_id else None
        yield {**_file(file, taken=not part.text_only), "added_at": iso(file.added_at),
               "post": file.restored_post or file.post_id,
               "thread": file.restored.ref if file.restored_id else thread}


def _media_files(account: Account, part: Part) -> Iterator[tuple[str, Any]]:
    last = ""
    query = _own_files(account, part)
    while rows := list(query.where(File.sha256 > last).order_by(File.sha256).limit(BATCH)):
        last = rows[-1].sha256
        for file in rows:
            yield media_path(file), files.path_of(file.sha256)


def _iso(instant: Any) -> str | None:
    return iso(instant) if instant else None
