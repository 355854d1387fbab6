"""Reporting what people brought from elsewhere, and the stewards' part in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_login import current_user

from parley.members.rules import REASONS
from parley.moderation import restored
from parley.web import forms, pagecache
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("restored_reports", __name__)

AT_ONCE = 30
LOG = 100
DESK = "/moderation/restored"


@views.get("/restored/<id:restored_id>/report")
@allowed("moderation:report")
def report_page(restored_id: str) -> str:
    return render_template("moderation/restored_report.html", row=restored.shown(restored_id),
                           choices=[(key, words, None) for key, words in REASONS.items()])


@views.post("/restored/<id:restored_id>/report")
@reshow(report_page)
@allowed("moderation:report")
@limited(30, "hour")
def report(restored_id: str) -> Any:
    restored.report(restored_id, current_user, forms.text("reason"), forms.text("note"))
    flash("The stewards have your report. Nothing is hidden until one of them has looked.")
    return redirect(f"/restored/{restored_id}")


@views.get(DESK)
@allowed("moderation:act")
def desk(report_id: str = "") -> str:
    return render_template("moderation/restored.html", rows=restored.waiting(AT_ONCE),
                           reasons=REASONS)


@views.post("/moderation/restored/<secret:report_id>")
@reshow(desk)
@allowed("moderation:act")
def settle(report_id: str) -> Any:
    row = restored.settle(report_id, current_user, forms.text("decision"), forms.text("words"))
    flash("Only the person who brought it sees it now." if row.upheld
          else "The report is turned down.")
    return redirect(DESK)


@views.post("/moderation/restored/<secret:report_id>/lifting")
@reshow(desk)
@allowed("moderation:act")
def lift(report_id: str) -> Any:
    restored.lift(report_id, current_user)
    flash("It is shown again.")
    return redirect("/moderation/restored/log")


@views.get("/moderation/restored/log")
@allowed("public:read")
def log() -> str:
    pagecache.reads("log")
    rows = restored.log(LOG)
    pagecache.reads(*{f"member:{row.steward_id}" for row in rows})
    return render_template("moderation/restored_log.html", rows=rows, reasons=REASONS)
