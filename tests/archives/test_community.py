"""The archive of the community: what is public, each text by its author's licence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from parley.accounts.models import Account
from parley.accounts.rules import ALL_RIGHTS
from parley.archives import community, public_lines
from parley.kernel import clock, signing
from parley.moderation.models import Act, RestoredReport
from parley.problems.models import Problem
from parley.threads.models import OutsideContact, Post, Thread
from parley.vendors.models import Vendor
from tests import factories as make
from tests.archives.rows import make_post, make_thread


class Dumped:
    """The folder, read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bytes(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def json(self, name: str) -> Any:
        return json.loads(self.bytes(name))

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.bytes(f"{name}.jsonl").splitlines()]

    def mentions(self, words: str) -> list[str]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return [path.name for path in found if words.encode() in path.read_bytes()]


@pytest.fixture
def dump(tmp_path):
    def dumped() -> Dumped:
        folder = tmp_path / f"dump{len(list(tmp_path.iterdir()))}"
        community.dump(folder, "Parley", lambda file, count: None)
        return Dumped(folder)

    return dumped


def test_every_line_keeps_to_its_schema_and_every_file_to_its_hash(life, dump, monkeypatch):
    monkeypatch.setattr(public_lines, "BATCH", 2)
    Vendor.update(thread_count=2).where(Vendor.id == life.vendor.id).execute()
    dumped = dump()
    for name in public_lines.FILES:
        schema = dumped.json(f"schemas/{name}.json")
        Draft202012Validator.check_schema(schema)
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        lines = dumped.lines(name)
        assert lines, name
        for line in lines:
            assert not [f"{name}: {e.json_path}: {e.message}" for e in checker.iter_errors(line)]
        found = dumped.json("manifest.json")["files"][name]
        assert (found["lines"], found["bytes"]) == (len(lines), len(dumped.bytes(f"{name}.jsonl")))
    listed = dumped.bytes("manifest-sha512.txt")
    for line in listed.decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha512(dumped.bytes(name)).hexdigest() == digest
    kid = signing.verify_detached(
        listed, dumped.bytes("manifest-sha512.txt.jws").decode(), dumped.json("keys/jwks.json"))
    assert kid in dumped.bytes("README.txt").decode()


def test_nothing_private_is_in_it(life, dump):
    dumped = dump()
    for private in ("secret.example", "home.example", "'s draft", "'s note", "friend.example",
                    "7.50", "PARLEY-7", life.ada.password_hash):
        assert dumped.mentions(private) == []


def test_whoever_keeps_all_rights_is_a_line_without_words_or_name(life, dump):
    Account.update(licence=ALL_RIGHTS).where(Account.id == life.ada.id).execute()
    dumped = dump()
    threads = {line["id"]: line for line in dumped.lines("threads")}
    assert (threads[life.own.id]["title"], threads[life.own.id]["by"]) == (None, None)
    assert threads[life.own.id]["outcome"] == "confirmed"
    assert threads[life.other.id]["title"] == "Bob asks"
    bodies = {(line["thread"], line["number"]): line["body"] for line in dumped.lines("posts")}
    assert bodies[life.own.id, 1] is bodies[life.other.id, 2] is None
    assert bodies[life.own.id, 20] == "We looked into it."
    for words in (life.ada.handle, "First words", "Before", "Same here, Bob",
                  life.own_file.sha256, "They do.", "We had a bad winter."):
        assert dumped.mentions(words) == []


def test_what_is_hidden_or_removed_is_not_in_it(life, dump):
    hidden = make_thread(life.bob, life.vendor, "Hidden words", listed=0, hidden_at=clock.now())
    make_post(life.other, life.bob, 3, "Removed words", removed_at=clock.now())
    make_post(life.other, life.bob, 4, "Words that a steward hid", hidden_at=clock.now())
    Problem.update(hidden_at=clock.now()).execute()
    Thread.update(duplicate_of=hidden).where(Thread.id == life.other.id).execute()
    Act.create(kind="hide_thread", steward=make.make_steward(), thread=hidden, reason="threat",
               words="Please be kind to one another.", at=clock.now())
    OutsideContact.create(thread=hidden, side="author", entered_by=life.bob, how="call",
                          day="2026-11-12", words="Hidden words", entered_at=clock.now())
    dumped = dump()
    assert dumped.mentions("kind to one another") == ["moderation.jsonl"]
    assert dumped.mentions(Problem.get().id) == []
    assert dumped.lines("problems") == dumped.lines("problem-links") == []
    for words in (hidden.id, "Hidden words", "Removed words", "a steward hid", "Gates close"):
        assert dumped.mentions(words) == []
    assert [line["body"] for line in dumped.lines("posts")
            if line["thread"] == life.other.id][2:] == [None, None]


def test_what_else_stands_on_public_pages_is_in_it(life, dump):
    RestoredReport.update(upheld=True, steward=make.make_steward(), settled_at=clock.now(),
                          words="An advert", lifted_at=clock.now()).execute()
    dumped = dump()
    assert dumped.lines("vendor-merges")[0]["words"] == "The same company."
    assert {line["words"] for line in dumped.lines("outside-contacts")} == {
        "They rang me.", "Ada came to our shop."}
    assert [line["thread"] for line in dumped.lines("posts") if line["thanked"]] == [life.own.id]
    acts = [line for line in dumped.lines("moderation") if line["kind"].endswith("_restored")]
    assert [(act["kind"], act["words"]) for act in acts] == [
        ("hide_restored", "An advert"), ("show_restored", "")]
    assert dumped.mentions(RestoredReport.get().id) == []


def test_somebody_who_left_has_no_handle_in_it(life, dump):
    Account.update(closed_at=clock.now(), display_name="A customer 7k2").where(
        Account.id == life.bob.id).execute()
    (line,) = (line for line in dump().lines("threads") if line["id"] == life.other.id)
    assert line["by"]["handle"] is None
    assert line["by"]["name"] == "A customer 7k2"


def test_more_lines_than_a_batch_all_come(life, dump, monkeypatch):
    for number in range(30, 37):
        make_post(life.own, life.ada, number, "More")
    whole = dump().lines("posts")
    monkeypatch.setattr(public_lines, "BATCH", 3)
    assert dump().lines("posts") == whole
    assert len(whole) == Post.select().count()
    assert len(dump().lines("threads")) == Thread.select().count()


def test_a_folder_with_something_in_it_stays_as_it_is(app, tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = app.test_cli_runner().invoke(args=["dump-public", str(tmp_path)])
    assert done.exit_code == 1
    assert "not empty" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_failure_leaves_nothing_behind(app, tmp_path, monkeypatch):
    monkeypatch.setitem(public_lines.FILES, "rules", lambda: iter([{"x": object()}]))
    with pytest.raises(TypeError):
        community.dump(tmp_path / "dump", "Parley", lambda file, count: None)
    assert list(tmp_path.iterdir()) == []


def test_the_command_counts_what_it_writes(app, frozen, tmp_path):
    make_thread(make.make_member(), make.make_vendor())
    done = app.test_cli_runner().invoke(args=["dump-public", str(tmp_path / "dump")])
    assert done.exit_code == 0, done.output
    assert "        1  threads.jsonl\n" in done.output
