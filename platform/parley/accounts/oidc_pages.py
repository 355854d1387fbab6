"""Coming in through an outside provider, and tying it to an account."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, session, url_for
from flask_login import current_user

from parley.accounts import actions, oidc, rules, ties
from parley.accounts.arrival_pages import DRAFT, arrive, browser, ensure_open, views
from parley.kernel import clock
from parley.kernel.errors import Refusal, Refused
from parley.outbox import mail
from parley.web.forms import flag, reshow, safe_next, text
from parley.web.limits import by_typed, limited
from parley.web.permissions import allowed
from parley.web.times import zones

LINKING = "oidc_linking"  # in the cookie: the account that asked to link
ONWARD = "oidc_next"
NEWCOMER = "oidc_newcomer"  # in the cookie: whom the provider named, and nobody here knows
REMEMBERED = timedelta(minutes=30)


@views.post("/sign-in/oidc")
@allowed("public:sign-in")
@limited(60, "hour")
def oidc_start() -> Any:
    session.pop(LINKING, None)
    if flag("link") and current_user.is_authenticated:
        session[LINKING] = current_user.id
    session[ONWARD] = safe_next("")
    return oidc.start(mail.url(url_for("accounts.oidc_callback")))


@views.get("/sign-in/oidc/callback")
@allowed("public:sign-in")
def oidc_callback() -> Any:
    linking, onward = session.pop(LINKING, None), session.pop(ONWARD, "")
    person = oidc.finish()
    if linking is not None:
        return _link(linking, person)
    account = ties.account_of_identity(person.issuer, person.subject)
    if account is None:
        session[NEWCOMER] = asdict(person) | {"at": clock.now().isoformat()}
        return redirect(url_for("accounts.oidc_newcomer"))
    place = arrive(account)
    return redirect(onward or place)


def _link(account_id: str, person: oidc.Person) -> Any:
    if current_user.id != account_id:
        raise Refused(Refusal("signed_out", "You were signed out in between. Sign in, then link "
                              "again."), 400)
    ties.link(current_user._get_current_object(), issuer=person.issuer, subject=person.subject,
              label=person.label)
    flash(f"From now on you can also sign in with {oidc.provider().name}.")
    return redirect(url_for("accounts.sign_ins"))


def _newcomer() -> dict[str, str] | None:
    kept: dict[str, str] | None = session.get(NEWCOMER)
    if kept is None or kept["issuer"] != oidc.provider().issuer:
        return None
    return kept if clock.now() - datetime.fromisoformat(kept["at"]) < REMEMBERED else None


@views.get("/sign-in/oidc/newcomer")
@allowed("public:sign-in")
def oidc_newcomer() -> Any:
    provider, person = oidc.provider(), _newcomer()
    if person is None:
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/newcomer.html", person=person, provider=provider.name,
                           zones=zones())


@views.post("/sign-in/oidc/newcomer")
@reshow(oidc_newcomer)
@allowed("public:sign-in")
@limited(30, "hour")
@limited(10, "hour", by_typed("email", rules.email_address))
def oidc_sign_up() -> Any:
    person = _newcomer()
    if person is None:
        return redirect(url_for("accounts.sign_in"))
    ensure_open()
    actions.sign_up(
        email=text("email"), handle=text("handle"), display_name=text("display_name"),
        password=None, time_zone=text("time_zone"), browser=browser(),
        draft_id=session.get(DRAFT),
        identity={key: person[key] for key in ("issuer", "subject", "label")})
    return redirect(url_for("accounts.sign_up_sent"))
