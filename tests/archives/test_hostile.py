"""Archives made to do harm: refused before anything is unpacked, or of no effect."""

from __future__ import annotations

import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from parley.accounts.models import Account
from parley.archives import bringing, incoming
from parley.archives.bag_reading import Limits
from parley.archives.models import Document
from parley.archives.names import BagError
from parley.kernel import db, ids, signing
from parley.members.models import Membership, Office
from parley.threads.models import Draft, File, Follow, Helped, MeToo, Origin, Post, Restored, Thread
from parley.vendors.models import Claim, Representative, Vendor, VendorFollow
from tests import factories as make
from tests.archives.packing import STRANGER, changed, contents, elsewhere, packed, signed_by
from tests.archives.rows import Rich, archive_of, rich
from tests.conftest import everything

pytestmark = everything

STANDING = (Membership, Office, Representative, Claim, Helped, MeToo)
WRITTEN = (Origin, Restored, Document, Draft, File, Follow, VendorFollow, Vendor, Thread, Post,
           *STANDING)


def from_afar() -> tuple[Rich, dict[str, bytes]]:
    """Ada's life, and the payload of her archive as another server would have made it."""
    found = rich()
    with TemporaryDirectory() as folder:
        return found, fresh(elsewhere(contents(found.ada, Path(folder))))


@pytest.fixture
def begun(app, frozen, staged) -> tuple[Rich, dict[str, bytes]]:
    return staged(from_afar)


@pytest.fixture
def files(begun) -> dict[str, bytes]:
    return begun[1]


@pytest.fixture
def eve(life) -> Account:
    return make.make_account()


def fresh(files: dict[str, bytes]) -> dict[str, bytes]:
    """With ids that nothing here has: the threads of a server far away."""
    text = {path: data for path, data in files.items() if not path.startswith("media/")}
    for known in [row.id for model in (Thread, Post, Account) for row in model.select()]:
        other = ids.new()
        text = {path.replace(known, other): data.replace(known.encode(), other.encode())
                for path, data in text.items()}
    text = {path: data for path, data in text.items() if path != "drafts.json"}
    return text | {path: data for path, data in files.items() if path.startswith("media/")}


def counts() -> list[int]:
    return [model.select().count() for model in WRITTEN]


def thread_in(files: dict[str, bytes]) -> str:
    (path,) = (p for p in files if p.startswith("threads/") and p.endswith(".json"))
    return path


def refusals(path: Path, account: Account) -> list[str]:
    report = bringing.bring(path, account)
    return [" ".join((what, why)) for what, _, why in report.lines["refused"]]


# The container


def zipped(entries: list[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry, data in entries:
            made.writestr(entry, data)
    return out.getvalue()


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo("x")
    made.filename = name
    made.external_attr = mode << 16
    return made


def lying() -> bytes:
    """An entry that says it has 2 GiB."""
    data = bytearray(zipped([("bag/bagit.txt", b"x"), ("bag/data/a", b"x")]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24:at + 28] = (2 << 30).to_bytes(4, "little")
    return bytes(data)


CONTAINERS = {
    "climbs up": zipped([("bag/../../evil", b"x")]),
    "is absolute": zipped([(entry("/etc/evil"), b"x")]),
    "is absolute on Windows": zipped([(entry("C:\\evil"), b"x")]),
    "climbs with backslashes": zipped([(entry("bag\\..\\evil"), b"x")]),
    "is a link": zipped([(entry("bag/data/a", stat.S_IFLNK | 0o777), b"/etc/passwd")]),
    "is a device": zipped([(entry("bag/data/a", stat.S_IFCHR | 0o666), b"")]),
    "has a name twice": zipped([("bag/data/a", b"1"), ("bag/data/b", b"2")]).replace(
        b"bag/data/b", b"bag/data/a"),
    "clashes by case": zipped([("bag/data/a", b"1"), ("bag/data/A", b"2")]),
    "clashes by accents": zipped([("bag/data/\u00e9", b"1"), ("bag/data/e\u0301", b"2")]),
    "puts a file below a file": zipped([("bag/data/a", b"1"), ("bag/data/a/b", b"2")]),
    "hides a name behind a NUL": zipped([(entry("bag/data/a\x00.png"), b"x")]),
    "is two folders": zipped([("one/a", b"1"), ("two/a", b"2")]),
    "is a bomb by ratio": zipped([("bag/data/a", bytes(30 << 20))]),
    "declares 2 GiB": lying(),
    "is an archive in an archive": zipped([("inner.zip", zipped([("bag/bagit.txt", b"x")]))]),
    "has only a fetch.txt": zipped([("bag/bagit.txt", b"BagIt-Version: 1.0\n"),
                                    ("bag/fetch.txt", b"http://127.0.0.1/ 1 data/a\n")]),
    "is no archive": b"hello",
    "is empty": b"",
}


@pytest.mark.parametrize("what", CONTAINERS)
def test_a_container_that_does_harm_is_refused_with_words(eve, tmp_path, what):
    before = counts()
    path = tmp_path / "evil.zip"
    path.write_bytes(CONTAINERS[what])
    around = sorted(tmp_path.rglob("*"))
    with pytest.raises(BagError, match=r"\w+ \w+"):
        bringing.bring(path, eve)
    assert counts() == before
    assert sorted(tmp_path.rglob("*")) == around


def test_a_bomb_by_count_is_refused_before_it_is_read(eve, tmp_path, files, monkeypatch):
    monkeypatch.setattr(incoming, "LIMITS", Limits(files=10))
    with pytest.raises(BagError, match="more than 10 files"):
        bringing.bring(packed(files, tmp_path / "many.zip"), eve)


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(eve, tmp_path, files, cut):
    path = packed(files, tmp_path / "cut.zip")
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * cut)])
    with pytest.raises(BagError):
        bringing.bring(path, eve)


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same ZIP with its files changed and nothing hashed anew."""
    with zipfile.ZipFile(path) as opened:
        kept = [(name, change(name, opened.read(name))) for name in opened.namelist()]
    path.write_bytes(zipped([(name, data) for name, data in kept if data is not None]))
    return path


@pytest.mark.parametrize(("ending", "word"), [
    ("account.json", "was changed"), ("manifest-sha512.txt", "was changed"),
    ("tagmanifest-sha512.txt", "signature does not hold")])
def test_wrong_hashes_are_told(eve, tmp_path, files, ending, word):
    path = rewritten(packed(files, tmp_path / "a.zip"), lambda name, data: data.replace(
        b"e", b"f", 1) if name.partition("/")[2].removeprefix("data/") == ending else data)
    with pytest.raises(BagError, match=word):
        bringing.bring(path, eve)


def test_without_a_signature_it_is_not_taken(eve, tmp_path, files):
    path = rewritten(packed(files, tmp_path / "a.zip"), lambda name, data: (
        None if name.endswith(".jws") else data))
    with pytest.raises(BagError, match="jws is missing"):
        bringing.bring(path, eve)


def test_our_own_name_on_a_foreign_signature_is_refused(eve, tmp_path, files):
    forged = OKPKey_with_kid(signing.current_key().kid)
    keys = {"keys": [forged.as_dict(private=False)]}
    path = packed(elsewhere(files, keys=keys), tmp_path / "a.zip", signed_by(forged))
    with pytest.raises(BagError, match="does not hold"):
        bringing.bring(path, eve)
    path = packed(elsewhere(files, url="http://localhost/"), tmp_path / "b.zip")
    with pytest.raises(BagError, match="no key of ours"):
        bringing.bring(path, eve)


def OKPKey_with_kid(kid: str) -> Any:
    made = type(STRANGER).generate_key("Ed25519")
    return type(STRANGER).import_key(made.as_dict(private=True) | {"kid": kid})


def test_the_archive_of_another_account_here_is_refused(eve, life, tmp_path):
    path = packed(contents(life.ada, tmp_path), tmp_path / "a.zip", signing.sign_detached)
    with pytest.raises(BagError, match="another account"):
        bringing.bring(path, eve)


# What is in it


def test_a_foreign_signature_brings_what_only_its_person_sees(eve, tmp_path, files):
    report = bringing.bring(packed(files, tmp_path / "a.zip"), eve)
    assert report.source["signed_by"] == STRANGER.kid
    assert not report.source["checked"]
    assert {row.listed for row in Restored.select()} == {0}


def test_no_standing_comes_out_of_an_archive(eve, tmp_path, files, life):
    def officer(value: Any) -> None:
        value |= {"paid_until": "2099-01-01T00:00:00Z", "since": "2020-01-01T00:00:00Z"}
        value["offices"] = [{"role": r, "since": "2020-01-01T00:00:00Z", "until": None}
                            for r in ("steward", "treasurer", "operator")]

    files = changed(files, "membership.json", officer)
    files = changed(files, "representations.json", lambda value: [
        {"vendor": "North Rail", "vendor_url": "http://x/", "role": "manager", "title": "",
         "by_mail": True, "appointed_at": "2020-01-01T00:00:00Z", "removed_at": None,
         "accepted_at": "2020-01-01T00:00:00Z"}])
    files = changed(files, "account.json", lambda value: value.update(
        email="root@people.example", handle="admin", identities=[
            {"issuer": "https://id.example", "subject": "1", "label": "",
             "linked_at": "2020-01-01T00:00:00Z"}]))
    before = [model.select().count() for model in STANDING]
    vendor = Vendor.get_by_id(life.vendor.id)
    figures = (vendor.thread_count, vendor.waiting_count, vendor.solved_count, vendor.claimed_at)
    bringing.bring(packed(files, tmp_path / "a.zip"), eve)
    assert [model.select().count() for model in STANDING] == before
    vendor = Vendor.get_by_id(vendor.id)
    assert figures == (
        vendor.thread_count, vendor.waiting_count, vendor.solved_count, vendor.claimed_at)
    now = Account.get_by_id(eve.id)
    assert (now.email, now.handle, list(now.identities)) == (eve.email, eve.handle, [])
    assert not Thread.select().where(Thread.author == eve.id).exists()
    assert not Post.select().where(Post.author == eve.id).exists()


def test_threads_that_are_somebody_else_s_here_are_refused(eve, life, tmp_path):
    files = elsewhere(contents(life.ada, tmp_path))
    path = packed(files, tmp_path / "a.zip")
    assert "thread It is here, but not under your name." in refusals(path, eve)
    assert not Restored.select().where(Restored.account == eve.id).exists()
    assert Draft.get(Draft.account == life.ada.id)  # its id was known to the archive


def first_post(change: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda thread: change(thread["posts"][0])


CONTENTS: dict[str, Callable[[Any], Any]] = {
    "words of others as one's own": lambda thread: [
        post.pop("not_owned") and post.update(edits=[]) for post in thread["posts"]
        if "not_owned" in post] and None,
    "a NUL": first_post(lambda post: post.update(body="a\x00b")),
    "half a character": first_post(lambda post: post.update(body="a\ud800b")),
    "a date of no calendar": first_post(lambda post: post.update(
        created_at="2026-13-45T00:00:00Z")),
    "a date before all": first_post(lambda post: post.update(created_at="1066-01-01T00:00:00Z")),
    "a date after all": first_post(lambda post: post.update(created_at="9999-12-31T23:59:59Z")),
    "a date after all in what it went by": lambda thread: thread.update(origins=[{
        "server": "x", "url": "x", "handle": thread["posts"][0]["author"]["handle"],
        "made_at": "9999-12-31T23:59:59Z", "signed_by": None, "checked": True}]),
    "an address that runs": lambda thread: thread.update(url="javascript:alert(1)"),
    "an address of a company that runs": lambda thread: thread["vendor"].update(
        url="data:text/html,x"),
    "a title without end": lambda thread: thread.update(title="x" * 1_001),
    "a name without end": first_post(lambda post: post["author"].update(name="x" * 1_001)),
    "a text without end": first_post(lambda post: post.update(body="x" * 40_001)),
    "a number beyond all": lambda thread: thread.update(round=2 ** 60),
    "a hat of one's own": first_post(lambda post: post.update(hat="steward")),
    "a flag of one's own": lambda thread: thread.update(verified=True),
    "no posts": lambda thread: thread.update(posts=[]),
    "another id than its name": lambda thread: thread.update(id=ids.new()),
    "a list": lambda thread: [thread],
    "a path out of the archive": first_post(lambda post: post.update(files=[{
        "name": "x", "sha256": "0" * 64, "media_type": "image/png", "size": 1, "width": 1,
        "height": 1, "path": "../../etc/passwd"}])),
}


@pytest.mark.parametrize("what", CONTENTS)
def test_a_thread_with_this_in_it_is_refused_and_the_rest_comes(eve, tmp_path, files, what):
    path = packed(changed(files, thread_in(files), CONTENTS[what]), tmp_path / "a.zip")
    assert sum(words.startswith("thread ") for words in refusals(path, eve)) == 1
    assert [row.kind for row in Restored.select()] == ["replies"]


ODD: dict[str, Callable[[Any], Any]] = {
    "an advocate without a side": first_post(lambda post: post.update(hat="advocate", side=None)),
    "ties that nobody knows": first_post(lambda post: post.update(
        hat="advocate", ties=["\u202eking"] * 50)),
    "no title": lambda thread: thread.update(title=None),
    "a title that turns around": lambda thread: thread.update(title="a\u202eb " * 90),
    "no words": first_post(lambda post: post.update(body=None)),
    "numbers that stand twice": lambda thread: [
        post.update(number=7) for post in thread["posts"]] and None,
    "a file of another kind": first_post(lambda post: post.update(files=[{
        "name": "<b>.html", "sha256": "0" * 64, "media_type": "text/html", "size": 2 ** 52,
        "width": None, "height": None, "path": None}])),
    "an event that is none": lambda thread: thread["history"].append(
        {"at": "2026-01-01T00:00:00Z", "event": "<script>", "by": "you", "state": "x"}),
    "a clock without end": lambda thread: thread["clocks"].append({
        "name": "resolution", "round": 9, "promised": True, "verdict": None, "decided_at": None,
        "due_at": "8999-12-31T23:59:59Z", "started_at": "1970-01-01T00:00:00Z",
        "stopped_at": None}),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_shown_and_goes_out_again(eve, tmp_path, files, client_of, what):
    Account.update(time_zone="Pacific/Kiritimati").where(Account.id == eve.id).execute()
    path = packed(changed(files, thread_in(files), ODD[what]), tmp_path / "a.zip")
    bringing.bring(path, eve)
    row = Restored.get(Restored.kind == "thread")
    browser = client_of(Account.get_by_id(eve.id))
    assert browser.get(f"/restored/{row.id}").status_code == 200
    assert browser.get("/account/restored").status_code == 200
    archive = archive_of(eve, tmp_path)
    assert archive.json(f"threads/{row.ref}.json")["posts"]
    assert "<script" not in archive.text(f"threads/{row.ref}.html")


def test_deep_nesting_and_no_json_are_refused(eve, tmp_path, files):
    thread = thread_in(files)
    for data in (b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900, b"{", b"\xff", b"NaN"):
        path = packed(files | {thread: data, "sessions.json": data}, tmp_path / "a.zip")
        found = refusals(path, eve)
        assert sum(words.startswith("thread ") for words in found) == 1
        assert sum(words.startswith("document ") for words in found) == 1
        Origin.delete().where(Origin.account == eve.id).execute()


def test_scripts_in_bodies_are_words_on_the_page(eve, tmp_path, files, client_of):
    body = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    files = changed(files, thread_in(files), first_post(lambda post: post.update(body=body)))
    bringing.bring(packed(files, tmp_path / "a.zip"), eve)
    row = Restored.get(Restored.kind == "thread")
    page = client_of(eve).get(f"/restored/{row.id}").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_files_that_are_none_are_refused(eve, tmp_path, files):
    digests = [path for path in files if path.startswith("media/")]
    nested = zipped([("bag/bagit.txt", b"x")])
    path = packed(files | {digests[0]: nested, "media/readme.txt": b"x", "inner.zip": nested},
                  tmp_path / "a.zip")
    found = refusals(path, eve)
    assert sum(words.startswith("file ") for words in found) == 2
    assert not File.select().where(File.account == eve.id).exists()


def test_a_kill_in_the_middle_leaves_nothing(own_database, built, tmp_path, monkeypatch):
    db.database.connect(reuse_if_open=True)
    life = rich()
    eve = make.make_account()
    path = packed(fresh(elsewhere(contents(life.ada, tmp_path))), tmp_path / "a.zip")
    before = counts()

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bringing.journal, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            bringing.bring(path, eve)
    assert counts() == before
    bringing.bring(path, eve)
    assert counts() != before


def test_a_tar_bomb_ends_at_the_limit(eve, tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, size in (("media/a", 40 << 20), ("outbox.json", 2)):
            info = tarfile.TarInfo(name)
            info.size = size
            made.addfile(info, io.BytesIO(bytes(size)))
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(out.getvalue())
    with pytest.raises(BagError, match="larger than we take"):
        bringing.bring(path, eve)


def test_a_manifest_of_another_format_is_refused(eve, tmp_path, files):
    path = packed(changed(files, "manifest.json", lambda m: m.update(format="parley-archive/9")),
                  tmp_path / "a.zip")
    with pytest.raises(BagError, match=r"manifest\.json"):
        bringing.bring(path, eve)
    assert json.loads(files["manifest.json"])["format"] == "parley-archive/1"
