"""A process is killed for good while it builds or brings an archive, or several bring one at once:
nothing half is there, and starting again ends it well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from parley.accounts.models import Account
from parley.archives import actions, bag_reading, bringing
from parley.archives.models import Archive, Bringing, Document
from parley.kernel import clock, db, signing
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.threads import files
from parley.threads.models import Draft, File, Origin, Restored
from tests import factories as make
from tests.archives.lives import picture
from tests.archives.packing import contents, elsewhere, packed
from tests.archives.rows import make_file, rich
from tests.archives.test_hostile import fresh
from tests.conftest import SECRET

pytestmark = pytest.mark.drill
ROOT = Path(__file__).parents[2]
DIES = "lambda *_, **__: os.kill(os.getpid(), 9)"
WRITTEN = (Origin, Restored, Document, File)


@pytest.fixture
def data(own_database, built) -> Path:
    db.database.connect(reuse_if_open=True)
    return built.extensions["parley.settings"].data


def die(url: str, data: Path, where: str, what: str) -> None:
    """Another process of Parley does this, and is killed when it comes to `where`."""
    code = ("import os, wsgi\nfrom parley.archives import actions, bringing\n"
            "from parley.kernel import db\nfrom parley.outbox import actions as outbox\n"
            f"{where} = {DIES}\nwith wsgi.app.app_context(), db.database.connection_context():\n"
            f"    {what}")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False,
        env=os.environ | {"PARLEY_DATABASE_URL": url, "PARLEY_DATA": str(data),
                          "PARLEY_SECRET_KEY": SECRET, "PARLEY_BASE_URL": "http://localhost"})
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def found(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_build_that_is_killed_is_made_by_the_next_process(own_database, data, monkeypatch):
    ada = rich().ada
    archive = actions.ask(ada)
    die(own_database, data, "actions._sha256", "outbox.run_all()")
    assert Archive.get_by_id(archive.id).state == "building"
    of_it = f"archives/{archive.id}.*"
    assert [path.suffix for path in data.glob(of_it)] == [".part"]
    later(monkeypatch)
    assert outbox.run_all() == 1
    archive = actions.find(ada, archive.id)
    assert list(data.glob(of_it)) == [actions.path_of(archive)]
    assert bag_reading.check(actions.path_of(archive), signing.public_jwks()).ok
    actions.unlink([archive])


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of the dead process has run out."""
    past = clock.now() - timedelta(seconds=1)
    Task.update(leased_until=past).where(Task.leased_until.is_null(False)).execute()


def archive_from_elsewhere(tmp_path: Path) -> tuple[Path, Account]:
    life = rich()
    make_file(life.reply, picture(), "ticket.png")
    path = packed(fresh(elsewhere(contents(life.ada, tmp_path))), tmp_path / "a.zip")
    return path, make.make_account()


def counts() -> list[int]:
    return [model.select().count() for model in WRITTEN]


def test_a_command_that_is_killed_brings_nothing_and_then_all(own_database, data, tmp_path):
    path, eve = archive_from_elsewhere(tmp_path)
    before, staged = counts(), (found(tmp_path), found(data / "imports"))
    die(own_database, data, "bringing.journal.record",
        "wsgi.app.test_cli_runner().invoke("
        f"args=['archive', 'import', {str(path)!r}, {eve.email!r}])")
    assert counts() == before
    assert (found(tmp_path), found(data / "imports")) == staged
    report = bringing.bring(path, eve)
    assert report.counts["thread"] == {"new": 1}
    again = bringing.bring(path, eve).counts
    assert all(set(of) <= {"same", "left", "refused"} for of in again.values())


def test_a_job_that_is_killed_brings_all_when_it_is_done_again(
        own_database, data, tmp_path, monkeypatch):
    path, eve = archive_from_elsewhere(tmp_path)
    with path.open("rb") as stream:
        row = bringing.stage(eve, "a.zip", stream)
    die(own_database, data, "bringing._set", "outbox.run_all()")
    assert Bringing.get_by_id(row.id).state == "checking"
    later(monkeypatch)
    outbox.run_all()
    bringing.confirm(eve, row.id)
    before = counts()
    die(own_database, data, "bringing._set", "outbox.run_all()")
    assert Bringing.get_by_id(row.id).state == "bringing"
    assert counts() == before
    later(monkeypatch)
    outbox.run_all()
    assert Bringing.get_by_id(row.id).state == "done"
    assert not bringing.path_of(row).exists()
    (file,) = File.select().where(File.account == eve.id)
    assert files.path_of(file.sha256).exists()


def test_two_people_bring_one_archive_twice_at_once(own_database, data, tmp_path):
    path, eve = archive_from_elsewhere(tmp_path)
    drafts = [{"id": "0" * 26, "place": "new", "fields": {"body": "x"},
               "updated_at": "2026-01-01T00:00:00Z"}]
    with zipfile.ZipFile(path) as opened:
        inside = {name.partition("/data/")[2]: opened.read(name) for name in opened.namelist()
                  if "/data/" in name}
    packed(inside | {"drafts.json": json.dumps(drafts).encode()}, path)
    people = [eve, make.make_account()]

    def brought(person: Account) -> dict[str, dict[str, int]]:
        with db.database.connection_context():
            return bringing.bring(path, person).counts

    with ThreadPoolExecutor(4) as hands:
        for _ in hands.map(brought, people * 2):
            pass
    for person in people:
        for model, count in ((Restored, 2), (File, 1), (Origin, 1)):
            assert model.select().where(model.account == person.id).count() == count
    assert Draft.select().where(Draft.id == "0" * 26).count() == 1
