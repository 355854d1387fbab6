"""A person with something in nearly every table, to see what of her is left after leaving."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image

from parley import backup
from parley.accounts import actions as accounts
from parley.accounts import ties
from parley.accounts.models import Account
from parley.advocates import actions as advocates
from parley.archives import actions as archives
from parley.billing import actions as dues
from parley.billing import gifts
from parley.billing.models import BankImport
from parley.desk import notes
from parley.kernel import clock, db
from parley.moderation import actions as moderation
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.problems import actions as problems
from parley.problems import linking, moderating
from parley.threads import actions as threads
from parley.threads import drafts, files, outcomes, outside, thanking
from parley.threads.helped import mark_helped
from parley.threads.models import File
from parley.threads.own_posts import edit_post
from parley.vendors import actions as vendors
from tests import factories
from tests.threads import factories as f

NAME, HANDLE, EMAIL = "Mara Lindqvist", "mara_l77", "mara.lindqvist@people.example"
NAMES = (NAME, "Lindqvist", HANDLE, EMAIL)


def mara(**values) -> Account:
    return factories.make_member(
        handle=HANDLE, email=EMAIL, display_name=NAME, about="I am Mara Lindqvist.", **values)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def everything() -> dict[str, str]:
    """All that the database holds, a text for each table."""
    found = {}
    with db.snapshot():
        for model in backup.tables():
            rows = ([backup._plain(field, value) for field, value in
                     zip(model._meta.sorted_fields, row, strict=True)]
                    for row in backup._rows(model))
            found[model._meta.table_name] = json.dumps(list(rows), ensure_ascii=False)
    return found


def left_of(*names: str) -> list[str]:
    """Which tables still name somebody."""
    return [f"{table}: {name}" for table, text in everything().items()
            for name in names if name.lower() in text.lower()]


class Life:
    """What Mara did, and what others did with her."""

    def __init__(self) -> None:
        me = self.me = mara()
        self.vendor = factories.make_vendor(name="Nordbahn")
        self.manager = factories.make_manager(self.vendor)
        self.other = factories.make_member(handle="tom", display_name="Tom")
        me_too = f.open_thread(self.other, self.vendor, title="The heating is cold")
        outcomes.say_me_too(me, me_too.id, "affected")
        self.own = f.open_thread(
            me, self.vendor, "complaint", title="Mara Lindqvist waits for a refund",
            body=f"Write to {EMAIL}.\n\nMara Lindqvist", product="Ticket of Mara Lindqvist",
            uploads=(files.Typed("mara-lindqvist.png", picture()),))
        self.answer = f.answer(
            self.own, "propose_resolution", self.manager,
            "Dear Mara Lindqvist,\n\nwe paid it back. Ms Lindqvist, @Mara_L77, thank you!")
        note = f.help_with(self.own, f.advocate_of(self.own), "Hi Mara, try the depot.")
        mark_helped(me, note.id, True)
        thanking.thank(me, self.answer.id)
        outcomes.confirm(me, self.own.id, "vendor", said=outcomes.Said("Thanks. Mara"))
        advocates.declare(me, self.vendor, ("customer",))
        self.reply = threads.write_post(
            me, me_too.id, threads.NewPost("So is mine.", side="helping"))
        edit_post(me, self.reply.id, "So is mine. Yours, Mara Lindqvist")
        mark_helped(self.other, self.reply.id, True)
        edit_post(self.manager, self.answer.id, "Dear Mara Lindqvist, it is paid.")
        self.mention = f.reply(f.open_thread(vendor=self.vendor), self.other,
                               "As @mara_l77 found, see http://localhost/members/mara_l77.")
        waiting = f.open_thread(me, self.vendor, title="Where is my bike?")
        outside.enter(me, waiting.id, "call", "2026-11-12", "Mara Lindqvist speaking, no answer.")
        self.waiting, self.me_too = waiting, me_too
        self._problem()
        drafts.keep(me, "new", {"body": "I am Mara Lindqvist"})
        drafts.keep(self.manager, f"thread:{waiting.id}", {"body": "Dear Mara Lindqvist,"})
        notes.write(self.manager, self.vendor, waiting.id, "Mara Lindqvist called twice.")
        moderation.report(self.mention.id, me, "off_topic", "I am Mara Lindqvist")
        ties.silence(me, "tom", "mute")
        ties.silence(self.other, HANDLE, "mute")
        ties.attach(me, issuer="https://id.example", subject="1", label=EMAIL)
        accounts.ask_reset(EMAIL)
        vendors.follow(self.vendor, me)
        dues.book_fund(me, dues.Money(500, clock.now(), "cash", "hand:mara"))
        gifts.give(me, "tom", "3")
        gifts.give(self.other, EMAIL, "3")
        BankImport.create(by=self.other, name="list", made_at=clock.now(), counts={}, lines=[
            {"account": me.id, "name": "LINDQVIST MARA", "text": "dues"}], rest=[
            {"name": "Mara Lindqvist", "text": "?"}])
        outbox.put("mail_in", token="x", sender=EMAIL, raw="")
        mail.send("tom@people.example", "closed", name="Tom", title="Of Mara Lindqvist",
                  company="Nordbahn", outcome="void", path="/")
        archives.ask(me)

    def _problem(self) -> None:
        """She suspects a cause of two threads, one of them her own, and a fix works for her."""
        self.problem = problems.open_problem(self.me, self.vendor, problems.NewProblem(
            "Nobody of Nordbahn calls Mara Lindqvist", "Signed, Mara Lindqvist",
            (self.waiting.id, self.me_too.id)))
        for row in linking.ProblemLink.select().where(linking.ProblemLink.state == "suggested"):
            linking.accept(self.manager, row.id)
        for state in ("acknowledged", "fixed"):
            problems.move(self.manager, self.problem.id, state, "We called Mara Lindqvist back.")
        problems.vote(self.me, self.problem.id, True)
        theirs = problems.open_problem(self.manager, self.vendor, problems.NewProblem(
            "Nobody answers the phone", "We know."))
        moderating.report(theirs.id, self.me, "off_topic", "I am Mara Lindqvist")
        moderating.report(self.problem.id, self.other, "off_topic", "Mara Lindqvist again")

    @staticmethod
    def stored(file: File) -> Path:
        return files.path_of(file.sha256)
