"""Reporting a post, the stewards' desk, and the public log."""

from __future__ import annotations

import heapq
from itertools import islice
from operator import attrgetter
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from peewee import ModelSelect, Tuple

from parley.accounts.models import Account
from parley.desk import moderating as moderating_briefings
from parley.desk import rules as desk_rules
from parley.desk.models import Briefing, BriefingAct, BriefingReport
from parley.kernel.errors import NotFound
from parley.members.rules import LIFTING, REASONS
from parley.moderation import actions, rules
from parley.moderation.models import Act, Report
from parley.problems import moderating
from parley.problems import rules as problem_rules
from parley.problems.models import SHOWN, Problem, ProblemAct, ProblemReport
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
    post = actions.visible_post(post_id)
    return render_template(
        "moderation/report.html", what="post", title=post.thread.title,
        back=f"/threads/{post.thread_id}#post-{post.number}",
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
    posts = (
        Report.select(Report, Post, Account, Thread, Vendor)
        .join(Post).join(Account, on=Post.author)
        .switch(Report).join(Thread).join(Vendor)
    )
    problems = (
        ProblemReport.select(ProblemReport, Problem, Account, Vendor)
        .join(Problem).join(Account, on=Problem.opened_by)
        .switch(Problem).join(Vendor)
    )
    briefings = (
        BriefingReport.select(BriefingReport, Briefing, Account, Vendor)
        .join(Briefing).join(Account, on=Briefing.by)
        .switch(Briefing).join(Vendor)
    )
    kinds = map(_waiting, (posts, problems, briefings))
    rows = heapq.merge(*kinds, key=attrgetter("at", "id"))
    page = paging.page(list(islice(rows, REPORTS + 1)), REPORTS, "at")
    return render_template("moderation/desk.html", page=page, reasons=REASONS, safe=Markup,
                           said=moderating.said)


def _waiting(reports: ModelSelect) -> list[Any]:
    """The next reports of one kind, those that waited longest first."""
    model = reports.model
    reports = reports.where(model.settled_at.is_null())
    if after := paging.asked():
        last = Tuple(model.at.db_value(after[0]), after[1])
        reports = reports.where(Tuple(model.at, model.id) > last)
    return list(reports.order_by(model.at, model.id).limit(REPORTS + 1))


@views.post("/moderation/reports/<secret:report_id>")
@reshow(desk)
@allowed("moderation:act")
def settle(report_id: str) -> Any:
    row = actions.settle(report_id, current_user, forms.text("decision"), forms.text("words"))
    return _settled(row.upheld)


@views.post("/moderation/problems/reports/<secret:report_id>")
@reshow(desk)
@allowed("moderation:act")
def settle_problem(report_id: str) -> Any:
    row = moderating.settle(report_id, current_user, forms.text("decision"), forms.text("words"))
    return _settled(row.upheld)


@views.post("/moderation/briefings/reports/<secret:report_id>")
@reshow(desk)
@allowed("moderation:act")
def settle_briefing(report_id: str) -> Any:
    row = moderating_briefings.settle(
        report_id, current_user, forms.text("decision"), forms.text("words"))
    return _settled(row.upheld)


def _settled(upheld: bool) -> Any:
    flash("The report is upheld, and the act is on the log." if upheld
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
        reasons=REASONS, lifting=LIFTING, safe=Markup)


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
    of_briefings = BriefingAct.select(BriefingAct, Briefing, Vendor).join(Briefing).join(Vendor)
    kinds = map(_newest, (Act.select(), ProblemAct.select(), of_briefings))
    newest = heapq.merge(*kinds, key=attrgetter("at", "id"), reverse=True)
    rows = list(islice(newest, LOG + 1))
    about = [act for act in rows if isinstance(act, Act)]
    causes = [act for act in rows if isinstance(act, ProblemAct)]
    briefings = [act.briefing for act in rows if isinstance(act, BriefingAct)]
    pagecache.reads(*{f"thread:{act.thread_id}" for act in about},
                    *{f"problem:{act.problem_id}" for act in causes},
                    *{f"vendor:{briefing.vendor_id}" for briefing in briefings},
                    *{f"member:{act.steward_id}" for act in rows})
    return render_template(
        "moderation/log.html", page=paging.page(rows, LOG, "at"), threads=_threads(about),
        numbers=_numbers(about), problems=_problems(causes), stewards=_stewards(rows),
        done=rules.DONE | problem_rules.DONE | desk_rules.DONE, reasons=REASONS | LIFTING)


def _newest(rows: ModelSelect) -> list[Any]:
    """The next acts of one kind, newest first."""
    model = rows.model
    if after := paging.asked():
        last = Tuple(model.at.db_value(after[0]), after[1])
        rows = rows.where(Tuple(model.at, model.id) < last)
    return list(rows.order_by(model.at.desc(), model.id.desc()).limit(LOG + 1))


def _problems(acts: list[ProblemAct]) -> dict[str, Problem]:
    """Those that everybody can see."""
    rows = Problem.select(Problem.id, Problem.title).where(
        Problem.id.in_({act.problem_id for act in acts}), SHOWN)
    return {problem.id: problem for problem in rows}


def _threads(acts: list[Act]) -> dict[str, Thread]:
    """Those that everybody can see; the title of another is not shown."""
    rows = Thread.select(Thread.id, Thread.title).where(
        Thread.id.in_({act.thread_id for act in acts}), Thread.listed == 1)
    return {thread.id: thread for thread in rows}


def _numbers(acts: list[Act]) -> dict[str, int]:
    rows = Post.select(Post.id, Post.number).where(Post.id.in_({act.post_id for act in acts}))
    return dict(rows.tuples())


def _stewards(acts: list[Act | ProblemAct | BriefingAct]) -> dict[str, Account]:
    rows = Account.select(Account.id, Account.handle, Account.display_name).where(
        Account.id.in_({act.steward_id for act in acts}))
    return {row.id: row for row in rows}
