"""Threads and posts as rows, and a person with something of everything."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.accounts.models import Account
from parley.archives import actions
from parley.desk.models import Briefing, Note, SavedReply
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, safe_html
from parley.moderation.models import Act, Report
from parley.notifications.models import Notice
from parley.threads import files
from parley.threads.models import Draft, Edit, File, Follow, Helped, MeToo, Post, Round, Thread
from parley.vendors.models import Vendor, VendorFollow
from tests import factories as make

PIXEL = bytes.fromhex("89504e470d0a1a0a")
TEXTS = (
    "Plain words.",
    "=HYPERLINK(\"http://evil.example\")",
    "+49 30 123\n-1\n@ada\n\ttab",
    "Zwölf Boxkämpfer 👩‍👩‍👧‍👦 e\u0301 \u00a0.",
    "שלום עולם مرحبا",
    "  ends  \n\n\n",
    "<script>alert(1)</script> **bold** `code` [x](javascript:alert(1))",
    "\"quoted\", comma; \\u0041 \\n {json}",
    "a" * 20_000,
)


def make_thread(
    author: Account, vendor: Vendor, body: str = "Where is it?", **values: Any
) -> Thread:
    """An open question, or what `values` say, with its round and opening post."""
    now = clock.now()
    defaults = {"kind": "question", "title": "Where is my parcel?", "opened_at": now,
                "last_post_at": now, "status": "awaiting_vendor", "waiting_since": now}
    thread = Thread.create(vendor=vendor, author=author, **defaults | values)
    Round.create(thread=thread, number=1, began_by="opening", opened_at=now)
    post = make_post(thread, author, 1, body, hat="author", moved=True)
    with db.write():
        journal.record("thread.opened", "thread", thread.id, author.id, vendor=vendor.id,
                       kind=thread.kind, post=post.id)
    return thread


def make_post(thread: Thread, author: Account, number: int, body: str, **values: Any) -> Post:
    defaults = {"hat": "member", "created_at": clock.now()}
    return Post.create(thread=thread, number=number, author=author, body=body,
                       html=safe_html.render(body), **defaults | values)


def make_file(post: Post, data: bytes, name: str = "photo.png") -> File:
    digest = hashlib.sha256(data).hexdigest()
    path = files.path_of(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    Post.update(file_count=Post.file_count + 1).where(Post.id == post.id).execute()
    return File.create(
        account=post.author_id, post=post, sha256=digest, media_type="image/png", name=name,
        size=len(data), width=4, height=3, added_at=clock.now())


@dataclass
class Rich:
    """A person with something of everything, and those around them."""

    ada: Account
    bob: Account
    vendor: Vendor
    own: Thread
    other: Thread
    reply: Post
    own_file: File
    others_file: File


def rich() -> Rich:
    ada = make.make_officer("treasurer", email="ada@home.example", about="I **travel**.")
    bob = make.make_member(email="bob@secret.example")
    vendor = make.make_vendor(name="North Rail")
    rep = make.make_representative(vendor, email="rep@secret.example")
    own = make_thread(ada, vendor, "First words", kind="complaint", product="Ticket", wish="=1+1",
                      impact="nuisance", status="closed", outcome="confirmed",
                      solved_by="community", closed_at=clock.now(), waiting_since=None)
    for number, text in enumerate(TEXTS, 2):
        make_post(own, ada, number, text, hat="author")
    answer = make_post(own, rep, 20, "We looked into it.", hat="representative", moved=True,
                       title="Customer care", purpose="answer", ai_assisted=True)
    helper = make_post(own, bob, 21, "Try the other gate.", hat="advocate", side="helping",
                       ties=["former_customer"], helped_at=clock.now(), solved_round=1)
    Helped.create(post=helper, thread=own, vendor=vendor, author=ada, helper=bob, at=clock.now())
    edited = make_post(own, ada, 22, "After", hat="author", edited_at=clock.now())
    Edit.create(post=edited, at=clock.now(), body="Before", html="<p>Before</p>")
    with db.write():
        journal.record("claim.made", "thread", own.id, rep.id, claim="answer", number=1)
        journal.record("turn.author", "thread", own.id, rep.id, vendor=vendor.id, round=1,
                       claim="answer")
        journal.record("thread.me_too", "thread", own.id, bob.id, word="affected")
        journal.record("thread.closed", "thread", own.id, ada.id, vendor=vendor.id, round=1,
                       outcome="confirmed")

    other = make_thread(bob, vendor, "Bob's own words", title="Bob asks")
    other_opening = Post.get(Post.thread == other)
    reply = make_post(other, ada, 2, "Same here, Bob")
    Helped.create(post=reply, thread=other, vendor=vendor, author=bob, helper=ada, at=clock.now())
    MeToo.create(thread=other, account=ada, word="affected", at=clock.now())
    Follow.create(account=ada, thread=other, since=clock.now())
    VendorFollow.create(account=ada, vendor=vendor, since=clock.now())
    Draft.create(account=ada, place="new", fields={"body": "Ada's draft"}, updated_at=clock.now())
    Draft.create(account=bob, place="new", fields={"body": "Bob's draft"}, updated_at=clock.now())
    Report.create(post=other_opening, thread=other, reporter=ada, reason="spam",
                  note="Ada's note", at=clock.now())
    Report.create(post=edited, thread=own, reporter=bob, reason="threat", note="Bob's note",
                  at=clock.now())
    Act.create(kind="hide_post", steward=make.make_steward(), thread=own, post=edited,
               reason="threat", words="Please be kind.", at=clock.now())
    Note.create(thread=own, vendor=vendor, author=ada, body="Ada's note", html="", at=clock.now())
    SavedReply.create(vendor=vendor, title="Hello", purpose="ask", body="Dear {author}", by=ada,
                      at=clock.now())
    Briefing.create(vendor=vendor, title="Help", body="Ask", html="", by=ada, at=clock.now())
    Notice.create(account=ada, kind="reply", thread=own, post=answer, at=clock.now())
    Notice.create(account=bob, kind="outcome", thread=own, at=clock.now())
    return Rich(ada, bob, vendor, own, other, reply,
                make_file(reply, PIXEL + b"ada"), make_file(answer, PIXEL + b"rep"))


class Opened:
    """An archive that was built, read back."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            self.base = opened.namelist()[0].partition("/")[0]
            self.files = {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}

    def __contains__(self, path: str) -> bool:
        return f"data/{path}" in self.files

    def bytes(self, path: str) -> bytes:
        return self.files[f"data/{path}"]

    def text(self, path: str) -> str:
        return self.bytes(path).decode()

    def json(self, path: str) -> Any:
        return json.loads(self.bytes(path))

    def table(self, path: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(path))))

    def below(self, start: str, end: str) -> list[str]:
        """Paths below `data/` that start and end so."""
        paths = [name.removeprefix("data/") for name in self.files if name.startswith("data/")]
        return sorted(p for p in paths if p.startswith(start) and p.endswith(end))

    def mentions(self, words: str) -> list[str]:
        """The files in which these words stand."""
        return [name for name, content in self.files.items() if words.encode() in content]


def archive_of(account: Account, folder: Path) -> Opened:
    target = folder / f"{ids.new()}.zip"
    actions.build_to(account, target)
    return Opened(target.read_bytes())
