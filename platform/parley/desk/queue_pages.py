"""The desk's queue, the day of a team, the keys, and doing one thing to many threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask_login import current_user

from parley.accounts.models import Account
from parley.desk import actions, bulk, notes, queue, rules, showing
from parley.kernel import clock, ids
from parley.kernel.errors import NotFound
from parley.problems.models import SHOWN, Problem
from parley.problems.rules import State
from parley.threads.models import Thread
from parley.threads.rules import Kind
from parley.threads.showing import KIND_WORDS
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import forms, paging
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed
from parley.web.times import local

views = Blueprint("desk", __name__)

SIZE = 25
OF_A_DAY = 25
OFFERED = 50  # problems to choose from, those further on first
ACKNOWLEDGED = "Dear {author}, we have read this and will come back to you."


def entered(slug: str) -> tuple[Vendor, str]:
    """The company of this address and the viewer's role there.

    :raise NotFound: no such company, or the viewer does not answer for it
    """
    vendor = vendors.by_slug(slug)
    return vendor, actions.serve(current_user, vendor)


@views.get("/desk")
@allowed("desk:work")
def index() -> Any:
    found = vendors.vendors_of(current_user)
    if not found:
        raise NotFound
    if len(found) == 1:
        return redirect(f"/desk/{found[0].slug}")
    return render_template("desk/index.html", vendors=found)


@dataclass(frozen=True)
class Asked:
    """What the address of the queue asks for."""

    filters: rules.Filters
    who: str

    def url(self, slug: str, **more: str) -> str:
        """The queue with the same filters."""
        chosen = {name: value for name, value in request.args.items() if name != "after"} | more
        return f"/desk/{slug}" + (f"?{urlencode(chosen)}" if chosen else "")


def _problems(vendor: Vendor) -> list[tuple[str, str]]:
    rows = Problem.select(Problem.id, Problem.title).where(
        Problem.vendor == vendor.id, Problem.state != State.REJECTED, SHOWN)
    return [(row.id, row.title) for row in rows.order_by(
        Problem.place.desc(), Problem.moved_at.desc(), Problem.id.desc()).limit(OFFERED)]


def _asked(people: dict[str, Account], problems: list[tuple[str, str]]) -> Asked:
    show, kind = request.args.get("show", "waiting"), request.args.get("kind", "")
    who = request.args.get("who", "")
    by_handle = {person.handle: person.id for person in people.values()}
    known = {"": None, "nobody": ("",), "me": (current_user.id,)} | {
        handle: (account,) for handle, account in by_handle.items()}
    problem = request.args.get("problem", "")
    if show not in list(rules.Show) or kind not in ("", *Kind) or who not in known or (
            problem and problem not in dict(problems)):
        raise NotFound
    filters = rules.Filters(rules.Show(show), Kind(kind) if kind else None, known[who],
                            request.args.get("q", "").strip()[:200], problem)
    return Asked(filters, who)


def _listed(vendor: Vendor, filters: rules.Filters) -> tuple[list[Thread], str | None]:
    """A page of threads, and the mark after which the next page begins."""
    if filters.text or filters.problem:
        threads, last = queue.found(vendor, filters, paging.asked())
        return threads, paging.encode(*last) if last else None
    if filters.show is rules.Show.WAITING:
        after = queue.place(request.args.get("after", ""))
        threads = queue.waiting(vendor, filters, after, SIZE + 1)
        more = len(threads) > SIZE
        return threads[:SIZE], queue.mark(queue.place_of(threads[SIZE - 1])) if more else None
    page = paging.page(queue.newest(vendor, filters, paging.asked(), SIZE + 1), SIZE,
                       "last_post_at")
    return page.rows, page.next


@views.get("/desk/<slug:slug>")
@allowed("desk:work")
def show(slug: str) -> str:
    vendor, role = entered(slug)
    people = {person.id: person for person in actions.colleagues(vendor)}
    problems = _problems(vendor)
    asked = _asked(people, problems)
    threads, more = _listed(vendor, asked.filters)
    return render_template(
        "desk/queue.html", vendor=vendor, role=role,
        colleagues=[(person.handle, person.display_name) for person in people.values()],
        rows=_rows(vendor, threads, people), asked=asked, filters=asked.filters,
        show_words=showing.SHOW_WORDS, kind_words=KIND_WORDS, here=asked.url(slug),
        older=asked.url(slug, after=more) if more else None, acknowledged=ACKNOWLEDGED,
        form_key=ids.unguessable(), most=rules.MOST_AT_ONCE,
        problems=problems)


def _rows(vendor: Vendor, threads: list[Thread], people: dict[str, Account]) -> list[showing.Row]:
    ids_ = [thread.id for thread in threads]
    return showing.rows(threads, f"/desk/{vendor.slug}", people, current_user, clock.now(),
                        queue.earlier(threads), actions.answering(ids_),
                        notes.noted(vendor, ids_))


@views.get("/desk/<slug:slug>/day")
@allowed("desk:work")
def day(slug: str) -> str:
    vendor, role = entered(slug)
    people = {person.id: person for person in actions.colleagues(vendor)}
    now = clock.now()
    start, tomorrow = queue.day_of(local(now))
    _, after = queue.day_of(tomorrow)
    lists = [
        ("Late", queue.late(vendor, now, OF_A_DAY + 1)),
        ("Due today", queue.due_between(vendor, now, tomorrow, OF_A_DAY + 1)),
        ("Due tomorrow", queue.due_between(vendor, tomorrow, after, OF_A_DAY + 1)),
    ]
    return render_template(
        "desk/day.html", vendor=vendor, role=role, people=list(people.values()),
        lists=[(words, _rows(vendor, rows[:OF_A_DAY], people), len(rows) > OF_A_DAY)
               for words, rows in lists],
        loads=queue.loads(vendor), most=queue.MOST_COUNTED,
        opened=queue.opened_since(vendor, start), answered=queue.answered_since(vendor, start))


@views.get("/desk/<slug:slug>/keys")
@allowed("desk:work")
def keys(slug: str) -> str:
    vendor, role = entered(slug)
    return render_template("desk/keys.html", vendor=vendor, role=role)


@views.post("/desk/<slug:slug>/next")
@allowed("desk:work")
@limited(120, "minute")
def next_one(slug: str) -> Any:
    vendor, _ = entered(slug)
    return go_on(vendor, forms.text("after"))


def go_on(vendor: Vendor, after: str, sent: str = "") -> Any:
    """To the next thread after a mark, which the viewer is answering then; else to the queue."""
    thread = actions.take_next(current_user, vendor, queue.place(after))
    if thread is not None:
        flash(f"{sent} This is next in the queue.".strip())
        return redirect(f"/desk/{vendor.slug}/threads/{thread.id}", 303)
    flash(f"{sent} Nothing else waits that is yours or nobody’s.".strip())
    return redirect(f"/desk/{vendor.slug}", 303)


@views.post("/desk/<slug:slug>/bulk")
@reshow(show)
@allowed("desk:work")
@limited(10, "minute")
def many(slug: str) -> Any:
    vendor, _ = entered(slug)
    row = bulk.carry_out(current_user, vendor, bulk.Asked(
        act=forms.text("act"), threads=tuple(request.form.getlist("thread")),
        form_key=forms.text("form_key"), to=forms.text("to"), body=forms.text("body"),
        problem=forms.text("problem")))
    return redirect(f"/desk/{slug}/bulk/{row.id}", 303)


@views.get("/desk/<slug:slug>/bulk/<secret:bulk_id>")
@allowed("desk:work")
def many_done(slug: str, bulk_id: str) -> str:
    vendor, role = entered(slug)
    row = bulk.find(current_user, vendor, bulk_id)
    return render_template("desk/bulk.html", vendor=vendor, role=role, row=row,
                           done_words=rules.BULK[row.act],
                           may_undo=bulk.may_undo(row), until=row.at + rules.UNDO_WITHIN)


@views.post("/desk/<slug:slug>/bulk/<secret:bulk_id>/undo")
@reshow(many_done)
@allowed("desk:work")
@limited(10, "minute")
def undo(slug: str, bulk_id: str) -> Any:
    vendor, _ = entered(slug)
    back, not_back = bulk.undo(current_user, vendor, bulk_id)
    rest = f" {not_back} stayed, because somebody went on from there." if not_back else ""
    flash(f"{back} taken back.{rest}")
    return redirect(f"/desk/{slug}/bulk/{bulk_id}", 303)
