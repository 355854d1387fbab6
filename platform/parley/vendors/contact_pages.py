"""Entering a company's public mail address, and the stewards' word on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from parley.vendors import actions, delivery
from parley.web import forms
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("contacts", __name__)


@views.get("/vendors/<slug:slug>/contact")
@allowed("vendors:contact")
def page(slug: str) -> str:
    vendor = actions.by_slug(slug)
    return render_template(
        "vendors/contact.html", vendor=vendor, rows=delivery.addresses_of(vendor),
        no_mail=delivery.wants_no_mail(vendor.id))


@views.post("/vendors/<slug:slug>/contact")
@reshow(page)
@allowed("vendors:contact")
@limited(10, "hour")
def enter(slug: str) -> Any:
    vendor = actions.by_slug(slug)
    delivery.enter(vendor, current_user, forms.text("email"), forms.text("source"))
    flash("Thank you. A steward looks at the address before any mail goes to it.")
    return redirect(url_for("contacts.page", slug=slug))


@views.get("/moderation/contacts")
@allowed("moderation:act")
def desk(contact_id: str | None = None) -> str:
    return render_template("moderation/contacts.html", rows=delivery.waiting())


@views.post("/moderation/contacts/<secret:contact_id>")
@reshow(desk)
@allowed("moderation:act")
def decide(contact_id: str) -> Any:
    if forms.text("decision") == "approve":
        row = delivery.approve(contact_id, current_user)
        flash(f"Threads about {row.vendor.name} now go to {row.email}.")
    else:
        row = delivery.turn_down(contact_id, current_user, forms.text("words"))
        flash("The address is turned down.")
    return redirect(url_for("contacts.desk"))
