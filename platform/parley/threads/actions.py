"""What people do in threads: open them, write in them, follow them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from parley.accounts.models import Account
from parley.advocates.actions import declaration_of
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, rulebook, safe_html, versions
from parley.kernel.errors import Invalid, NotFound, refuse
from parley.kernel.prepared import Prepared
from parley.members import rules as members
from parley.members.actions import standing_of
from parley.threads import clocks, drafts, files, rules, search, table
from parley.threads.hats import hat_to_write
from parley.threads.models import Follow, Post, Round, Thread
from parley.threads.rules import Hat, Kind, Purpose, Side
from parley.threads.turns import Held, count, hold_for, needs, take
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
