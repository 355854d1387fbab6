"""Naming a cause: choosing the threads that share it, and a known problem for one thread."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from parley.kernel import clock, fulltext, ids
from parley.kernel.errors import Invalid, NotFound, Refusal
from parley.members import rules as members
from parley.problems import actions, linking, rules, search, showing
from parley.problems.models import SHOWN, Problem
from parley.problems.problem_pages import flash_link
from parley.problems.rules import State
from parley.threads import reading_pages
from parley.threads import showing as threads_showing
from parley.threads.models import Thread
from parley.threads.rules import Outcome
from parley.threads.thread_pages import visible
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import forms
from parley.web.forms import came_back, reshow, typed, typed_list
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("naming", __name__)

FOUND = 8
KNOWN = 20


@views.get("/vendors/<slug:slug>/problems/new")
@allowed("problems:open")
def form(slug: str) -> str:
    vendor = vendors.by_slug(slug)
    role = vendors.role_of(current_user, vendor)
    chosen = _threads(vendor, typed_list("threads", [request.args.get("thread", "")]))
    words = typed("q") or request.args.get("q", "")[:200] or " ".join(t.title for t in chosen[:1])
    taken = {thread.id for thread in chosen}
    found = [t for t in _found(vendor, words) if t.id not in taken] if words else []
    return render_template(
        "problems/new.html", vendor=vendor, role=role, refusal=_refusal(role),
        chosen=_options(chosen), found=_options(found), words=typed("q"),
        form_key=typed("form_key") or ids.unguessable(), most=rules.BODY[1])


def _refusal(role: str | None) -> Refusal | None:
    if role:
        return rules.may_open(role)
    return members.may_join_in(current_user.standing)


def _threads(vendor: Vendor, wanted: list[str]) -> list[Thread]:
    """The chosen threads of this company that everybody can see, in the order of choice."""
    chosen = list(dict.fromkeys(one for one in wanted if linking.ID.fullmatch(one)))
    found = {t.id: t for t in reading_pages.listed().where(
        Thread.id.in_(chosen[:rules.MOST_THREADS + 1]), Thread.vendor == vendor.id)}
    return [found[one] for one in chosen if one in found]


def _found(vendor: Vendor, words: str) -> list[Thread]:
    hits = fulltext.find(words, kind="thread", scope=vendor.id, any_word=True, limit=FOUND)
    return [t for t in _threads(vendor, [hit.ref for hit in hits])
            if rules.may_belong(t.kind, t.outcome == Outcome.WITHDRAWN) is None]


def _options(threads: list[Thread]) -> list[tuple[str, Any]]:
    now = clock.now()
    return [(t.id, threads_showing.row(t, now, with_vendor=False)) for t in threads]


@views.post("/vendors/<slug:slug>/problems/new")
@allowed("problems:open")
@limited(30, "minute")
@reshow(form)
def send(slug: str) -> Any:
    vendor = vendors.by_slug(slug)
    if request.form.get("do") == "search":
        came_back(Invalid({}))
        return form(slug)
    problem = actions.open_problem(current_user, vendor, actions.NewProblem(
        request.form.get("title", ""), forms.text("body"),
        tuple(one for one in request.form.getlist("threads") if linking.ID.fullmatch(one)),
        request.form.get("form_key")))
    flash("It is open. Everybody hit by it can follow what you do." if problem.state
          == State.ACKNOWLEDGED else "It is named. The company and the authors of these threads "
          "say whether they belong to it.")
    return redirect(url_for("problems.show", problem_id=problem.id), 303)


@views.get("/threads/<id:thread_id>/problem")
@allowed("problems:link")
def choose(thread_id: str) -> str:
    thread = visible(thread_id)
    if not thread.listed:
        raise NotFound
    like = search.matching(thread.vendor_id, thread.title, KNOWN)
    newest = Problem.select().where(
        Problem.vendor == thread.vendor_id, Problem.place > rules.PLACE[State.REJECTED], SHOWN)
    newest = newest.order_by(Problem.place.desc(), Problem.moved_at.desc(), Problem.id.desc())
    known = {p.id: p for p in (*like, *newest.limit(KNOWN))}
    return render_template(
        "problems/choose.html", thread=thread, vendor=thread.vendor,
        options=[(p.id, p.title, f"{showing.STATE_WORDS[p.state]}. {showing.facts(p)}.")
                 for p in known.values()][:KNOWN])


@views.post("/threads/<id:thread_id>/problem")
@allowed("problems:link")
@limited(30, "minute")
@reshow(choose)
def join(thread_id: str) -> Any:
    wanted = forms.text("problem")
    if not linking.ID.fullmatch(wanted):
        raise Invalid({"problem": "Choose a problem."})
    flash_link(linking.link(current_user, wanted, thread_id))
    return redirect(url_for("threads.show", thread_id=thread_id), 303)
