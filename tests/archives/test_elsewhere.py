"""Archives of Mastodon and Discourse, in the shape that those make them, become private notes."""

from __future__ import annotations

import csv
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parley.accounts.models import Account
from parley.archives import bringing, elsewhere
from parley.archives.names import BagError
from parley.threads import restored
from parley.threads.models import Draft, Restored, Thread
from tests import factories as make
from tests.archives.test_round_trip import archive_of

BASE = "https://social.example/users/ada"


def post(number: int, content: str, **more: Any) -> dict[str, Any]:
    address = f"{BASE}/statuses/{number}"
    note = {
        "id": address, "type": "Note", "summary": None, "inReplyTo": None,
        "published": f"2024-05-0{number}T10:00:00Z", "url": f"https://social.example/@ada/{number}",
        "attributedTo": BASE, "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"{BASE}/followers"], "sensitive": False, "content": content,
        "contentMap": {"en": content}, "attachment": [], "tag": [],
    } | more
    return {"id": f"{address}/activity", "type": "Create", "actor": BASE,
            "published": note["published"], "to": note["to"], "cc": note["cc"], "object": note}


BOOST = {"id": f"{BASE}/statuses/9/activity", "type": "Announce", "actor": BASE,
         "published": "2024-05-09T10:00:00Z", "object": "https://elsewhere.example/notes/1"}
ITEMS = [
    post(1, '<p>The train to <a href="https://rail.example">rail.example</a> was late.<br />'
            "Again &amp; again.</p><p>Second paragraph</p>"),
    post(2, "<p>Look <script>alert(1)</script></p>", summary="About a train",
         attachment=[{"type": "Document", "mediaType": "image/jpeg", "url": "/media/1.jpeg"}]),
    BOOST,
]
MASTODON = {
    "actor.json": {"@context": ["https://www.w3.org/ns/activitystreams"], "id": BASE,
                   "type": "Person", "preferredUsername": "ada", "name": "Ada",
                   "outbox": "outbox.json"},
    "outbox.json": {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json",
                    "type": "OrderedCollection", "totalItems": len(ITEMS), "orderedItems": ITEMS},
    "likes.json": {"type": "OrderedCollection", "orderedItems": []},
}
HEADER = ("topic_title", "categories", "is_pm", "post_raw", "post_cooked", "like_count",
          "reply_count", "url", "created_at")
ROWS = [
    ("Late trains", "General", "No", "They were **late**.\n\nAgain.", "<p>…</p>", 3, 1,
     "https://forum.example/t/late-trains/7/2", "2023-02-01 09:30:00 UTC"),
    ("A word in private", "-", "Yes", "Hello Bob", "<p>Hello Bob</p>", 0, 0,
     "https://forum.example/t/a-word/8/1", "2023-02-02 09:30:00 UTC"),
]


def mastodon_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, value in MASTODON.items():
            made.writestr(name, json.dumps(value))
        made.writestr("media_attachments/files/1.jpeg", b"\xff\xd8\xff")
    return path


def mastodon_tar(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, value in MASTODON.items():
            data = json.dumps(value).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return path


def discourse_table(header: tuple[str, ...] = HEADER) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *ROWS])
    return out.getvalue().encode()


@pytest.fixture
def ada(app, frozen) -> Account:
    return make.make_account()


@pytest.mark.parametrize("make_file", [mastodon_zip, mastodon_tar])
def test_posts_from_mastodon_become_private_notes(
    ada, tmp_path, make_file: Callable[[Path], Path], client_of
):
    path = make_file(tmp_path / "archive")
    report = bringing.bring(path, ada)
    assert (report.source["server"], report.source["handle"]) == ("social.example", "ada")
    assert {name for _, name, _ in report.lines["left"]} == {
        "1 pictures and other files", "1 boosts"}
    first, second = Restored.select().order_by(Restored.at)
    assert first.record["body"] == (
        "The train to rail.example was late.\nAgain & again.\n\nSecond paragraph")
    assert first.record["url"] == "https://social.example/@ada/1"
    assert (second.title, second.listed, second.record["written_at"]) == (
        "About a train", 0, "2024-05-02T10:00:00Z")
    assert client_of(ada).get(f"/restored/{first.id}").status_code == 200
    assert client_of(make.make_steward()).get(f"/restored/{first.id}").status_code == 404
    again = bringing.bring(path, ada).plain()["counts"]
    assert again == {"note": {"same": 2}}


@pytest.mark.parametrize("header", [HEADER, tuple(
    "post" if name == "post_raw" else name for name in HEADER)], ids=["now", "once"])
def test_posts_from_discourse_become_private_notes(ada, tmp_path, header):
    packed = tmp_path / "user_archive-ada.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("user_archive.csv", discourse_table(header))
        made.writestr("preferences.json", "{}")
    bringing.bring(packed, ada)
    rows = list(Restored.select().order_by(Restored.at))
    assert [(row.title, row.record["body"]) for row in rows] == [
        ("Late trains", "They were **late**.\n\nAgain."), ("A word in private", "Hello Bob")]
    plain = tmp_path / "user_archive.csv"
    plain.write_bytes(b"\xef\xbb\xbf" + discourse_table(header))
    assert bringing.bring(plain, ada).plain()["counts"] == {"note": {"same": 2}}


def test_a_note_begins_a_thread_and_goes_out_with_the_archive(ada, tmp_path):
    bringing.bring(mastodon_zip(tmp_path / "a.zip"), ada)
    note = Restored.get(Restored.title == "About a train")
    draft = restored.as_draft(ada, note.id)
    assert (draft.place, draft.fields["title"]) == ("new", "About a train")
    assert Draft.select().where(Draft.account == ada.id).count() == 1
    assert not Thread.select().exists()
    archive = archive_of(ada, tmp_path / "out.zip")
    assert archive.json(f"notes/{note.ref}.json")["body"] == note.record["body"]


BROKEN = {
    "no JSON": {"outbox.json": b"{"}, "no collection": {"outbox.json": b"[]"},
    "no items": {"outbox.json": b"{}"}, "no table": {"user_archive.csv": b"\xff\xfe"},
    "no column": {"user_archive.csv": b"topic_title,url\na,b\n"},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_one_is_refused_with_words(ada, tmp_path, what):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, data in BROKEN[what].items():
            made.writestr(name, data)
    with pytest.raises(BagError, match=r"\w+\.(json|csv) "):
        bringing.bring(path, ada)


def test_odd_items_are_skipped_and_counted(ada, tmp_path):
    items: list[Any] = [None, 7, {"object": 3}, {"object": {"content": 5}}, post(1, "<p></p>"),
                        post(2, "<p>kept\x00\ud800 here</p>", url="javascript:alert(1)", id=None)]
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("outbox.json", json.dumps({"orderedItems": items}))
    found = elsewhere.found(path)
    assert found is not None
    assert [(note["body"], note["url"]) for note in found.notes] == [("kept here", None)]
    assert bringing.bring(path, ada).counts["note"]["new"] == 1


@pytest.mark.parametrize("actor", [
    {"id": "https://a\x00b\x1b[31m.example/x", "preferredUsername": "i\x00nes\x1b"},
    {"id": "https://a\ud800.example/x", "preferredUsername": "\ud800"},
    {"id": "https://[bad/", "preferredUsername": 7}, {"id": "x" * 5_000}])
def test_names_that_no_database_takes_break_nothing(ada, tmp_path, actor):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("outbox.json", json.dumps({"orderedItems": [post(1, "<p>kept</p>")]}))
        made.writestr("actor.json", json.dumps(actor))
    report = bringing.bring(path, ada)
    assert report.counts["note"]["new"] == 1
    said = "".join(map(str, report.source.values()))
    assert "\x00" not in said
    assert "\x1b" not in said
    assert archive_of(ada, tmp_path / "out.zip").json("origins.json")[0]["kind"] == "mastodon"
