"""A company's people: inviting, changing and removing them, and the page of each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_login import current_user

from parley.accounts.models import Account
from parley.vendors import actions, people, rules
from parley.web import forms, pagecache
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("people", __name__)

INVITATION = "invitation"  # in the cookie: the link that somebody followed before signing up


@views.get("/vendors/<slug:slug>/people")
@allowed("vendors:people")
def index(slug: str, invitation_id: str | None = None) -> str:
    vendor = actions.by_slug(slug)
    people.manage(vendor, current_user)
    return render_template("vendors/people.html", vendor=vendor, rows=people.of(vendor),
                           invitations=people.open_invitations(vendor), roles=rules.ROLES)


@views.post("/vendors/<slug:slug>/people")
@reshow(index)
@allowed("vendors:people")
@limited(20, "hour")
def invite(slug: str) -> Any:
    row = people.invite(actions.by_slug(slug), current_user, forms.text("email"),
                        forms.text("role"), forms.text("title"))
    flash(f"The invitation is on its way to {row.email}. Its link works once, for "
          f"{people.INVITED_FOR.days} days.")
    return redirect(url_for(".index", slug=slug))


@views.post("/vendors/<slug:slug>/invitations/<secret:invitation_id>")
@reshow(index)
@allowed("vendors:people")
def take_back(slug: str, invitation_id: str) -> Any:
    people.take_back(invitation_id, actions.by_slug(slug), current_user)
    flash("That link no longer works.")
    return redirect(url_for(".index", slug=slug))


@views.get("/vendors/<slug:slug>/people/<handle:handle>")
@allowed("public:read")
def show(slug: str, handle: str) -> str:
    vendor = actions.by_slug(slug)
    pagecache.reads(f"vendor:{vendor.id}")
    row = people.one_of(actions.by_slug(slug), handle)
    pagecache.reads(f"member:{row.account_id}")
    manages = actions.role_of(current_user, vendor) == "manager"
    return render_template("vendors/person.html", vendor=row.vendor, row=row, manages=manages,
                           roles=rules.ROLES)


@views.post("/vendors/<slug:slug>/people/<handle:handle>")
@reshow(show)
@allowed("vendors:people")
def change(slug: str, handle: str) -> Any:
    row = people.change(actions.by_slug(slug), handle, current_user, forms.text("role"),
                        forms.text("title"))
    flash(f"{row.account.display_name} is {row.role} now.")
    return redirect(url_for(".index", slug=slug))


@views.post("/vendors/<slug:slug>/people/<handle:handle>/removal")
@reshow(show)
@allowed("vendors:people")
def remove(slug: str, handle: str) -> Any:
    vendor = actions.by_slug(slug)
    people.remove(vendor, handle, current_user)
    flash(f"@{handle} no longer answers for {vendor.name}. What they wrote stays.")
    return redirect(url_for(".index", slug=slug) if actions.role_of(current_user, vendor)
                    else f"/vendors/{slug}")


@views.get("/invitations/<secret:token>")
@allowed("public:sign-in")
def invitation(token: str) -> Any:
    row = people.invitation(token)
    if row is None:
        session.pop(INVITATION, None)
        return render_template("vendors/invitation_gone.html"), 404
    if not current_user.is_authenticated:
        session[INVITATION] = token
    return render_template("vendors/invitation.html", row=row, token=token, roles=rules.ROLES)


@views.post("/invitations/<secret:token>")
@reshow(invitation)
@allowed("vendors:accept")
@limited(30, "hour")
def use(token: str) -> Any:
    row = people.use(token, current_user)
    session.pop(INVITATION, None)
    flash(f"You now answer for {row.vendor.name}.")
    return redirect(f"/vendors/{row.vendor.slug}")


def arrive(account: Account) -> str | None:
    """Where somebody who came by an invitation goes on to after signing in or up."""
    token = session.pop(INVITATION, None)
    if not token or people.invitation(token) is None:
        return None
    return f"/invitations/{token}"
