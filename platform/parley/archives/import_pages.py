"""Bringing an archive, and the documents that came with one."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask_login import current_user

from parley.accounts.account_pages import me
from parley.archives import bringing, documents
from parley.kernel.errors import Invalid
from parley.kernel.records import Fate
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("imports", __name__)

PAGE = "/account/import"
MOST_REQUEST = bringing.MOST_OCTETS + (1 << 20)
WHAT = {  # one, many
    "profile": ("profile", "profiles"), "thread": ("thread", "threads"),
    "replies": ("thread with your replies", "threads with your replies"),
    "note": ("note", "notes"), "draft": ("draft", "drafts"), "follow": ("follow", "follows"),
    "file": ("file", "files"), "document": ("document to read", "documents to read"), "": ("", ""),
}
FATES = {
    Fate.NEW: ("New", "New"), Fate.CHANGED: ("Replaced by what is newer", "Replaced"),
    Fate.SAME: ("Here already", "Here already"),
    Fate.KEPT: ("Here already, and stays as it is", "Stayed as it is"),
    Fate.LEFT: ("Has no place here", "Had no place here"), Fate.REFUSED: ("Refused", "Refused"),
}


def make_room() -> None:
    """An archive is larger than other forms may be. Before the form is read for its token."""
    if request.path == PAGE and request.method == "POST" and current_user.is_authenticated:
        request.max_content_length = MOST_REQUEST


@views.get("/account/import")
@allowed("account:import")
def page() -> str:
    row = bringing.latest(me())
    under_way = row is not None and row.state in bringing.UNDER_WAY
    source = (row.report if row else {}).get("source")
    return render_template(
        "archives/import.html", row=row,
        made_at=datetime.fromisoformat(source["made_at"]) if source else None,
        under_way=under_way, what=WHAT, fates=FATES,
        watching=under_way and "still" not in request.args,
        came=bringing.came(row.report) if row else 0, most=bringing.MOST_OCTETS // 1_000_000)


@views.post("/account/import")
@reshow(page)
@allowed("account:import")
@limited(20, "day")
def send() -> Any:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid({"file": "Choose the file of your archive."})
    with closing(sent):
        bringing.stage(me(), sent.filename, sent.stream)
    return redirect(PAGE)


@views.post("/account/import/<secret:bringing_id>/confirmation")
@reshow(lambda bringing_id: page())
@allowed("account:import")
def confirm(bringing_id: str) -> Any:
    bringing.confirm(me(), bringing_id)
    return redirect(PAGE)


@views.post("/account/import/<secret:bringing_id>/removal")
@allowed("account:import")
def drop(bringing_id: str) -> Any:
    bringing.drop(me(), bringing_id)
    return redirect(PAGE)


@views.get("/account/documents/<secret:document_id>")
@allowed("account:import")
def document(document_id: str) -> str:
    row = documents.find(me(), document_id)
    return render_template("archives/document.html", row=row,
                           name=documents.NAMES.get(row.path, row.path))


@views.get("/account/documents/<secret:document_id>/file")
@allowed("account:import")
def document_file(document_id: str) -> Response:
    """The bytes as they came, for programs."""
    row = documents.find(me(), document_id)
    response = Response(row.text.encode(), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.path}"'
    return response


@views.post("/account/documents/<secret:document_id>/removal")
@allowed("account:import")
def remove_document(document_id: str) -> Any:
    documents.remove(me(), document_id)
    flash("The document is gone.")
    return redirect("/account/restored")
