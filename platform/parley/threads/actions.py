"""What people do in threads: open them, write in them, change and remove what they wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import peewee

from parley.accounts.models import Account, Silence
from parley.advocates.actions import declaration_of
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, rulebook, safe_html, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.prepared import Prepared
from parley.members import rules as members
from parley.members.actions import standing_of
from parley.threads import clocks, drafts, files, rules, search, table
from parley.threads.models import Edit, Follow, Helped, Post, Round, Thread
from parley.threads.rules import Hat, Kind, Purpose, Side
from parley.threads.turns import (
    Held,
    count,
    hold,
    hold_for,
    may_join_in,
    needs,
    state_of,
    take,
)
from parley.vendors import actions as vendors
from parley.vendors.delivery import wants_no_mail
from parley.vendors.models import Vendor

FORM_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")  # anything else comes from no form of ours


@dataclass(frozen=True)
class NewThread:
    """A thread as it was typed. `vendor` is a slug, or empty with `vendor_name` given."""

    kind: str
    title: str
    body: str
    vendor: str = ""
    vendor_name: str = ""
    website: str = ""
    product: str = ""
    happened_where: str = ""
    happened_when: str = ""
    wish: str = ""
    impact: str = ""
    form_key: str | None = None
    draft: str | None = None
    uploads: tuple[files.Typed, ...] = ()


@dataclass(frozen=True)
class NewPost:
    """A post as it was typed. `purpose` is a representative's, `side` an advocate's.

    With `only_as` it is written under that hat or not at all.
    """

    body: str
    purpose: str = ""
    side: str = ""
    duplicate_of: str = ""
    saved_reply: bool = False
    ai_assisted: bool = False
    explains_delay: bool = False
    only_as: Hat | None = None
    form_key: str | None = None
    draft: str | None = None
    uploads: tuple[files.Typed, ...] = ()


@dataclass
class Checked:
    """Cleaned values, and what was wrong, field by field."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def line(self, name: str, raw: str, least: int, most: int, what: str) -> None:
        self._try(name, lambda: safe_html.clean_line(
            raw, field=name, least=least, most=most, what=what))

    def text(self, name: str, raw: str, least: int, most: int, what: str) -> None:
        self._try(name, lambda: safe_html.clean_text(
            raw, field=name, least=least, most=most, what=what))

    def one_of(self, name: str, raw: str, choices: Any, words: str) -> None:
        self._try(name, lambda: _choice(name, raw, choices, words))

    def _try(self, name: str, clean: Any) -> None:
        try:
            self.values[name] = clean()
        except Invalid as problem:
            self.errors.update(problem.errors)

    def done(self) -> dict[str, Any]:
        """:raise Invalid: when anything was wrong"""
        if self.errors:
            raise Invalid(self.errors)
        return self.values


def _choice(name: str, raw: str, choices: Any, words: str) -> Any:
    try:
        return choices(raw)
    except ValueError:
        raise Invalid({name: words}) from None


def check_thread(new: NewThread) -> dict[str, Any]:
    """The cleaned fields of a new thread, without its vendor.

    :raise Invalid: with every field that cannot be used
    """
    check = Checked()
    check.one_of("kind", new.kind, Kind, "Choose what kind of thread this is.")
    check.line("title", new.title, *rules.TITLE, "title")
    check.text("body", new.body, *rules.BODY, "text")
    if not new.vendor:
        check.line("vendor_name", new.vendor_name, 2, 80, "name of the company")
    complaint = new.kind == Kind.COMPLAINT
    for name, what in (("product", "product or service"), ("happened_where", "place"),
                       ("happened_when", "time"), ("wish", "wish")):
        raw = getattr(new, name) if complaint else ""
        check.line(name, raw, 0, 300, what)
    if complaint and new.impact:
        check.one_of("impact", new.impact, rules.Impact, "Choose one of the impacts listed.")
    return check.done()


def open_thread(by: Account, new: NewThread) -> Thread:
    """Open a thread about a company, making its page when it has none.

    :raise Invalid: what was typed cannot be used
    :raise Refused: the person's standing or role forbids it
    """
    values = check_thread(new)
    if new.uploads and not _made(by, new.form_key):
        _refuse_early(by, values["kind"])
    uploads = files.take_in(new.uploads)
    with db.write():
        again = sent_before(by, new.form_key)
        if again:
            return again.thread
        vendor = _vendor(new, by)
        kind: Kind = values["kind"]
        role = vendors.role_of(by, vendor)
        _check_may_open(by, kind, vendor, role)
        now = clock.now()
        state = table.opened(kind, now)
        known = vendors.was_here(vendor) or wants_no_mail(vendor.id)
        thread = Thread(
            id=ids.new(), vendor=vendor, author=by, kind=kind, title=values["title"],
            opened_at=now, last_post_at=now, status=state.status,
            waiting_since=state.waiting_since, clock_since=now if known else None,
            clock_by="opening" if known else None, impact=values.get("impact"),
            **{k: values[k] for k in ("product", "happened_where", "happened_when", "wish")})
        clocks.attach(thread, now)
        thread.save(force_insert=True)
        Round.create(thread=thread, number=1, began_by="opening", opened_at=now)
        hat = Hat.REPRESENTATIVE if kind is Kind.CONSULTATION else Hat.AUTHOR
        post = _write(thread, by, hat, values["body"], 1, new.form_key, vendor, moved=True,
                      purpose=Purpose.UPDATE if kind is Kind.CONSULTATION else None)
        files.attach(post, by, uploads)
        drafts.used(new.draft, by)
        count(thread, None, state)
        keep_following(by, thread)
        search.index(thread, values["body"])
        journal.record("thread.opened", "thread", thread.id, by.id, now, vendor=vendor.id,
                       kind=kind, post=post.id, mentions=_called(by, values["body"]),
                       **clocks.measured_by(thread))
        versions.touch(f"vendor:{vendor.id}", "front", "vendors", f"member:{by.id}")
    return thread


def _refuse_early(by: Account, kind: Kind) -> None:
    """Before files are stored, for they take room: one whose standing forbids it is told now."""
    if kind is not Kind.CONSULTATION:
        needs(members.may_open(standing_of(by), _opened(by), rulebook.current().free_threads))


def _vendor(new: NewThread, by: Account) -> Vendor:
    if new.vendor:
        try:
            return vendors.find(new.vendor)
        except NotFound:
            raise Invalid({"vendor": "There is no company under that address."}) from None
    try:
        return vendors.find_or_make(new.vendor_name, new.website, by)
    except Invalid as problem:
        raise Invalid({"vendor_name" if name == "name" else name: words
                       for name, words in problem.errors.items()}) from None


def _check_may_open(by: Account, kind: Kind, vendor: Vendor, role: str | None) -> None:
    refuse(rules.may_open_about(kind, role is not None, role == "manager"))
    now = clock.now()
    if kind is Kind.CONSULTATION:
        refuse(vendors.may_write(vendor.id))
        latest = db.lock(Vendor.select(Vendor.last_consultation_at).where(Vendor.id == vendor.id))
        refuse(rules.may_consult(latest.get().last_consultation_at, now))
        Vendor.update(last_consultation_at=now).where(Vendor.id == vendor.id).execute()
        return
    needs(members.may_open(standing_of(by), _opened(by), rulebook.current().free_threads))


def _opened(by: Account) -> int:
    """How many threads a person opened in their own name; two stands for more."""
    count: int = Thread.select().where(
        Thread.author == by.id, Thread.kind != Kind.CONSULTATION).limit(2).count()
    return count


def sent_before(by: Account, form_key: str | None) -> Post | None:
    """The post that this very form made already: a form sent twice makes one post.

    Until the write ends the person opens and writes nothing else, so that the second of two at
    once finds what the first one made, and a free first thread stays one.

    :raise NotFound: the person has left
    """
    person = _person.first(by.id)
    if person is None or person.closed_at:  # they left in another browser just now
        raise NotFound
    return _made(by, form_key)


def _made(by: Account, form_key: str | None) -> Post | None:
    key = _usable(form_key)
    return _made_before.first(by.id, key) if key else None


_person = Prepared(lambda account: db.lock(
    Account.select(Account.id, Account.closed_at).where(Account.id == account)))
_made_before = Prepared(lambda account, key: Post.select().where(
    Post.author == account, Post.form_key == key))


def _usable(form_key: str | None) -> str | None:
    return form_key if form_key and FORM_KEY.fullmatch(form_key) else None


def hat_of(by: Account, thread: Thread) -> tuple[Hat, str | None]:
    """The hat a person wears in a thread, and their role at its vendor (None without one)."""
    role = vendors.role_of(by, thread.vendor_id)
    declared = role is None and declaration_of(by, thread.vendor_id) is not None
    return rules.hat_for(is_author=thread.author_id == by.id, represents=role is not None,
                         declared=declared, kind=Kind(thread.kind)), role


def hat_to_write(by: Account, thread: Thread) -> Hat:
    """The hat under which a person may write in a thread now.

    :raise Refused: they wore another one here, or have no say in threads of others (403)
    """
    hat, _ = hat_of(by, thread)
    if hat is Hat.AUTHOR:
        return hat
    other = _spoke_as[hat](thread.id, by.id)
    refuse(rules.may_wear(hat, {Hat(post.hat) for post in other}))
    refuse(vendors.may_write(thread.vendor_id) if hat is Hat.REPRESENTATIVE else None)
    if hat is not Hat.REPRESENTATIVE:
        needs(may_join_in(by))
        refuse(rules.may_speak_to(bool(_blocked(thread.author_id, by.id))))
    return hat


_blocked = Prepared(lambda author, by: Silence.select(Silence.kind).where(
    Silence.account == author, Silence.other == by, Silence.kind == "block"))


def _in_other_voice(hat: Hat, thread: Any, account: Any) -> peewee.ModelSelect:
    return Post.select(Post.hat).where(
        Post.thread == thread, Post.author == account, Post.hat.in_(rules.other_voice(hat))
    ).limit(1)


_spoke_as = {hat: Prepared(partial(_in_other_voice, hat)) for hat in Hat}


def write_post(by: Account, thread_id: str, new: NewPost) -> Post:
    """Write in a thread, under the one hat the person wears there.

    The author's posts made here are notes: nothing moves (see `outcomes` for their other words).

    :raise NotFound: there is no such thread
    :raise Invalid: what was typed cannot be used
    :raise Refused: the person, the purpose or the state of the thread forbids it
    """
    check = Checked()
    check.text("body", new.body, *rules.BODY, "text")
    body = check.done()["body"]
    if new.uploads and not _made(by, new.form_key):  # as in _refuse_early
        with db.write():
            hat_to_write(by, hold_for(by, thread_id).thread)
    uploads = files.take_in(new.uploads)
    with db.write():
        again = sent_before(by, new.form_key)
        if again:
            return again
        held = hold_for(by, thread_id)
        hat = hat_to_write(by, held.thread)
        if new.only_as not in (None, hat):
            raise NotFound
        extra: dict[str, Any] = {}
        if hat is Hat.REPRESENTATIVE:
            extra = _as_representative(held, by, new, body)
        else:
            if hat is Hat.ADVOCATE:
                extra = _as_advocate(held, by, new)
            event = table.AuthorNotes if hat is Hat.AUTHOR else table.OthersPost
            take(held, event(held.at), by)
        post = add_post(held, by, hat, body, new.form_key, **extra)
        files.attach(post, by, uploads)
        drafts.used(new.draft, by)
    return post


def _as_representative(held: Held, by: Account, new: NewPost, body: str) -> dict[str, Any]:
    check = Checked()
    check.one_of("purpose", new.purpose, Purpose, "Choose what this post does.")
    purpose: Purpose = check.done()["purpose"]
    before = held.state
    if purpose in rules.CLAIMS:
        named = purpose is Purpose.DECLINE and new.duplicate_of.strip()
        held.thread.duplicate_of = _duplicate(held.thread, named) if named else None
    take(held, table.VendorPosts(held.at, purpose, body), by)
    moved = purpose in rules.CLAIMS or before.status is not held.state.status
    if purpose is Purpose.ACKNOWLEDGE:
        journal.record("thread.acknowledged", "thread", held.id, by.id, held.at,
                       vendor=held.thread.vendor_id)
    return {"purpose": purpose, "moved": moved, "saved_reply": new.saved_reply,
            "ai_assisted": new.ai_assisted,
            "claim": held.state.claims if purpose in rules.CLAIMS else None,
            "explains_delay": new.explains_delay and purpose is Purpose.UPDATE}


def _duplicate(thread: Thread, other_id: str) -> Thread:
    """The other thread that a decline names: same vendor, open or confirmed."""
    shown = re.split(r"[?#]", other_id)[0].rstrip("/").rsplit("/", 1)[-1]
    other = Thread.get_or_none(Thread.id == shown) if shown.isalnum() else None
    fits = (
        other is not None and other.id != thread.id and other.vendor_id == thread.vendor_id
        and other.listed and other.kind in rules.WITH_CLAIMS and not other.duplicate_of_id
        and (other.status != rules.Status.CLOSED or other.outcome == rules.Outcome.CONFIRMED)
    )
    if not fits:
        raise Invalid({"duplicate_of": "Name another question or complaint of this company that "
                       "is open or confirmed."})
    return other


def _as_advocate(held: Held, by: Account, new: NewPost) -> dict[str, Any]:
    check = Checked()
    check.one_of("side", new.side, Side, "Say whether you are helping or defending.")
    declaration = declaration_of(by, held.thread.vendor_id)
    return {"side": check.done()["side"], "ties": declaration.ties if declaration else []}


def add_post(held: Held, by: Account, hat: Hat, body: str, form_key: str | None = None,
             **extra: Any) -> Post:
    """Append a post to a held thread. The step it belongs to has been taken already."""
    thread = held.thread
    thread.post_count += 1
    thread.last_post_at = held.at
    thread.save()
    post = _write(thread, by, hat, body, thread.post_count, form_key, thread.vendor_id, **extra)
    keep_following(by, thread)
    journal.record("post.written", "thread", thread.id, by.id, held.at, post=post.id, hat=hat,
                   number=post.number, purpose=post.purpose, vendor=thread.vendor_id,
                   mentions=_called(by, body))
    versions.touch(f"thread:{thread.id}")
    return post


def _write(thread: Thread, by: Account, hat: Hat, body: str, number: int, form_key: str | None,
           vendor: Vendor | str, **extra: Any) -> Post:
    if hat is Hat.REPRESENTATIVE:
        extra["title"] = vendors.title_of(by, vendor)
    return Post.create(
        thread=thread, number=number, author=by, hat=hat, body=body, html=rendered(body),
        created_at=clock.now(), form_key=_usable(form_key), **extra)


def rendered(body: str) -> str:
    """Safe HTML of a text, with the members it mentions linked."""
    known = {a.handle for a in _mentioned(body)}
    return safe_html.render(body, lambda h: f"/members/{h}" if h in known else None)


def _mentioned(body: str) -> list[Account]:
    if "@" not in body:
        return []
    handles = sorted(safe_html.mentions(body))[:20]
    return list(Account.select(Account.id, Account.handle).where(
        Account.handle.in_(handles), Account.closed_at.is_null()))


def _called(by: Account, body: str) -> list[str]:
    """Ids of the others whom a text mentions."""
    return [account.id for account in _mentioned(body) if account.id != by.id]


def keep_following(by: Account, thread: Thread) -> None:
    """Who writes in a thread follows it. Inside the write."""
    _following.write(by.id, thread.id, clock.now())


_following = Prepared(lambda account, thread, since: Follow.insert(
    account=account, thread=thread, since=since).on_conflict_ignore())


def follow(by: Account, thread: Thread) -> None:
    """Follow a thread; following it already changes nothing."""
    with db.write():
        keep_following(by, thread)


def unfollow(by: Account, thread: Thread) -> None:
    with db.write():
        Follow.delete().where(Follow.account == by.id, Follow.thread == thread.id).execute()


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


def hold_post(post_id: str) -> tuple[Post, Held]:
    """A post as it is once its thread is held.

    :raise NotFound: there is no such post
    """
    found = Post.get_or_none(Post.id == post_id)
    if found is None:
        raise NotFound
    held = hold(found.thread_id)
    return Post.get_by_id(post_id), held


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


def own_state(thread: Thread) -> table.State:
    """The state as it is now, time's doing included, for reading (nothing is stored)."""
    return table.come_due(state_of(thread), clock.now())


