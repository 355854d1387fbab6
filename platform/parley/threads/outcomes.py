"""The author's word: confirm, give back, reopen, withdraw; and what time and marks do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.models import Entry
from parley.kernel import clock, db, safe_html, versions
from parley.kernel.db import InstantField
from parley.kernel.errors import Invalid, NotFound, refuse
from parley.kernel.pictures import Upload
from parley.threads import clocks, drafts, files, rules, search, table
from parley.threads.actions import (
    Checked,
    add_post,
    keep_following,
    sent_before,
)
from parley.threads.hats import hat_of, hat_to_write
from parley.threads.helped import mark_many_helped
from parley.threads.models import MeToo, Post, Thread
from parley.threads.own_posts import erase
from parley.threads.rules import Hat, Kind, MeTooWord, Outcome, Purpose, SolvedBy
from parley.threads.turns import (
    Held,
    hold,
    hold_for,
    may_join_in,
    needs,
    others_wrote,
    take,
    vanish,
    wind_anew,
)
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
    held = hold_for(by, thread_id)
    if held.thread.author_id != by.id or held.thread.kind == Kind.CONSULTATION:
        raise NotFound
    return held


def _text(body: str, least: int) -> str:
    return safe_html.clean_text(body, field="body", least=least, most=rules.BODY[1], what="text")


@dataclass(frozen=True)
class Words:
    """What came with the author's word, checked; its files are stored, and wait for their post."""

    said: Said
    body: str
    uploads: list[Upload]


def _words(said: Said, least: int = 0) -> Words:
    """:raise Invalid: the text or a file cannot be used, or files came without a text"""
    body = _text(said.body, least)
    uploads = files.take_in(said.uploads)
    if uploads and not body.strip():
        raise Invalid({"body": "Write a few words to go with the files."})
    return Words(said, body, uploads)


def _add(held: Held, by: Account, words: Words) -> None:
    if not words.body.strip():
        return
    post = add_post(held, by, Hat.AUTHOR, words.body, words.said.form_key, moved=True)
    files.attach(post, by, words.uploads)
    drafts.used(words.said.draft, by)


def confirm(by: Account, thread_id: str, solved_by: str, posts: tuple[str, ...] = (),
            said: Said = Said()) -> Thread:
    """The author says that it is solved, and who solved it. `posts` are ids of named posts.

    Saying the same again without new words changes nothing.

    :raise Invalid: what was typed cannot be used
    :raise NotFound: there is no such thread of this person
    :raise Refused: see `rules.step`
    """
    check = Checked()
    check.one_of("solved_by", solved_by, SolvedBy, "Say who solved it.")
    who: SolvedBy = check.done()["solved_by"]
    words = _words(said)
    with db.write():
        again = sent_before(by, said.form_key)
        held = hold_as_author(by, thread_id)
        said_so = held.state.solved_by is who and not words.body.strip()
        if again or (said_so and held.state.outcome is Outcome.CONFIRMED):
            return held.thread
        named = _named(held, by, posts) if who is SolvedBy.COMMUNITY else []
        take(held, table.Confirms(held.at, who, len(named)), by)
        for post in named:
            post.solved_round = held.state.round
            post.save()
        mark_many_helped(held, by, named)
        _add(held, by, words)
    return held.thread


def _named(held: Held, by: Account, ids: tuple[str, ...]) -> list[Post]:
    chosen = [one for one in ids[:50] if one.isalnum()]
    return list(Post.select().where(
        Post.thread == held.id, Post.id.in_(chosen), Post.author != by.id,
        Post.hat.in_([Hat.ADVOCATE, Hat.MEMBER]), Post.removed_at.is_null(),
        Post.hidden_at.is_null()))


def give_back(by: Account, thread_id: str, said: Said) -> Thread:
    """The author still needs the company: what they write gives the turn back.

    :raise NotFound: there is no such thread of this person
    :raise Refused: it is not their turn
    """
    words = _words(said, least=1)
    with db.write():
        again = sent_before(by, said.form_key)
        held = hold_as_author(by, thread_id)
        if not again:
            take(held, table.GivesBack(held.at), by)
            held.thread.duplicate_of = None
            _add(held, by, words)
    return held.thread


def disown(by: Account, thread_id: str, number: int) -> Thread:
    """The author says that a claim, given to many at once, is not about their thread: it counts
    as though it had never been posted there. Saying so again changes nothing.

    :raise NotFound: there is no such thread of this person, or no such claim in it
    :raise Refused: the thread is closed
    """
    with db.write():
        held = hold_as_author(by, thread_id)
        entries = clocks.entries_of(held.id)
        gone = {e.refs["number"] for e in entries if e.kind == "claim.disowned"}
        if number in gone:
            return held.thread
        place = next((i for i, e in enumerate(entries)
                      if e.kind == "claim.made" and e.refs["number"] == number), None)
        if place is None:
            raise NotFound
        waited = [e.at for e in entries[:place] if e.kind in clocks.COMPANY_TURNS]
        gone.add(number)
        turn = _turn_begins(entries)
        gives_back = place > turn and not _stand(entries[turn:], gone)
        take(held, table.Disowns(held.at, gives_back, waited[-1],
                                 min(_stand(entries, gone), default=None)), by)
        _record_disowned(held, by, number, gives_back and _asks(entries[turn:]))
    return held.thread


def _turn_begins(entries: list[Entry]) -> int:
    """Where it last became the company's turn."""
    return max(i for i, entry in enumerate(entries) if entry.kind in clocks.COMPANY_TURNS)


def _stand(entries: list[Entry], gone: set[int]) -> list[datetime]:
    """When the claims were made that nobody disowned."""
    return [e.at for e in entries if e.kind == "claim.made" and e.refs["number"] not in gone]


def _asks(turn: list[Entry]) -> bool:
    return any(e.kind == "turn.author" and e.refs.get("claim") is None for e in turn)


def _record_disowned(held: Held, by: Account, number: int, asked: bool) -> None:
    """With an ask before the claim, saying so gives the turn back that the ask had made."""
    vendor = held.thread.vendor_id
    journal.record("claim.disowned", "thread", held.id, by.id, held.at, vendor=vendor,
                   number=number)
    if asked:
        journal.record("turn.vendor", "thread", held.id, by.id, held.at, vendor=vendor)


def reopen(by: Account, thread_id: str, said: Said) -> Thread:
    """Open a closed thread again, with a reason: a new round.

    :raise NotFound: there is no such thread of this person
    :raise Refused: it is open, or was withdrawn
    """
    words = _words(said)
    with db.write():
        again = sent_before(by, said.form_key)
        held = hold_as_author(by, thread_id)
        if not again:
            take(held, table.Reopens(held.at, words.body), by)
            held.thread.duplicate_of = None
            _add(held, by, words)
    return held.thread


def escalate(by: Account, thread_id: str) -> Thread:
    """The author asks the company to take the thread further up, as its promise says.

    :raise NotFound: there is no such thread of this person
    :raise Refused: see `table.may_escalate`
    """
    with db.write():
        held = hold_as_author(by, thread_id)
        thread = held.thread
        steps = clocks.escalations(thread)
        refuse(table.may_escalate(
            held.state, [step.at for step in steps], thread.escalated_at, held.at))
        thread.escalated_at = held.at
        thread.save()
        journal.record("thread.escalated", "thread", thread.id, by.id, held.at,
                       vendor=thread.vendor_id, round=thread.round)
        versions.touch(f"thread:{thread.id}")
    return thread


def withdraw(by: Account, thread_id: str) -> Thread:
    """Take an open thread back, for good. The opening words go; what others wrote stays below
    its title. When nobody else wrote, all of it goes. Withdrawing again changes nothing.

    :raise NotFound: there is no such thread of this person
    :raise Refused: it is closed already
    """
    with db.write():
        held = hold_as_author(by, thread_id)
        if held.state.outcome is Outcome.WITHDRAWN:
            return held.thread
        take(held, table.Withdraws(held.at), by)
        answered = others_wrote(held.id, by.id)
        own = Post.select().where(Post.thread == held.id, Post.removed_at.is_null(),
                                  Post.author == by.id)
        for post in own.where(Post.number == 1) if answered else own:
            erase(post, held)
        _forget_details(held.thread)
        if answered:
            search.index(held.thread, "")
        else:
            vanish(held)
            search.drop(held.thread)
    return held.thread


def _forget_details(thread: Thread) -> None:
    thread.product = thread.happened_where = thread.happened_when = thread.wish = ""
    thread.save()


def change_kind(by: Account, thread_id: str, kind: str) -> Thread:
    """Change what kind of thread it is, while the company has not written.

    :raise Refused: see `rules.step`
    """
    check = Checked()
    check.one_of("kind", kind, Kind, "Choose what kind of thread this is.")
    with db.write():
        held = hold_as_author(by, thread_id)
        take(held, table.ChangesKind(held.at, check.done()["kind"]), by)
    return held.thread


def mark_idea(by: Account, thread_id: str, idea_state: str, body: str,
              form_key: str | None = None) -> Thread:
    """A representative says where an idea stands, with a word about it.

    :raise NotFound: there is no such thread at a vendor of this person
    :raise Refused: see `rules.step`
    """
    check = Checked()
    check.one_of("idea_state", idea_state, rules.IdeaState, "Choose where the idea stands.")
    state: rules.IdeaState = check.done()["idea_state"]
    words = _text(body, 0)
    with db.write():
        again = sent_before(by, form_key)
        held = hold_as_representative(by, thread_id)
        if again:
            return held.thread
        take(held, table.Marks(held.at, state, words), by)
        if words.strip():
            add_post(held, by, Hat.REPRESENTATIVE, words, form_key, purpose=Purpose.UPDATE,
                     moved=True)
    return held.thread


def close_consultation(
    by: Account, thread_id: str, body: str, form_key: str | None = None
) -> Thread:
    """A manager reports what was done with the answers, which closes the consultation.

    :raise NotFound: there is no such thread at a vendor that this person manages
    :raise Refused: see `rules.step`
    """
    words = _text(body, 0)
    with db.write():
        again = sent_before(by, form_key)
        held = hold_as_representative(by, thread_id, "manager")
        if again:
            return held.thread
        take(held, table.Reports(held.at, words), by)
        add_post(held, by, Hat.REPRESENTATIVE, words, form_key, purpose=Purpose.UPDATE, moved=True)
    return held.thread


def hold_as_representative(by: Account, thread_id: str, role: str | None = None) -> Held:
    """:raise NotFound: there is no such thread at a vendor that this person answers for"""
    held = hold_for(by, thread_id)
    hat, has = hat_of(by, held.thread)
    if hat is not Hat.REPRESENTATIVE or (role and has != role):
        raise NotFound
    hat_to_write(by, held.thread)
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
        held = hold_for(by, thread_id)
        thread = held.thread
        if not thread.listed:
            raise NotFound
        represents = vendors.role_of(by, thread.vendor_id) is not None
        refuse(rules.may_me_too(held.state.kind, is_author=thread.author_id == by.id,
                                represents=represents, locked=held.state.locked))
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
        keep_following(by, thread)
    for word, change in ((old, -1), (new, 1)):
        if word:
            setattr(thread, word, getattr(thread, word) + change)
    thread.save()
    journal.record("thread.me_too", "thread", thread.id, by.id, word=new)
    versions.touch(f"thread:{thread.id}", f"vendor:{thread.vendor_id}", "front")


def sweep_silence() -> int:
    """Store what silence did: close what is past its 14 days. How many threads that closed."""
    return _with_each_due(Thread.silent_at, wind_anew)


def sweep_reminders() -> int:
    """Remind authors whose turn has lasted 7 days; once a turn."""
    return _with_each_due(Thread.remind_at, _remind)


def _with_each_due(instant: InstantField, do: Callable[[Held], object]) -> int:
    """Hold each thread whose instant has come, the longest due first, a write for each."""
    due = Thread.select(Thread.id).where(instant <= clock.now()).order_by(instant).limit(
        SWEEP_AT_ONCE)
    ids = [thread.id for thread in due]
    for thread_id in ids:
        with db.write():
            do(hold(thread_id))
    return len(ids)


def _remind(held: Held) -> None:
    thread = held.thread
    if thread.remind_at is None or thread.remind_at > held.at:
        return  # another worker was here, or the turn has ended
    thread.remind_at = None
    thread.save()
    if table.remind_at(held.state) is not None:
        journal.record("thread.reminded", "thread", thread.id, at=held.at,
                       vendor=thread.vendor_id)


def sweep() -> None:
    sweep_reminders()
    sweep_silence()
    clocks.sweep()


