"""Asking for an archive, one at a time; what survives a kill; and when it goes."""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from parley.accounts.models import Account
from parley.archives import actions, bag_reading, building, leaving, progress
from parley.archives.bag import BagWriter
from parley.archives.models import Archive
from parley.kernel import db, signing
from parley.kernel.errors import NotFound
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from tests import factories as make
from tests.archives.rows import make_thread


@pytest.fixture
def ada(app, frozen) -> Account:
    account = make.make_member()
    make_thread(account, make.make_vendor())
    return account


@pytest.fixture
def folder(app) -> Path:
    return app.extensions["parley.settings"].data / "archives"


def task_of(archive: Archive) -> Task:
    found = [task for task in Task.select().where(Task.kind == "archive")
             if task.data.get("archive") == archive.id]
    assert len(found) == 1
    return found[0]


def test_asking_writes_the_task_with_it(ada):
    archive = actions.ask(ada)
    assert archive.state == "waiting"
    assert task_of(archive).done_at is None


def test_one_that_is_under_way_is_returned(ada):
    assert actions.ask(ada) == actions.ask(ada)
    assert Task.select().where(Task.kind == "archive").count() == 1


def test_the_outbox_makes_it_ready(ada, outbox_run, frozen):
    archive = actions.ask(ada)
    outbox_run()
    archive = actions.find(ada, archive.id)
    content = actions.path_of(archive).read_bytes()
    assert archive.size == len(content)
    assert archive.sha256 == hashlib.sha256(content).hexdigest()
    assert archive.expires_at == frozen + timedelta(days=7)
    assert archive.done == archive.total == 1


def test_a_new_one_can_be_asked_for_when_the_last_is_ready(ada, outbox_run):
    first = actions.ask(ada)
    outbox_run()
    assert actions.ask(ada) != first


def test_building_twice_changes_nothing(ada):
    archive = actions.ask(ada)
    task = task_of(archive)
    actions.build_task(task)
    written = actions.path_of(archive).stat().st_mtime_ns
    actions.build_task(task)
    assert actions.path_of(archive).stat().st_mtime_ns == written


def test_a_kill_in_the_middle_leaves_no_half_file_and_the_next_run_works(
    ada, folder, monkeypatch
):
    archive = actions.ask(ada)
    before = set(folder.glob("*"))

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(BagWriter, "close", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.build_task(task_of(archive))
    assert set(folder.glob("*")) == before
    assert Archive.get_by_id(archive.id).state == "building"
    monkeypatch.undo()
    actions.build_task(task_of(archive))
    assert actions.find(ada, archive.id).state == "ready"


def test_one_whose_person_leaves_while_it_is_built_is_gone(ada, folder, monkeypatch):
    task, real = task_of(actions.ask(ada)), actions._sha256

    def leaves(part: Path) -> str:
        leaving.erase_now(leaving.close(ada, "keep"))
        return real(part)

    monkeypatch.setattr(actions, "_sha256", leaves)
    before = set(folder.glob("*"))
    with pytest.raises(FileNotFoundError):
        actions.build_task(task)
    actions.build_task(task)  # the outbox tries once more
    assert set(folder.glob("*")) == before


def test_one_that_is_done_just_after_its_person_left_is_gone(ada, folder, monkeypatch):
    task, real = task_of(actions.ask(ada)), actions.os.fsync

    def left(handle: int) -> None:
        Archive.delete().execute()
        real(handle)

    before = set(folder.glob("*"))
    monkeypatch.setattr(actions.os, "fsync", left)
    actions.build_task(task)
    assert set(folder.glob("*")) == before


def test_a_second_worker_leaves_a_running_build_alone(ada, folder):
    archive = actions.ask(ada)
    with actions._whole_or_nothing(actions.path_of(archive)) as half:
        with pytest.raises(BlockingIOError):
            actions.build_task(task_of(archive))
        assert half.exists()
    actions.unlink([archive])


def test_what_fails_is_tried_again_and_then_given_up(ada, travel, monkeypatch):
    archive = actions.ask(ada)

    def broken(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(actions, "build", broken)
    states = []
    for _ in range(actions.MOST_TRIES):
        outbox.run_all()
        states.append(Archive.get_by_id(archive.id).state)
        travel(hours=1)
    assert states == ["waiting", "waiting", "failed"]
    assert task_of(archive).failed_at is not None
    assert actions.ask(ada) != archive


def test_nobody_else_finds_it(ada, outbox_run):
    archive = actions.ask(ada)
    outbox_run()
    with pytest.raises(NotFound):
        actions.find(make.make_member(), archive.id)


def test_it_goes_after_seven_days(ada, outbox_run, travel):
    archive = actions.ask(ada)
    outbox_run()
    travel(days=6, hours=23)
    actions.expire()
    assert actions.path_of(actions.find(ada, archive.id)).exists()
    travel(hours=1)
    with pytest.raises(NotFound):
        actions.find(ada, archive.id)
    actions.expire()
    assert not actions.path_of(archive).exists()
    assert not Archive.select().where(Archive.id == archive.id).exists()


def test_one_that_never_came_no_longer_blocks(ada, travel):
    archive = actions.ask(ada)
    travel(days=1, seconds=1)
    actions.expire()
    assert Archive.get_by_id(archive.id).state == "failed"


def test_what_killed_builds_left_is_cleared_after_a_day(ada, folder, frozen):
    folder.mkdir(exist_ok=True)
    old, fresh = folder / "x.old.part", folder / "x.new.part"
    for path, age in ((old, timedelta(days=2)), (fresh, timedelta(0))):
        path.write_bytes(b"half")
        os.utime(path, times=((frozen - age).timestamp(),) * 2)
    actions.expire()
    assert not old.exists()
    assert fresh.exists()
    fresh.unlink()


def test_a_failed_build_to_a_file_leaves_the_file_as_it_was(ada, tmp_path, monkeypatch):
    target = tmp_path / "mine.zip"
    target.write_bytes(b"before")
    monkeypatch.setattr(building, "_close", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.build_to(ada, target)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.zip"]
    assert target.read_bytes() == b"before"


def test_many_clicks_at_once_make_one_archive(own_database, built):
    db.database.connect(reuse_if_open=True)
    ada = make.make_member()

    def click(_: int) -> str:
        with db.database.connection_context():
            return actions.ask(ada).id

    with ThreadPoolExecutor(8) as clicks:
        assert len(set(clicks.map(click, range(8)))) == 1
    assert Task.select().where(Task.kind == "archive").count() == 1


def test_progress_is_seen_while_it_is_built(own_database, built, monkeypatch):
    db.database.connect(reuse_if_open=True)
    ada, vendor = make.make_member(), make.make_vendor()
    for _ in range(3):
        make_thread(ada, vendor)
    archive = actions.ask(ada)
    seen: list[int] = []
    real = actions.build

    def watched(account, target, *, progress, **more):
        def step(done: int) -> None:
            progress(done)
            seen.append(shown(archive, done))

        return real(account, target, progress=step, **more)

    monkeypatch.setattr(actions, "build", watched)
    monkeypatch.setattr(progress, "EVERY", timedelta(0))
    actions.build_task(task_of(archive))
    assert seen == [1, 2, 3]


def shown(archive: Archive, done: int) -> int:
    """What another connection reads of the progress, once it is there."""

    def read() -> int:
        with db.database.connection_context():
            return Archive.get_by_id(archive.id).done

    with ThreadPoolExecutor(1) as other:
        for _ in range(100):
            found = other.submit(read).result()
            if found == done:
                break
            time.sleep(0.02)
    return found


def test_the_command_writes_it_to_a_file(app, ada, tmp_path):
    file = tmp_path / "ada.zip"
    done = app.test_cli_runner().invoke(args=["archive", "build", ada.email, str(file)])
    assert done.exit_code == 0, done.output
    assert ada.display_name in done.output
    assert bag_reading.check(file, signing.public_jwks()).ok


@pytest.mark.parametrize(("email", "file"), [("nobody@people.example", "a.zip"),
                                             (None, ".")])
def test_the_command_says_what_is_wrong(app, ada, tmp_path, email, file):
    words = ["archive", "build", email or ada.email, str(tmp_path / file)]
    failed = app.test_cli_runner().invoke(args=words)
    assert failed.exit_code != 0
    assert isinstance(failed.exception, SystemExit)
