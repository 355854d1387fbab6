"""A backup holds everything, and restores whole, on either database, or not at all."""

from __future__ import annotations

import json
import stat
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from parley import app, backup
from parley.accounts.models import Account, Leaving
from parley.archives import erasures, leaving
from parley.journal import actions as journal
from parley.journal.models import Entry
from parley.kernel import clock, db, fulltext
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.threads import files
from parley.threads.models import File, Post, Round, Thread
from tests import factories
from tests.archives import lives
from tests.archives.test_leaving_brought import brought, files_that_name
from tests.conftest import ON

assert app.create_app  # it knows every table
TEXT = "Grüße, 日本語, 🚆, \\ \" ' \u2028 \x0b and\na second line; \u202e turned"


def make_thread(author: Account, **values) -> Thread:
    now = clock.now()
    thread = Thread.create(
        vendor=factories.make_vendor(), author=author, kind="complaint", title=TEXT[:100],
        opened_at=now, last_post_at=now, status="awaiting_vendor", **values)
    Round.create(thread=thread, number=1, began_by="opening", opened_at=now)
    Post.create(thread=thread, number=1, author=author, hat="author", body=TEXT, html=TEXT,
                ties=["customer", {"a": None}], created_at=now)
    fulltext.put("thread", thread.id, "Lamp", "flickers", now)
    return thread


@pytest.fixture
def community(own_database, tmp_path):
    """Some rows of many kinds and two files; the data folder."""
    ada = factories.make_member(email="ada@people.example", about=TEXT)
    first = make_thread(ada)
    for _ in range(3):
        make_thread(ada, duplicate_of=first, locked_at=clock.now())
    Thread.update(duplicate_of=Thread.select(Thread.id).order_by(Thread.id.desc()).limit(1)).where(
        Thread.id == first.id).execute()  # a ring: rows point forwards as well
    for _ in range(5):
        journal.record("test.noted", "thread", first.id, by=ada.id, vendor=first.vendor_id)
    outbox.put("mail", to="ada@people.example", subject="s", text="t", mail="k")
    outbox.put("other", n=1)
    data = tmp_path / "data"
    for name in ("files/ab/abcdef", "mail/x.eml"):
        (data / name).parent.mkdir(parents=True)
        (data / name).write_bytes(name.encode() * 1000)
    (data / "limits.sqlite").write_bytes(b"not part of it")
    return data


@pytest.fixture(params=ON)
def elsewhere(request, stores, tmp_path):
    """Call it to stand in an empty place, on either database; the data folder there."""
    urls = []

    def go():
        urls.append(stores.take(request.param))
        stores.connected(urls[-1])
        db.database.connect(reuse_if_open=True)
        return tmp_path / f"restored{len(urls)}"

    yield go
    db.database.close()
    for url in urls:
        stores.give_back(url)


def rows() -> dict[str, list[str]]:
    """All rows of all tables, as a backup writes them, in an order of their own."""
    found = {}
    with db.snapshot():
        for model in backup.tables():
            plain = ([backup._plain(f, v) for f, v in
                      zip(model._meta.sorted_fields, row, strict=True)]
                     for row in backup._rows(model))
            found[model._meta.table_name] = sorted(json.dumps(p, sort_keys=True) for p in plain)
    return found


def changed(path, name: str, content: bytes | None):
    """A copy of a backup in which one entry says something else, or is missing."""
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as out:
        for entry in source.namelist():
            if entry != name:
                out.writestr(entry, source.read(entry))
        if content is not None:
            out.writestr(name, content)
    return other


def test_what_was_backed_up_comes_back_on_either_database(community, elsewhere, tmp_path):
    before = rows()
    written = backup.write(tmp_path / "b.zip", community)
    assert written.rows == sum(map(len, before.values()))
    assert written.files == 2
    place = elsewhere()
    restored = backup.restore(tmp_path / "b.zip", place)
    assert (restored.rows, restored.files, restored.mail) == (written.rows, 2, 1)
    after = rows()
    held = after.pop("task"), before.pop("task")
    assert after == before
    assert [len(tasks) for tasks in held] == [2, 2]
    assert (place / "files/ab/abcdef").read_bytes() == b"files/ab/abcdef" * 1000
    assert (place / "mail/x.eml").exists()
    assert not (place / "limits.sqlite").exists()
    assert not list(place.glob(".restore*"))


@pytest.mark.drill
@pytest.mark.parametrize("words", ["keep", "remove"])
def test_who_left_since_the_backup_leaves_again(
    own_database, built, travel, elsewhere, tmp_path, words, monkeypatch
):
    monkeypatch.setattr(erasures, "_path", tmp_path / "erasures.jsonl")
    monkeypatch.setattr(files, "_folder", tmp_path / "data" / "files")
    life = brought(lives.Life(), tmp_path)
    stored = {file.sha256 for file in File.select().where(File.account == life.me.id)}
    backup.write(tmp_path / "b.zip", tmp_path / "data")
    left = leaving.close(life.me, words)
    assert lives.NAME in zipfile.ZipFile(tmp_path / "b.zip").read("tables/account.jsonl").decode()
    place = elsewhere()
    files.configure(place / "files")
    restored = backup.restore(tmp_path / "b.zip", place)
    assert (restored.erased, restored.files) == (1, len(stored))
    assert lives.left_of(*lives.NAMES) == []
    assert files_that_name(place, *lives.NAMES) == []
    assert {path.name for path in place.glob("files/??/*")} == (
        stored if words == "keep" else set())
    assert not Task.select().where(Task.kind == "farewell").exists()
    again = Leaving.get()
    assert (again.id, again.words, bool(again.erased_at)) == (left.id, words, True)


def test_a_restored_community_lives_on(community, elsewhere, tmp_path):
    backup.write(tmp_path / "b.zip", community)
    backup.restore(tmp_path / "b.zip", elsewhere())
    assert Post.select().first().body == TEXT
    assert Post.select().first().ties == ["customer", {"a": None}]
    assert len(fulltext.find("lamp", kind="thread")) == 4
    highest = Entry.select().order_by(Entry.id.desc()).first().id
    ada = Account.get()
    journal.record("test.noted", "thread", "x", by=ada.id)
    assert Entry.select().order_by(Entry.id.desc()).first().id == highest + 1
    assert Task.get(Task.kind == "mail").held
    assert not Task.get(Task.kind == "other").held


def test_it_is_one_state_while_others_write(community, tmp_path, monkeypatch):
    writing, go_on = threading.Event(), threading.Event()
    tables = backup.tables

    def slow():
        found = tables()
        writing.set()
        assert go_on.wait(10)
        return found

    def open_another() -> None:
        with db.database.connection_context():
            assert writing.wait(10)
            with db.write():
                make_thread(Account.get(), impact="safety")
            go_on.set()

    before = Thread.select().count()
    with db.snapshot():
        first = Thread.select().count()  # the snapshot begins with the first reading
    assert first == before
    monkeypatch.setattr(backup, "tables", slow)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(open_another)
        backup.write(tmp_path / "b.zip", community)
        other.result(10)
    with zipfile.ZipFile(tmp_path / "b.zip") as source:
        manifest = json.loads(source.read("manifest.json"))
    counts = {name: table["rows"] for name, table in manifest["tables"].items()}
    assert (counts["thread"], counts["post"], counts["round"]) == (before, before, before)
    assert Thread.select().count() == before + 1


def test_the_file_appears_whole_and_is_for_its_owner_only(community, tmp_path, monkeypatch):
    path = tmp_path / "b.zip"
    backup.write(path, community)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    good = path.read_bytes()
    monkeypatch.setattr(backup, "_files", lambda data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.write(path, community)
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.glob("*b.zip*")] == ["b.zip"]


def test_it_cannot_be_written_where_there_is_no_folder(community, tmp_path):
    with pytest.raises(backup.BackupError, match="cannot be written"):
        backup.write(tmp_path / "nowhere" / "b.zip", community)


def test_it_restores_only_into_an_empty_place(community, elsewhere, tmp_path):
    path = tmp_path / "b.zip"
    backup.write(path, community)
    with pytest.raises(backup.BackupError, match="people in it"):
        backup.restore(path, tmp_path / "new")
    place = elsewhere()
    (place / "mail").mkdir(parents=True)
    (place / "mail/old.eml").touch()
    with pytest.raises(backup.BackupError, match="is not empty"):
        backup.restore(path, place)
    assert not Account.select().exists()


@pytest.mark.parametrize(("name", "content", "words"), [
    ("files/ab/abcdef", b"other bytes", "was changed"),
    ("tables/account.jsonl", b"", "was changed"),
    ("files/ab/abcdef", None, "damaged"),
    ("files/new", b"smuggled", "damaged"),
    ("manifest.json", b"{}", "not a backup"),
    ("manifest.json", b'{"format": "parley-backup/9"}', "parley-backup/9"),
])
def test_a_damaged_backup_changes_nothing(
    community, elsewhere, tmp_path, name, content, words
):
    backup.write(tmp_path / "b.zip", community)
    broken = changed(tmp_path / "b.zip", name, content)
    place = elsewhere()
    with pytest.raises(backup.BackupError, match=words):
        backup.restore(broken, place)
    assert not Account.select().exists()
    assert not place.exists() or not list(place.iterdir())


def test_no_entry_leads_out_of_the_data_folder(community, elsewhere, tmp_path):
    backup.write(tmp_path / "b.zip", community)
    with zipfile.ZipFile(tmp_path / "b.zip") as source:
        manifest = json.loads(source.read("manifest.json"))
    place = elsewhere()
    for name in ("files/../../evil", "/files/evil", "files\\evil", "other/evil"):
        manifest["sha256"][name] = manifest["sha256"]["files/ab/abcdef"]
        evil = changed(tmp_path / "b.zip", "manifest.json", json.dumps(manifest).encode())
        with zipfile.ZipFile(evil, "a") as out:
            out.writestr(name, b"files/ab/abcdef" * 1000)
        del manifest["sha256"][name]
        with pytest.raises(backup.BackupError, match="damaged"):
            backup.restore(evil, place)


def test_a_backup_of_other_tables_is_refused_before_anything_is_written(
    community, elsewhere, tmp_path
):
    backup.write(tmp_path / "b.zip", community)
    with zipfile.ZipFile(tmp_path / "b.zip") as source:
        manifest = json.loads(source.read("manifest.json"))
    manifest["migrations"].append("9999_from_the_future")
    future = changed(tmp_path / "b.zip", "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(backup.BackupError, match="not the ones of this version"):
        backup.restore(future, elsewhere())
    assert not Account.select().exists()


def test_a_restore_that_breaks_off_leaves_an_empty_place(
    community, elsewhere, tmp_path, monkeypatch
):
    backup.write(tmp_path / "b.zip", community)
    place = elsewhere()
    monkeypatch.setattr(outbox, "hold_mail", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.restore(tmp_path / "b.zip", place)
    assert not Account.select().exists()
    assert not list(place.iterdir())
    monkeypatch.undo()
    assert backup.restore(tmp_path / "b.zip", place).files == 2


def test_something_else_is_no_backup(own_database, tmp_path):
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(backup.BackupError, match="cannot be read"):
        backup.restore(tmp_path / "b.zip", tmp_path / "data")
