"""A thread's page, and every step people take on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_login import current_user
from peewee import fn

from parley.accounts.models import Account
from parley.advocates.actions import declaration_of
from parley.journal.models import Entry
from parley.kernel import clock, ids, pictures, safe_html
from parley.kernel.errors import Invalid, NotFound
from parley.threads import actions, drafts, files, outcomes, rules, showing
from parley.threads.models import Draft, Edit, File, Follow, Helped, MeToo, Post, Thread
from parley.threads.rules import Hat, Kind, Status
from parley.threads.turns import state_of
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import pagecache
from parley.web.forms import came_back, flag, reshow, text, typed
from parley.web.limits import limited
from parley.web.permissions import allowed
from parley.web.times import reader_zone

views = Blueprint("threads", __name__)

YEAR = timedelta(days=365)


def visible(thread_id: str) -> Thread:
    """A thread with its author and vendor, if this viewer may see it.

    :raise NotFound: there is none, or it is hidden from them
    """
    thread = (
        Thread.select(Thread, Account, Vendor)
        .join_from(Thread, Account, on=Thread.author).join_from(Thread, Vendor)
        .where(Thread.id == thread_id).first()
    )
    if thread is None:
        raise NotFound
    gone = thread.hidden_at or not thread.listed
    if gone and not (thread.author_id == current_user.id or "steward" in current_user.offices):
        raise NotFound
    return thread


@views.get("/threads/<id:thread_id>")
@allowed("public:read")
def show(thread_id: str) -> str:
    pagecache.reads(f"thread:{thread_id}")
    thread = visible(thread_id)
    pagecache.reads(f"vendor:{thread.vendor_id}")
    now, zone = clock.now(), reader_zone()
    state = rules.come_due(state_of(thread), now)
    pagecache.fresh_until(rules.silent_at(state))
    first = _first_number(thread)
    posts = list(
        Post.select(Post, Account.id, Account.handle, Account.display_name)
        .join(Account)
        .where(Post.thread == thread_id, Post.number >= first)
        .order_by(Post.number).limit(showing.POSTS_A_PAGE + 1))
    more = posts[showing.POSTS_A_PAGE:]
    posts = posts[:showing.POSTS_A_PAGE]
    return render_template(
        "threads/show.html", thread=thread, state=state, kind_words=showing.KIND_WORDS[state.kind],
        pill=showing.state_pill(state), turn=showing.turn_card(state, thread, current_user, now, zone),
        posts=_shown(posts, thread, zone), timeline=showing.timeline(_entries(thread), zone),
        older=url_for(".show", thread_id=thread.id, **{"from": more[0].number}) if more else None,
        newer=_newer(thread, first), me_too_words=showing.ME_TOO_WORDS,
        impact_words=showing.IMPACT_WORDS, **_yours(thread, state, posts))


def _first_number(thread: Thread) -> int:
    raw = request.args.get("from", "1")
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:9]) <= thread.post_count:
        raise Invalid({"from": "That page address is not one of ours. Start from the first page."})
    return int(raw)


def _newer(thread: Thread, first: int) -> str | None:
    if first == 1:
        return None
    before = max(1, first - showing.POSTS_A_PAGE)
    return url_for(".show", thread_id=thread.id, **{"from": before})


def _entries(thread: Thread) -> list[Entry]:
    return list(Entry.select(Entry.at, Entry.kind, Entry.refs).where(
        Entry.subject_id == thread.id, Entry.kind.in_(list(showing.TIMELINE))).order_by(Entry.id))


def _shown(posts: list[Post], thread: Thread, zone: str) -> list[showing.Shown]:
    helped = _helped_counts([p.author_id for p in posts if p.hat == Hat.ADVOCATE], thread)
    by_post: dict[str, list[File]] = {}
    with_files = [p.id for p in posts if p.file_count]
    if with_files:
        for file in File.select().where(File.post.in_(with_files)).order_by(File.position):
            by_post.setdefault(file.post_id, []).append(file)
    return [showing.shown(p, thread, current_user, zone, helped, by_post.get(p.id, []))
            for p in posts]


def _helped_counts(people: list[str], thread: Thread) -> dict[str, int]:
    """How many distinct authors each advocate helped here within a year."""
    if not people:
        return {}
    rows = Helped.select(Helped.helper, fn.COUNT(Helped.author.distinct())).where(
        Helped.helper.in_(people), Helped.vendor == thread.vendor_id,
        Helped.at > clock.now() - YEAR).group_by(Helped.helper).tuples()
    return dict(rows)


def _yours(thread: Thread, state: rules.State, posts: list[Post]) -> dict[str, Any]:
    """What this viewer can do on the page; nothing for a visitor, whose page is kept as bytes."""
    viewer = current_user
    if not viewer.is_authenticated:
        return {"hat": None, "form": None}
    role = vendors.role_of(viewer, thread.vendor_id)
    declaration = None
    if role is None and thread.author_id != viewer.id:
        declaration = declaration_of(viewer, thread.vendor_id)
    hat = rules.hat_for(is_author=thread.author_id == viewer.id, represents=role is not None,
                        declared=declaration is not None, kind=state.kind)
    me_too = MeToo.get_or_none(MeToo.thread == thread.id, MeToo.account == viewer.id)
    follows = Follow.select().where(
        Follow.account == viewer.id, Follow.thread == thread.id).exists()
    shut = state.hidden or state.locked
    joins = hat in (Hat.AUTHOR, Hat.REPRESENTATIVE) or viewer.standing == "member"
    return {
        "hat": hat, "role": role, "declaration": declaration, "follows": follows,
        "me_too": me_too.word if me_too else "", "steward": "steward" in viewer.offices,
        "may_me_too": rules.may_me_too(state.kind, hat is Hat.AUTHOR, role is not None) is None
        and viewer.standing == "member",
        "may_write": joins and not shut, "joins": joins,
        "my_turn": hat is Hat.AUTHOR and state.status is Status.AWAITING_AUTHOR,
        "may_confirm": hat is Hat.AUTHOR and state.kind in rules.WITH_CLAIMS and not state.hidden
        and state.outcome not in ("confirmed", "withdrawn"),
        "may_reopen": hat is Hat.AUTHOR and not state.open and state.kind in rules.WITH_CLAIMS
        and state.outcome != "withdrawn" and not state.hidden,
        "may_change_kind": hat is Hat.AUTHOR and state.open and not state.vendor_posted and not shut,
        "purposes": [(p, *showing.PURPOSE_CHOICES[p]) for p in _purposes(state)]
        if hat is Hat.REPRESENTATIVE else [],
        "helpers": [p for p in posts if p.hat in (Hat.ADVOCATE, Hat.MEMBER)
                    and not p.removed_at and not p.hidden_at and p.author_id != viewer.id],
        "kinds": [(k, w) for k, w in showing.KIND_WORDS.items() if k is not Kind.CONSULTATION],
        "idea_states": list(showing.IDEA_WORDS.items()),
        "form": _form(thread), "ends": rules.silent_at(state),
    }


def _purposes(state: rules.State) -> list[rules.Purpose]:
    return [p for p in showing.PURPOSE_CHOICES if rules.may_post_as_vendor(state, p) is None]


def _form(thread: Thread) -> dict[str, Any]:
    """The values of the writing form: typed, from a draft, or quoting a post."""
    if g.get("typed") is not None:
        return {"form_key": typed("form_key"), "draft": typed("draft"), "body": typed("body"),
                "side": typed("side"), "purpose": typed("purpose"), "then": typed("then"),
                "duplicate_of": typed("duplicate_of"), "preview": g.get("preview")}
    form = {"form_key": ids.unguessable(), "draft": "", "body": "", "preview": None}
    if request.args.get("draft"):
        draft = drafts.find(request.args["draft"][:40], current_user)
        form |= draft.fields | {"draft": draft.id}
    elif request.args.get("quote", "").isdigit():
        post = Post.get_or_none(
            Post.thread == thread.id, Post.number == int(request.args["quote"][:6]))
        if post and not post.removed_at and not post.hidden_at:
            form["body"] = "\n".join(f"> {line}" for line in post.body.split("\n")) + "\n\n"
    return form


def uploads() -> tuple[files.Typed, ...]:
    """The files that came with a form."""
    return tuple(files.Typed(f.filename or "", f.read()) for f in request.files.getlist("files")
                 if f.filename)


def _said() -> outcomes.Said:
    return outcomes.Said(text("body"), request.form.get("form_key"), request.form.get("draft"),
                         uploads())


def back(thread: Thread, number: int | None = None) -> Response:
    """To the thread's page, at a post."""
    page = {}
    if number and number > showing.POSTS_A_PAGE:
        page["from"] = (number - 1) // showing.POSTS_A_PAGE * showing.POSTS_A_PAGE + 1
    target = url_for("threads.show", thread_id=thread.id, **page)
    return redirect(f"{target}#post-{number}" if number else target, 303)  # type: ignore[return-value]


@views.post("/threads/<id:thread_id>/posts")
@allowed("threads:write")
@limited(20, "minute")
@reshow(show)
def write(thread_id: str) -> Any:
    visible(thread_id)
    do = request.form.get("do", "send")
    if do == "draft":
        return _keep(thread_id)
    if do == "preview":
        came_back(Invalid({}))
        g.preview = safe_html.render(safe_html.clean_text(
            text("body"), field="body", least=1, most=rules.BODY[1], what="text"))
        return show(thread_id)
    if request.form.get("then") == "give_back":
        thread = outcomes.give_back(current_user, thread_id, _said())
        return back(thread, thread.post_count)
    post = actions.write_post(current_user, thread_id, actions.NewPost(
        body=text("body"), purpose=request.form.get("purpose", ""),
        side=request.form.get("side", ""), duplicate_of=request.form.get("duplicate_of", ""),
        ai_assisted=flag("ai_assisted"), form_key=request.form.get("form_key"),
        draft=request.form.get("draft"), uploads=uploads()))
    return back(post.thread, post.number)


def _keep(thread_id: str) -> Response:
    draft = drafts.keep(current_user, f"thread:{thread_id}", request.form,
                        request.form.get("draft") or None)
    flash("Your draft is kept. You find it under Account, Drafts.", "ok")
    return redirect(url_for(".show", thread_id=thread_id, draft=draft.id) + "#write", 303)  # type: ignore[return-value]


@views.post("/threads/<id:thread_id>/resolution")
@allowed("threads:decide")
@limited(20, "minute")
@reshow(show)
def confirm(thread_id: str) -> Response:
    thread = outcomes.confirm(current_user, thread_id, request.form.get("solved_by", ""),
                              tuple(request.form.getlist("posts")), _said())
    flash("Thank you. The thread is closed as solved.", "ok")
    return back(thread)


@views.post("/threads/<id:thread_id>/reopening")
@allowed("threads:decide")
@limited(20, "minute")
@reshow(show)
def reopen(thread_id: str) -> Response:
    thread = outcomes.reopen(current_user, thread_id, _said())
    return back(thread, thread.post_count)


@views.post("/threads/<id:thread_id>/withdrawal")
@allowed("threads:decide")
@limited(20, "minute")
@reshow(show)
def withdraw(thread_id: str) -> Response:
    thread = outcomes.withdraw(current_user, thread_id)
    flash("You withdrew the thread.", "ok")
    return back(thread)


@views.post("/threads/<id:thread_id>/kind")
@allowed("threads:decide")
@limited(20, "minute")
@reshow(show)
def change_kind(thread_id: str) -> Response:
    return back(outcomes.change_kind(current_user, thread_id, request.form.get("kind", "")))


@views.post("/threads/<id:thread_id>/idea-state")
@allowed("threads:write")
@limited(20, "minute")
@reshow(show)
def mark_idea(thread_id: str) -> Response:
    return back(outcomes.mark_idea(
        current_user, thread_id, request.form.get("idea_state", ""), text("body"),
        request.form.get("form_key")))


@views.post("/threads/<id:thread_id>/closing")
@allowed("threads:write")
@limited(20, "minute")
@reshow(show)
def close_consultation(thread_id: str) -> Response:
    return back(outcomes.close_consultation(
        current_user, thread_id, text("body"), request.form.get("form_key")))


@views.post("/threads/<id:thread_id>/me-too")
@allowed("threads:me-too")
@limited(30, "minute")
@reshow(show)
def me_too(thread_id: str) -> Response:
    return back(outcomes.say_me_too(current_user, thread_id, request.form.get("word", "")))


@views.post("/threads/<id:thread_id>/follow")
@allowed("threads:follow")
def follow(thread_id: str) -> Response:
    thread = visible(thread_id)
    actions.follow(current_user, thread)
    return back(thread)


@views.post("/threads/<id:thread_id>/unfollow")
@allowed("threads:follow")
def unfollow(thread_id: str) -> Response:
    thread = visible(thread_id)
    actions.unfollow(current_user, thread)
    return back(thread)


@views.post("/posts/<id:post_id>/helped")
@allowed("threads:decide")
def helped(post_id: str) -> Response:
    post = actions.mark_helped(current_user, post_id, request.form.get("helped", "1") == "1")
    return back(post.thread, post.number)


@views.post("/posts/<id:post_id>/helped/undo")
@allowed("threads:decide")
def not_helped(post_id: str) -> Response:
    post = actions.mark_helped(current_user, post_id, False)
    return back(post.thread, post.number)


def _own_post(post_id: str) -> Post:
    post = Post.get_or_none(Post.id == post_id, Post.author == current_user.id)
    if post is None or post.removed_at:
        raise NotFound
    return post


@views.get("/posts/<id:post_id>/edit")
@allowed("threads:write")
def edit_form(post_id: str) -> str:
    post = _own_post(post_id)
    return render_template("threads/edit.html", post=post, thread=post.thread)


@views.post("/posts/<id:post_id>/edit")
@allowed("threads:write")
@limited(20, "minute")
@reshow(edit_form)
def edit(post_id: str) -> Response:
    title = request.form.get("title")
    post = actions.edit_post(current_user, post_id, text("body"), title)
    return back(post.thread, post.number)


@views.get("/posts/<id:post_id>/removal")
@allowed("threads:write")
def remove_form(post_id: str) -> str:
    post = _own_post(post_id)
    return render_template("threads/remove.html", post=post, thread=post.thread)


@views.post("/posts/<id:post_id>/removal")
@allowed("threads:write")
@limited(20, "minute")
@reshow(remove_form)
def remove(post_id: str) -> Response:
    post = actions.remove_post(current_user, post_id)
    return back(post.thread, post.number)


@views.get("/posts/<id:post_id>/history")
@allowed("public:read")
def history(post_id: str) -> str:
    post = Post.get_or_none(Post.id == post_id)
    if post is None or post.removed_at:
        raise NotFound
    if post.hidden_at and not (post.author_id == current_user.id
                               or "steward" in current_user.offices):
        raise NotFound
    thread = visible(post.thread_id)
    edits = list(Edit.select().where(Edit.post == post.id).order_by(Edit.at.desc()).limit(100))
    return render_template("threads/history.html", post=post, thread=thread, edits=edits)


@views.get("/files/<secret:file_id>/<name>")
@allowed("public:file")
def file(file_id: str, name: str) -> Response:
    found = files.visible(file_id, current_user.id, "steward" in current_user.offices)
    response = send_file(
        files.path_of(found.sha256), mimetype=found.media_type, download_name=found.name,
        as_attachment=found.media_type == pictures.PDF, conditional=True, etag=found.sha256)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@views.get("/account/drafts")
@allowed("account:manage")
def draft_list() -> str:
    return render_template("threads/drafts.html", drafts=drafts.of(current_user),
                           address=draft_address)


@views.post("/account/drafts/<secret:draft_id>/removal")
@allowed("account:manage")
def drop_draft(draft_id: str) -> Response:
    drafts.drop(draft_id, current_user)
    return redirect(url_for(".draft_list"), 303)  # type: ignore[return-value]


def draft_address(draft: Draft) -> str:
    """Where writing a draft goes on."""
    if draft.place.startswith("thread:"):
        thread_id = draft.place.removeprefix("thread:")
        return url_for("threads.show", thread_id=thread_id, draft=draft.id) + "#write"
    return url_for("compose.form", draft=draft.id)
