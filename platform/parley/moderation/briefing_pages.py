"""Reporting a briefing, and what a steward does about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from markupsafe import Markup

from parley.desk import moderating, rules
from parley.members.rules import REASONS, reasons_for
from parley.web import forms
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("briefing_moderation", __name__)


@views.get("/briefings/<id:briefing_id>/report")
@allowed("moderation:report")
def report_page(briefing_id: str) -> str:
    row = moderating.shown(briefing_id)
    return render_template(
        "moderation/report.html", what="briefing", title=row.vendor.name,
        back=f"/vendors/{row.vendor.slug}/advocates",
        choices=[(key, words, None) for key, words in REASONS.items()])


@views.post("/briefings/<id:briefing_id>/report")
@reshow(report_page)
@allowed("moderation:report")
@limited(30, "hour")
def report(briefing_id: str) -> Any:
    row = moderating.report(briefing_id, current_user, forms.text("reason"), forms.text("note"))
    flash("The stewards have your report. Nothing is hidden until one of them has looked.")
    return redirect(f"/vendors/{row.briefing.vendor.slug}/advocates")


@views.get("/briefings/<id:briefing_id>/moderate")
@allowed("moderation:act")
def moderate_page(briefing_id: str) -> str:
    row = moderating.found(briefing_id)
    act = rules.possible(row.hidden_at is not None)
    choices = reasons_for(act).items()
    return render_template(
        "moderation/act.html", title=row.vendor.name, act=act, words=rules.ACTS[act],
        back=f"/vendors/{row.vendor.slug}/advocates", said=Markup(row.html),
        choices=[(key, words, None) for key, words in choices])


@views.post("/briefings/<id:briefing_id>/moderate")
@reshow(moderate_page)
@allowed("moderation:act")
def moderate(briefing_id: str) -> Any:
    row = moderating.act(forms.text("act"), briefing_id, current_user, forms.text("reason"),
                         forms.text("words"))
    flash(f"{rules.DONE[row.kind]}. It is on the public log.")
    return redirect(url_for("moderation.log"))
