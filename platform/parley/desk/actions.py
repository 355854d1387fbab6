"""What a company's people do at their desk: who takes care of what, who answers it now, and the
answer itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import peewee

from parley.accounts.models import Account
from parley.desk import queue, rules
from parley.desk.models import Answering, Briefing, Bulk, Note, SavedReply
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import clock, db
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.threads import actions as threads
from parley.threads.models import Post, Thread
from parley.threads.rules import Hat
from parley.threads.turns import hold_for
from parley.vendors import actions as vendors
from parley.vendors import claims
from parley.vendors.models import Representative, Vendor, VendorAlias

AT_A_TIME = 20  # threads looked at while seeking the next one


def serve(by: Account, vendor: Vendor) -> str:
    """The role of a person at a company.

    :raise NotFound: they do not answer for it, so there is no desk for them
    """
    role = vendors.role_of(by, vendor)
    if role is None:
        raise NotFound
    return role


def thread_of(vendor: Vendor, thread_id: str) -> Thread:
    """A thread about this company that its people can see.

    :raise NotFound: there is none
    """
    thread: Thread | None = Thread.get_or_none(
        Thread.id == thread_id, Thread.vendor == vendor.id, Thread.listed == 1)
    if thread is None:
        raise NotFound
    return thread


def colleagues(vendor: Vendor) -> list[Account]:
    """Who answers for a company now, by name."""
    rows = Account.select().join(Representative).where(
        Representative.vendor == vendor.id, Representative.accepted_at.is_null(False),
        Representative.removed_at.is_null())
    return list(rows.order_by(Account.display_name, Account.id))


# Who takes care of it


def assign(by: Account, vendor: Vendor, thread_id: str, to: str, was: str) -> Thread:
    """Let a colleague take care of a thread; `to` is a handle, "" for nobody. `was` is the account
    that `by` saw there.

    :raise NotFound: no desk of theirs, or no such thread
    :raise Invalid: under `to`: nobody of this handle answers for the company
    :raise Refused: somebody else changed it meanwhile
    """
    with db.write():
        serve(by, vendor)
        person = assignee(vendor, to)
        thread = thread_of(vendor, thread_id)
        if not (was.isprintable() and give(by, vendor, thread_id, person, was)):
            now_with = Thread.get_by_id(thread_id).assignee
            if now_with != (person.id if person else ""):
                raise Refused(_taken(now_with))
        thread.assignee = person.id if person else ""
    return thread


def _taken(account_id: str) -> Refusal:
    person = Account.get_or_none(Account.id == account_id) if account_id else None
    who = f"{person.display_name} takes" if person else "Nobody takes"
    return Refusal("taken", f"{who} care of this thread since you opened the page. Nothing was "
                   "changed; look again.")


def assignee(vendor: Vendor, handle: str) -> Account | None:
    """The colleague of a handle, who stays one until the write ends; None for "".

    :raise Invalid: under `to`
    """
    if not handle:
        return None
    row = handle.isprintable() and db.lock(
        Representative.select(Representative, Account).join(Account).where(
            Representative.vendor == vendor.id, Account.handle == handle.lower(),
            Representative.accepted_at.is_null(False), Representative.removed_at.is_null()),
        of=Representative).first()
    if not row:
        raise Invalid({"to": "Nobody of this name answers for your company."})
    person: Account = row.account
    return person


def give(by: Account, vendor: Vendor, thread_id: str, person: Account | None, was: str) -> bool:
    """Put a thread from `was` into the hands of somebody; False when it was in others. Inside a
    write."""
    to = person.id if person else ""
    changed = Thread.update(assignee=to).where(
        Thread.id == thread_id, Thread.vendor == vendor.id, Thread.assignee == was).execute()
    if changed and to != was:
        kind, refs = ("desk.assigned", {"account": to}) if to else ("desk.unassigned", {})
        journal.record(kind, "vendor", vendor.id, by.id, thread=thread_id, **refs)
    return bool(changed)


# Who answers it now


def begin(by: Account, vendor: Vendor, thread_id: str) -> None:
    """Tell colleagues that one is answering a thread; for ten minutes, or until it is sent.

    :raise NotFound: no desk of theirs, or no such thread
    """
    with db.write():
        serve(by, vendor)
        thread_of(vendor, thread_id)
        _begin(by, thread_id)


def _begin(by: Account, thread_id: str) -> None:
    now = clock.now()
    own = (Answering.thread == thread_id) & (Answering.account == by.id)
    Answering.delete().where(own, Answering.until <= now).execute()
    until = now + rules.ANSWERING_FOR
    Answering.insert(thread=thread_id, account=by.id, since=now, until=until).on_conflict(
        conflict_target=[Answering.thread, Answering.account], update={"until": until}).execute()


def stop(by: Account, vendor: Vendor, thread_id: str) -> None:
    """Tell colleagues that one is not answering a thread any longer.

    :raise NotFound: no desk of theirs, or no such thread
    """
    with db.write():
        serve(by, vendor)
        thread_of(vendor, thread_id)
        Answering.delete().where(
            Answering.thread == thread_id, Answering.account == by.id).execute()


def answering(thread_ids: Iterable[str]) -> dict[str, list[Answering]]:
    """Who is answering these threads now, with their accounts, longest first."""
    rows = Answering.select(Answering, Account).join(Account).where(
        Answering.thread.in_(list(thread_ids)), Answering.until > clock.now())
    found: dict[str, list[Answering]] = {}
    for row in rows.order_by(Answering.since, Answering.account):
        found.setdefault(row.thread_id, []).append(row)
    return found


def take_next(by: Account, vendor: Vendor, after: queue.Place | None = None) -> Thread | None:
    """The first thread after a place in the queue that is `by`'s or nobody's and that no colleague
    is answering; from now on `by` is. None when there is none.

    :raise NotFound: no desk of theirs
    """
    filters = rules.Filters(assignees=("", by.id))
    with db.write():
        serve(by, vendor)
        claims.hold(vendor.id)  # so that two who ask at once get two threads
        while batch := queue.waiting(vendor, filters, after, AT_A_TIME):
            others = answering(thread.id for thread in batch)
            for thread in batch:
                busy = any(row.account_id != by.id for row in others.get(thread.id, []))
                own = thread.author_id == by.id  # opened before they joined the company
                if not (busy or own or thread.locked_at):
                    _begin(by, thread.id)
                    return thread
            after = queue.place_of(batch[-1])
    return None


# The answer


def answer(by: Account, vendor: Vendor, thread_id: str, new: threads.NewPost, seen: int,
           saved: str = "") -> Post:
    """Write for the company in a thread. `seen` is the number of the last post that `by` saw, and
    `saved` the saved reply that it began from.

    :raise Refused: a colleague wrote meanwhile, and all reasons of `threads.write_post`
    :raise NotFound: no desk of theirs, or no such thread
    :raise Invalid: what was typed cannot be used
    """
    with db.write():
        serve(by, vendor)
        if again := threads.sent_before(by, new.form_key):
            return again
        thread_of(vendor, thread_id)
        held = hold_for(by, thread_id)
        refuse(rules.may_send(_wrote_since(held.id, seen, by)))
        from_saved = saved.isprintable() and SavedReply.select().where(
            SavedReply.id == saved, SavedReply.vendor == vendor.id).exists()
        return threads.write_post(by, thread_id, replace(
            new, only_as=Hat.REPRESENTATIVE, saved_reply=from_saved))


def _wrote_since(thread_id: str, number: int, by: Account) -> list[str]:
    rows = Post.select(Post, Account.display_name).join(Account).where(
        Post.thread == thread_id, Post.number > number, Post.hat == Hat.REPRESENTATIVE,
        Post.author != by.id, Post.removed_at.is_null()).order_by(Post.number)
    return [row.author.display_name for row in rows]


# What follows from elsewhere


def listen() -> None:
    """Follow what other domains record."""
    journal.subscribe("post.written", _written)
    journal.subscribe("representative.removed", _removed)


def _written(fact: Fact) -> None:
    if fact.refs["hat"] == Hat.REPRESENTATIVE:
        Answering.delete().where(
            Answering.thread == fact.subject_id, Answering.account == fact.by).execute()


def _removed(fact: Fact) -> None:
    """One of a company's people went. With the last of them goes what the team kept here: the page
    may be somebody else's next."""
    vendor, account = fact.refs["vendor"], fact.refs["account"]
    Answering.delete().where(Answering.account == account).execute()
    outbox.put("unassign", vendor=vendor, account=account)
    if not vendors.serving(vendor):
        seal(vendor, fact.at)


def seal(vendor_id: str, at: datetime) -> None:
    """Nobody who reads this desk later reads what was kept there before. Inside a write."""
    Note.update(sealed_at=at).where(
        Note.vendor == vendor_id, Note.sealed_at.is_null()).execute()
    for model in (SavedReply, Briefing):
        model.update(removed_at=at).where(
            model.vendor == vendor_id, model.removed_at.is_null()).execute()
    Bulk.delete().where(Bulk.vendor == vendor_id).execute()


def unassign(task: Task) -> None:
    """Free the threads of somebody who answers for the company no longer.

    A task of its own: whoever removes them holds the company's row, which writers take last.
    """
    vendor, account = task.data["vendor"], task.data["account"]
    with db.write():
        alias = VendorAlias.get_or_none(VendorAlias.old_id == vendor)
        vendor = alias.vendor_id if alias else vendor
        person = Account.get_or_none(Account.id == account)
        if person is None or vendors.role_of(person, vendor) is None:
            theirs = (Thread.vendor == vendor) & (Thread.assignee == account)
            ids = [t.id for t in db.lock(Thread.select(Thread.id).where(theirs).order_by(
                Thread.id))]
            _free(ids, account)


def _free(ids: list[str], account: str) -> None:
    for batch in peewee.chunked(ids, 500):
        Thread.update(assignee="").where(
            Thread.id.in_(list(batch)), Thread.assignee == account).execute()


def sweep() -> None:
    """Forget what is over."""
    now = clock.now()
    with db.write():
        Answering.delete().where(Answering.until <= now).execute()
        Bulk.delete().where(Bulk.at < now - rules.BULK_KEPT).execute()
