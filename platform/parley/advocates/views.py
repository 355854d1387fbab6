"""Declaring for a company, and who did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_login import current_user
from peewee import Tuple, fn

from parley.accounts.models import Account
from parley.advocates import actions, rules
from parley.advocates.models import TIES, Declaration
from parley.desk import texts
from parley.kernel import clock
from parley.kernel.errors import Invalid
from parley.threads.models import Helped
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import forms, paging
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("advocates", __name__)

SIZE = 30


@views.get("/vendors/<slug:slug>/advocates")
@allowed("public:read")
def index(slug: str) -> str:
    vendor = vendors.by_slug(slug)
    page = _advocates(vendor)
    helped = authors_helped(vendor, [row.account_id for row in page.rows])
    return render_template("advocates/index.html", vendor=vendor, page=page, helped=helped,
                           ties_words=actions.ties_words, briefings=texts.briefings(vendor))


def _advocates(vendor: Vendor) -> paging.Page[Declaration]:
    rows = Declaration.select(Declaration, Account).join(Account).where(
        Declaration.vendor == vendor.id, Declaration.withdrawn_at.is_null(),
        Account.closed_at.is_null(), Account.suspended_at.is_null())
    if after := paging.asked():
        last = Tuple(Declaration.declared_at.db_value(after[0]), after[1])
        rows = rows.where(Tuple(Declaration.declared_at, Declaration.id) < last)
    rows = rows.order_by(Declaration.declared_at.desc(), Declaration.id.desc())
    return paging.page(list(rows.limit(SIZE + 1)), SIZE, "declared_at")


def authors_helped(vendor: Vendor, helpers: Iterable[str]) -> dict[str, int]:
    """How many different authors each helped at this company in the last year."""
    rows = Helped.select(Helped.helper, fn.COUNT(Helped.author.distinct())).where(
        Helped.helper.in_(list(helpers)), Helped.vendor == vendor.id,
        Helped.at > clock.now() - rules.RECOGNISED_FOR)
    return dict(rows.group_by(Helped.helper).tuples())


@views.get("/vendors/<slug:slug>/advocate")
@allowed("advocates:declare")
def declare_page(slug: str) -> str:
    vendor = vendors.by_slug(slug)
    return render_template(
        "advocates/declare.html", vendor=vendor, ties=TIES,
        declaration=actions.declaration_of(current_user, vendor),
        refusal=actions.may_declare(current_user, vendor))


@views.post("/vendors/<slug:slug>/advocate")
@reshow(declare_page)
@allowed("advocates:declare")
@limited(30, "hour")
def declare(slug: str) -> Any:
    vendor = vendors.by_slug(slug)
    actions.declare(current_user, vendor, request.form.getlist("ties"), _year(),
                    forms.text("received"))
    flash(f"You are an advocate for {vendor.name}. Your ties stand beside your name there.")
    return redirect(f"/vendors/{slug}/advocates")


def _year() -> int | None:
    typed = forms.text("since_year").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4):
        raise Invalid({"since_year": "Give the year in four digits, like 2016, or leave it empty."})
    return int(typed)


@views.post("/vendors/<slug:slug>/advocate/withdraw")
@allowed("advocates:declare")
@limited(30, "hour")
def withdraw(slug: str) -> Any:
    vendor = vendors.by_slug(slug)
    actions.withdraw(current_user, vendor)
    flash(f"You are no longer an advocate for {vendor.name}. What you wrote keeps its mark.")
    return redirect(f"/vendors/{slug}/advocates")
