"""The directory, following, a manager's page, and a person's appointments."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from parley.kernel.errors import NotFound
from parley.vendors import actions, directory, rules
from parley.vendors.models import CATEGORIES
from parley.web import forms, pagecache
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("vendors", __name__)


@views.get("/vendors")
@allowed("public:read")
def index() -> str:
    pagecache.reads("vendors")
    query, category = request.args.get("q", "")[:200], request.args.get("category", "")
    if category and category not in CATEGORIES:
        raise NotFound
    page = directory.listing(query, category, request.args.get("after", ""))
    return render_template("vendors/index.html", page=page, query=query, category=category,
                           categories=CATEGORIES)


@views.post("/vendors/<slug:slug>/follow")
@allowed("vendors:follow")
@limited(60, "minute")
def follow(slug: str) -> Any:
    vendor = actions.by_slug(slug)
    actions.follow(vendor, by=current_user)
    flash(f"You follow {vendor.name}. Its threads now stand in your feed.")
    return redirect(f"/vendors/{slug}")


@views.post("/vendors/<slug:slug>/unfollow")
@allowed("vendors:follow")
@limited(60, "minute")
def unfollow(slug: str) -> Any:
    vendor = actions.by_slug(slug)
    actions.unfollow(vendor, by=current_user)
    flash(f"You no longer follow {vendor.name}.")
    return redirect(f"/vendors/{slug}")


@views.get("/vendors/<slug:slug>/edit")
@allowed("vendors:edit")
def edit_page(slug: str) -> str:
    vendor = actions.by_slug(slug)
    if rules.may_edit(actions.role_of(current_user, vendor)):
        raise NotFound
    return render_template("vendors/edit.html", vendor=vendor, categories=CATEGORIES)


@views.post("/vendors/<slug:slug>/edit")
@reshow(edit_page)
@allowed("vendors:edit")
@limited(30, "hour")
def edit(slug: str) -> Any:
    vendor = actions.by_slug(slug)
    if rules.may_edit(actions.role_of(current_user, vendor)):
        raise NotFound
    actions.edit_page(vendor, current_user, forms.text("about"), forms.text("category"))
    flash("The page is up to date.")
    return redirect(f"/vendors/{slug}")


@views.get("/account/appointments")
@allowed("vendors:accept")
def appointments() -> str:
    rows = actions.appointments_of(current_user)
    return render_template("vendors/appointments.html", rows=rows, roles=rules.ROLES)


@views.post("/account/appointments/<id:appointment_id>/accept")
@allowed("vendors:accept")
def accept(appointment_id: str) -> Any:
    row = actions.accept(actions.appointment(appointment_id, current_user), by=current_user)
    flash(f"You now answer for {row.vendor.name}.")
    return redirect(url_for("vendors.appointments"))


@views.post("/account/appointments/<id:appointment_id>/mail")
@allowed("vendors:accept")
def by_mail(appointment_id: str) -> Any:
    row = actions.hear_by_mail(appointment_id, current_user, forms.flag("wanted"))
    flash(f"You hear of {row.vendor.name}’s turns by mail." if row.by_mail
          else f"No more mail about {row.vendor.name}. Notices still tell you in the page.")
    return redirect(url_for("vendors.appointments"))


@views.post("/account/appointments/<id:appointment_id>/decline")
@allowed("vendors:accept")
def decline(appointment_id: str) -> Any:
    row = actions.appointment(appointment_id, current_user)
    actions.remove(row, by=current_user)
    flash(f"You do not answer for {row.vendor.name}.")
    return redirect(url_for("vendors.appointments"))
