"""Threads and posts as rows, and a person with something of everything."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from parley.accounts.models import Account, Identity, Session, Silence
from parley.advocates.models import Declaration
from parley.archives import actions, formats
from parley.archives.models import Document
from parley.billing.models import (
    Coverage,
    Difference,
    Gift,
    Payment,
    SolidarityRequest,
    Subscription,
)
from parley.desk.models import Briefing, BriefingAct, BriefingReport, Note, SavedReply
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, safe_html
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.moderation.models import Act, Report, RestoredReport
from parley.notifications.models import Notice
from parley.problems.models import (
    Problem,
    ProblemAct,
    ProblemAnswer,
    ProblemFollow,
    ProblemLink,
    ProblemReport,
    ProblemStep,
    ProblemUpdate,
    ProblemVote,
)
from parley.promises import rules as promised
from parley.promises.models import Promise, PromiseDraft
from parley.scorecards.models import ScorecardComment
from parley.threads import files
from parley.threads.models import (
    Draft,
    Edit,
    File,
    Follow,
    Helped,
    MeToo,
    Origin,
    OutsideContact,
    Post,
    Restored,
    Round,
    Thanks,
    Thread,
)
from parley.vendors.models import (
    Claim,
    ContactAddress,
    Dispute,
    Invitation,
    Representative,
    Vendor,
    VendorAlias,
    VendorFollow,
)
from tests import factories as make

TERMS = promised.PromiseTerms(zone="UTC", week=(((540, 1020),),) * 7, expires=date(2027, 12, 31))
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
    briefing = Briefing.create(vendor=vendor, title="Help", body="Ask", html="", by=ada,
                               at=clock.now())
    BriefingReport.create(briefing=briefing, reporter=ada, reason="spam", at=clock.now())
    BriefingAct.create(briefing=briefing, kind="hide_briefing", steward=ada, reason="spam",
                       at=clock.now())
    the_rest_of(ada, bob, vendor, own, answer)
    Notice.create(account=ada, kind="reply", thread=own, post=answer, at=clock.now())
    Notice.create(account=bob, kind="outcome", thread=own, at=clock.now())
    return Rich(ada, bob, vendor, own, other, reply,
                make_file(reply, PIXEL + b"ada"), make_file(answer, PIXEL + b"rep"))


def the_rest_of(
    ada: Account, bob: Account, vendor: Vendor, own: Thread, answer: Post
) -> None:
    """A row of Ada's in every table that has none of hers yet."""
    now = clock.now()
    Session.create(token_hash="hash", account=ada, browser="Firefox", created_at=now, seen_at=now)
    Identity.create(account=ada, issuer="https://id.example", subject="7", linked_at=now)
    Silence.create(account=ada, other=bob, kind="mute", since=now)
    Subscription.create(account=ada, currency="EUR", reference="PARLEY-7", created_at=now)
    gift = Gift.create(giver=ada, email="carol@friend.example", months=12, amount=6000,
                       currency="EUR", reference="GIFT-7", made_at=now, paid_at=now)
    Payment.create(account=ada, kind="gift", amount=6000, currency="EUR", paid_at=now,
                   booked_at=now, provider="transfer", provider_ref="bank-7", gift=gift)
    Coverage.create(account=ada, kind="dues", at=now, months=12, ref="payment:7")
    SolidarityRequest.create(account=ada, asked_at=now, granted_at=now, open=None)
    Difference.create(account=ada, found_at=now, words="Ada's card expired.")
    Representative.create(vendor=vendor, account=ada, role="manager", appointed_at=now,
                          removed_at=now)
    ContactAddress.create(vendor=vendor, email="help@north.example", source="Their page",
                          state="approved", entered_by=ada, entered_at=now, decided_by=ada,
                          decided_at=now)
    claim = Claim.create(vendor=vendor, domain="north.example", token="token", by=ada,
                         state="refused", created_at=now, ended_at=now)
    Dispute.create(kind="taken", claim=claim, vendor=vendor, opened_at=now, decided_at=now,
                   decision="refused", steward=ada, words="It is not theirs.")
    Invitation.create(digest="digest", vendor=vendor, email="new@north.example", role="responder",
                      by=ada, created_at=now, expires_at=now)
    VendorAlias.create(slug="nord", vendor=vendor, old_id=ids.new(), name="Nord", name_key="nord",
                       steward=ada, words="The same company.", at=now)
    Declaration.create(account=ada, vendor=vendor, ties=["customer"], declared_at=now)
    own.promise = Promise.create(
        vendor=vendor, page=vendor.id, number=1, terms=promised.to_json(TERMS), published_at=now,
        published_by=ada, effective_from=now)
    own.save()
    PromiseDraft.create(vendor=vendor, fields={"note": "Faster"}, edited_at=now, edited_by=ada)
    OutsideContact.create(thread=own, side="author", entered_by=ada, how="call", day="2026-11-12",
                          words="They rang me.", entered_at=now)
    OutsideContact.create(
        thread=own, side="vendor", entered_by=answer.author, how="visit", day="2026-11-12",
        words="Ada came to our shop.", entered_at=now)
    Thanks.create(thread=own, representative=answer.author, post=answer, at=now)
    problem = Problem.create(
        vendor=vendor, title="Gates close early", body="They do.", html="", opened_by=ada,
        hat="member", opened_at=now, state="acknowledged", place=4, moved_at=now)
    ProblemLink.create(problem=problem, thread=own, state="linked", side="author", by=ada, at=now,
                       since=now, only=own.id)
    ProblemStep.create(problem=problem, at=now, state="acknowledged", words="We look into it.",
                       by=answer.author)
    ProblemVote.create(problem=problem, fix=1, account=ada, works=True, at=now)
    ProblemFollow.create(account=ada, problem=problem, affected=True, since=now)
    update = ProblemUpdate.create(problem=problem, by=ada, body="News", html="", at=now, total=1)
    ProblemReport.create(problem=problem, reporter=ada, reason="spam", note="Ada's note", at=now)
    ProblemAct.create(kind="hide_problem", steward=ada, problem=problem, reason="spam",
                      words="Not a cause.", at=now)
    ProblemAnswer.create(source=update, thread=own, post=answer, claim=1)
    ScorecardComment.create(vendor=vendor, text="We had a bad winter.", at=now, by=ada)


def bring_to(ada: Account, vendor: Vendor) -> None:
    """What Ada wrote on another server, brought here."""
    now = clock.now()
    origin = Origin.create(
        account=ada, kind="parley", server="Elsewhere", server_url="https://elsewhere.example/",
        handle="ada", source_id=ids.new(), made_at=now, signed_by="key", checked=True,
        brought_at=now)
    note = {"id": ids.new(), "title": "Old words", "body": "From elsewhere", "url": None,
            "written_at": iso(now)}
    Restored.create(
        account=ada, origin=origin, kind="note", ref=note["id"], vendor=vendor, title="Old words",
        at=now, listed=0, made_at=now, checked=True, digest="", record=note)
    theirs = Restored.create(
        account=make.make_account(), origin=origin, kind="note", ref=ids.new(), title="Theirs",
        at=now, listed=0, made_at=now, checked=True, digest="", record=note)
    RestoredReport.create(restored=theirs, reporter=ada, reason="spam", note="Ada's note", at=now)
    Document.create(account=ada, origin=origin, path="sessions.json", text="[]\n", made_at=now,
                    checked=True)


def exported(records: Any, account: Account) -> dict[str, Any]:
    """The JSON files that a domain gives for somebody's archive, as they stand in it."""
    return {path: json.loads(b"".join(formats.pieces(value)))
            for path, value in records.export(account) if path.endswith(".json")}


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


def archive_of(account: Account, folder: Path, part: Part = WHOLE) -> Opened:
    target = folder / f"{ids.new()}.zip"
    actions.build_to(account, target, part)
    return Opened(target.read_bytes())
