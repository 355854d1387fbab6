"""The author's word: confirm, give back, reopen, withdraw; and what time and marks do."""

from __future__ import annotations

from dataclasses import dataclass

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, safe_html, versions
from parley.kernel.errors import NotFound, refuse
from parley.threads import drafts, files, rules, search
from parley.threads.actions import Checked, add_post, follow, hat_of, mark_many_helped
from parley.threads.models import MeToo, Post, Thread
from parley.threads.rules import Hat, Kind, MeTooWord, Purpose, SolvedBy
from parley.threads.turns import Held, hold, may_join_in, needs, take
from parley.vendors import actions as vendors

SWEEP_AT_ONCE = 200


@dataclass(frozen=True)
class Said:
    """What the author typed along with their word; the text may be empty where it is optional."""

    body: str = ""
    form_key: str | None = None
    draft: str | None = None
    uploads: tuple[files.Typed, ...] = ()


def hold_as_author(by: Account, thread_id: str) -> Held:
    """:raise NotFound: there is no such thread of this person"""
    held = hold(thread_id)
    if held.thread.author_id != by.id or held.thread.kind == Kind.CONSULTATION:
        raise NotFound
    return held


def _text(body: str, least: int) -> str:
    return safe_html.clean_text(body, field="body", least=least, most=rules.BODY[1], what="text")


def _add(held: Held, by: Account, said: Said, body: str, moved: bool = True) -> Post | None:
    if not body.strip():
        return None
    post = add_post(held, by, Hat.AUTHOR, body, said.form_key, moved=moved)
    files.attach(post, by, files.take_in(said.uploads))
    drafts.used(said.draft, by)
    return post


def _sent_before(by: Account, said: Said) -> bool:
    return bool(said.form_key) and Post.select().where(
        Post.author == by.id, Post.form_key == said.form_key[:64]).exists()


def confirm(by: Account, thread_id: str, solved_by: str, posts: tuple[str, ...] = (),
            said: Said = Said()) -> Thread:
    """The author says that it is solved, and who solved it. `posts` are ids of named posts.

    :raise NotFound: there is no such thread of this person
    :raise Refused: see `rules.step`
    """
    check = Checked()
    check.one_of("solved_by", solved_by, SolvedBy, "Say who solved it.")
    who: SolvedBy = check.done()["solved_by"]
    body = _text(said.body, 0)
    with db.write():
        held = hold_as_author(by, thread_id)
        named = _named(held, by, posts) if who is SolvedBy.COMMUNITY else []
        take(held, rules.Confirms(held.at, who, len(named)), by)
        for post in named:
            post.solved_round = held.state.round
            post.save()
        mark_many_helped(held, by, named)
        _add(held, by, said, body)
    return held.thread


def _named(held: Held, by: Account, ids: tuple[str, ...]) -> list[Post]:
    return list(Post.select().where(
        Post.thread == held.id, Post.id.in_(list(ids)[:50]), Post.author != by.id,
        Post.hat.in_([Hat.ADVOCATE, Hat.MEMBER]), Post.removed_at.is_null(),
        Post.hidden_at.is_null()))


def give_back(by: Account, thread_id: str, said: Said) -> Thread:
    """The author still needs the company: what they write gives the turn back.

    :raise NotFound: there is no such thread of this person
    :raise Refused: it is not their turn
    """
    body = _text(said.body, 1)
    with db.write():
        if _sent_before(by, said):
            return hold_as_author(by, thread_id).thread
        held = hold_as_author(by, thread_id)
        take(held, rules.GivesBack(held.at), by)
        _add(held, by, said, body)
    return held.thread


def reopen(by: Account, thread_id: str, said: Said) -> Thread:
    """Open a closed thread again, with a reason: a new round.

    :raise NotFound: there is no such thread of this person
    :raise Refused: it is open, or was withdrawn
    """
    with db.write():
        if _sent_before(by, said):
            return hold_as_author(by, thread_id).thread
        held = hold_as_author(by, thread_id)
        take(held, rules.Reopens(held.at, said.body), by)
        _add(held, by, said, _text(said.body, 1))
    return held.thread


def withdraw(by: Account, thread_id: str) -> Thread:
    """Take an open thread back, for good. When nobody else wrote, its words go too.

    :raise NotFound: there is no such thread of this person
    :raise Refused: it is closed already
    """
    with db.write():
        held = hold_as_author(by, thread_id)
        take(held, rules.Withdraws(held.at), by)
        others = Post.select().where(Post.thread == thread_id, Post.author != by.id).exists()
        if not others:
            held.thread.listed = 0
            held.thread.save()
            search.drop(held.thread)
    return held.thread


def change_kind(by: Account, thread_id: str, kind: str) -> Thread:
    """Change what kind of thread it is, while the company has not written.

    :raise Refused: see `rules.step`
    """
    check = Checked()
    check.one_of("kind", kind, Kind, "Choose what kind of thread this is.")
    with db.write():
        held = hold_as_author(by, thread_id)
        take(held, rules.ChangesKind(held.at, check.done()["kind"]), by)
    return held.thread


def mark_idea(by: Account, thread_id: str, idea_state: str, body: str,
              form_key: str | None = None) -> Thread:
    """A representative says where an idea stands, with a word about it.

    :raise NotFound: there is no such thread at a vendor of this person
    """
    check = Checked()
    check.one_of("idea_state", idea_state, rules.IdeaState, "Choose where the idea stands.")
    state: rules.IdeaState = check.done()["idea_state"]
    words = _text(body, 0)
    with db.write():
        held = hold_as_representative(by, thread_id)
        take(held, rules.Marks(held.at, state, words), by)
        if words.strip():
            add_post(held, by, Hat.REPRESENTATIVE, words, form_key, purpose=Purpose.UPDATE,
                     moved=True)
    return held.thread


def close_consultation(by: Account, thread_id: str, body: str,
                       form_key: str | None = None) -> Thread:
    """A manager reports what was done with the answers, which closes the consultation."""
    words = _text(body, 0)
    with db.write():
        held = hold_as_representative(by, thread_id, "manager")
        take(held, rules.Reports(held.at, words), by)
        add_post(held, by, Hat.REPRESENTATIVE, words, form_key, purpose=Purpose.UPDATE, moved=True)
    return held.thread


def hold_as_representative(by: Account, thread_id: str, role: str | None = None) -> Held:
    """:raise NotFound: there is no such thread at a vendor that this person answers for"""
    held = hold(thread_id)
    hat, has = hat_of(by, held.thread)
    if hat is not Hat.REPRESENTATIVE or (role and has != role):
        raise NotFound
    return held


def say_me_too(by: Account, thread_id: str, word: str) -> Thread:
    """“Me too” in one of three words, or taken back with an empty one.

    :raise Refused: own thread, own vendor, or no member
    """
    check = Checked()
    if word:
        check.one_of("word", word, MeTooWord, "Choose one of the three words.")
    new = check.done().get("word")
    with db.write():
        held = hold(thread_id)
        if held.state.hidden:
            raise NotFound
        thread = held.thread
        represents = vendors.role_of(by, thread.vendor_id) is not None
        refuse(rules.may_me_too(held.state.kind, thread.author_id == by.id, represents))
        needs(may_join_in(by))
        _change_word(thread, by, new)
    return thread


def _change_word(thread: Thread, by: Account, new: MeTooWord | None) -> None:
    row = MeToo.get_or_none(MeToo.thread == thread.id, MeToo.account == by.id)
    old = row.word if row else None
    if old == new:
        return
    MeToo.delete().where(MeToo.thread == thread.id, MeToo.account == by.id).execute()
    if new:
        MeToo.create(thread=thread, account=by, word=new, at=clock.now())
        follow(by, thread)
    for word, change in ((old, -1), (new, 1)):
        if word:
            setattr(thread, word, getattr(thread, word) + change)
    thread.save()
    journal.record("thread.me_too", "thread", thread.id, by.id, word=new)
    versions.touch(f"thread:{thread.id}", f"vendor:{thread.vendor_id}", "front")


def sweep_silence() -> int:
    """Store what silence did: close what is past its 14 days. How many threads that closed."""
    due = Thread.select(Thread.id).where(Thread.silent_at <= clock.now()).order_by(
        Thread.silent_at).limit(SWEEP_AT_ONCE)
    ids = [thread.id for thread in due]
    for thread_id in ids:
        with db.write():
            hold(thread_id)
    return len(ids)


def sweep_reminders() -> int:
    """Remind authors whose turn has lasted 7 days; once a turn."""
    due = Thread.select(Thread.id).where(Thread.remind_at <= clock.now()).order_by(
        Thread.remind_at).limit(SWEEP_AT_ONCE)
    ids = [thread.id for thread in due]
    for thread_id in ids:
        with db.write():
            _remind(hold(thread_id))
    return len(ids)


def _remind(held: Held) -> None:
    thread = held.thread
    if thread.remind_at is None or thread.remind_at > held.at:
        return  # another worker was here, or the turn has ended
    thread.remind_at = None
    thread.save()
    if held.state.status is rules.Status.AWAITING_AUTHOR and not held.state.hidden:
        journal.record("thread.reminded", "thread", thread.id, at=held.at,
                       vendor=thread.vendor_id)


def sweep() -> None:
    sweep_reminders()
    sweep_silence()


