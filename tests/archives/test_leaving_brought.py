"""Leaving after an archive was brought in: nothing of what came is left, wherever it went."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from parley import backup
from parley.accounts.models import Account, Leaving
from parley.archives import actions as archives
from parley.archives import bringing, certificates, community, leaving, trust
from parley.archives.models import Archive, Bringing, Document
from parley.archives.names import BagError
from parley.kernel import clock, db, ids
from parley.outbox.models import Task
from parley.scorecards import recount
from parley.threads.models import Draft, File, Origin, Post, Restored
from tests import factories
from tests.archives.lives import EMAIL, HANDLE, NAME, NAMES, Life, left_of
from tests.archives.packing import STRANGER, contents, elsewhere, packed
from tests.archives.test_hostile import fresh
from tests.conftest import everything

pytestmark = everything


def brought(life: Life, folder: Path) -> Life:
    """Her archive from another server came in, and a second one waits for her word."""
    trust.trust(json.dumps({"keys": [STRANGER.as_dict(private=False)]}))
    files = fresh(elsewhere(contents(life.me, folder)))
    life.archive = packed(files, folder / "mara.zip")
    for confirmed in (True, False):
        with life.archive.open("rb") as stream:
            row = bringing.stage(life.me, "mara-lindqvist.zip", stream)
        bringing.check_task(Task(data={"bringing": row.id}))
        if confirmed:
            bringing.confirm(life.me, row.id)
            bringing.bring_task(Task(data={"bringing": row.id}))
    return life


def with_more() -> tuple[Life, bytes]:
    with TemporaryDirectory() as folder:
        life = brought(Life(), Path(folder))
        return life, life.archive.read_bytes()


@pytest.fixture
def life(app, travel, staged, tmp_path) -> Iterator[Life]:
    found, archive = staged(with_more)
    found.archive = tmp_path / "mara.zip"
    found.archive.write_bytes(archive)
    yield found
    for row in Bringing.select():  # the folder outlives the test
        bringing.path_of(row).unlink(missing_ok=True)


def leave(who: Account, words: str) -> Leaving:
    left = leaving.erase_now(leaving.close(who, words))
    Task.delete().where(Task.kind == "farewell").execute()
    return left


def files_that_name(folder: Path, *names: str) -> list[str]:
    """Files below a folder, or this file, and those packed in them, that hold such a name."""
    found = []
    for path in (path for path in (folder, *folder.rglob("*")) if path.is_file()):
        parts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as opened:
                parts += [opened.read(name) for name in opened.namelist()]
        words = b"\n".join([str(path).encode(), *parts]).lower()
        found += [f"{path.name}: {name}" for name in names if name.lower().encode() in words]
    return found


@pytest.mark.parametrize("words", ["keep", "remove"])
def test_nothing_that_came_is_left(life, app, words, tmp_path):
    data = app.extensions["parley.settings"].data
    own = archives.path_of(Archive.get())
    archives.build_to(life.me, own)
    staged = bringing.path_of(Bringing.get(Bringing.state == "checked"))
    picture = File.get(File.restored.is_null(False))
    assert Restored.select().where(Restored.listed == 1).count() == 3
    assert Restored.select().where(Restored.record.cast("TEXT").contains(NAME)).exists()
    assert staged.exists() and files_that_name(data, *NAMES)
    left = leave(life.me, words)
    assert left_of(*NAMES) == []
    for model in (Restored, Origin, Document, Bringing, Draft):
        assert not model.select().where(model.account == life.me.id).exists()
    assert not File.select().where(File.restored.is_null(False)).exists()
    assert life.stored(picture).exists() == (words == "keep")  # one of her posts has it, too
    assert not staged.exists()
    assert files_that_name(data, *NAMES) == []
    assert list(recount.verify(None)) == []
    backup.write(tmp_path / "after.zip", data)
    assert files_that_name(tmp_path / "after.zip", *NAMES) == []
    said = {entry["what"]: entry for entry in certificates.content(left)["removed"]}
    assert said["restored"]["count"] == 3
    assert said["restored"]["words"].endswith("brought from elsewhere")
    assert said["documents"]["count"] > 10
    assert said["bringings"]["count"] == 2


def test_no_page_shows_what_came_any_more(life, client, client_of):
    steward = client_of(factories.make_steward())
    row = Restored.get(Restored.kind == "thread", Restored.listed == 1)
    file = File.get(File.restored.is_null(False))
    pages = [f"/members/{HANDLE}", f"/members/{HANDLE}/restored", f"/restored/{row.id}",
             f"/files/{file.id}/{file.name}"]
    for page in pages:
        with client.get(page) as shown:  # and the page cache has it now
            assert shown.status_code == 200, page
    leave(life.me, "keep")
    for browser in (client, steward):
        assert {browser.get(page).status_code for page in pages} == {404}


def test_others_who_quote_them_from_elsewhere_quote_nobody(life, client, tmp_path):
    tom, now = life.other, clock.now()
    origin = Origin.create(
        account=tom, kind="parley", server="Other", server_url="https://other.example/",
        handle="tom", source_id=ids.new(), made_at=now, checked=True, brought_at=now)
    row = Restored.get(Restored.kind == "thread", Restored.listed == 1)
    record = json.loads(json.dumps(row.record))
    for post in record["posts"]:
        post["body"] = f"Dear {NAME}, write to {EMAIL}."
    theirs = Restored.create(
        account=tom, origin=origin, kind="thread", ref=ids.new(), title=f"About @{HANDLE}",
        at=now, listed=1, made_at=now, checked=True, digest="as it came", record=record)
    assert NAME in client.get(f"/restored/{theirs.id}").get_data(as_text=True)
    left = leave(life.me, "keep")
    after = Restored.get_by_id(theirs.id)
    assert left_of(*NAMES) == []
    quoted = [post for post, was in zip(after.record["posts"], record["posts"], strict=True)
              if was["author"]["handle"] == HANDLE]
    assert quoted and {post["author"]["handle"] for post in quoted} == {None}
    assert after.digest == "as it came"  # so that the same archive is known when it comes again
    assert NAME not in client.get(f"/restored/{theirs.id}").get_data(as_text=True)
    assert left.counts["quoted"] == 1
    target = tmp_path / "tom.zip"
    archives.build_to(tom, target)  # every record keeps to its schema
    assert files_that_name(tmp_path / "tom.zip", *NAMES) == []


def test_what_comes_in_while_they_leave_does_not(life):
    """The account closes between the check and the write."""
    Restored.delete().execute()
    with db.write():
        Account.update(closed_at=clock.now()).where(Account.id == life.me.id).execute()
    with pytest.raises(BagError, match="closed"):
        bringing.bring(life.archive, life.me)
    assert not Restored.select().exists()


def test_the_archive_of_the_community_names_nobody_who_left(life, tmp_path):
    leave(life.me, "keep")
    community.dump(tmp_path / "dump", "Parley", lambda file, count: None)
    assert files_that_name(tmp_path / "dump", *NAMES) == []
    lines = [json.loads(line) for line in
             (tmp_path / "dump/posts.jsonl").read_text().splitlines()]
    (own,) = (line for line in lines if line["id"] == life.reply.id)
    assert own["by"]["handle"] is None
    assert own["by"]["name"] == Post.get_by_id(life.reply.id).author.known_as
    assert own["by"]["name"].startswith("Customer ")
