"""Beginning a thread: the form, its preview, what others asked already, and drafts of visitors."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user

from parley.accounts.models import Account
from parley.kernel import clock, ids, rulebook, safe_html
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused
from parley.members import rules as members
from parley.problems import linking
from parley.problems import search as causes
from parley.problems import showing as problems
from parley.problems.models import SHOWN, Problem
from parley.problems.rules import State
from parley.threads import actions, drafts, rules, search, showing
from parley.threads.models import Draft, Thread
from parley.threads.step_pages import draft_address, uploads
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web.forms import came_back, reshow, text, typed
from parley.web.limits import limited, within
from parley.web.permissions import allowed

views = Blueprint("compose", __name__)

KINDS = [
    ("question", "Question", "You want to know something."),
    ("complaint", "Complaint", "Something went wrong and should be put right."),
    ("idea", "Idea", "Something could be better. No clock runs."),
    ("praise", "Praise", "Something went well. It asks for nothing."),
]
TOO_MANY = Refusal("too_many", "That was a lot of drafts in a short time. Wait a little, then keep "
                   "it again; what you typed still stands here.")
IMPACTS = [("", "None of these"), ("safety", "Somebody’s safety"), ("no_service", "No service at "
           "all"), ("money_held", "Money is held back"), ("nuisance", "A nuisance")]


@views.get("/threads/new")
@allowed("public:draft")
def form() -> str:
    fields = _fields()
    vendor = _vendor(fields.get("vendor", ""))
    role = _role(vendor)
    return render_template(
        "threads/new.html", fields=fields, vendor=vendor, kinds=KINDS, impacts=IMPACTS,
        similar=g.get("similar", []), problems=g.get("problems", []),
        cause_options=[(one, f"Yes: {row.title}", row.state_words)
                       for one, row in g.get("problems", [])],
        preview=g.get("preview"), refusal=_refusal(vendor, role), asks=role == "manager")


def _fields() -> dict[str, Any]:
    names = (*drafts.FIELDS, "form_key", "draft", "seen", "problem")
    if g.get("typed") is not None:
        shown = {"seen": "1", "draft": g.meanwhile} if "meanwhile" in g else {}
        return {n: typed(n) for n in names} | shown
    fields: dict[str, Any] = {"form_key": ids.unguessable(), "kind": request.args.get("kind", ""),
                              "vendor": request.args.get("vendor", "")[:80]}
    if request.args.get("draft"):
        by = current_user if current_user.is_authenticated else None
        if by is None and session.get("draft") != request.args["draft"]:
            raise NotFound
        draft = drafts.find(request.args["draft"][:40], by)
        fields |= draft.fields | {"draft": draft.id}
    return fields


def _role(vendor: Vendor | None) -> str | None:
    if vendor is None or not current_user.is_authenticated:
        return None
    return vendors.role_of(current_user, vendor)


def _vendor(slug: str) -> Vendor | None:
    try:
        return vendors.find(slug) if slug else None
    except NotFound:
        return None


def _refusal(vendor: Vendor | None, role: str | None) -> Any:
    """Why this person could not send a thread now, said before they type it."""
    if not current_user.is_authenticated:
        return None
    if role is not None:
        return None if role == "manager" else rules.may_open_about(rules.Kind.QUESTION, True, False)
    opened = Thread.select().where(
        Thread.author == current_user.id, Thread.kind != rules.Kind.CONSULTATION).limit(2).count()
    return members.may_open(current_user.standing, opened, rulebook.current().free_threads)


def _typed_thread() -> actions.NewThread:
    form = request.form
    return actions.NewThread(
        kind=form.get("kind", ""), title=form.get("title", ""), body=text("body"),
        vendor=form.get("vendor", ""), vendor_name=form.get("vendor_name", ""),
        website=form.get("website", ""), product=form.get("product", ""),
        happened_where=form.get("happened_where", ""), happened_when=form.get("happened_when", ""),
        wish=form.get("wish", ""), impact=form.get("impact", ""), form_key=form.get("form_key"),
        draft=form.get("draft"), uploads=uploads())


@views.post("/threads/new")
@allowed("public:draft")
@limited(20, "minute")
@reshow(form)
def send() -> Any:
    if not current_user.is_authenticated or request.form.get("do") == "draft":
        return _keep()
    new = _typed_thread()
    values = actions.check_thread(new)
    if request.form.get("do") == "preview":
        came_back(Invalid({}))
        g.preview = safe_html.render(values["body"])
        return form()
    if not request.form.get("seen") and _show_similar(values):
        return form()
    cause = _chosen_cause()
    thread = actions.open_thread(current_user, new)
    flash(_out(thread))
    session.pop("draft", None)
    if cause is not None and cause.vendor_id == thread.vendor_id:
        _link(cause, thread)
    return redirect(url_for("threads.show", thread_id=thread.id), 303)


def _out(thread: Thread) -> str:
    if thread.vendor.claimed_at:
        return "Your thread is out. When somebody writes in it, you hear of it."
    return (f"Your thread is out. Nobody from {thread.vendor.name} is here yet: see below, under "
            "“Getting through”, how it reaches them.")


def _show_similar(values: dict[str, Any]) -> bool:
    """Whether there are known problems or like threads to look at first; they are shown once."""
    vendor = _vendor(request.form.get("vendor", "") or values.get("vendor_name", ""))
    found = search.similar(vendor, values["title"], values["body"])
    known = causes.similar(vendor, values["title"], values["body"])
    if found or known:
        came_back(Invalid({}))
        g.meanwhile = drafts.keep_anyway(
            current_user, "new", request.form, request.form.get("draft")).id
        now = clock.now()
        g.similar = [showing.row(t, now, with_vendor=False) for t in found]
        g.problems = [(p.id, problems.row(p)) for p in known]
    return bool(found or known)


def _chosen_cause() -> Problem | None:
    """The known problem that the new thread is about, as its author says."""
    wanted = request.form.get("problem", "")
    cause = linking.ID.fullmatch(wanted) and Problem.get_or_none(Problem.id == wanted, SHOWN)
    return cause if cause and cause.state != State.REJECTED else None


def _link(cause: Problem, thread: Thread) -> None:
    """The thread is out by now: what its cause cannot be is said, and is no failure to send."""
    try:
        linking.link(current_user, cause.id, thread.id)
    except Refused as no:
        flash(no.refusal.message)
    except NotFound:
        flash("The problem that you chose is gone. Your thread is out.")


def _keep() -> Response:
    by = current_user if current_user.is_authenticated else None
    before = request.form.get("draft") or None
    if by is None and not _room():
        raise Refused(TOO_MANY, 429)
    if by is None and before != session.get("draft"):
        before = None
    draft = drafts.keep(by, "new", request.form, before)
    if by is None:
        session["draft"] = draft.id
        flash("Your draft is kept. Join or sign in, and it is there to send.", "ok")
        on = "accounts.sign_in" if request.form.get("do") == "sign_in" else "accounts.sign_up"
        return redirect(url_for(on), 303)  # type: ignore[return-value]
    flash("Your draft is kept. You find it under Account, Drafts.", "ok")
    return redirect(draft_address(draft), 303)  # type: ignore[return-value]


def keep_for_later() -> bool:
    """Keep what somebody sent after their session ended. True when there was something to keep."""
    thread_id = (request.view_args or {}).get("thread_id")
    if request.endpoint not in ("threads.write", "threads.reopen", "threads.confirm") \
            or not request.form.get("body", "").strip() or _foreign() or not _room():
        return False
    session["draft"] = drafts.keep(None, f"thread:{thread_id}", request.form).id
    return True


def _room() -> bool:
    """Whether one more draft from this address is kept: they take room, and need no account."""
    return within(60, "hour", "visitor's draft")


def _foreign() -> bool:
    """Whether a page of another site sent this form; no token says so when nobody is signed in."""
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def arrive(account: Account) -> str | None:
    """Give a person who signed in the draft they made before; where to go on writing it."""
    draft_id = session.pop("draft", None)
    draft: Draft | None = drafts.adopt(draft_id, account) if draft_id else None
    return draft_address(draft) if draft else None


