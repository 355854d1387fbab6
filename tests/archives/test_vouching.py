"""Who vouches for words that come in: every server on their way must, or only their person reads
them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parley.accounts.models import Account
from parley.archives import actions, bringing, trust
from parley.archives.models import Document
from parley.threads.models import File, Restored
from parley.vendors.models import Vendor
from tests import factories as make
from tests.archives.lives import picture
from tests.archives.packing import STRANGER, changed, contents, elsewhere, packed
from tests.archives.rows import Opened, Rich, make_file, rich
from tests.archives.test_hostile import fresh, thread_in
from tests.conftest import everything

pytestmark = everything

BEFORE = {"server": "First", "url": "https://first.example/", "handle": "",
          "made_at": "2026-11-01T00:00:00Z", "signed_by": "key", "checked": True, "listed": True}


@pytest.fixture
def life(app, frozen) -> Rich:
    life = rich()
    make_file(life.reply, picture(), "ticket.png")
    return life


@pytest.fixture
def files(life, tmp_path) -> dict[str, bytes]:
    return fresh(elsewhere(contents(life.ada, tmp_path)))


@pytest.fixture
def eve(life, files) -> Account:
    """With the address of the one whose archive it is."""
    Account.update(email=None).where(Account.id == life.ada.id).execute()
    return make.make_account(email="ada@home.example")


def trusted() -> None:
    trust.trust(json.dumps({"keys": [STRANGER.as_dict(private=False)]}))


def built(account: Account, target: Path) -> Opened:
    actions.build_to(account, target)
    return Opened(target.read_bytes())


def test_an_own_archive_vouches_for_nothing_that_came_unchecked(eve, files, tmp_path):
    files = changed(files, thread_in(files), lambda thread: thread["vendor"].update(
        name="Invented", domain="invented.example"))
    bringing.bring(packed(files, tmp_path / "forged.zip"), eve)
    built(eve, tmp_path / "own.zip")
    report = bringing.bring(tmp_path / "own.zip", eve)
    assert report.counts["thread"] == report.counts["replies"] == {"same": 1}
    assert {(row.listed, row.checked) for row in Restored.select()} == {(0, False)}
    Restored.delete().execute()
    bringing.bring(tmp_path / "own.zip", eve)
    assert {(row.listed, row.checked) for row in Restored.select()} == {(0, False)}
    assert not Vendor.select().where(Vendor.name == "Invented").exists()


@pytest.mark.parametrize(("said", "listed"), [
    ({}, 1), ({"checked": False}, 0), ({"listed": False}, 0), ({"listed": None}, 0)])
def test_a_server_on_the_way_vouches_for_no_more_than_it_could(eve, files, tmp_path, said, listed):
    handle = json.loads(files[thread_in(files)])["posts"][0]["author"]["handle"]
    before = {name: value for name, value in {**BEFORE, "handle": handle, **said}.items()
              if value is not None}
    trusted()
    path = packed(changed(files, thread_in(files), lambda thread: thread.update(
        origins=[before])), tmp_path / "a.zip")
    bringing.bring(path, eve)
    row = Restored.get(Restored.kind == "thread")
    assert (row.listed, row.checked) == (listed, before["checked"])
    assert Restored.get(Restored.kind == "replies").listed == 1


def test_documents_say_whether_the_first_server_could_be_checked(eve, files, tmp_path):
    bringing.bring(packed(files, tmp_path / "forged.zip"), eve)
    own = built(eve, tmp_path / "own.zip")
    moved = elsewhere({path.removeprefix("data/"): data for path, data in own.files.items()
                       if path.startswith("data/")}, "https://second.example/")
    Document.delete().execute()
    trusted()
    bringing.bring(packed(fresh(moved), tmp_path / "moved.zip"), eve)
    first = [row for row in Document.select() if row.origin.server_url == "https://other.example/"]
    assert first
    assert {row.checked for row in first} == {False}


def test_an_own_archive_brings_back_what_was_taken_away_with_its_files(eve, files, tmp_path):
    bringing.bring(packed(files, tmp_path / "a.zip"), eve)
    built(eve, tmp_path / "own.zip")
    (kept,) = File.select().where(File.account == eve.id)
    Restored.delete().execute()
    assert not File.select().where(File.account == eve.id).exists()
    bringing.bring(tmp_path / "own.zip", eve)
    (back,) = File.select().where(File.account == eve.id)
    assert (back.sha256, back.width, back.height) == (kept.sha256, kept.width, kept.height)
    again: Any = bringing.bring(tmp_path / "own.zip", eve).counts
    assert all(set(of) <= {"same", "left", "kept"} for of in again.values())
