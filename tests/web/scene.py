"""One company with threads in several states, and one of each kind of person around it.

Everything private here (drafts, the archive, a session, an appointment …) is the author's, so
that it answers 404 to all the others.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from parley.accounts import sessions
from parley.accounts.models import Account, Identity, Session, SignUp, Token
from parley.archives import actions as archives
from parley.archives import leaving, report
from parley.archives.models import Archive, Bringing, Document
from parley.billing import actions as dues
from parley.billing import gifts
from parley.billing.models import BankImport, Difference
from parley.desk import bulk, notes, texts
from parley.desk import moderating as moderating_briefings
from parley.kernel import clock, ids
from parley.moderation import actions as moderation
from parley.moderation.models import RestoredReport
from parley.notifications import replies
from parley.problems import actions as problems
from parley.problems import answering, linking, moderating
from parley.problems.actions import NewProblem
from parley.promises import actions as promises
from parley.threads import drafts, files, outside
from parley.threads.models import Origin, Post, Restored, Thread
from parley.threads.outcomes import Said, reopen
from parley.vendors import delivery
from parley.vendors.models import Claim, Dispute, Invitation, Representative, Vendor
from parley.vendors.people import INVITED_FOR
from tests.factories import (
    PASSWORD,
    make_account,
    make_lapsed,
    make_manager,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f

PDF = b"%PDF-1.4\n%%EOF\n"
PEOPLE = ("visitor", "account", "member", "lapsed", "advocate", "ours", "manager", "other",
          "steward", "author")


@dataclass
class Scene:
    """`people` by the names of `PEOPLE` (None for the visitor); `ids` fill in addresses."""

    vendor: Vendor
    elsewhere: Vendor
    people: dict[str, Account | None]
    helper: Account
    threads: dict[str, Thread] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def author(self) -> Account:
        found = self.people["author"]
        assert found is not None
        return found


def make_scene() -> Scene:
    scene = _people()
    _threads(scene)
    _private_things(scene)
    _dues(scene)
    _claims(scene)
    _problems(scene)
    _promise(scene)
    _desk(scene)
    left = leaving.erase_now(leaving.close(make_account(), "keep"), farewell=False)
    scene.ids |= {"left": left.id}
    scene.ids |= {f"{name}_thread": thread.id for name, thread in scene.threads.items()}
    scene.ids |= {f"{name}_post": post.id for name, post in scene.posts.items()}
    scene.ids |= {"slug": scene.vendor.slug, "handle": scene.helper.handle}
    return scene


def _people() -> Scene:
    vendor, elsewhere = make_vendor(name="Acme"), make_vendor(name="Elsewhere")
    people: dict[str, Account | None] = {
        "visitor": None, "account": make_account(), "member": make_member(),
        "lapsed": make_lapsed(), "ours": make_representative(vendor),
        "manager": make_manager(vendor, handle="manager"), "other": make_representative(elsewhere),
        "steward": make_steward(), "author": make_member(handle="author"),
    }
    return Scene(vendor, elsewhere, people, make_member(handle="helper"))


def _threads(scene: Scene) -> None:
    author, vendor = scene.author, scene.vendor
    waiting = f.open_thread(author, vendor, title="Where is parcel 7?", body="It was **due**.")
    scene.people["advocate"] = f.advocate_of(waiting)
    answered = f.open_thread(author, vendor, kind="complaint", title="The lid is broken")
    closed = f.open_thread(author, vendor, title="Do you open on Sundays?")
    scene.threads = {
        "waiting": waiting, "answered": answered, "closed": closed,
        "idea": f.open_thread(author, vendor, kind="idea", title="Sell spare lids"),
        "consultation": f.open_thread(scene.people["manager"], vendor, kind="consultation",
                                      title="Which lids do you like?"),
    }
    scene.posts = {
        "reply": f.reply(waiting, scene.helper, "Look into the *shed*."),
        "note": f.reply(waiting, author, "I did look."),
        "answer": f.answer(answered, by=scene.people["ours"], body="A new lid is on its way."),
    }
    f.confirm(closed, "myself")


def _private_things(scene: Scene) -> None:
    author, now = scene.author, clock.now()
    files.attach(scene.posts["note"], author, files.take_in([files.Typed("bill.pdf", PDF)]))
    session = Session.create(token_hash=ids.digest(ids.unguessable()), account=author,
                             created_at=now, seen_at=now)
    identity = Identity.create(account=author, issuer="https://id.example", subject="7",
                               linked_at=now)
    appointment = Representative.create(vendor=scene.elsewhere, account=author, role="responder",
                                        appointed_at=now)
    report = moderation.report(scene.posts["reply"].id, author, "spam")
    draft = drafts.keep(author, "new", {"title": "A draft", "body": "Half a thought"})
    quiet = make_vendor(name="Quiet")
    address = delivery.enter(quiet, scene.helper, "desk@quiet.example", "their website")
    call = outside.enter(author, scene.threads["waiting"].id, "call", "2026-11-12", "They called.")
    scene.ids |= {
        "quiet": quiet.slug, "address": address.id, "outside": call.id,
        "no_mail": replies.make(scene.threads["waiting"].id, None),
        "file": scene.posts["note"].files.get().id, "session": session.id,
        "identity": identity.id, "appointment": appointment.id, "report": report.id,
        "draft": draft.id, "archive": _archive(author).id, **_brought(author),
        "reset": _token(author, "reset"), "email": _token(author, "email"), "signup": _sign_up(),
    }


def _claims(scene: Scene) -> None:
    """The author claims the company's page, the helper did so before a steward, and a link of the
    manager waits for whoever holds it."""
    now, token = clock.now(), ids.unguessable()
    mine, theirs = (
        Claim.create(vendor=scene.vendor, domain="acme.example", token=ids.unguessable(), by=by,
                     state=state, created_at=now)
        for by, state in ((scene.author, "pending"), (scene.helper, "disputed")))
    dispute = Dispute.create(kind="two_claimants", claim=theirs, vendor=scene.vendor,
                             opened_at=now)
    link = Invitation.create(
        digest=ids.digest(token), vendor=scene.vendor, email="ann@people.example",
        role="responder", by=scene.people["manager"], created_at=now,
        expires_at=now + INVITED_FOR)
    scene.ids |= {"claim": mine.id, "dispute": dispute.id, "invitation": link.id,
                  "invited": token, "ours": scene.people["ours"].handle}


def _problems(scene: Scene) -> None:
    """Two problems of the company: one of which the helper thinks that it is the author's too, and
    one that the company says is fixed, which hits the author."""
    manager, vendor = scene.people["manager"], scene.vendor
    open_one = problems.open_problem(manager, vendor, NewProblem("Parcels go astray", "We look."))
    update = answering.publish(manager, open_one.id, "We are looking into it.")
    link = linking.link(scene.helper, open_one.id, scene.threads["closed"].id)
    fixed = problems.open_problem(manager, vendor, NewProblem(
        "Lids are not sold alone", "They were not.", (scene.threads["idea"].id,)))
    problems.move(manager, fixed.id, "fixed", "They are now.")
    scene.ids |= {"problem": open_one.id, "problem_link": link.id, "problem_update": update.id,
                  "fixed_problem": fixed.id,
                  "problem_report": moderating.report(open_one.id, scene.author, "spam").id}


def _promise(scene: Scene) -> None:
    """One version is published, and the draft of the next says something else."""
    manager, fields = scene.people["manager"], {
        "zone": "UTC", "expires": str((clock.now() + timedelta(days=300)).date()),
        "first_answer_question": "2", "first_answer_question_unit": "days"}
    promises.save_draft(manager, scene.vendor, 0, fields)
    first = promises.publish(manager, scene.vendor, 1, None, "")
    promises.save_draft(manager, scene.vendor, 2, fields | {"first_answer_question": "1"})
    scene.ids |= {"promise": first.id, "version": str(first.number)}


def _desk(scene: Scene) -> None:
    """What the manager keeps at the company's desk."""
    manager, vendor, thread = scene.people["manager"], scene.vendor, scene.threads["waiting"]
    done = bulk.carry_out(manager, vendor, bulk.Asked(
        "assign", (scene.threads["answered"].id,), "scene", "manager"))
    briefing = texts.publish_briefing(manager, vendor, "How to help", "Ask for the bill.")
    scene.ids |= {
        "desk_note": notes.write(manager, vendor, thread.id, "He is a friend of the owner.").id,
        "desk_reply": texts.save_reply(manager, vendor, "Parcels", "answer", "Dear {author}").id,
        "briefing": briefing.id, "bulk": done.id,
        "briefing_report": moderating_briefings.report(briefing.id, scene.author, "spam").id,
    }


def _dues(scene: Scene) -> None:
    """The author paid once, promised a gift, and was given one; a treasurer looked at a list."""
    author, now = scene.author, clock.now()
    payment = dues.book_fund(author, dues.Money(500, now, "cash", "hand:scene"))
    theirs = gifts.give(scene.helper, author.handle, "3")
    dues.book_gift(theirs, dues.Money(theirs.amount, now, "cash", "hand:gift"))
    row = BankImport.create(by=scene.helper, name="bank.csv", made_at=now, lines=[], rest=[],
                            counts={"read": 0})
    scene.ids |= {
        "gift": gifts.give(author, "helper", "3").id, "gift_for_author": theirs.id,
        "payment": payment.id, "bank_import": row.id, "year": str(now.year),
        "difference": Difference.create(found_at=now, words="Something differed.").id,
    }


def _brought(account: Account) -> dict[str, str]:
    """What an archive brought: a note, a public thread, a document, and an archive under way."""
    now = clock.now()
    origin = Origin.create(
        account=account, kind="parley", server="Elsewhere", server_url="https://else.example/",
        handle="author", source_id="7", made_at=now, checked=True, brought_at=now)
    shared = {"account": account, "origin": origin, "at": now, "made_at": now, "checked": True,
              "digest": ""}
    ref = ids.new()
    note = Restored.create(kind="note", ref=ref, title="A note", listed=0, **shared, record={
        "id": ref, "title": "A note", "body": "Words", "url": None,
        "written_at": "2026-05-03T12:00:00Z"})
    post = {
        "id": ids.new(), "number": 2, "url": "https://elsewhere.example/#post-2",
        "author": {"handle": "a", "name": "A"}, "hat": "member", "title": "", "purpose": None,
        "side": None, "ties": None, "saved_reply": False, "ai_assisted": False, "body": "Words",
        "created_at": "2026-05-03T12:00:00Z", "edited_at": None, "removed_at": None,
        "hidden_at": None, "moved": False, "claim": None, "explains_delay": False,
        "helped_at": None, "solved_round": None, "files": [], "edits": []}
    there = {"id": ids.new(), "url": "https://elsewhere.example/", "kind": "question",
             "title": "Elsewhere", "vendor": {"id": ids.new(), "name": "Acme", "domain": None,
                                              "url": "https://elsewhere.example/"}}
    thread = Restored.create(kind="replies", ref=there["id"], title="Elsewhere", listed=1,
                             **shared, record={"thread": there, "posts": [post]})
    document = Document.create(account=account, origin=origin, path="sessions.json", text="[]",
                               made_at=now, checked=True)
    bringing = Bringing.create(
        account=account, name="a.zip", state="checked", asked_at=now, report=report.Report({
            "kind": "mastodon", "server": "e", "server_url": "", "handle": "a",
            "made_at": "2026-05-03T12:00:00Z"}).plain())
    claim = RestoredReport.create(restored=thread, reporter=make_account(), reason="spam", at=now)
    return {"restored_report": claim.id, "restored": note.id, "restored_thread": thread.id,
            "document": document.id, "bringing": bringing.id}


def _archive(account: Account) -> Archive:
    now, data = clock.now(), b"PK"
    archive = Archive.create(
        account=account, asked_at=now, state="ready", ready_at=now, expires_at=now + archives.KEPT,
        size=len(data), sha256=hashlib.sha256(data).hexdigest())
    archives.path_of(archive).parent.mkdir(parents=True, exist_ok=True)
    archives.path_of(archive).write_bytes(data)
    return archive


def _token(account: Account, purpose: str) -> str:
    token = ids.unguessable()
    Token.create(token_hash=ids.digest(token), purpose=purpose, account=account,
                 email="new@people.example" if purpose == "email" else None,
                 expires_at=clock.now() + archives.KEPT)
    return token


def _sign_up() -> str:
    token = ids.unguessable()
    SignUp.create(
        token_hash=ids.digest(token), email="newcomer@people.example", handle="newcomer",
        display_name="Newcomer", password_hash=sessions.digest(PASSWORD),
        browser=ids.digest(ids.unguessable()), expires_at=clock.now() + archives.KEPT)
    return token


def reopened(scene: Scene) -> Thread:
    return reopen(scene.author, scene.threads["closed"].id, Said("It is shut again."))


def text(response: Any) -> str:
    return response.get_data(as_text=True)
