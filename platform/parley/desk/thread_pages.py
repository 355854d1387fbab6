"""A thread as its company's people work on it: assigned, noted, answered, and on to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request
from flask_login import current_user

from parley.accounts.models import Account
from parley.desk import actions, notes, queue, rules, showing, texts
from parley.desk.models import Answering, Note, SavedReply
from parley.desk.queue_pages import entered, go_on, views
from parley.kernel import clock
from parley.threads import thread_pages
from parley.threads.models import Thread
from parley.threads.step_pages import keep, preview, typed_post
from parley.vendors.models import Vendor
from parley.web import forms
from parley.web.forms import reshow, text, typed
from parley.web.limits import limited
from parley.web.permissions import allowed
from parley.web.times import day


@dataclass(frozen=True)
class AtThread:
    """What the desk shows beside a thread. `begun` are values for the form to write, `after` the
    place in the queue to go on from."""

    vendor: Vendor
    url: str
    assignee: Account | None
    people: list[Account]
    notes: list[Note]
    replies: list[SavedReply]
    answering: list[Answering]
    busy: str
    seen: int
    after: str
    saved: str = ""
    begun: dict[str, Any] = field(default_factory=dict)

    @property
    def colleagues(self) -> list[tuple[str, str]]:
        return [(person.handle, person.display_name) for person in self.people]

    @property
    def reply_choices(self) -> list[tuple[str, str]]:
        return [(reply.id, reply.title) for reply in self.replies]


@views.get("/desk/<slug:slug>/threads/<id:thread_id>")
@allowed("desk:work")
def thread(slug: str, thread_id: str) -> str:
    vendor, _ = entered(slug)
    return thread_pages.page(thread_id, _at(vendor, actions.thread_of(vendor, thread_id)))


def _at(vendor: Vendor, thread: Thread) -> AtThread:
    people = actions.colleagues(vendor)
    busy = actions.answering([thread.id]).get(thread.id, [])
    saved = _reply(vendor)
    waits = thread.queue_day is not None
    return AtThread(
        vendor=vendor, url=f"/desk/{vendor.slug}/threads/{thread.id}",
        assignee=next((p for p in people if p.id == thread.assignee), None), people=people,
        notes=notes.of(vendor, thread.id), replies=texts.replies(vendor), answering=busy,
        busy=showing.busy_words(busy, current_user), seen=thread.post_count,
        after=queue.mark(queue.place_of(thread)) if waits else typed("after"),
        saved=saved.id if saved else typed("saved"),
        begun=_begun(saved, thread, vendor) if saved else {})


def _reply(vendor: Vendor) -> SavedReply | None:
    chosen = request.args.get("reply", "")[:40]
    return texts.reply(current_user, vendor, chosen) if chosen else None


def _begun(saved: SavedReply, thread: Thread, vendor: Vendor) -> dict[str, Any]:
    ahead = thread.due_at is not None and thread.due_at > clock.now()
    due = day(thread.due_at) if ahead else rules.NO_DUE
    body = rules.filled(saved.body, {
        "author": thread.author.display_name, "title": thread.title, "company": vendor.name,
        "me": current_user.display_name, "due": due})
    return {"body": body, "purpose": saved.purpose}


@views.post("/desk/<slug:slug>/threads/<id:thread_id>/posts")
@reshow(thread)
@allowed("desk:work")
@limited(20, "minute")
def answer(slug: str, thread_id: str) -> Any:
    vendor, _ = entered(slug)
    found = actions.thread_of(vendor, thread_id)
    do, here = request.form.get("do", "send"), f"/desk/{slug}/threads/{thread_id}"
    if do == "draft":
        return keep(thread_id, here)
    if do == "preview":
        preview()
        actions.begin(current_user, vendor, thread_id)  # they are at it still
        return thread(slug, thread_id)
    actions.answer(current_user, vendor, thread_id, typed_post(), seen=_number("seen"),
                   saved=text("saved"))
    sent = f"Your words in “{found.title}” are out."
    if do == "stay":
        flash(sent)
        return redirect(f"{here}#write", 303)
    return go_on(vendor, text("after"), sent)


def _number(name: str) -> int:
    raw = text(name)
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0


@views.post("/desk/<slug:slug>/threads/<id:thread_id>/assignee")
@reshow(thread)
@allowed("desk:work")
@limited(120, "minute")
def assign(slug: str, thread_id: str) -> Any:
    vendor, _ = entered(slug)
    actions.assign(current_user, vendor, thread_id, text("to"), text("was"))
    return redirect(forms.safe_next(f"/desk/{slug}/threads/{thread_id}"), 303)


@views.post("/desk/<slug:slug>/threads/<id:thread_id>/answering")
@allowed("desk:work")
@limited(120, "minute")
def answering(slug: str, thread_id: str) -> Any:
    vendor, _ = entered(slug)
    if text("do") == "stop":
        actions.stop(current_user, vendor, thread_id)
        return redirect(f"/desk/{slug}", 303)
    actions.begin(current_user, vendor, thread_id)
    return redirect(f"/desk/{slug}/threads/{thread_id}#write", 303)


@views.post("/desk/<slug:slug>/threads/<id:thread_id>/notes")
@reshow(thread)
@allowed("desk:work")
@limited(60, "hour")
def note(slug: str, thread_id: str) -> Any:
    vendor, _ = entered(slug)
    notes.write(current_user, vendor, thread_id, text("note"))
    return redirect(f"/desk/{slug}/threads/{thread_id}#notes", 303)


@views.get("/desk/<slug:slug>/notes/<secret:note_id>")
@allowed("desk:work")
def note_page(slug: str, note_id: str) -> str:
    vendor, role = entered(slug)
    row = notes.own(current_user, vendor, note_id)
    return render_template("desk/note.html", vendor=vendor, role=role, row=row)


@views.post("/desk/<slug:slug>/notes/<secret:note_id>")
@reshow(note_page)
@allowed("desk:work")
@limited(60, "hour")
def edit_note(slug: str, note_id: str) -> Any:
    vendor, _ = entered(slug)
    row = notes.edit(current_user, vendor, note_id, text("note"))
    return redirect(f"/desk/{slug}/threads/{row.thread_id}#notes", 303)


@views.post("/desk/<slug:slug>/notes/<secret:note_id>/removal")
@allowed("desk:work")
@limited(60, "hour")
def remove_note(slug: str, note_id: str) -> Any:
    vendor, _ = entered(slug)
    row = notes.remove(current_user, vendor, note_id)
    return redirect(f"/desk/{slug}/threads/{row.thread_id}#notes", 303)
