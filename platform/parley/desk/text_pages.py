"""Pages on which managers keep saved replies and briefings."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_login import current_user

from parley.desk import rules, texts
from parley.desk.queue_pages import entered, views
from parley.threads.showing import PURPOSE_CHOICES
from parley.vendors import people
from parley.web.forms import reshow, text
from parley.web.limits import limited
from parley.web.permissions import allowed

PURPOSES = [(purpose, *words) for purpose, words in PURPOSE_CHOICES.items()]


@views.get("/desk/<slug:slug>/replies")
@allowed("desk:work")
def replies(slug: str) -> str:
    vendor, role = entered(slug)
    return render_template("desk/replies.html", vendor=vendor, role=role, row=None,
                           rows=texts.replies(vendor), purposes=PURPOSES,
                           purpose_words=PURPOSE_CHOICES, placeholders=rules.PLACEHOLDERS)


@views.post("/desk/<slug:slug>/replies")
@reshow(replies)
@allowed("desk:manage")
@limited(60, "hour")
def save_reply(slug: str) -> Any:
    vendor, _ = entered(slug)
    row = texts.save_reply(current_user, vendor, text("title"), text("purpose"), text("body"))
    flash(f"“{row.title}” is saved.")
    return redirect(f"/desk/{slug}/replies", 303)


@views.get("/desk/<slug:slug>/replies/<secret:reply_id>")
@allowed("desk:manage")
def reply(slug: str, reply_id: str) -> str:
    vendor, role = entered(slug)
    people.manage(vendor, current_user)
    return render_template("desk/reply.html", vendor=vendor, role=role, purposes=PURPOSES,
                           row=texts.reply(current_user, vendor, reply_id),
                           placeholders=rules.PLACEHOLDERS)


@views.post("/desk/<slug:slug>/replies/<secret:reply_id>")
@reshow(reply)
@allowed("desk:manage")
@limited(60, "hour")
def change_reply(slug: str, reply_id: str) -> Any:
    vendor, _ = entered(slug)
    row = texts.save_reply(current_user, vendor, text("title"), text("purpose"), text("body"),
                           reply_id)
    flash(f"“{row.title}” is saved.")
    return redirect(f"/desk/{slug}/replies", 303)


@views.post("/desk/<slug:slug>/replies/<secret:reply_id>/removal")
@allowed("desk:manage")
@limited(60, "hour")
def remove_reply(slug: str, reply_id: str) -> Any:
    vendor, _ = entered(slug)
    texts.remove_reply(current_user, vendor, reply_id)
    flash("That saved reply is gone. What was written with it stays.")
    return redirect(f"/desk/{slug}/replies", 303)


@views.get("/desk/<slug:slug>/briefings")
@allowed("desk:manage")
def briefings(slug: str) -> str:
    vendor, role = entered(slug)
    people.manage(vendor, current_user)
    return render_template("desk/briefings.html", vendor=vendor, role=role,
                           rows=texts.briefings(vendor))


@views.post("/desk/<slug:slug>/briefings")
@reshow(briefings)
@allowed("desk:manage")
@limited(30, "hour")
def publish_briefing(slug: str) -> Any:
    vendor, _ = entered(slug)
    texts.publish_briefing(current_user, vendor, text("title"), text("body"))
    flash("Your advocates can read it now, and so can everybody else.")
    return redirect(f"/desk/{slug}/briefings", 303)


@views.get("/desk/<slug:slug>/briefings/<id:briefing_id>")
@allowed("desk:manage")
def briefing(slug: str, briefing_id: str) -> str:
    vendor, role = entered(slug)
    people.manage(vendor, current_user)
    return render_template("desk/briefing.html", vendor=vendor, role=role,
                           row=texts.briefing(vendor, briefing_id))


@views.post("/desk/<slug:slug>/briefings/<id:briefing_id>")
@reshow(briefing)
@allowed("desk:manage")
@limited(30, "hour")
def change_briefing(slug: str, briefing_id: str) -> Any:
    vendor, _ = entered(slug)
    texts.publish_briefing(current_user, vendor, text("title"), text("body"), briefing_id)
    flash("The briefing is changed.")
    return redirect(f"/desk/{slug}/briefings", 303)


@views.post("/desk/<slug:slug>/briefings/<id:briefing_id>/removal")
@allowed("desk:manage")
@limited(30, "hour")
def remove_briefing(slug: str, briefing_id: str) -> Any:
    vendor, _ = entered(slug)
    texts.remove_briefing(current_user, vendor, briefing_id)
    flash("That briefing is gone.")
    return redirect(f"/desk/{slug}/briefings", 303)
