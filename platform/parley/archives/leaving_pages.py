"""The page on which a person leaves, and the certificate that stays behind a secret link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, session, url_for
from flask_login import logout_user

from parley.accounts.account_pages import me
from parley.archives import certificates, leaving
from parley.archives.formats import pretty
from parley.kernel import signing
from parley.kernel.errors import NotFound
from parley.members.actions import offices_of
from parley.members.models import Membership
from parley.threads.models import Post, Thread
from parley.vendors import actions as vendors
from parley.web.forms import reshow, text
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("leaving", __name__)


@views.get("/account/leave")
@allowed("account:leave")
def ask() -> str:
    by = me()
    companies = [(row.vendor.name, _is_last(row)) for row in vendors.appointments_of(by)
                 if row.accepted_at]
    return render_template(
        "archives/leave.html", companies=companies, offices=sorted(offices_of(by)),
        membership=Membership.get_or_none(Membership.account == by.id),
        threads=Thread.select().where(Thread.author == by.id).count(),
        posts=Post.select().where(Post.author == by.id, Post.removed_at.is_null()).count())


def _is_last(row: Any) -> bool:
    return all(other.id == row.id for other in vendors.serving(row.vendor_id))


@views.post("/account/leave")
@reshow(ask)
@allowed("account:leave")
@limited(10, "hour")
def leave() -> Any:
    left = leaving.leave(me(), text("words"), text("password"))
    logout_user()
    session.clear()
    return redirect(url_for("leaving.certificate", leaving_id=left.id), 303)


@views.get("/left/<secret:leaving_id>")
@allowed("public:certificate")
def certificate(leaving_id: str) -> Response:
    row = leaving.find(leaving_id)
    said = certificates.content(row) if row.erased_at else None
    return _private(make_response(render_template(
        "archives/certificate.html", leaving=row, said=said)))


@views.get("/left/<secret:leaving_id>/certificate.json")
@allowed("public:certificate")
def certificate_json(leaving_id: str) -> Response:
    return _private(Response(_written(leaving_id), mimetype="application/json"))


@views.get("/left/<secret:leaving_id>/certificate.json.jws")
@allowed("public:certificate")
def signature(leaving_id: str) -> Response:
    """The server's detached JWS over `certificate.json`, as archives have it."""
    signed = signing.sign_detached(_written(leaving_id))
    return _private(Response(signed, mimetype="application/jose"))


def _written(leaving_id: str) -> bytes:
    """:raise NotFound: there is no certificate, or not yet"""
    row = leaving.find(leaving_id)
    if not row.erased_at:
        raise NotFound
    return pretty(certificates.content(row))


def _private(response: Response) -> Response:
    """Whoever has the link may read it; nobody else keeps it or lists it."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
