"""Reading: front page, lists, a vendor's page, search, a member's page, the own feed, Atom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_login import current_user
from peewee import fn

from parley.accounts.models import Account, Silence
from parley.advocates.models import Declaration
from parley.kernel import clock, safe_html
from parley.kernel.errors import NotFound
from parley.members.actions import offices_of
from parley.problems import showing as causes
from parley.promises import actions as promises
from parley.promises import wording
from parley.scorecards.days import midnight, today
from parley.scorecards.strip import strip
from parley.threads import restored, search, showing, table, thanking
from parley.threads.models import Follow, Helped, Post, Restored, Thread
from parley.threads.rules import Outcome
from parley.threads.thread_pages import YEAR, visible
from parley.vendors import actions as vendors
from parley.vendors import delivery as addresses
from parley.vendors.models import CATEGORIES, Representative, Vendor, VendorFollow
from parley.web import pagecache, paging
from parley.web.permissions import allowed

views = Blueprint("reading", __name__)

FRONT = 6
SIZE = 25
FEED_SIZE = 30
MOST_VENDORS = 100  # followed vendors that the feed looks at

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

TABS = [("late", "Late"), ("waiting", "Waiting longest"), ("newest", "Newest"),
        ("solved", "Solved")]
KIND_TABS = [("question", "Questions"), ("complaint", "Complaints"), ("idea", "Ideas"),
             ("praise", "Praise")]


def listed() -> Any:
    """Visible threads with their author and vendor."""
    return (
        Thread.select(Thread, Account, Vendor)
        .join_from(Thread, Account, on=Thread.author).join_from(Thread, Vendor)
        .where(Thread.listed == 1)
    )


def newest(before: paging.Cursor | None, limit: int, where: Any = None) -> list[Thread]:
    query = listed().order_by(Thread.opened_at.desc(), Thread.id.desc()).limit(limit)
    query = query.where(where) if where is not None else query
    return list(_older(query, Thread.opened_at, before))


def waiting(before: paging.Cursor | None, limit: int, where: Any = None) -> list[Thread]:
    """Those who have waited longest for a company's word come first."""
    query = listed().where(Thread.waiting_since.is_null(False)).order_by(
        Thread.waiting_since, Thread.id).limit(limit)
    query = query.where(where) if where is not None else query
    if before:
        at, ref = before
        query = query.where((Thread.waiting_since > at)
                            | ((Thread.waiting_since == at) & (Thread.id > ref)))
    return list(query)


def late(before: paging.Cursor | None, limit: int, where: Any = None) -> list[Thread]:
    """Those whose time has passed without a word of the company; the longest due come first."""
    query = listed().where(Thread.due_at < clock.now()).order_by(
        Thread.due_at, Thread.id).limit(limit)
    query = query.where(where) if where is not None else query
    if before:
        at, ref = before
        query = query.where((Thread.due_at > at) | ((Thread.due_at == at) & (Thread.id > ref)))
    return list(query)


def solved(before: paging.Cursor | None, limit: int, where: Any = None) -> list[Thread]:
    query = listed().where(Thread.outcome == Outcome.CONFIRMED).order_by(
        Thread.closed_at.desc(), Thread.id.desc()).limit(limit)
    query = query.where(where) if where is not None else query
    return list(_older(query, Thread.closed_at, before))


def _older(query: Any, column: Any, before: paging.Cursor | None) -> Any:
    if before is None:
        return query
    at, ref = before
    return query.where((column < at) | ((column == at) & (Thread.id < ref)))


LISTS = {"late": (late, "due_at"), "waiting": (waiting, "waiting_since"),
         "newest": (newest, "opened_at"), "solved": (solved, "closed_at")}


def rows(threads: Iterable[Thread], with_vendor: bool = True) -> list[showing.Row]:
    now = clock.now()
    made = []
    for thread in threads:
        if thread.status != "closed":
            pagecache.fresh_until(thread.silent_at, thread.clock_at)
        made.append(showing.row(thread, now, with_vendor))
    return made


def page_of(key: str, where: Any = None) -> paging.Page:
    """One page of a list by the name of its tab, or by a kind (newest first)."""
    get, column = LISTS.get(key, LISTS["newest"])
    return paging.page(get(paging.asked(), SIZE + 1, where), SIZE, column)


def older_url(page: paging.Page) -> str | None:
    if page.next is None:
        return None
    return url_for(request.endpoint or "", **(request.view_args or {}),
                   **{**request.args.to_dict(), "after": page.next})


@views.get("/")
@allowed("public:read")
def front() -> str:
    pagecache.reads("front")
    overdue = late(None, FRONT)
    return render_template(
        "reading/front.html", solved=rows(solved(None, FRONT)), overdue=bool(overdue),
        waiting=rows(overdue or waiting(None, FRONT)), newest=rows(newest(None, FRONT)))


@views.get("/threads")
@allowed("public:read")
def threads() -> str:
    key = request.args.get("show", "newest")
    if key not in dict(TABS + KIND_TABS):
        raise NotFound
    pagecache.reads("front")
    where = Thread.kind == key if key in dict(KIND_TABS) else None
    page = page_of(key, where)
    tabs = [(k, words, url_for(".threads", show=k)) for k, words in TABS + KIND_TABS]
    return render_template("reading/threads.html", rows=rows(page.rows), tabs=tabs, current=key,
                           older=older_url(page))


@views.get("/vendors/<slug:slug>")
@allowed("public:read")
def vendor(slug: str) -> Any:
    found = vendors.by_slug(slug)
    pagecache.reads(f"vendor:{found.id}")
    found = vendors.by_slug(slug)
    key = request.args.get("show", "waiting" if found.waiting_count else "newest")
    if key not in dict(TABS + KIND_TABS):
        raise NotFound
    where = Thread.vendor == found.id
    if key in dict(KIND_TABS):
        where &= Thread.kind == key
    page = page_of(key, where)
    tabs = [(k, words, url_for(".vendor", slug=slug, show=k)) for k, words in TABS + KIND_TABS]
    people = list(
        Representative.select(Representative, Account).join(Account)
        .where(Representative.vendor == found.id, Representative.removed_at.is_null(),
               Representative.accepted_at.is_null(False))
        .order_by(Representative.accepted_at).limit(20))
    pagecache.fresh_until(midnight(today() + 1))
    return render_template(
        "vendors/show.html", vendor=found, strip=strip(found.id),
        category=CATEGORIES[found.category], people=people, problems=causes.of_vendor(found.id),
        no_mail=found.claimed_at is None and addresses.wants_no_mail(found.id),
        rows=rows(page.rows, with_vendor=False), tabs=tabs, current=key, older=older_url(page),
        promise=_promise(found), **_yours(found))


def _promise(vendor: Vendor) -> dict[str, Any]:
    """What stands of a company's promise beside its threads."""
    standing = promises.standing(vendor.id)
    pagecache.fresh_until(standing.changes_at)
    terms = promises.terms_of(standing.in_force)
    return {"row": standing.in_force, "lines": wording.short(terms) if terms else [],
            "coming": next(iter(standing.coming), None)}


def _yours(vendor: Vendor) -> dict[str, Any]:
    if not current_user.is_authenticated:
        return {"role": None, "follows": False}
    return {"role": vendors.role_of(current_user, vendor),
            "follows": vendors.follows(current_user, vendor)}


@views.get("/search")
@allowed("public:read")
def find() -> str:
    query = _query()
    before = paging.asked()
    found = search.threads(query, before, SIZE + 1)
    page = paging.page(found, SIZE, "opened_at")
    companies = search.vendors(query) if before is None else []
    return render_template("reading/search.html", query=query, rows=rows(page.rows),
                           companies=companies, older=older_url(page))


@views.get("/members/<handle:handle>")
@allowed("public:read")
def member(handle: str) -> Any:
    if handle != handle.lower():
        return redirect(url_for(".member", handle=handle.lower()), 301)
    person = Account.get_or_none(Account.handle == handle, Account.closed_at.is_null())
    if person is None:
        raise NotFound
    pagecache.reads(f"member:{person.id}", "front")
    person = Account.get_by_id(person.id)
    page = paging.page(newest(paging.asked(), SIZE + 1, Thread.author == person.id), SIZE,
                       "opened_at")
    declared = list(
        Declaration.select(Declaration, Vendor).join(Vendor)
        .where(Declaration.account == person.id, Declaration.withdrawn_at.is_null())
        .order_by(Declaration.declared_at).limit(50))
    return render_template(
        "reading/member.html", person=person, rows=rows(page.rows), older=older_url(page),
        declared=[(d, showing.ties_words(d.ties, 0)) for d in declared], helped=_helped(person),
        appointments=[r for r in vendors.appointments_of(person) if r.accepted_at],
        offices=sorted(offices_of(person)), silence=_silence(person),
        thanks=thanking.received(person),
        restored=restored.of(person).where(Restored.listed == 1).exists())


def _silence(person: Account) -> str | None:
    """`mute` or `block`, when this viewer keeps that person quiet."""
    if not current_user.is_authenticated:
        return None
    row = Silence.get_or_none(Silence.account == current_user.id, Silence.other == person.id)
    return row.kind if row else None


def _helped(person: Account) -> int:
    return Helped.select(fn.COUNT(Helped.author.distinct())).where(
        Helped.helper == person.id, Helped.at > clock.now() - YEAR).scalar()


@views.get("/feed")
@allowed("account:feed")
def feed() -> str:
    """What this person follows, in order of time and nothing else."""
    before = paging.asked()
    found = {t.id: t for t in _followed_threads(before) + _followed_vendors(before)}
    latest = sorted(found.values(), key=lambda t: (t.last_post_at, t.id), reverse=True)
    page = paging.page(latest[:FEED_SIZE + 1], FEED_SIZE, "last_post_at")
    return render_template("reading/feed.html", rows=rows(page.rows), threads=page.rows,
                           older=older_url(page))


def _latest(query: Any, before: paging.Cursor | None) -> list[Thread]:
    query = query.order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(FEED_SIZE + 1)
    return list(_older(query, Thread.last_post_at, before))


def _followed_threads(before: paging.Cursor | None) -> list[Thread]:
    return _latest(listed().join_from(Thread, Follow, on=Follow.thread == Thread.id).where(
        Follow.account == current_user.id), before)


def _followed_vendors(before: paging.Cursor | None) -> list[Thread]:
    """One short indexed look per followed vendor, so that their size costs nothing."""
    followed = VendorFollow.select(VendorFollow.vendor).where(
        VendorFollow.account == current_user.id).order_by(
        VendorFollow.since.desc()).limit(MOST_VENDORS).tuples()
    found: list[Thread] = []
    for (vendor_id,) in followed:
        found += _latest(listed().where(Thread.vendor == vendor_id), before)
    return found


def atom(title: str, address: str, page: str, updated: datetime | None,
         entries: list[dict[str, Any]]) -> Response:
    """An Atom feed (RFC 4287)."""
    body = render_template("reading/feed.atom", title=title, address=address, page=page,
                           updated=updated or clock.now(), entries=entries)
    return Response(body, mimetype="application/atom+xml")


def _thread_entries(threads: list[Thread]) -> list[dict[str, Any]]:
    openings = {
        p.thread_id: p for p in Post.select().where(
            Post.thread.in_([t.id for t in threads]), Post.number == 1)}
    return [
        {"id": t.id, "title": t.title, "path": f"/threads/{t.id}", "at": t.opened_at,
         "updated": openings[t.id].edited_at or t.opened_at, "author": t.author.display_name,
         "html": "" if openings[t.id].hidden_at else openings[t.id].html}
        for t in threads if t.id in openings
    ]


@views.get("/vendors/<slug:slug>/feed.atom")
@allowed("public:read")
def vendor_feed(slug: str) -> Response:
    found = vendors.by_slug(slug)
    pagecache.reads(f"vendor:{found.id}")
    entries = _thread_entries(newest(None, FEED_SIZE, Thread.vendor == found.id))
    return atom(f"Threads about {found.name}", request.path, f"/vendors/{slug}",
                _latest_of(entries) or found.created_at, entries)


@views.get("/threads/<id:thread_id>/feed.atom")
@allowed("public:read")
def thread_feed(thread_id: str) -> Response:
    thread = visible(thread_id)
    posts = list(
        Post.select(Post, Account).join(Account)
        .where(Post.thread == thread_id, Post.removed_at.is_null(), Post.hidden_at.is_null())
        .order_by(Post.number.desc()).limit(FEED_SIZE))
    entries = [
        {"id": p.id, "title": f"{p.author.display_name}: {safe_html.excerpt(p.body, 80)}",
         "path": f"/threads/{thread_id}#post-{p.number}", "at": p.created_at,
         "updated": p.edited_at or p.created_at, "author": p.author.display_name, "html": p.html}
        for p in posts
    ]
    return atom(thread.title, request.path, f"/threads/{thread_id}", thread.last_post_at, entries)


@views.get("/search/feed.atom")
@allowed("public:read")
def search_feed() -> Response:
    query = _query()
    entries = _thread_entries(search.threads(query, None, FEED_SIZE))
    return atom(f"Threads with “{query}”", request.full_path, url_for(".find", q=query),
                _latest_of(entries), entries)


def _query() -> str:
    return NOT_IN_XML.sub(" ", request.args.get("q", ""))[:200]


def _latest_of(entries: list[dict[str, Any]]) -> datetime | None:
    return max((e["updated"] for e in entries), default=None)


@views.get("/help")
@allowed("public:read")
def help_page() -> str:
    return render_template("reading/help.html", silence=table.SILENCE.days,
                           reminder=table.REMIND_AFTER.days)
