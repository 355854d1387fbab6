"""Reading what somebody brought from elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_login import current_user
from markupsafe import Markup
from peewee import Tuple

from parley.accounts.models import Account
from parley.archives import documents
from parley.kernel import safe_html
from parley.kernel.errors import Invalid, NotFound
from parley.threads import restored, showing
from parley.threads.models import File, Restored
from parley.threads.rules import Kind, Purpose
from parley.web import pagecache, paging
from parley.web.permissions import allowed
from parley.web.times import day, reader_zone, size

views = Blueprint("restored", __name__)

SIZE = 30
KINDS = {"replies": "Replies", "note": "Note"}
OUTCOMES = {"confirmed": "confirmed as solved", "declined": "declined by the company",
            "unconfirmed": "closed, not confirmed", "void": "closed without an answer",
            "withdrawn": "withdrawn"}
HATS = {"representative": "answered for {}", "advocate": "advocate", "author": "author",
        "member": ""}


@views.get("/account/restored")
@allowed("account:import")
def own() -> str:
    page = _page(restored.of(current_user))
    return render_template(
        "threads/restored_list.html", person=current_user, own=True,
        rows=[_row(row) for row in page.rows], older=_older("/account/restored", page),
        documents=documents.of(current_user) if paging.asked() is None else [],
        names=documents.NAMES)


@views.get("/members/<handle:handle>/restored")
@allowed("public:read")
def of_member(handle: str) -> str:
    person = Account.get_or_none(Account.handle == handle.lower(), Account.closed_at.is_null())
    if person is None:
        raise NotFound
    pagecache.reads(f"member:{person.id}")
    page = _page(restored.of(person).where(Restored.listed == 1))
    return render_template(
        "threads/restored_list.html", person=person, own=False, documents=[], names={},
        rows=[_row(row) for row in page.rows],
        older=_older(f"/members/{person.handle}/restored", page))


def _page(query: Any) -> paging.Page:
    if after := paging.asked():
        query = query.where(
            Tuple(Restored.at, Restored.id) < Tuple(Restored.at.db_value(after[0]), after[1]))
    rows = query.order_by(Restored.at.desc(), Restored.id.desc()).limit(SIZE + 1)
    return paging.page(list(rows), SIZE, "at")


def _older(path: str, page: paging.Page) -> str | None:
    return f"{path}?after={page.next}" if page.next else None


def _row(row: Restored) -> dict[str, Any]:
    about = [KINDS.get(row.kind, "Thread"), row.vendor.name if row.vendor_id else "",
             day(row.at), f"from {row.origin.server}", "" if row.listed else "only you see it"]
    return {"url": f"/restored/{row.id}", "title": row.title, "tone": "", "state_words": "",
            "facts": ", ".join(filter(None, about))}


@views.get("/restored/<id:restored_id>")
@allowed("public:read")
def show(restored_id: str) -> str:
    pagecache.reads(f"restored:{restored_id}")
    row = restored.visible(restored_id, current_user.id, "steward" in current_user.offices)
    pagecache.reads(f"member:{row.account_id}")
    own, first = row.account_id == current_user.id, _first()
    posts = row.record.get("posts") or []
    shown = posts[first:first + showing.POSTS_A_PAGE]
    attached = _files(row, shown)
    chain = restored.chain(row)
    return render_template(
        "threads/restored.html", row=row, own=own, chain=chain,
        made_at=datetime.fromisoformat(chain[0]["made_at"]),
        kind=KINDS.get(row.kind) or showing.KIND_WORDS[Kind(row.record["kind"])],
        posts=[_shown(post, row, own, attached.get(post["id"], [])) for post in shown],
        outcome=OUTCOMES.get(row.record.get("outcome") or ""), details=row.record.get("details"),
        note=Markup(safe_html.render(row.record["body"])) if row.kind == "note" else None,
        older=f"/restored/{row.id}?from={first + showing.POSTS_A_PAGE}"
        if len(posts) > first + showing.POSTS_A_PAGE else None,
        newer=f"/restored/{row.id}?from={max(0, first - showing.POSTS_A_PAGE)}" if first else None)


def _first() -> int:
    raw = request.args.get("from", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 8):
        raise Invalid({"from": "That page address is not one of ours. Start from the first page."})
    return int(raw)


def _files(row: Restored, posts: list[Any]) -> dict[str, list[File]]:
    found: dict[str, list[File]] = {}
    query = File.select().where(
        File.restored == row.id, File.restored_post.in_([post["id"] for post in posts]))
    for file in query.order_by(File.position, File.id):
        found.setdefault(file.restored_post, []).append(file)
    return found


def _shown(post: Any, row: Restored, own: bool, attached: list[File]) -> showing.Shown:
    """One post; rendered here, since hardly anybody reads it and nothing must keep its HTML."""
    company = row.record.get("thread", row.record)["vendor"]["name"]
    theirs = bool(post.get("not_owned"))
    as_here = not theirs and (row.listed or row.hidden_at)  # it is known to be the same person
    shown = showing.Shown(
        anchor=f"post-{post['number']}", hat=post["hat"],
        name=row.account.display_name if as_here else post["author"]["name"],
        name_url=f"/members/{row.account.handle}" if as_here else None,
        hat_words=HATS[post["hat"]].format(company),
        ties_words="quoted from there" if theirs else post["title"],
        purpose_words=showing.PURPOSE_WORDS.get(Purpose(post["purpose"]), "")
        if post["purpose"] else "",
        when=showing.stamp(datetime.fromisoformat(post["created_at"]), reader_zone()),
        html=Markup(safe_html.render(post["body"] or "")), vendor_name=company)
    if post["removed_at"]:
        shown.tombstone = f"{shown.name} removed what stood here."
    elif post["body"] is None or (post["hidden_at"] and not own):
        shown.tombstone = "This was hidden by the stewards there."
    shown.files = [showing.shown_file(file) for file in attached]
    shown.files += [{"url": "", "name": entry["name"], "is_image": False, "size_words":
                     f"{size(entry['size'])}, not in the archive"}
                    for entry in post["files"] if entry["path"] is None]
    return shown


@views.post("/restored/<id:restored_id>/removal")
@allowed("account:import")
def remove(restored_id: str) -> Any:
    restored.remove(current_user, restored_id)
    flash("It is gone from here. Your archive still has it.")
    return redirect("/account/restored")


@views.post("/restored/<id:restored_id>/draft")
@allowed("account:import")
def begin(restored_id: str) -> Any:
    draft = restored.as_draft(current_user, restored_id)
    return redirect(f"/threads/new?draft={draft.id}")
