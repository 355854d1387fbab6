"""The pages of one's own account, and keeping other people away."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_login import current_user

from parley.accounts import actions, oidc, rules, sessions, ties
from parley.accounts.arrival_pages import gone, views
from parley.accounts.models import Account
from parley.members.models import Membership
from parley.members.rules import GRACE
from parley.vendors import actions as vendors
from parley.web.forms import reshow, safe_next, text
from parley.web.limits import limited
from parley.web.permissions import allowed
from parley.web.times import zones


def me() -> Account:
    """The person themselves, not the proxy that stands for them."""
    account: Account = current_user._get_current_object()
    return account


@views.get("/account")
@allowed("account:manage")
def overview() -> str:
    membership = Membership.get_or_none(Membership.account == current_user.id)
    return render_template("accounts/overview.html", membership=membership, grace=GRACE,
                           zones=zones(), licences=rules.LICENCES,
                           companies=vendors.vendors_of(current_user))


@views.post("/account")
@reshow(overview)
@allowed("account:manage")
@limited(30, "hour")
def change_profile() -> Any:
    actions.change_profile(
        me(), display_name=text("display_name"), about=text("about"),
        time_zone=text("time_zone"), licence=text("licence"))
    flash("Your profile is changed.")
    return redirect(url_for("accounts.overview"))


@views.get("/account/email")
@allowed("account:manage")
def email() -> str:
    return render_template("accounts/email.html")


@views.post("/account/email")
@reshow(email)
@allowed("account:manage")
@limited(10, "hour")
def change_email() -> Any:
    actions.ask_email(me(), text("email"), text("password"))
    flash("Look into the mailbox of the new address: the link there makes the change. Until then "
          "the old address stays.")
    return redirect(url_for("accounts.email"))


@views.get("/account/email/<secret:token>")
@allowed("public:sign-in")
def confirm_email(token: str) -> Any:
    row = actions.usable(token, "email")
    return render_template("accounts/confirm_email.html", row=row) if row else gone()


@views.post("/account/email/<secret:token>")
@reshow(confirm_email)
@allowed("public:sign-in")
def confirm_email_now(token: str) -> Any:
    actions.change_email(token)
    flash("Your address is changed. From now on you sign in with the new one.")
    return redirect(url_for("accounts.email"))


@views.get("/account/password")
@allowed("account:manage")
def password() -> str:
    return render_template("accounts/password.html")


@views.post("/account/password")
@reshow(password)
@allowed("account:manage")
@limited(10, "hour")
def change_password() -> Any:
    actions.change_password(me(), text("old_password"), text("new_password"))
    flash("Your new password is set. Your other browsers are signed out.")
    return redirect(url_for("accounts.password"))


@views.get("/account/sessions")
@allowed("account:manage")
def own_sessions() -> str:
    return render_template("accounts/sessions.html", sessions=sessions.living(me()),
                           here=current_user.session.id)


@views.post("/account/sessions/<secret:session_id>/end")
@allowed("account:manage")
def end_session(session_id: str) -> Any:
    sessions.end(session_id, by=me())
    flash("That browser is signed out.")
    return redirect(url_for("accounts.own_sessions"))


@views.post("/account/sessions/end-others")
@allowed("account:manage")
def end_other_sessions() -> Any:
    sessions.end_all(me(), but=current_user.session)
    flash("All your other browsers are signed out.")
    return redirect(url_for("accounts.own_sessions"))


@views.get("/account/sign-ins")
@allowed("account:manage")
def sign_ins(identity_id: str = "") -> str:
    """Also what comes back when `identity_id` cannot be unlinked."""
    return render_template("accounts/sign_ins.html", identities=ties.identities_of(me()),
                           provider=oidc.offered())


@views.post("/account/sign-ins/<secret:identity_id>/unlink")
@reshow(sign_ins)
@allowed("account:manage")
def unlink(identity_id: str) -> Any:
    ties.unlink(me(), identity_id)
    flash("That sign-in is unlinked.")
    return redirect(url_for("accounts.sign_ins"))


@views.get("/account/people")
@allowed("account:manage")
def people() -> str:
    return render_template("accounts/people.html", silences=ties.silences_of(me()))


@views.post("/members/<handle:handle>/block")
@allowed("account:silence")
@limited(100, "hour")
def block(handle: str) -> Any:
    other = ties.silence(me(), handle, "block")
    flash(f"No notice or mail of what {other.display_name} writes reaches you any longer, and "
          "they cannot write in the threads that you open.")
    return redirect(safe_next(url_for("accounts.people")))


@views.post("/members/<handle:handle>/mute")
@allowed("account:silence")
@limited(100, "hour")
def mute(handle: str) -> Any:
    other = ties.silence(me(), handle, "mute")
    flash(f"No notice or mail of what {other.display_name} writes reaches you any longer.")
    return redirect(safe_next(url_for("accounts.people")))


@views.post("/members/<handle:handle>/clear")
@allowed("account:silence")
@limited(100, "hour")
def clear(handle: str) -> Any:
    other = ties.clear(me(), handle)
    flash(f"You hear of what {other.display_name} writes again.")
    return redirect(safe_next(url_for("accounts.people")))
