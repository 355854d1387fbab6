"""Nothing is lost on the way: a life here, its archive, another server, and the archive there."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from parley.accounts import ties
from parley.accounts.models import Account
from parley.advocates import actions as advocates
from parley.archives import actions, trust
from parley.billing import actions as dues
from parley.kernel import clock, signing
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.moderation import actions as moderation
from parley.problems import actions as problems
from parley.threads import actions as threads
from parley.threads import drafts, outcomes, outside
from parley.threads.helped import mark_helped
from parley.threads.models import Post, Thread
from parley.threads.own_posts import edit_post, remove_post
from parley.vendors import actions as vendors
from tests import factories as make
from tests.archives.rows import Opened
from tests.archives.servers import bring, server, what_is_kept
from tests.conftest import ON
from tests.threads import factories as f

WAYS = [("sqlite", "postgres"), ("postgres", "sqlite")] if len(ON) == 2 else [(ON[0], ON[0])]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")),
                min_size=5, max_size=60).filter(lambda text: len(text.strip()) >= 5)
PARTS = ("question", "complaint", "idea", "praise", "reply", "note", "edit", "remove", "picture",
         "answer", "ask", "decline", "confirm", "give back", "reopen", "withdraw", "helped",
         "me too", "draft", "advocate", "outside", "problem", "suspect", "profile", "follow",
         "thanked", "report", "mute", "dues")
LIVES = st.lists(st.tuples(st.sampled_from(PARTS), TEXTS), min_size=3, max_size=14)


@cache
def picture(colour: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (5, 4), (colour, 10, 10)).save(out, "JPEG")
    return out.getvalue()


class Life:
    """A member's doings by the verbs that people use; what is not allowed just then, is not."""

    def __init__(self) -> None:
        self.ada = make.make_member(handle="ada")
        self.bob = make.make_member(handle="bob")
        self.acme, self.rail = make.make_vendor(name="Acme"), make.make_vendor(name="North Rail")
        self.rep = make.make_representative(self.acme)
        self.boss = make.make_manager(self.acme)
        self.own = f.open_thread(self.ada, self.acme)
        self.other = f.open_thread(self.bob, self.rail)

    def do(self, part: str, text: str) -> None:
        with suppress(Refused, Invalid, NotFound, Post.DoesNotExist):
            self._do(part, text)

    def _do(self, part: str, text: str) -> None:
        ada, own, other = self.ada, self.own, self.other
        mine = Post.select().where(Post.author == ada, Post.removed_at.is_null()).order_by(
            Post.created_at.desc(), Post.number.desc())
        match part:
            case "question" | "complaint" | "idea" | "praise":
                self.own = f.open_thread(ada, self.acme, part, title=text, body=text)
            case "reply":
                f.reply(other, ada, text)
            case "note":
                f.reply(own, ada, text)
            case "edit":
                edit_post(ada, mine.get().id, text + " again")
            case "remove":
                remove_post(ada, mine.get().id)
            case "picture":
                upload = threads.files.Typed("it.jpg", picture(len(text)))
                f.reply(own, ada, text, uploads=(upload,))
            case "answer" | "ask" | "decline":
                f.answer(own, part, self.rep, text)
            case "confirm":
                f.confirm(own, "vendor")
            case "give back":
                outcomes.give_back(ada, own.id, outcomes.Said(text))
            case "reopen":
                outcomes.reopen(ada, own.id, outcomes.Said(text))
            case "withdraw":
                outcomes.withdraw(ada, own.id)
            case "helped":
                mark_helped(ada, f.reply(own, self.bob, text).id, True)
            case "me too":
                outcomes.say_me_too(ada, other.id, "affected")
            case "draft":
                drafts.keep(ada, "new", {"title": text, "body": text})
            case "advocate":
                advocates.declare(ada, self.rail, ("customer",))
            case "outside":
                outside.enter(ada, own.id, "call", "2026-11-11", text)
            case "problem":
                problems.open_problem(
                    self.boss, self.acme, problems.NewProblem(text, text, (own.id,)))
            case "suspect":
                about = Thread.select(Thread.id).where(Thread.vendor == self.acme.id).limit(2)
                problems.open_problem(ada, self.acme, problems.NewProblem(
                    text, text, tuple(thread.id for thread in about)))
            case "profile":
                Account.update(about=text).where(Account.id == ada.id).execute()
            case "follow":
                vendors.follow(self.rail, ada)
            case "report":
                moderation.report(Post.get(Post.author == self.bob).id, ada, "spam", text)
            case "mute":
                ties.silence(ada, "bob", "mute")
            case "dues":
                dues.book_fund(ada, dues.Money(500, clock.now(), "cash", f"hand:{text}"))
            case "thanked":
                mark_helped(self.bob, f.reply(other, ada, text).id, True)


def archive_of(account: Account, target: Path) -> Opened:
    actions.build_to(account, target)
    return Opened(target.read_bytes())


@pytest.mark.parametrize("lives", [3, pytest.param(30, marks=pytest.mark.drill)])
@pytest.mark.parametrize("way", WAYS, ids="-to-".join)
def test_a_life_that_moves_and_moves_again_keeps_everything(
    built, stores, travel, tmp_path, way, lives
):
    counter = iter(range(1000))

    @settings(max_examples=lives, phases=[Phase.generate], deadline=None,  # shrinking takes minutes
              suppress_health_check=list(HealthCheck))
    @given(LIVES)
    def moves(parts: list[tuple[str, str]]) -> None:
        at = tmp_path / str(next(counter))
        at.mkdir()
        first, second = at / "first.zip", at / "second.zip"
        with server(stores, way[0], "first.example", at):
            life = Life()
            for part, text in parts:
                travel(minutes=7)
                life.do(part, text)
            then = archive_of(life.ada, first)
            keys = json.dumps(signing.public_jwks())
        travel(days=1)
        with server(stores, way[1], "second.example", at):
            trust.trust(keys)
            here = make.make_account(handle="ada_two", email="ada@people.example")
            bring(first, here)
            now = archive_of(Account.get_by_id(here.id), second)
            more = json.dumps(signing.public_jwks())
        kept, own = what_is_kept(then), ("https://first.example/", life.ada.id)
        assert what_is_kept(now, own) == kept
        with server(stores, way[0], "third.example", at):  # and on, by way of the second
            trust.trust(more)
            there = make.make_account(handle="ada_three", email="ada@people.example")
            bring(second, there)
            again = bring(second, there)
            last = archive_of(Account.get_by_id(there.id), at / "third.zip")
        assert what_is_kept(last, own) == kept
        assert all(set(of) <= {"same", "left"} for of in again.values())

    moves()
