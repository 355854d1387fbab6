"""What threads do when something changes elsewhere: a steward's act, a name, who answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import peewee

from parley.advocates.models import Declaration
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import db, fulltext, versions
from parley.threads import clocks, rules, search, table
from parley.threads.models import Helped, MeToo, Post, Thread
from parley.threads.turns import (
    Held,
    count,
    hold,
    others_wrote,
    row,
    state_of,
    store,
    wind,
    wind_anew,
)
from parley.vendors.actions import was_here
from parley.vendors.models import Representative, Vendor


def install() -> None:
    """Listen to the facts that change threads."""
    clocks.listen()
    journal.subscribe("thread.hidden", _hidden)
    journal.subscribe("thread.shown", _shown)
    journal.subscribe("representative.accepted", _joined_the_company)
    journal.subscribe("account.renamed", _renamed)
    journal.subscribe("vendor.merged", _merged)
    for kind in ("account.closed", "account.suspended", "account.restored"):
        journal.subscribe(kind, _left_or_came_back)


def _hidden(fact: Fact) -> None:
    """A steward hid a thread: its clocks stand, and it leaves its vendor's counts."""
    thread = row(fact.subject_id)
    state = state_of(thread)
    count(thread, replace(state, hidden=False, vanished=_vanished(thread)), state)
    wind(thread, state, fact.at)
    thread.save()


def _shown(fact: Fact) -> None:
    """A steward shows a thread again; `hidden_for` says how long it was hidden (microseconds)."""
    thread = row(fact.subject_id)
    if _vanished(thread):
        thread.listed = 0
        thread.save()
        search.drop(thread)
        return
    held = Held(thread, replace(state_of(thread), hidden=True), fact.at)
    hidden_at = fact.at - timedelta(microseconds=fact.refs["hidden_for"])
    store(held, table.shown_again(held.state, hidden_at, fact.at), fact.at, None)


def _vanished(thread: Thread) -> bool:
    withdrawn = thread.outcome == rules.Outcome.WITHDRAWN
    return withdrawn and not others_wrote(thread.id, thread.author_id)


def _joined_the_company(fact: Fact) -> None:
    """Older threads of a new representative say so from now on, and leave the figures."""
    account, vendor = fact.refs["account"], fact.refs["vendor"]
    mine = (Thread.author == account) & (Thread.vendor == vendor) & (
        Thread.kind != rules.Kind.CONSULTATION) & (Thread.from_people == False)  # noqa: E712
    own = db.lock(Thread.select(Thread.id).where(mine).order_by(Thread.id))
    ids = [thread.id for thread in own]
    for thread_id in ids:
        held = hold(thread_id)
        count(held.thread, held.state, None)
        held.thread.from_people = True
        held.thread.save()
        _leaves_figures(thread_id, vendor, fact)
    versions.touch(*(f"thread:{thread_id}" for thread_id in ids), f"vendor:{vendor}", "front")


def _leaves_figures(thread_id: str, vendor_id: str, fact: Fact) -> None:
    journal.record("thread.from_people", "thread", thread_id, at=fact.at, vendor=vendor_id)


def _merged(fact: Fact) -> None:
    """A page was folded into another: its threads move with all they hold, and the counts of the
    one that stays are taken anew. Those that its people began leave the figures."""
    gone, kept = fact.refs["merged"], fact.subject_id
    moving = Thread.vendor == gone
    list(db.lock(Thread.select(Thread.id).where(moving).order_by(Thread.id)))
    serving = Representative.select(Representative.account).where(
        Representative.vendor == kept, Representative.accepted_at.is_null(False),
        Representative.removed_at.is_null())
    of_people = moving & Thread.author.in_(serving) & (
        Thread.kind != rules.Kind.CONSULTATION) & (Thread.from_people == False)  # noqa: E712
    leaving = [thread.id for thread in Thread.select(Thread.id).where(of_people)]
    Thread.update(from_people=True).where(of_people).execute()
    Thread.update(vendor=kept).where(moving).execute()
    for thread_id in leaving:
        _leaves_figures(thread_id, kept, fact)
    if any(was_here(vendor) for vendor in Vendor.select().where(Vendor.id.in_([gone, kept]))):
        clocks.start_all(kept, fact.at, "claimed")
    Helped.update(vendor=kept).where(Helped.vendor == gone).execute()
    fulltext.move(gone, kept)
    _count_anew(kept)
    versions.touch_all(f"thread: merged {gone}", Thread.select(
        peewee.Value("thread:").concat(Thread.id)).where(Thread.vendor == kept))
    versions.touch("front", "vendors")


def _count_anew(vendor_id: str) -> None:
    shown = Thread.select().where(
        Thread.vendor == vendor_id, Thread.listed == 1, Thread.from_people == False)  # noqa: E712
    Vendor.update(
        thread_count=shown.count(),
        waiting_count=shown.where(Thread.status == rules.Status.AWAITING_VENDOR).count(),
        solved_count=shown.where(Thread.outcome == rules.Outcome.CONFIRMED).count(),
    ).where(Vendor.id == vendor_id).execute()


def _renamed(fact: Fact) -> None:
    """Every page that shows this person's name is drawn anew."""
    person = fact.subject_id

    def touch(of: str, column: peewee.Field, model: type[peewee.Model],
              account: peewee.Field) -> None:
        keys = model.select(peewee.Value(f"{of}:").concat(column)).where(account == person)
        versions.touch_all(f"{of}: {model.__name__} {person}", keys)

    touch("thread", Post.thread, Post, Post.author)
    touch("thread", MeToo.thread, MeToo, MeToo.account)
    wrote = Post.select(peewee.Value("vendor:").concat(Thread.vendor)).join(Thread)
    versions.touch_all(f"vendor: Post {person}", wrote.where(Post.author == person))
    touch("vendor", Representative.vendor, Representative, Representative.account)
    touch("vendor", Declaration.vendor, Declaration, Declaration.account)
    versions.touch("front", "log", f"member:{person}")


def _left_or_came_back(fact: Fact) -> None:
    """An author who leaves is silent; what that ends, ends now, and the rest is set anew."""
    open_ones = Thread.select(Thread.id, Thread.vendor).where(
        Thread.author == fact.subject_id, Thread.status != rules.Status.CLOSED)
    # Writers hold a thread, then its vendor; so all threads come before the first vendor here.
    threads = list(db.lock(open_ones.order_by(Thread.id)))
    for thread in sorted(threads, key=lambda thread: thread.vendor_id):
        wind_anew(hold(thread.id))
    _renamed(fact)
