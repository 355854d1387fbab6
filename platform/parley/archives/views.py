"""The page of archives, their files, and the keys that check them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, send_file
from flask_login import current_user

from parley.archives import actions
from parley.archives.bag import base_name
from parley.archives.building import LEFT_OUT, NOT_YET
from parley.kernel import signing
from parley.web import forms
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("archives", __name__)

KEYS_FRESH = 3600  # seconds; a new key signs nothing that was fetched before


@views.get("/account/archive")
@allowed("account:archive")
def page() -> str:
    archives = actions.of(current_user)
    under_way = next((a for a in archives if a.state in actions.UNDER_WAY), None)
    return render_template(
        "archives/page.html",
        under_way=under_way,
        watching=under_way is not None and "still" not in request.args,
        failed=bool(archives) and archives[0].state == "failed",
        ready=[a for a in archives if actions.can_be_fetched(a)],
        companies=actions.companies(archives),
        kept_days=actions.KEPT.days,
        not_yet=[what for what, reason in LEFT_OUT if reason == NOT_YET],
    )


@views.post("/account/archive")
@reshow(page)
@allowed("account:archive")
@limited(20, "day")
def ask() -> Any:
    part = actions.part_of(forms.text("company"), forms.text("year"), forms.flag("text_only"))
    actions.ask(current_user, part)
    flash("Your archive is being made. You can leave this page; it will be here.")
    return redirect("/account/archive")


@views.get("/account/archive/<secret:archive_id>/file")
@allowed("account:archive")
def file(archive_id: str) -> Response:
    """The ZIP, in ranges when asked, so that a broken download goes on. 404 to others."""
    archive = actions.find(current_user, archive_id)
    assert archive.ready_at is not None
    response = send_file(
        actions.path_of(archive), mimetype="application/zip", as_attachment=True,
        download_name=base_name(current_user.handle, archive.ready_at) + ".zip",
        conditional=True, etag=archive.sha256, last_modified=archive.ready_at)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@views.get("/.well-known/jwks.json")
@allowed("public:keys")
def keys() -> Response:
    """The public keys with which archives are signed, retired ones among them (RFC 7517)."""
    response = jsonify(signing.public_jwks())
    response.mimetype = "application/jwk-set+json"
    response.headers["Cache-Control"] = f"public, max-age={KEYS_FRESH}"
    return response
