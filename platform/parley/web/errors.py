"""The one place where what went wrong becomes a page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import peewee
from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from parley.kernel import db
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused
from parley.web.forms import came_back
from parley.web.permissions import SignInNeeded, permission_of

log = logging.getLogger("parley")

WORDS = {
    400: ("That request cannot be read", "Something in the address or form is not as we expect."),
    403: ("That is not for you to do", "Your account may not do this."),
    404: ("There is nothing here", "The address is wrong, or what was here is private or gone."),
    405: ("That is not how this page works", "Go back and use the page's own buttons."),
    413: ("That is too large", "Nothing was stored. A text may have 20,000 characters, a file 8 MB "
          "and all files 24 MB. Go back one page: what you typed still stands there."),
    429: ("That was a lot in a short time", "Wait a little, then send it again. Nothing was lost."),
    500: ("Something broke on our side", "It was noted. What you sent may not have been stored."),
    503: ("The database does not answer", "Try again in a minute. What you sent was not stored."),
}
MOST_KEPT = 200_000  # characters of a form shown again on an error page
SECRET = {"csrf_token", "password", "old_password", "new_password"}
UNTYPED = {
    "form_key", "draft", "do", "seen", "next", "then", "post", "posts", "vendor", "helped", "word",
    "link", "decision", "act", "reason", "kind", "purpose", "side", "ties", "solved_by",
    "idea_state", "impact", "category", "licence", "time_zone", "ai_assisted", "problem", "threads",
    "works", "planned_for", "to", "as", "saved", "was",
    "thread", "after",
}


def _kept() -> list[tuple[str, str]]:
    """What was typed, to be copied from the error page, when no form can show it again."""
    if request.method != "POST":
        return []
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [(k, v[:MOST_KEPT]) for k, v in items if v.strip() and k not in UNTYPED | SECRET]


def error_page(status: int, title: str = "", message: str = "") -> tuple[str, int]:
    standard = WORDS.get(status, ("That did not work", "Go back and try again."))
    page = render_template(
        "error.html", status=status, title=title or standard[0], message=message or standard[1],
        kept=_kept(),
    )
    return page, status


def _again(problem: Invalid | Refusal, status: int) -> Any:
    """The form's own page with what was typed, or an error page that shows it."""
    view = current_app.view_functions.get(request.endpoint or "")
    page: Callable | None = getattr(view, "reshow", None)
    if request.method == "POST" and page is not None:
        came_back(problem)
        try:
            return page(**(request.view_args or {})), status
        except NotFound:
            return error_page(404)
        except (Invalid, Refused, SignInNeeded):
            pass  # the form's page has reasons of its own not to be shown
    words = problem.message if isinstance(problem, Refusal) else " ".join(problem.errors.values())
    return error_page(status, message=words)


def invalid(error: Invalid) -> Any:
    return _again(error, 422 if request.method == "POST" else 400)


def refused(error: Refused) -> Any:
    return _again(error.refusal, error.status)


def not_found(error: Exception) -> Any:
    return error_page(404)


def sign_in_needed(error: SignInNeeded) -> Any:
    keep = current_app.extensions.get("parley.keep_draft")
    if request.method == "POST" and keep is not None and keep():
        flash("Sign in to send it. What you wrote is kept as a draft.", "warn")
    return redirect(url_for("accounts.sign_in", next=_place_to_return()))


def _place_to_return() -> str:
    """Where signing in leads back to: this page, or for a form the page that it stood on."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else "/"


def stale(error: CSRFError) -> Any:
    """The page was open too long (or the post came from elsewhere): show the form again."""
    view = current_app.view_functions.get(request.endpoint or "")
    public = (permission_of(view) or "").startswith("public")  # type: ignore[arg-type]
    if not current_user.is_authenticated and not public:
        return sign_in_needed(SignInNeeded())
    words = "This page had been open for too long. Nothing is lost: look it over and send it again."
    return _again(Refusal("stale", words), 400)


def too_many(error: RateLimitExceeded) -> Any:
    return _again(Refusal("too_many", " ".join(WORDS[429])), 429)


def http(error: HTTPException) -> Any:
    if error.code and 300 <= error.code < 400:
        return error
    return error_page(error.code or 500)


def unreachable(error: peewee.OperationalError) -> Any:
    log.exception("database")
    db.database.close()
    g.pop("_login_user", None)
    return error_page(503)


def crashed(error: Exception) -> Any:
    log.exception("unexpected")
    return error_page(500)


def install(app: Flask) -> None:
    app.register_error_handler(Invalid, invalid)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(NotFound, not_found)
    app.register_error_handler(SignInNeeded, sign_in_needed)
    app.register_error_handler(CSRFError, stale)
    app.register_error_handler(RateLimitExceeded, too_many)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(peewee.OperationalError, unreachable)
    if not app.testing:
        app.register_error_handler(Exception, crashed)
