"""Reporting a problem, and what a steward does about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from parley.members.rules import REASONS
from parley.problems import actions, moderating, rules
from parley.problems.problem_pages import seen
from parley.web import forms
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("problem_moderation", __name__)


@views.get("/problems/<id:problem_id>/report")
@allowed("moderation:report")
def report_page(problem_id: str) -> str:
    problem = actions.find(problem_id)
    return render_template(
        "moderation/report.html", what="problem", title=problem.title,
        back=f"/problems/{problem.id}",
        choices=[(key, words, None) for key, words in REASONS.items()])


@views.post("/problems/<id:problem_id>/report")
@reshow(report_page)
@allowed("moderation:report")
@limited(30, "hour")
def report(problem_id: str) -> Any:
    moderating.report(problem_id, current_user, forms.text("reason"), forms.text("note"))
    flash("The stewards have your report. Nothing is hidden until one of them has looked.")
    return redirect(f"/problems/{problem_id}")


@views.get("/problems/<id:problem_id>/moderate")
@allowed("moderation:act")
def moderate_page(problem_id: str) -> str:
    problem = seen(problem_id)
    act = "show_problem" if problem.hidden_at else "hide_problem"
    return render_template(
        "moderation/problem.html", problem=problem, act=act, words=rules.ACTS[act],
        choices=[(key, words, None) for key, words in rules.reasons_for(act).items()])


@views.post("/problems/<id:problem_id>/moderate")
@reshow(moderate_page)
@allowed("moderation:act")
def moderate(problem_id: str) -> Any:
    row = moderating.act(forms.text("act"), problem_id, current_user, forms.text("reason"),
                         forms.text("words"))
    flash(f"{rules.DONE[row.kind]}. It is on the public log.")
    return redirect(url_for("moderation.log"))
