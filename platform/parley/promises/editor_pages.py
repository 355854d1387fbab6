"""A manager's desk for the promise: the draft with its preview, publishing, withdrawing."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from parley.kernel import clock, rulebook
from parley.kernel.errors import Invalid, NotFound
from parley.promises import actions, calendars, drafting, measures, rules, wording
from parley.promises.clocks import Terms
from parley.promises.models import PromiseDraft
from parley.promises.rules import KINDS, PromiseTerms
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.vendors.people import manage
from parley.web import forms, times
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("promise_editor", __name__)

PAGE = "/vendors/<slug:slug>/promise"
LABELS = {
    **{day: day.title() for day in drafting.DAYS},
    "zone": "Time zone", "country": "Holidays of", "region": "Region",
    "closed": "Days of your own", "languages": "Languages", "scope": "What it is about",
    "out_of_scope": "What it is not about", "who_answers": "Who answers",
    "responders_may_decide": "What they may decide", "data_within": "Own data, within days",
    "data_formats": "Own data, formats", "expires": "Last day",
    **{f"{target}_{kind}": f"{wording.SUBJECTS[target]} {kind}s"
       for target in drafting.TARGETS for kind in KINDS},
    **{f"after_{step}": f"Step {step}, after" for step in drafting.STEPS},
    **{f"to_{step}": f"Step {step}, to" for step in drafting.STEPS},
}


def _managed(slug: str) -> Vendor:
    """:raise NotFound: there is no such company, or this person does not manage its page"""
    vendor = vendors.by_slug(slug)
    manage(vendor, current_user)
    return vendor


@views.get(f"{PAGE}/edit")
@allowed("promises:manage")
def edit_page(slug: str) -> str:
    vendor = _managed(slug)
    draft = actions.draft_of(vendor.id)
    standing = actions.standing(vendor.id)
    stored = draft.fields if draft else _beginning(vendor, standing.newest)
    typed = _typed()
    fields = stored if typed is None else typed
    preview, wrong = _preview(fields) if draft or typed is not None else (None, {})
    overtaken = "revision" in forms.errors()
    current = draft.revision if draft else 0
    return render_template(
        "promises/edit.html", vendor=vendor, fields=fields, draft=draft, preview=preview,
        wrong=wrong | forms.errors(), labels=LABELS, standing=standing,
        revision=current if overtaken else forms.typed("revision", current),
        theirs=_theirs(stored, fields) if overtaken else [], saved=typed is None,
        days=drafting.DAYS, units=drafting.UNITS, who=drafting.WHO, zone_options=_zones(fields),
        countries=calendars.countries(), steps=drafting.STEPS, targets=drafting.TARGETS,
        kinds=KINDS, notice=rules.NOTICE.days, subjects=wording.SUBJECTS)


def _zones(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """The zones to choose from, and the one that was typed, whatever it is."""
    known = times.zones()
    typed = fields.get("zone", "")
    return [(zone, zone) for zone in ([] if typed in known else [typed]) + known]


def _beginning(vendor: Vendor, newest: Any) -> dict[str, Any]:
    """What an editor shows before anything was typed: the newest version, or usual hours."""
    terms = actions.terms_of(newest)
    if terms is not None:
        return drafting.typed_of(terms)
    usual = dict.fromkeys(drafting.DAYS[:5], "9:00–17:00")
    return dict.fromkeys(drafting.names(), "") | usual | {
        "who_answers": ["employee"], "zone": current_user.time_zone}


def _typed() -> dict[str, Any] | None:
    """The form that came back, or is to be previewed; None on a first look."""
    if request.method != "POST":
        return None
    return _form()


def _form() -> dict[str, Any]:
    return {name: request.form.getlist(name) if name in drafting.LISTS else forms.text(name)
            for name in drafting.names()}


def _theirs(stored: dict[str, Any], typed: dict[str, Any]) -> list[tuple[str, str]]:
    """Where the saved draft differs from what this person typed, and what it says there."""
    return [(words, _said(stored, name)) for name, words in LABELS.items()
            if _said(stored, name) != _said(typed, name)]


def _said(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    said = ", ".join(value) if isinstance(value, list) else value.strip()
    unit = fields.get(f"{name}_unit", "")
    return f"{said} {drafting.UNITS.get(unit, unit)}" if said and unit else said


def _preview(fields: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """The draft in plain words, or what is wrong with it by field."""
    now = clock.now()
    try:
        terms = drafting.read(fields, now)
    except Invalid as problem:
        return None, problem.errors
    measured = {kind: _measured(terms, kind) for kind in KINDS}
    return {"clauses": wording.clauses(terms),
            "examples": wording.examples(terms, measured, now),
            "silent": wording.expected(terms, rulebook.current())}, {}


def _measured(terms: PromiseTerms, kind: str) -> Terms:
    hours = calendars.hours_of(terms)
    found = (measures.target(getattr(terms, target), kind, hours) for target in drafting.TARGETS)
    return Terms(*found)


@views.post(f"{PAGE}/edit")
@reshow(edit_page)
@allowed("promises:manage")
@limited(120, "hour")
def save(slug: str) -> Any:
    actions.save_draft(current_user, _managed(slug), _revision(), _form())
    flash("The draft is saved. Nobody but the managers of your page sees it.")
    return redirect(f"{url_for('.edit_page', slug=slug)}#preview")


def _revision() -> int:
    raw = forms.text("revision")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else -1


@views.post(f"{PAGE}/preview")
@allowed("promises:manage")
@limited(1200, "hour")
def preview(slug: str) -> str:
    """The editor with what was typed and its preview; nothing is saved."""
    forms.came_back(Invalid({}))
    return edit_page(slug)


@views.get(f"{PAGE}/publish")
@allowed("promises:manage")
def publish_page(slug: str) -> str:
    vendor = _managed(slug)
    draft = actions.draft_of(vendor.id)
    if draft is None:
        raise NotFound
    standing = actions.standing(vendor.id)
    terms, wrong = _terms(draft)
    return render_template(
        "promises/publish.html", vendor=vendor, draft=draft, standing=standing, wrong=wrong,
        clauses=wording.clauses(terms) if terms else [],
        differences=wording.differences(actions.terms_of(standing.newest), terms)
        if terms and standing.newest else [],
        earliest=clock.now() + rules.NOTICE, notice=rules.NOTICE.days)


def _terms(draft: PromiseDraft) -> tuple[PromiseTerms | None, dict[str, str]]:
    try:
        return drafting.read(draft.fields, clock.now()), {}
    except Invalid as problem:
        return None, problem.errors


@views.post(f"{PAGE}/publish")
@reshow(publish_page)
@allowed("promises:manage")
@limited(20, "day")
def publish(slug: str) -> Any:
    row = actions.publish(current_user, _managed(slug), _revision(), _day("effective_from"),
                          forms.text("note"))
    flash(f"Version {row.number} is published. " + (
        "It counts from now on." if row.effective_from <= clock.now()
        else f"It counts from {times.day_time(row.effective_from)}."))
    return redirect(url_for("promises.show", slug=slug))


def _day(name: str) -> date | None:
    raw = forms.text(name).strip()
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        raise Invalid({name: "Give the day as year, month and day, such as 2026-12-01."}) from None


@views.get(f"{PAGE}/withdraw")
@allowed("promises:manage")
def withdraw_page(slug: str) -> str:
    vendor = _managed(slug)
    standing = actions.standing(vendor.id)
    if standing.newest is None:
        raise NotFound
    return render_template("promises/withdraw.html", vendor=vendor, standing=standing,
                           earliest=clock.now() + rules.NOTICE, notice=rules.NOTICE.days)


@views.post(f"{PAGE}/withdraw")
@reshow(withdraw_page)
@allowed("promises:manage")
@limited(20, "day")
def withdraw(slug: str) -> Any:
    row = actions.withdraw(current_user, _managed(slug), _day("effective_from"),
                           forms.text("words"))
    flash(f"The promise ends on {times.day_time(row.effective_from)}.")
    return redirect(url_for("promises.show", slug=slug))

