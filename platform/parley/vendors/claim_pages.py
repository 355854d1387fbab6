"""Claiming a page: what to put where, what was seen there, and giving the claim up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from parley.kernel import db
from parley.kernel.errors import NotFound
from parley.vendors import actions, claims, domains
from parley.vendors import claim_rules as rules
from parley.vendors.models import Claim, Vendor
from parley.web import forms
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("claims", __name__)
views.add_app_template_filter(domains.readable, "readable")


@views.app_errorhandler(actions.Moved)
def moved(error: actions.Moved) -> Response:
    """A page that was merged leads to the one it was merged into."""
    here = {**(request.view_args or {}), "slug": error.slug}
    target = url_for(request.endpoint or "", **here, **request.args.to_dict(flat=False))
    return redirect(target, 301 if request.method in ("GET", "HEAD") else 308)


@views.get("/vendors/<slug:slug>/claim")
@allowed("vendors:claim")
def page(slug: str) -> str:
    vendor = actions.by_slug(slug)
    claim = claims.of_person(vendor, current_user)
    return render_template(
        "vendors/claim.html", vendor=vendor, claim=claim, role=actions.role_of(
            current_user, vendor), managers=_has_managers(vendor), **_steps(claim))


def _has_managers(vendor: Vendor) -> bool:
    return any(r.role == "manager" for r in actions.serving(vendor.id))


def _steps(claim: Claim | None) -> dict[str, Any]:
    """What the claimant puts where, and what was last seen there."""
    if claim is None or claim.ended_at:
        return {"record": None}
    at = claim.seen.get("at")
    return {
        "record": f"{rules.LABEL}.{claim.domain}", "value": rules.challenge(claim.token),
        "address": f"https://{claim.domain}{rules.FILE}",
        "text": json.dumps({"token": claim.token, "expiry": "never"}),
        "readable": domains.readable(claim.domain), "punycode": claim.domain.startswith("xn--")
        or ".xn--" in claim.domain,
        "seen_at": db.EPOCH + timedelta(microseconds=at) if at else None,
        "left": rules.FAILURES - claim.failures, "looking": claims.looking(claim),
    }


@views.post("/vendors/<slug:slug>/claim")
@reshow(page)
@allowed("vendors:claim")
@limited(20, "hour")
def begin(slug: str) -> Any:
    claims.begin(actions.by_slug(slug), current_user, forms.text("domain"))
    return redirect(url_for(".page", slug=slug))


@views.post("/vendors/<slug:slug>/claim/check")
@reshow(page)
@allowed("vendors:claim")
@limited(30, "hour")
def check(slug: str) -> Any:
    claims.ask(_claim(slug).id, current_user)
    return redirect(url_for(".page", slug=slug))


def _claim(slug: str) -> Claim:
    claim = claims.of_person(actions.by_slug(slug), current_user)
    if claim is None or claim.ended_at:
        raise NotFound
    return claim


@views.post("/vendors/<slug:slug>/claim/release")
@reshow(page)
@allowed("vendors:claim")
def release(slug: str) -> Any:
    claims.release(_claim(slug).id, current_user)
    flash("You gave up the claim.")
    return redirect(f"/vendors/{slug}")
