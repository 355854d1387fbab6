"""Reporting a problem or a part of it, and what a steward does about that."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup

from parley.members.rules import REASONS, reasons_for
from parley.problems import moderating, rules
from parley.problems.problem_pages import seen
from parley.web import forms
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("problem_moderation", __name__)


@views.get("/problems/<id:problem_id>/report")
@allowed("moderation:report")
def report_page(problem_id: str) -> str:
    part = request.values.get("part", "")
    problem, _ = moderating.shown(problem_id, part)
    return render_template(
        "moderation/report.html", what=part.partition("-")[0] or "problem", title=problem.title,
        part=part, back=f"/problems/{problem.id}#{part}",
        choices=[(key, words, None) for key, words in REASONS.items()])


@views.post("/problems/<id:problem_id>/report")
@reshow(report_page)
@allowed("moderation:report")
@limited(30, "hour")
def report(problem_id: str) -> Any:
    row = moderating.report(problem_id, current_user, forms.text("reason"), forms.text("note"),
                            forms.text("part"))
    flash("The stewards have your report. Nothing is hidden until one of them has looked.")
    return redirect(f"/problems/{problem_id}#{row.part}")


@views.get("/problems/<id:problem_id>/moderate")
@allowed("moderation:act")
def moderate_page(problem_id: str) -> str:
    problem, part = seen(problem_id), request.values.get("part", "")
    said = moderating.said(problem, part)
    act = rules.possible(part, said.hidden_at is not None)
    return render_template(
        "moderation/act.html", title=problem.title, back=f"/problems/{problem.id}#{part}",
        part=part, act=act, words=rules.ACTS[act], said=Markup(said.html) if part else None,
        choices=[(key, words, None) for key, words in reasons_for(act).items()])


@views.post("/problems/<id:problem_id>/moderate")
@reshow(moderate_page)
@allowed("moderation:act")
def moderate(problem_id: str) -> Any:
    row = moderating.act(forms.text("act"), problem_id, current_user, forms.text("reason"),
                         forms.text("words"), forms.text("part"))
    flash(f"{rules.DONE[row.kind]}. It is on the public log.")
    return redirect(url_for("moderation.log"))
