"""A thread's page, and every step people take on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    g,
    render_template,
    request,
)
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from peewee import fn

from parley.accounts.models import Account
from parley.advocates.actions import declaration_of
from parley.desk import texts
from parley.journal.models import Entry
from parley.kernel import clock, ids
from parley.kernel.errors import Invalid, NotFound
from parley.kernel.prepared import Prepared
from parley.notifications import delivery
from parley.problems import showing as causes
from parley.promises.clocks import Clock, Verdict, reckon
from parley.threads import clocks, drafts, outside, rules, showing, table, thanking, timing
from parley.threads.models import (
    File,
    Follow,
    Helped,
    MeToo,
    OutsideContact,
    Post,
    Thread,
)
from parley.threads.rules import Hat, Kind, Status
from parley.threads.turns import state_of
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import pagecache
from parley.web.forms import typed
from parley.web.permissions import allowed

views = Blueprint("threads", __name__)

YEAR = timedelta(days=365)


_whole = Prepared(
    lambda thread: Thread.select(Thread, Account, Vendor)
    .join_from(Thread, Account, on=Thread.author).join_from(Thread, Vendor)
    .where(Thread.id == thread))


def visible(thread_id: str) -> Thread:
    """A thread with its author and vendor, if this viewer may see it.

    :raise NotFound: there is none, or it is hidden from them
    """
    thread = _whole.first(thread_id)
    if thread is None:
        raise NotFound
    gone = thread.hidden_at or not thread.listed
    if gone and not (thread.author_id == current_user.id or "steward" in current_user.offices):
        raise NotFound
    return thread


@views.get("/threads/<id:thread_id>")
@allowed("public:read")
def show(thread_id: str) -> str:
    return page(thread_id)


def page(thread_id: str, desk: Any = None) -> str:
    """A thread's page; with `desk` as its company's people work on it."""
    viewer = current_user._get_current_object()
    found = _vendor_of.first(thread_id)
    if found is None:
        raise NotFound
    pagecache.reads(f"thread:{thread_id}", f"vendor:{found.vendor_id}")
    thread = visible(thread_id)
    now, zone = clock.now(), viewer.time_zone
    state = table.come_due(state_of(thread), now)
    pagecache.fresh_until(table.silent_at(state), thread.clock_at)
    late = showing.lateness(thread, now)
    first = _first_number(thread)
    parts = _parts(thread, state, first, viewer, zone, late)
    last = first + showing.POSTS_A_PAGE
    here = desk.url if desk else f"/threads/{thread.id}"
    posts = parts.posts
    if _TOKEN_PLACE in posts:
        posts = posts.replace(_TOKEN_PLACE, generate_csrf())
    yours = _yours(thread, state, viewer, parts.helpers, desk)
    return render_template(
        "threads/show.html", thread=thread, state=state, kind_words=showing.KIND_WORDS[state.kind],
        pill=late or showing.state_pill(state), clocks=parts.clocks,
        turn=showing.turn_card(state, thread, viewer, now, zone),
        posts=posts, timeline=parts.timeline, newer=_newer(here, first),
        older=f"{here}?from={last}" if thread.post_count >= last else None, desk=desk,
        outside=parts.outside, outside_words=outside.HOW,
        named_day=showing.named_day,
        delivery=None if thread.vendor.claimed_at else delivery.state_of(thread),
        me_too_words=showing.ME_TOO_WORDS, problems=causes.on_thread(thread, yours["hat"]), **yours)


_vendor_of = Prepared(lambda thread: Thread.select(Thread.vendor).where(Thread.id == thread))
_me_too = Prepared(lambda thread, account: MeToo.select().where(
    MeToo.thread == thread, MeToo.account == account))
_follow = Prepared(lambda thread, account: Follow.select(Follow.since).where(
    Follow.thread == thread, Follow.account == account))


@dataclass(frozen=True, slots=True)
class Parts:
    """The rendered posts and timeline. `authors` are those who see links of their own in it."""

    posts: Markup
    timeline: Markup
    clocks: Markup
    authors: frozenset[str]
    helpers: list[Post]
    outside: list[OutsideContact]


TOLD = sorted({*showing.TIMELINE, *clocks.FACTS})
_fragments = pagecache.Fragments(most=1000)
_TOKEN_PLACE = ids.unguessable()  # stands in kept parts where the reader's own token goes


def _parts(thread: Thread, state: table.State, first: int, viewer: Any, zone: str,
           late: Any) -> Parts:
    """The parts that many readers share, kept between requests."""
    key, numbers = (thread.id, first, zone, viewer.is_authenticated, late), dict(g.reads)
    shared = _fragments.get(key, numbers)
    steward = "steward" in viewer.offices
    special = steward or shared is None or viewer.id in shared.authors
    if not special:
        return shared
    key = (*key, viewer.id if viewer.is_authenticated else "", steward)
    parts = _fragments.get(key, numbers)
    if parts is None:
        parts = _render_parts(thread, state, first, viewer, zone)
        plain = viewer.id not in parts.authors and not steward
        _fragments.put(key[:5] if plain else key, numbers, parts)
    return parts


def _render_parts(thread: Thread, state: table.State, first: int, viewer: Any, zone: str) -> Parts:
    posts = list(
        Post.select(Post, Account.id, Account.handle, Account.display_name)
        .join(Account)
        .where(Post.thread == thread.id, Post.number >= first)
        .order_by(Post.number).limit(showing.POSTS_A_PAGE))
    entries, now = _entries(thread), clock.now()
    timeline = showing.timeline(entries, zone)
    found = reckon(clocks.facts(entries), now).clocks
    return Parts(
        posts=Markup(render_template(
            "threads/_posts.html", csrf_token=lambda: _TOKEN_PLACE, thread=thread,
            posts=_shown(posts, thread, viewer, zone), impact_words=showing.IMPACT_WORDS)),
        timeline=Markup(render_template("threads/_timeline.html", timeline=timeline)),
        clocks=Markup(render_template(
            "threads/_clocks.html", told=timing.told(thread, found, entries, now, zone),
            explained=timing.explanations(thread) if _any_late(found) else [],
            measure=timing.measure(found, thread.vendor.name), promise=thread.promise_id,
            vendor=thread.vendor)),
        authors=frozenset(p.author_id for p in posts) | {thread.author_id},
        helpers=_helpers(posts, viewer), outside=outside.of(thread.id))


def _any_late(found: list[Clock]) -> bool:
    return any(one.verdict is Verdict.MISSED for one in found)


def _helpers(posts: list[Post], viewer: Any) -> list[Post]:
    return [p for p in posts if p.hat in (Hat.ADVOCATE, Hat.MEMBER) and not p.removed_at
            and not p.hidden_at and p.author_id != viewer.id]


def _first_number(thread: Thread) -> int:
    raw = request.args.get("from", "1")
    fits = raw.isascii() and raw.isdigit() and len(raw) < 10
    if not fits or not 1 <= int(raw) <= thread.post_count:
        raise Invalid({"from": "That page address is not one of ours. Start from the first page."})
    return int(raw)


def _newer(here: str, first: int) -> str | None:
    if first == 1:
        return None
    before = max(1, first - showing.POSTS_A_PAGE)
    return f"{here}?from={before}"


def _entries(thread: Thread) -> list[Entry]:
    return list(Entry.select(Entry.at, Entry.kind, Entry.refs).where(
        Entry.subject_id == thread.id, Entry.kind.in_(TOLD)).order_by(Entry.id))


def _shown(posts: list[Post], thread: Thread, viewer: Any, zone: str) -> list[showing.Shown]:
    helped = _helped_counts([p.author_id for p in posts if p.hat == Hat.ADVOCATE], thread)
    by_post: dict[str, list[File]] = {}
    with_files = [p.id for p in posts if p.file_count]
    if with_files:
        for file in File.select().where(File.post.in_(with_files)).order_by(File.position):
            by_post.setdefault(file.post_id, []).append(file)
    thanked = thanking.thanked(thread.id, posts)
    return [showing.shown(p, thread, viewer, zone, helped, by_post.get(p.id, []), p.id in thanked)
            for p in posts]


def _helped_counts(people: list[str], thread: Thread) -> dict[str, int]:
    """How many distinct authors each advocate helped here within a year."""
    if not people:
        return {}
    rows = Helped.select(Helped.helper, fn.COUNT(Helped.author.distinct())).where(
        Helped.helper.in_(people), Helped.vendor == thread.vendor_id,
        Helped.at > clock.now() - YEAR).group_by(Helped.helper).tuples()
    return dict(rows)


def _yours(thread: Thread, state: table.State, viewer: Any, helpers: list[Post],
           desk: Any) -> dict[str, Any]:
    """What this viewer can do on the page; nothing for a visitor, whose page is kept as bytes."""
    if not viewer.is_authenticated:
        return {"hat": None, "form": None}
    role = vendors.role_of(viewer, thread.vendor_id)
    declaration = None
    if role is None and thread.author_id != viewer.id:
        declaration = declaration_of(viewer, thread.vendor_id)
    hat = rules.hat_for(is_author=thread.author_id == viewer.id, represents=role is not None,
                        declared=declaration is not None, kind=state.kind)
    me_too = _me_too.first(thread.id, viewer.id)
    follows = _follow.first(thread.id, viewer.id) is not None
    lapsed = hat is Hat.REPRESENTATIVE and thread.vendor.lapsed_at is not None
    shut = state.hidden or state.locked or state.vanished
    joins = hat in (Hat.AUTHOR, Hat.REPRESENTATIVE) or viewer.standing == "member"
    can = {
        "hat": hat, "role": role, "declaration": declaration, "follows": follows,
        "me_too": me_too.word if me_too else "", "steward": "steward" in viewer.offices,
        "may_me_too": rules.may_me_too(
            state.kind, hat is Hat.AUTHOR, role is not None, state.locked) is None
        and viewer.standing == "member",
        "may_write": joins and not (shut or lapsed), "joins": joins,
        "my_turn": hat is Hat.AUTHOR and state.status is Status.AWAITING_AUTHOR,
        "may_confirm": hat is Hat.AUTHOR and state.kind in rules.WITH_CLAIMS and not state.hidden
        and state.outcome not in ("confirmed", "withdrawn"),
        "may_reopen": hat is Hat.AUTHOR and not state.open and state.kind in rules.WITH_CLAIMS
        and state.outcome != "withdrawn" and not state.hidden,
        "may_change_kind": hat is Hat.AUTHOR and state.open and not (state.vendor_posted or shut),
        "purposes": [(p, *showing.purpose_choice(p, state)) for p in _purposes(state)]
        if hat is Hat.REPRESENTATIVE else [],
        "helpers": helpers,
        "kinds": [(k, w) for k, w in showing.KIND_WORDS.items() if k is not Kind.CONSULTATION],
        "idea_states": list(showing.IDEA_WORDS.items()),
        "may_explain": hat is Hat.REPRESENTATIVE and timing.may_explain(
            thread, state, clock.now()),
        "escalation": _escalation(thread, state) if hat is Hat.AUTHOR else None,
        "form": _form(thread, desk), "ends": table.silent_at(state),
        "briefings": texts.briefings(thread.vendor_id) if hat is Hat.ADVOCATE else [],
    }
    return can | {"unsent": _unsent(state, can)}


def _purposes(state: table.State) -> list[rules.Purpose]:
    return [p for p in showing.PURPOSE_CHOICES
            if rules.may_post_as_vendor(state.kind, state.open, p) is None]


def _escalation(thread: Thread, state: table.State) -> clocks.Step | None:
    """The step that the author may take now to get further up, if any."""
    now, steps = clock.now(), clocks.escalations(thread)
    if table.may_escalate(state, [step.at for step in steps], thread.escalated_at, now):
        return None
    return [step for step in steps if step.at <= now][-1]


REASONS = {"threads.reopen": "reopening", "threads.mark_idea": "mark",
           "threads.close_consultation": "report"}


def _form(thread: Thread, desk: Any) -> dict[str, Any]:
    """The values of the writing forms: typed, from a draft, a saved reply, or quoting a post.

    `body` is the text of a post, `reopening`, `mark` and `report` those of the other forms.
    """
    form = {"form_key": ids.unguessable(), "draft": "", "body": "", "reopening": "", "mark": "",
            "report": "", "preview": None}
    if g.get("typed") is not None:
        names = ("draft", "side", "purpose", "then", "duplicate_of", "ai_assisted",
                 "explains_delay")
        key = typed("form_key").partition("-")[0]  # each form of the page adds its own letter
        return form | {name: typed(name) for name in names} | {
            "form_key": key, "preview": g.get("preview"),
            REASONS.get(request.endpoint or "", "body"): typed("body")}
    if request.args.get("draft"):
        draft = drafts.find(request.args["draft"][:40], current_user)
        return form | draft.fields | {"draft": draft.id, "reopening": draft.fields.get("body", "")}
    if quoted := _quoted(thread, request.args.get("quote", "")):
        form["body"] = "\n".join(f"> {line}" for line in quoted.body.split("\n")) + "\n\n"
    return form | (desk.begun if desk else {})


def _unsent(state: table.State, can: dict[str, Any]) -> list[tuple[str, str]]:
    """What was typed into a form that the page does not show (any longer)."""
    if g.get("typed") is None:
        return []
    as_vendor = can["hat"] is Hat.REPRESENTATIVE and can["may_write"] and state.open
    shown = {"body": can["may_write"], "reopening": can["may_reopen"],
             "mark": as_vendor and state.kind is Kind.IDEA,
             "report": as_vendor and state.kind is Kind.CONSULTATION and can["role"] == "manager"}
    return [("text", can["form"][name]) for name, there in shown.items()
            if can["form"][name] and not there]


def _quoted(thread: Thread, number: str) -> Post | None:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return Post.get_or_none(
        Post.thread == thread.id, Post.number == int(number), Post.removed_at.is_null(),
        Post.hidden_at.is_null())
