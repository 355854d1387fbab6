"""Reporting a post, the stewards' desk, and the public log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from peewee import Tuple

from parley.accounts.models import Account
from parley.kernel.errors import NotFound
from parley.moderation import actions, rules
from parley.moderation.models import REASONS, Act, Report
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor
from parley.web import forms, pagecache, paging
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("moderation", __name__)

REPORTS = 20
LOG = 50


@views.get("/posts/<id:post_id>/report")
@allowed("moderation:report")
def report_page(post_id: str) -> str:
    return render_template("moderation/report.html", post=actions.visible_post(post_id),
                           choices=[(key, words, None) for key, words in REASONS.items()])


@views.post("/posts/<id:post_id>/report")
@reshow(report_page)
@allowed("moderation:report")
@limited(30, "hour")
def report(post_id: str) -> Any:
    row = actions.report(post_id, current_user, forms.text("reason"), forms.text("note"))
    flash("The stewards have your report. Nothing is hidden until one of them has looked.")
    return redirect(f"/threads/{row.thread_id}#post-{row.post.number}")


@views.get("/moderation")
@allowed("moderation:act")
def desk(report_id: str | None = None) -> str:
    rows = (
        Report.select(Report, Post, Account, Thread, Vendor)
        .join(Post).join(Account, on=Post.author)
        .switch(Report).join(Thread).join(Vendor)
        .where(Report.settled_at.is_null())
    )
    if after := paging.asked():
        last = Tuple(Report.at.db_value(after[0]), after[1])
        rows = rows.where(Tuple(Report.at, Report.id) > last)
    rows = list(rows.order_by(Report.at, Report.id).limit(REPORTS + 1))
    return render_template("moderation/desk.html", page=paging.page(rows, REPORTS, "at"),
                           reasons=REASONS, safe=Markup)


@views.post("/moderation/reports/<secret:report_id>")
@reshow(desk)
@allowed("moderation:act")
def settle(report_id: str) -> Any:
    row = actions.settle(report_id, current_user, forms.text("decision"), forms.text("words"))
    flash("The report is upheld, and the act is on the log." if row.upheld
          else "The report is turned down.")
    return redirect(url_for("moderation.desk"))


@views.get("/threads/<id:thread_id>/moderate")
@allowed("moderation:act")
def moderate_page(thread_id: str) -> str:
    thread = Thread.get_or_none(Thread.id == thread_id)
    if thread is None:
        raise NotFound
    post = _post(thread)
    can = actions.possible(thread, post)
    return render_template(
        "moderation/moderate.html", thread=thread, post=post, can=can, acts=rules.ACTS,
        reasons=REASONS, lifting=rules.LIFTING, safe=Markup)


def _post(thread: Thread) -> Post | None:
    post_id = request.values.get("post")
    if not post_id:
        return None
    post = post_id.isalnum() and Post.get_or_none(Post.id == post_id, Post.thread == thread.id)
    if not post or post.removed_at:
        raise NotFound
    return post


@views.post("/threads/<id:thread_id>/moderate")
@reshow(moderate_page)
@allowed("moderation:act")
def moderate(thread_id: str) -> Any:
    row = actions.act(
        forms.text("act"), thread_id, current_user, forms.text("reason"), forms.text("words"),
        forms.text("post") or None)
    flash(f"{rules.DONE[row.kind]}. It is on the public log.")
    return redirect(url_for("moderation.log"))


@views.get("/moderation/log")
@allowed("public:read")
def log() -> str:
    pagecache.reads("log")
    rows = Act.select()
    if after := paging.asked():
        rows = rows.where(Tuple(Act.at, Act.id) < Tuple(Act.at.db_value(after[0]), after[1]))
    rows = list(rows.order_by(Act.at.desc(), Act.id.desc()).limit(LOG + 1))
    pagecache.reads(*{f"thread:{act.thread_id}" for act in rows},
                    *{f"member:{act.steward_id}" for act in rows})
    return render_template(
        "moderation/log.html", page=paging.page(rows, LOG, "at"), threads=_threads(rows),
        numbers=_numbers(rows), stewards=_stewards(rows), done=rules.DONE,
        reasons=REASONS | rules.LIFTING)


def _threads(acts: list[Act]) -> dict[str, Thread]:
    """Those that everybody can see; the title of another is not shown."""
    rows = Thread.select(Thread.id, Thread.title).where(
        Thread.id.in_({act.thread_id for act in acts}), Thread.listed == 1)
    return {thread.id: thread for thread in rows}


def _numbers(acts: list[Act]) -> dict[str, int]:
    rows = Post.select(Post.id, Post.number).where(Post.id.in_({act.post_id for act in acts}))
    return dict(rows.tuples())


def _stewards(acts: list[Act]) -> dict[str, Account]:
    rows = Account.select(Account.id, Account.handle, Account.display_name).where(
        Account.id.in_({act.steward_id for act in acts}))
    return {row.id: row for row in rows}
