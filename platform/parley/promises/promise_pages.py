"""What a company promises, as everybody reads it: the page, its versions, and the JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_login import current_user

from parley.kernel import clock, rulebook
from parley.kernel.errors import NotFound
from parley.outbox.mail import url
from parley.promises import actions, measures, published, wording
from parley.promises.actions import Standing
from parley.promises.models import Promise
from parley.promises.rules import KINDS, NOTICE, PromiseTerms
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor, VendorAlias
from parley.web import pagecache
from parley.web.permissions import allowed

views = Blueprint("promises", __name__)

VERSIONS = 20  # on a page of the history
RULES_FRESH = timedelta(minutes=1)  # a page that shows the rule book may be kept so long


@dataclass(frozen=True)
class Shown:
    """One version as a page shows it; `until` is when it ceased, or will cease, to count."""

    row: Promise
    terms: PromiseTerms | None
    clauses: list[wording.Clause]
    hours: list[tuple[str, str]]
    examples: list[str]
    silent: list[str]


def shown(row: Promise) -> Shown:
    terms = actions.terms_of(row)
    if terms is None:
        return Shown(row, None, [], [], [], [])
    measured = {kind: measures.terms(row.id, rulebook.number(), kind) for kind in KINDS}
    hours = wording.hours_table(terms.week) if any(terms.week) else []
    return Shown(row, terms, wording.clauses(terms), hours,
                 wording.examples(terms, measured, row.effective_from), silent(terms))


def last_day(row: Promise) -> str:
    """The last day on which a version binds, as the company counts days; empty for a withdrawal."""
    terms = actions.terms_of(row)
    return wording.day_words(terms.expires) if terms else ""


def silent(terms: PromiseTerms | None) -> list[str]:
    """What the community expects where a promise says nothing."""
    return wording.expected(terms, rulebook.current())


def changes(rows: list[Promise], row: Promise) -> list[wording.Difference]:
    """What a version changed, when the one before it is among `rows`."""
    before = next((one for one in rows if one.number == row.number - 1), None)
    if before is None:
        return []
    return wording.differences(actions.terms_of(before), actions.terms_of(row))


def heir(rows: list[Promise], row: Promise) -> Promise | None:
    """The version that takes over from one, as far as it is among `rows`."""
    later = [one for one in rows if one.number > row.number]
    return min(later, key=lambda one: (one.effective_from, -one.number), default=None)


@views.get("/vendors/<slug:slug>/promise")
@allowed("public:read")
def show(slug: str) -> str:
    vendor = _vendor(slug)
    standing = _standing(vendor)
    below = _below()
    known = actions.history(vendor.id, below and below + 1, VERSIONS + 2)
    rows = [row for row in known if below is None or row.number < below][:VERSIONS + 1]
    return render_template(
        "promises/show.html", vendor=vendor, standing=standing,
        promise=standing.in_force and shown(standing.in_force),
        coming=[(row, _against(standing, row)) for row in standing.coming],
        expected=silent(None),
        history=[(row, changes(rows, row), heir(known, row)) for row in rows[:VERSIONS]],
        older=rows[VERSIONS - 1].number if len(rows) > VERSIONS else None,
        role=vendors.role_of(current_user, vendor), notice=NOTICE.days,
        last_day=last_day)


def _vendor(slug: str) -> Vendor:
    """The company, read after the version numbers of its pages."""
    pagecache.reads(f"vendor:{vendors.by_slug(slug).id}")
    pagecache.fresh_until(clock.now() + RULES_FRESH)
    return vendors.by_slug(slug)


def _standing(vendor: Vendor) -> Standing:
    standing = actions.standing(vendor.id)
    pagecache.fresh_until(standing.changes_at)
    return standing


def _below() -> int | None:
    raw = request.args.get("below", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 6 else None


def _against(standing: Standing, row: Promise) -> list[wording.Difference]:
    return wording.differences(actions.terms_of(standing.in_force), actions.terms_of(row))


@views.get("/vendors/<slug:slug>/promise/versions/<int:number>")
@allowed("public:read")
def version(slug: str, number: int) -> str:
    vendor = _vendor(slug)
    row = actions.version(vendor.id, number)
    return _page(vendor, row, vendor.name)


@views.get("/promises/<id:promise_id>")
@allowed("public:read")
def by_id(promise_id: str) -> Any:
    """A version by what threads know of it, also when its page was merged into another."""
    row = actions.by_id(promise_id)
    if row.page == row.vendor_id:
        return redirect(url_for(".version", slug=row.vendor.slug, number=row.number))
    alias = VendorAlias.get_or_none(VendorAlias.old_id == row.page)
    return _page(row.vendor, row, alias.name if alias else row.vendor.name)


def _page(vendor: Vendor, row: Promise, name: str) -> str:
    """`name` is what the company was called on the page on which this was published."""
    rows = actions.history(row.page, row.number + 2, 3)
    after = heir(rows, row)
    pagecache.fresh_until(*_turns(row, after))
    return render_template(
        "promises/version.html", vendor=vendor, promise=shown(row), changes=changes(rows, row),
        after=after, now=clock.now(), name=name, moved=row.page != vendor.id, last_day=last_day,
        role=vendors.role_of(current_user, vendor))


def _turns(row: Promise, after: Promise | None) -> list[datetime]:
    """When a version begins and ends, as far as that is still to come."""
    now = clock.now()
    turns = (row.effective_from, row.expires_at, after and after.effective_from)
    return [at for at in turns if at and at > now]


@views.get("/vendors/<slug:slug>/service-promise.json")
@allowed("public:read")
def as_json(slug: str) -> Response:
    vendor = _vendor(slug)
    standing = _standing(vendor)
    if standing.in_force is None:
        raise NotFound
    page = url(f"/vendors/{vendor.slug}")
    answer = jsonify(published.document(
        standing.in_force, vendor.controls or vendor.domain, page))
    answer.headers["Link"] = f'<{page}/promise>; rel="alternate"; type="text/html"'
    return answer
