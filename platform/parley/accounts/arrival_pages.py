"""The pages through which a person comes in: sign-up, sign-in, a forgotten password."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_user, logout_user

from parley.accounts import actions, oidc, rules, sessions
from parley.accounts.models import Account
from parley.kernel import ids
from parley.kernel.errors import Refusal, Refused
from parley.members import viewer
from parley.web.forms import reshow, safe_next, text
from parley.web.limits import by_typed, limited
from parley.web.permissions import allowed
from parley.web.times import zones

views = Blueprint("accounts", __name__)

HOME = "/feed"
CLOSED = Refusal("closed", "Signing up is closed here at the moment.")
BROWSER = "sign_up"  # in the cookie: the secret by which a browser that signed up is known again
DRAFT = "draft"  # in the cookie: what a visitor wrote before signing up


def arrive(account: Account) -> str:
    """Sign this browser in; where to go on to."""
    if current_user.is_authenticated:
        sessions.end(current_user.session.id, by=current_user)
    account.session_token = sessions.sign_in(
        account, rules.browser_name(request.user_agent.string))
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    session.permanent = True
    login_user(viewer.with_standing(account))
    places = [hook(account) for hook in actions.on_arrival]
    return next((place for place in places if place), None) or safe_next(HOME)


def browser() -> str:
    """The secret of this browser, made when first asked for."""
    return str(session.setdefault(BROWSER, ids.unguessable()))


def ensure_open() -> None:
    """:raise Refused: the operator closed signing up"""
    if not current_app.extensions["parley.settings"].sign_up:
        raise Refused(CLOSED, 403)


def gone() -> Response:
    """The page of a link that was used or ran out."""
    return make_response(render_template("accounts/gone.html"), 404)


@views.get("/sign-up")
@allowed("public:sign-in")
def sign_up() -> str:
    is_open = current_app.extensions["parley.settings"].sign_up
    return render_template("accounts/sign_up.html", open=is_open, zones=zones(),
                           provider=oidc.offered())


@views.post("/sign-up")
@reshow(sign_up)
@allowed("public:sign-in")
@limited(30, "hour")
@limited(10, "hour", by_typed("email", rules.email_address))
def sign_up_send() -> Any:
    ensure_open()
    actions.sign_up(
        email=text("email"), handle=text("handle"), display_name=text("display_name"),
        password=text("password"), time_zone=text("time_zone"), browser=browser(),
        draft_id=session.get(DRAFT))
    return redirect(url_for("accounts.sign_up_sent"))


@views.get("/sign-up/sent")
@allowed("public:sign-in")
def sign_up_sent() -> str:
    return render_template("accounts/sent.html", what="sign-up")


@views.get("/sign-up/confirm/<secret:token>")
@allowed("public:sign-in")
def confirm(token: str) -> Any:
    waiting = actions.pending(token)
    if waiting is None:
        return gone()
    other = actions.needs_password(waiting, session.get(BROWSER, ""))
    return render_template("accounts/confirm.html", waiting=waiting, other_browser=other)


@views.post("/sign-up/confirm/<secret:token>")
@reshow(confirm)
@allowed("public:sign-in")
@limited(30, "hour")
def confirm_now(token: str) -> Any:
    waiting = actions.pending(token)
    account = actions.confirm(token, browser=session.get(BROWSER, ""), password=text("password"),
                              handle=text("handle"))
    session.pop(BROWSER, None)
    if waiting and waiting.draft_id:
        session[DRAFT] = waiting.draft_id
    flash(f"Welcome, {account.display_name}. Your account is ready.")
    return redirect(arrive(account))


@views.get("/sign-in")
@allowed("public:sign-in")
def sign_in() -> Any:
    if current_user.is_authenticated and request.method == "GET":
        return redirect(safe_next(HOME))
    return render_template("accounts/sign_in.html", next=safe_next(""), provider=oidc.offered())


@views.post("/sign-in")
@reshow(sign_in)
@allowed("public:sign-in")
@limited(60, "5 minutes")
@limited(10, "5 minutes", by_typed("email", rules.email_address))
def sign_in_now() -> Any:
    return redirect(arrive(actions.authenticate(text("email"), text("password"))))


@views.post("/sign-out")
@allowed("public:sign-in")
def sign_out() -> Any:
    if current_user.is_authenticated:
        sessions.end(current_user.session.id, by=current_user)
        logout_user()
    session.clear()
    flash("You are signed out.")
    return redirect("/")


@views.get("/account/reset")
@allowed("public:sign-in")
def reset_ask() -> str:
    return render_template("accounts/reset_ask.html")


@views.post("/account/reset")
@reshow(reset_ask)
@allowed("public:sign-in")
@limited(30, "hour")
@limited(5, "hour", by_typed("email", rules.email_address))
def reset_send() -> Any:
    actions.ask_reset(text("email"))
    return redirect(url_for("accounts.reset_sent"))


@views.get("/account/reset/sent")
@allowed("public:sign-in")
def reset_sent() -> str:
    return render_template("accounts/sent.html", what="reset")


@views.get("/account/reset/<secret:token>")
@allowed("public:sign-in")
def reset(token: str) -> Any:
    row = actions.usable(token, "reset")
    if row is None:
        return gone()
    return render_template("accounts/reset.html", account=row.account)


@views.post("/account/reset/<secret:token>")
@reshow(reset)
@allowed("public:sign-in")
@limited(30, "hour")
def reset_now(token: str) -> Any:
    actions.reset(token, text("password"))
    flash("Your new password is set, and every browser is signed out. Sign in with it here.")
    return redirect(url_for("accounts.sign_in"))
