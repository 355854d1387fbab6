"""The steps people take on a thread's page, its files, and what posts said before."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_login import current_user

from parley.kernel import pictures, safe_html
from parley.kernel.errors import Invalid, NotFound
from parley.threads import actions, drafts, files, outcomes, outside, rules, showing, thanking
from parley.threads.helped import mark_helped
from parley.threads.models import Draft, Edit, Post, Thread
from parley.threads.own_posts import edit_post, remove_post
from parley.threads.thread_pages import show, views, visible
from parley.web.forms import came_back, flag, reshow, text
from parley.web.limits import limited
from parley.web.permissions import allowed


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
        return keep(thread_id, url_for(".show", thread_id=thread_id))
    if do == "preview":
        preview()
        return show(thread_id)
    if request.form.get("then") == "solved":
        raise Invalid({"then": "To say that it is solved, say who solved it, and press “Close it "
                       "as solved”."})
    if request.form.get("then") == "give_back":
        thread = outcomes.give_back(current_user, thread_id, _said())
        return back(thread, thread.post_count)
    post = actions.write_post(current_user, thread_id, typed_post())
    return back(post.thread, post.number)


def typed_post() -> actions.NewPost:
    """The post of the form to write."""
    return actions.NewPost(
        body=text("body"), purpose=request.form.get("purpose", ""),
        side=request.form.get("side", ""), duplicate_of=request.form.get("duplicate_of", ""),
        ai_assisted=flag("ai_assisted"), explains_delay=flag("explains_delay"),
        form_key=request.form.get("form_key"), draft=request.form.get("draft"), uploads=uploads())


def preview() -> None:
    """Let the page that is shown again show the typed text as it would stand."""
    came_back(Invalid({}))
    g.preview = safe_html.render(safe_html.clean_text(
        text("body"), field="body", least=1, most=rules.BODY[1], what="text"))


def keep(thread_id: str, page: str) -> Response:
    """Keep what was typed as a draft, and go on with it at `page`."""
    draft = drafts.keep(current_user, f"thread:{thread_id}", request.form,
                        request.form.get("draft") or None)
    flash("Your draft is kept. You find it under Account, Drafts.", "ok")
    return redirect(f"{page}?draft={draft.id}#write", 303)  # type: ignore[return-value]


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


@views.post("/threads/<id:thread_id>/escalation")
@allowed("threads:decide")
@limited(20, "minute")
@reshow(show)
def escalate(thread_id: str) -> Response:
    thread = outcomes.escalate(current_user, thread_id)
    flash(f"The managers of {thread.vendor.name} have been told.", "ok")
    return back(thread)


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
@limited(60, "minute")
def follow(thread_id: str) -> Response:
    thread = visible(thread_id)
    actions.follow(current_user, thread)
    return back(thread)


@views.post("/threads/<id:thread_id>/unfollow")
@allowed("threads:follow")
@limited(60, "minute")
def unfollow(thread_id: str) -> Response:
    thread = visible(thread_id)
    actions.unfollow(current_user, thread)
    return back(thread)


@views.post("/posts/<id:post_id>/helped")
@allowed("threads:decide")
@limited(30, "minute")
def helped(post_id: str) -> Response:
    post = mark_helped(current_user, post_id, request.form.get("helped", "1") == "1")
    return back(post.thread, post.number)


@views.post("/posts/<id:post_id>/helped/undo")
@allowed("threads:decide")
@limited(30, "minute")
def not_helped(post_id: str) -> Response:
    post = mark_helped(current_user, post_id, False)
    return back(post.thread, post.number)


@views.post("/posts/<id:post_id>/thanks")
@allowed("threads:decide")
def thank(post_id: str) -> Response:
    post = thanking.thank(current_user, post_id)
    return back(post.thread, post.number)


@views.post("/posts/<id:post_id>/thanks/undo")
@allowed("threads:decide")
def take_thanks_back(post_id: str) -> Response:
    post = thanking.take_back(current_user, post_id)
    return back(post.thread, post.number)


@views.post("/threads/<id:thread_id>/outside")
@allowed("threads:write")
@limited(20, "minute")
@reshow(show)
def enter_outside(thread_id: str) -> Response:
    row = outside.enter(current_user, thread_id, request.form.get("how", ""),
                        request.form.get("day", ""), text("outside_words"))
    flash("It is entered. Once the other side confirms it, it counts as an answer.", "ok")
    return back(row.thread)


@views.post("/outside/<id:contact_id>/confirmation")
@allowed("threads:write")
def confirm_outside(contact_id: str) -> Response:
    row = outside.confirm(current_user, contact_id)
    flash("Confirmed. It counts as the company’s answer.", "ok")
    return back(row.thread)


@views.post("/outside/<id:contact_id>/removal")
@allowed("threads:write")
def drop_outside(contact_id: str) -> Response:
    return back(outside.drop(current_user, contact_id).thread)


def _own_post(post_id: str) -> Post:
    post = Post.get_or_none(Post.id == post_id, Post.author == current_user.id)
    if post is None or post.removed_at:
        raise NotFound
    visible(post.thread_id)
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
    post = edit_post(current_user, post_id, text("body"), title)
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
    post = remove_post(current_user, post_id)
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
    path = files.path_of(found.sha256)
    if not path.is_file():  # a backup that lacked it was restored
        raise NotFound
    response = send_file(
        path, mimetype=found.media_type, download_name=found.name,
        as_attachment=found.media_type == pictures.PDF, conditional=True, etag=found.sha256)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@views.get("/account/drafts")
@allowed("account:manage")
def draft_list() -> str:
    found = drafts.of(current_user)
    here = {thread.id for thread in Thread.select(Thread.id).where(Thread.id.in_(
        [draft.place.removeprefix("thread:") for draft in found]))}
    return render_template("threads/drafts.html", drafts=found,
                           address=lambda draft: _address_in_list(draft, here))


def _address_in_list(draft: Draft, here: set[str]) -> str:
    """A draft that an archive brought may have been begun in a thread that is not here."""
    if draft.place == "new" or draft.place.removeprefix("thread:") in here:
        return draft_address(draft)
    return url_for("compose.form", draft=draft.id)


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
