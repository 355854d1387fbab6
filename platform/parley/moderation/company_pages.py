"""What stewards decide about companies, and the public log of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from parley.kernel.errors import Invalid, NotFound
from parley.vendors import actions, claim_rules, disputes
from parley.vendors.models import Vendor
from parley.web import forms, pagecache
from parley.web.forms import reshow
from parley.web.permissions import allowed

views = Blueprint("companies", __name__)

AT_ONCE = 30
LOG = 100


@views.get("/moderation/vendors")
@allowed("moderation:act")
def desk(dispute_id: str | None = None) -> str:
    return render_template("moderation/vendors.html", rows=disputes.waiting(AT_ONCE),
                           cases=claim_rules.CASES)


@views.post("/moderation/vendors/disputes/<id:dispute_id>")
@reshow(desk)
@allowed("moderation:act")
def decide(dispute_id: str) -> Any:
    row = disputes.decide(dispute_id, current_user, forms.text("decision"), forms.text("words"))
    flash("The page is the claimant’s now." if row.decision == "uphold"
          else "The claim is turned down.")
    return redirect(url_for(".desk"))


@views.post("/moderation/vendors/merge")
@reshow(desk)
@allowed("moderation:act")
def merge() -> Any:
    gone, kept = _page("gone"), _page("into")
    kept = disputes.merge(gone, kept, current_user, forms.text("words"))
    flash(f"The page of {gone.name} leads to that of {kept.name} now.")
    return redirect(f"/vendors/{kept.slug}")


def _page(field: str) -> Vendor:
    """A company's page by what a steward typed: its address, or the last part of it.

    :raise Invalid: there is none
    """
    typed = forms.text(field).strip().rstrip("/").rpartition("/vendors/")[2]
    try:
        return actions.by_slug(typed.lower()[:80])
    except NotFound:
        raise Invalid({field: "There is no page under that address."}) from None


@views.get("/moderation/vendors/log")
@allowed("public:read")
def log() -> str:
    pagecache.reads("log")
    return render_template("moderation/vendors_log.html", rows=disputes.decided(LOG),
                           merges=disputes.merges(LOG), cases=claim_rules.CASES)
