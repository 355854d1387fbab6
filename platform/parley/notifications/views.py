"""A person's notices, in words."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from peewee import JOIN, Tuple

from parley.accounts.models import Account
from parley.kernel import clock
from parley.notifications import actions, rules
from parley.notifications.models import Notice
from parley.problems.models import Problem
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor
from parley.web import forms, paging
from parley.web.permissions import allowed

views = Blueprint("notifications", __name__)

SIZE = 40


@views.get("/notices")
@allowed("account:notices")
def index() -> str:
    page = _notices()
    shown = [(notice, *_told(notice)) for notice in page.rows]
    until = paging.encode(clock.now(), "0")  # what comes later was not seen
    return render_template("notifications/index.html", page=page, shown=shown, until=until)


def _notices() -> paging.Page[Notice]:
    author, writer, company = Account.alias(), Account.alias(), Vendor.alias()
    rows = actions.visible(Notice.select(
        Notice, Thread, Post, Problem, Vendor.name, author.display_name, writer.display_name,
        company.name))
    rows = (
        rows.join_from(Thread, Vendor, JOIN.LEFT_OUTER)
        .join_from(Thread, author, JOIN.LEFT_OUTER, on=Thread.author == author.id, attr="author")
        .join_from(Post, writer, JOIN.LEFT_OUTER, on=Post.author == writer.id, attr="author")
        .join_from(Problem, company, JOIN.LEFT_OUTER, on=Problem.vendor == company.id,
                   attr="vendor")
        .where(Notice.account == current_user.id)
    )
    if after := paging.asked():
        last = Tuple(Notice.at.db_value(after[0]), after[1])
        rows = rows.where(Tuple(Notice.at, Notice.id) < last)
    rows = rows.order_by(Notice.at.desc(), Notice.id.desc()).limit(SIZE + 1)
    return paging.page(list(rows), SIZE, "at")


def _told(notice: Notice) -> tuple[str, str, str]:
    """Where a notice leads, the words of that link, and the words beside it."""
    if notice.problem_id is not None:
        problem, thread = notice.problem, notice.thread if notice.thread_id else None
        words = rules.words(rules.About(notice.kind, company=problem.vendor.name,
                                        thread=thread.title if thread else ""))
        return f"/problems/{problem.id}", problem.title, words
    path = rules.WITHOUT_THREAD.get(notice.kind)
    if path or notice.thread_id is None:
        words = rules.words(rules.About(notice.kind))
        return path or "/notices", words, ""
    thread, post = notice.thread, notice.post if notice.post_id else None
    about = rules.About(
        kind=notice.kind, company=thread.vendor.name, author=thread.author.display_name,
        thread_kind=thread.kind, outcome=thread.outcome, idea_state=thread.idea_state,
        who=post.author.display_name if post else "", purpose=post.purpose if post else None)
    return rules.path_of(thread.id, post and post.number), thread.title, rules.words(about)


@views.post("/notices/read")
@allowed("account:notices")
def read() -> Any:
    until = forms.text("until")
    actions.mark_read(current_user, paging.decode(until)[0] if until else None)
    flash("All notices are marked as read.")
    return redirect(url_for("notifications.index"))
