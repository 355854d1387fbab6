"""A company's problems, the page of each, and what is done there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from peewee import JOIN, Tuple

from parley.accounts.models import Account
from parley.kernel import clock, ids
from parley.kernel.errors import Invalid, NotFound
from parley.problems import actions, answering, counting, linking, rules, showing, steps
from parley.problems.models import (
    SHOWN,
    Problem,
    ProblemFollow,
    ProblemLink,
    ProblemStep,
    ProblemUpdate,
    ProblemVote,
)
from parley.problems.rules import Link, Side, State
from parley.threads import reading_pages
from parley.threads.models import Thread
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import forms, pagecache, paging
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed
from parley.web.times import many

views = Blueprint("problems", __name__)

ALL = "all"
SIZE = 25
STEPS = 60
UPDATES = 10
SUGGESTIONS = 30


@views.get("/vendors/<slug:slug>/problems")
@allowed("public:read")
def index(slug: str) -> str:
    vendor = vendors.by_slug(slug)
    pagecache.reads(f"vendor:{vendor.id}")
    state = request.args.get("show", ALL)
    if state not in (ALL, *showing.STATE_WORDS):
        raise NotFound
    query = Problem.select().where(Problem.vendor == vendor.id, SHOWN)
    query = query if state == ALL else query.where(Problem.state == state)
    if after := paging.asked():
        last = Tuple(Problem.moved_at.db_value(after[0]), after[1])
        query = query.where(Tuple(Problem.moved_at, Problem.id) < last)
    query = query.order_by(Problem.moved_at.desc(), Problem.id.desc()).limit(SIZE + 1)
    page = paging.page(list(query), SIZE, "moved_at")
    tabs = [(key, words, url_for(".index", slug=slug, show=key))
            for key, words in ((ALL, "All"), *showing.STATE_WORDS.items())]
    role = vendors.role_of(current_user, vendor) if current_user.is_authenticated else None
    return render_template(
        "problems/index.html", vendor=vendor, rows=[showing.row(p) for p in page.rows], tabs=tabs,
        current=state, older=reading_pages.older_url(page), role=role)


def seen(problem_id: str) -> Problem:
    """A problem that this viewer may see: a hidden one is there for stewards and whoever named it.

    :raise NotFound: there is none
    """
    problem = Problem.get_or_none(Problem.id == problem_id)
    if problem is None:
        raise NotFound
    if problem.hidden_at is not None and not (
            problem.opened_by_id == current_user.id or "steward" in current_user.offices):
        raise NotFound
    return problem


@views.get("/problems/<id:problem_id>")
@allowed("public:read")
def show(problem_id: str, **_: Any) -> str:
    found = seen(problem_id)
    pagecache.reads(f"problem:{problem_id}", f"vendor:{found.vendor_id}")
    opener = Account.alias()
    problem = (
        Problem.select(Problem, Vendor, opener).join(Vendor)
        .join_from(Problem, opener, on=Problem.opened_by == opener.id, attr="opened_by")
        .where(Problem.id == problem_id).get())
    history = list(
        ProblemStep.select(ProblemStep, Account).join(Account, JOIN.LEFT_OUTER)
        .where(ProblemStep.problem == problem_id).order_by(ProblemStep.id).limit(STEPS))
    fixes = [step.at for step in history if step.state == State.FIXED]
    now = clock.now()
    chart = showing.chart(problem, fixes, now)
    ends = showing.end_of_plan(problem)
    pagecache.fresh_until(chart.next_week if chart else None, ends if ends and now < ends else None)
    page = _linked(problem_id)
    return render_template(
        "problems/show.html", problem=problem, vendor=problem.vendor,
        pill=(showing.TONES[problem.state], showing.STATE_WORDS[problem.state]),
        asking=problem.state in rules.ASKING, enough=rules.enough(problem.affected),
        history=[(showing.step_words(step, n), step) for n, step in enumerate(history)],
        hat_words=showing.HAT_WORDS[problem.hat], named_day=showing.named_day, chart=chart,
        overdue=bool(ends and ends <= now),
        updates=answering.of(problem_id, UPDATES), rows=_rows(page.rows),
        older=reading_pages.older_url(page), left_words=showing.LEFT_WORDS, **_yours(problem))


def _linked(problem_id: str) -> paging.Page[ProblemLink]:
    query = counting.linked_threads(
        problem_id, ProblemLink.id, ProblemLink.since, ProblemLink.thread)
    if after := paging.asked():
        last = Tuple(ProblemLink.since.db_value(after[0]), after[1])
        query = query.where(Tuple(ProblemLink.since, ProblemLink.id) < last)
    query = query.order_by(ProblemLink.since.desc(), ProblemLink.id.desc()).limit(SIZE + 1)
    return paging.page(list(query), SIZE, "since")


def _rows(links: Iterable[ProblemLink]) -> list[Any]:
    """The linked threads as rows; the page goes by their versions too."""
    wanted = [link.thread_id for link in links]
    pagecache.reads(*(f"thread:{one}" for one in wanted))
    found = {t.id: t for t in reading_pages.listed().where(Thread.id.in_(wanted))}
    return reading_pages.rows([found[one] for one in wanted if one in found], with_vendor=False)


def _yours(problem: Problem) -> dict[str, Any]:
    """What this viewer can do on the page; nothing for a visitor, whose page is kept as bytes, and
    nothing while the problem is hidden."""
    if not current_user.is_authenticated:
        return {"role": None, "signed_in": False}
    steward = "steward" in current_user.offices
    if problem.hidden_at is not None:
        return {"role": None, "steward": steward}
    role = vendors.role_of(current_user, problem.vendor_id)
    hits = role is None and counting.hits(problem.id, current_user)
    follow = ProblemFollow.get_or_none(
        ProblemFollow.problem == problem.id, ProblemFollow.account == current_user.id)
    yours = {
        "signed_in": True, "steward": steward, "role": role, "hits": hits, "follow": follow,
        "vote": None, "member": current_user.standing == "member",
        "form_key": forms.typed("form_key") or ids.unguessable(),
        "suggestions": _suggestions(problem.id, Side.VENDOR if role else Side.AUTHOR),
    }
    if hits and problem.state in rules.ASKING:
        yours["vote"] = ProblemVote.get_or_none(
            ProblemVote.problem == problem.id, ProblemVote.fix == problem.fix,
            ProblemVote.account == current_user.id)
    if role:
        standing = steps.standing_of(problem)
        yours |= {"choices": showing.choices(problem, standing, role == "manager"),
                  "left": _left(problem.id)}
    return yours


def _suggestions(problem_id: str, side: Side) -> list[ProblemLink]:
    """Suggested links that this viewer decides, oldest first."""
    rows = ProblemLink.select(ProblemLink, Thread, Account).join(Thread).join_from(
        ProblemLink, Account, on=ProblemLink.by).where(
        ProblemLink.problem == problem_id, ProblemLink.state == Link.SUGGESTED, Thread.listed == 1)
    if side is Side.AUTHOR:
        rows = rows.where(Thread.author == current_user.id, ProblemLink.side != Side.AUTHOR)
    return list(rows.order_by(ProblemLink.since, ProblemLink.id).limit(SUGGESTIONS))


def _left(problem_id: str) -> list[tuple[ProblemUpdate, list[Any]]]:
    """Updates of which something waits for a colleague, with those threads."""
    found = ProblemUpdate.select().where(
        ProblemUpdate.problem == problem_id, ProblemUpdate.left > 0,
        ProblemUpdate.hidden_at.is_null())
    return [(update, list(answering.left(update).limit(SUGGESTIONS)))
            for update in found.order_by(ProblemUpdate.at.desc()).limit(3)]


def back(problem: Problem | str) -> Any:
    return redirect(url_for("problems.show",
                            problem_id=problem if isinstance(problem, str) else problem.id), 303)


@views.post("/problems/<id:problem_id>/state")
@allowed("problems:move")
@limited(20, "minute")
@reshow(show)
def move(problem_id: str) -> Any:
    problem = actions.move(current_user, problem_id, forms.text("to"), forms.text("words"),
                           forms.text("planned_for"))
    flash("Noted. Everybody hit by this problem hears of it.")
    return back(problem)


@views.post("/problems/<id:problem_id>/updates")
@allowed("problems:move")
@limited(10, "minute")
@reshow(show)
def publish(problem_id: str) -> Any:
    update = answering.publish(current_user, problem_id, forms.text("body"),
                               request.form.get("form_key"))
    if update.finished_at is None:
        flash(f"Published. The {update.total} threads get it one after another.")
    else:
        flash("Published in all linked threads." if update.total
              else "Published. No thread is linked yet.")
    return back(update.problem_id)


@views.post("/problems/<id:problem_id>/updates/<id:update_id>/rest")
@allowed("problems:move")
@limited(10, "minute")
@reshow(show)
def answer_the_rest(problem_id: str, update_id: str) -> Any:
    update = answering.answer_the_rest(current_user, problem_id, update_id)
    flash("Done. A few still wait for a colleague." if update.left else "They are answered.")
    return back(problem_id)


@views.post("/problems/<id:problem_id>/links")
@allowed("problems:link")
@limited(30, "minute")
@reshow(show)
def link(problem_id: str) -> Any:
    problem = actions.find(problem_id)
    row = linking.link(current_user, problem.id, linking.thread_named(forms.text("thread")))
    flash_link(row)
    return back(problem_id)


def flash_link(row: ProblemLink) -> None:
    flash("The thread is linked." if row.state == Link.LINKED else
          "Suggested. The company, or the author of the thread, decides.")


DECISIONS = {
    "accept": (linking.accept, "The thread is linked."),
    "refuse": (linking.turn_down, "Noted. The thread is not linked."),
    "unlink": (linking.unlink, "The thread is no longer linked."),
    "not_mine": (linking.not_mine, "Noted. Your thread left this problem, and an answer that came "
                 "with it no longer counts in it."),
}


@views.post("/problems/<id:problem_id>/links/all")
@allowed("problems:link")
@limited(10, "minute")
@reshow(show)
def accept_all(problem_id: str) -> Any:
    made = linking.accept_all(current_user, problem_id)
    flash(f"{many(made, 'thread is', 'threads are')} linked.")
    return back(problem_id)


@views.post("/problems/<id:problem_id>/links/<id:link_id>")
@allowed("problems:link")
@limited(60, "minute")
@reshow(show)
def decide(problem_id: str, link_id: str) -> Any:
    if forms.text("decision") not in DECISIONS:
        raise Invalid({"decision": "Choose what to do about this thread."})
    act, words = DECISIONS[forms.text("decision")]
    row = act(current_user, link_id)
    flash(words)
    target = forms.safe_next("")
    return redirect(target, 303) if target else back(row.problem_id)


@views.post("/problems/<id:problem_id>/votes")
@allowed("problems:vote")
@limited(30, "minute")
@reshow(show)
def vote(problem_id: str) -> Any:
    if forms.text("works") not in ("yes", "no"):
        raise Invalid({"works": "Say whether it works for you now."})
    problem = actions.vote(current_user, problem_id, forms.text("works") == "yes")
    flash("Thank you. You can change your word as long as people are asked.")
    return back(problem)


@views.post("/problems/<id:problem_id>/follow")
@allowed("problems:follow")
@limited(60, "minute")
@reshow(show)
def follow(problem_id: str) -> Any:
    if forms.text("as") not in ("affected", "follower"):
        raise Invalid({"as": "Say whether it hits you too, or whether you only follow it."})
    affected = forms.text("as") == "affected"
    problem = actions.follow(current_user, problem_id, affected)
    flash("You are counted among the people hit, and hear of every step." if affected
          else "You hear of every step.")
    return back(problem)


@views.post("/problems/<id:problem_id>/unfollow")
@allowed("problems:follow")
@limited(60, "minute")
def unfollow(problem_id: str) -> Any:
    problem = actions.unfollow(current_user, problem_id)
    flash("You no longer hear of it.")
    return back(problem)
