"""What an archive holds, what it leaves out, and that others can read and check it."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import zipfile
from html.parser import HTMLParser
from posixpath import join, normpath
from urllib.parse import urlsplit

import bagit
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from parley.accounts.models import Account
from parley.archives import bag_reading, readable
from parley.archives.formats import pieces, pretty, schema_name
from parley.kernel import clock, db, signing
from parley.kernel.parts import WHOLE, Part
from parley.threads import files, records
from parley.threads.models import Post, Thread
from tests import factories as make
from tests.archives.rows import (
    PIXEL,
    TEXTS,
    Rich,
    archive_of,
    make_post,
    make_thread,
)


def test_the_bag_validates_in_another_program(archive, tmp_path):
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        opened.extractall(tmp_path)
    found = bagit.Bag(str(tmp_path / archive.base))
    found.validate()
    assert found.info["Source-Organization"] == "Parley"


def test_the_signature_is_the_server_s(archive, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(archive.content)
    report = bag_reading.check(path, archive.json("keys/jwks.json"))
    assert report.ok
    assert report.signed_by == signing.current_key().kid


def test_every_json_file_keeps_to_its_schema(archive):
    paths = [path for path in archive.below("", ".json") if not path.startswith("schemas/")]
    for path in paths:
        schema = archive.json(f"schemas/{schema_name(path)}")
        Draft202012Validator.check_schema(schema)
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        problems = [f"{path}: {e.json_path}: {e.message[:200]}"
                    for e in checker.iter_errors(archive.json(path))]
        assert not problems
    assert {schema_name(path) for path in paths} | {"note.json"} == {
        path.removeprefix("schemas/") for path in archive.below("schemas/", "")}


def test_every_text_is_in_it_as_typed(archive, life):
    bodies = [post["body"] for post in archive.json(f"threads/{life.own.id}.json")["posts"]]
    assert set(TEXTS) <= set(bodies)
    items = archive.json("activitystreams/outbox.json")["orderedItems"]
    assert set(TEXTS) <= {item["object"]["source"]["content"] for item in items}


def test_an_own_thread_is_whole(archive, life):
    thread = archive.json(f"threads/{life.own.id}.json")
    assert [post["number"] for post in thread["posts"]] == [1, *range(2, 11), 20, 21, 22]
    assert (thread["outcome"], thread["solved_by"]) == ("confirmed", "community")
    assert thread["details"]["wish"] == "=1+1"
    assert [(e["event"], e["by"]) for e in thread["history"]] == [
        ("thread.opened", "you"), ("turn.author", "another"), ("thread.closed", "you")]
    assert thread["posts"][-1]["edits"] == [
        {"at": "2026-11-12T12:00:00Z", "title": "", "body": "Before"}]
    assert thread["url"] == f"http://localhost/threads/{life.own.id}"


def test_posts_of_others_are_marked_and_public_only(archive, life):
    posts = archive.json(f"threads/{life.own.id}.json")["posts"]
    theirs = {post["number"]: post for post in posts if post.get("not_owned")}
    assert set(theirs) == {20, 21}
    assert theirs[20]["body"] == "We looked into it."
    assert theirs[21]["ties"] == ["former_customer"]
    assert not any("edits" in post for post in theirs.values())


@pytest.mark.parametrize("field", ["hidden_at", "removed_at"])
def test_what_others_removed_or_stewards_hid_is_not_in_it(life, tmp_path, field):
    Post.update({field: clock.now()}).where(Post.author == life.bob.id).execute()
    archive = archive_of(life.ada, tmp_path)
    assert archive.mentions("Try the other gate.") == []
    assert archive.json(f"threads/{life.own.id}.json")["posts"][-2]["body"] is None


def test_one_s_own_hidden_posts_are_in_it_with_their_words(life, tmp_path):
    Post.update(hidden_at=clock.now()).where(Post.author == life.ada.id).execute()
    archive = archive_of(life.ada, tmp_path)
    assert archive.json(f"replies/{life.other.id}.json")["posts"][0]["body"] == "Same here, Bob"
    for item in archive.json("activitystreams/outbox.json")["orderedItems"]:
        assert item["to"] == item["object"]["to"] == []


def test_a_hidden_thread_of_somebody_else_gives_no_title(life, tmp_path):
    Thread.update(listed=0, hidden_at=clock.now()).where(Thread.id == life.other.id).execute()
    archive = archive_of(life.ada, tmp_path)
    assert archive.mentions("Bob asks") == []
    assert archive.json(f"replies/{life.other.id}.json")["posts"][0]["body"] == "Same here, Bob"


def test_one_s_own_hidden_thread_keeps_the_words_of_others_out(life, tmp_path):
    Thread.update(listed=0, hidden_at=clock.now()).where(Thread.id == life.own.id).execute()
    archive = archive_of(life.ada, tmp_path)
    assert archive.mentions("We looked into it.") == []
    assert "hidden by the stewards" in archive.text(f"threads/{life.own.id}.html").lower()


def test_private_things_of_others_are_nowhere(archive):
    for private in ("secret.example", "Bob's draft", "Bob's own words", "Bob's note"):
        assert archive.mentions(private) == []


def test_secrets_of_the_account_are_nowhere(archive, life):
    assert archive.mentions(life.ada.password_hash) == []
    assert archive.mentions("ada@home.example") == ["data/account.json"]


def test_replies_name_the_thread_they_stand_in(archive, life):
    replies = archive.json(f"replies/{life.other.id}.json")
    assert replies["thread"]["title"] == "Bob asks"
    assert replies["thread"]["vendor"]["name"] == "North Rail"
    assert [post["body"] for post in replies["posts"]] == ["Same here, Bob"]


def test_small_things_are_in_it(archive, life):
    assert [row["word"] for row in archive.json("me-too.json")] == ["affected"]
    helped = archive.json("helped.json")
    assert (len(helped["given"]), len(helped["received"])) == (1, 1)
    assert [row["fields"] for row in archive.json("drafts.json")] == [{"body": "Ada's draft"}]
    assert [row["kind"] for row in archive.json("notices.json")] == ["reply"]
    assert {row["words"] for row in archive.json("outside.json")} == {
        "They rang me.", "Ada came to our shop."}
    assert archive.json("dues.json")["gifts"][0]["reference"] == "GIFT-7"
    assert archive.table("payments.csv")[0]["reference"] == "bank-7"
    reports = archive.json("reports.json")
    assert [row["note"] for row in reports["filed"]] == ["Ada's note"]
    assert [row["words"] for row in reports["acts"]] == ["Please be kind."]
    assert archive.json("membership.json")["offices"][0]["role"] == "treasurer"


def test_follows_of_vendors_and_threads_share_one_table(archive):
    rows = list(csv.DictReader(io.StringIO(archive.text("follows.csv"))))
    assert {(row["kind"], row["name"]) for row in rows} == {
        ("vendor", "North Rail"), ("thread", "Bob asks")}


def test_a_title_that_is_a_formula_is_neutral_in_the_table_only(life, tmp_path):
    Thread.update(title="=1+1 is two").where(Thread.id == life.other.id).execute()
    archive = archive_of(life.ada, tmp_path)
    assert ",'=1+1 is two," in archive.text("follows.csv")
    assert archive.json("me-too.json")[0]["thread"]["title"] == "=1+1 is two"


def test_own_files_come_along_and_those_of_others_by_name(archive, life):
    own, theirs = life.own_file, life.others_file
    assert archive.bytes(f"media/{own.sha256}.png") == PIXEL + b"ada"
    assert f"media/{theirs.sha256}.png" not in archive
    assert archive.json("media.json")[0]["thread"] == life.other.id
    shown = archive.json(f"threads/{life.own.id}.json")["posts"][-3]["files"]
    assert [(file["sha256"], file["path"]) for file in shown] == [(theirs.sha256, None)]


def test_a_file_that_the_server_lost_is_told(life, tmp_path):
    files.path_of(life.own_file.sha256).unlink()
    archive = archive_of(life.ada, tmp_path)
    assert f"media/{life.own_file.sha256}.png" in [
        item["what"] for item in archive.json("manifest.json")["left_out"]]


def test_the_manifest_counts_and_says_what_is_missing(archive, life):
    manifest = archive.json("manifest.json")
    assert manifest["format"] == "parley-archive/1"
    assert manifest["account"] == {"id": life.ada.id, "handle": life.ada.handle}
    assert manifest["made_at"] == "2026-11-12T12:00:00Z"
    counts = manifest["counts"]
    assert (counts["threads"], counts["replies"], counts["files"]) == (1, 1, 1)
    assert counts["posts"] == len(TEXTS) + 3
    assert "votes" in {item["what"] for item in manifest["left_out"]}


def test_activity_streams_tell_articles_from_notes(archive, life):
    outbox = archive.json("activitystreams/outbox.json")
    by_text = {item["object"]["source"]["content"]: item["object"]
               for item in outbox["orderedItems"]}
    opening, reply = by_text["First words"], by_text["Same here, Bob"]
    assert (opening["type"], opening["name"]) == ("Article", life.own.title)
    assert (reply["type"], reply["inReplyTo"]) == (
        "Note", f"http://localhost/threads/{life.other.id}")
    assert reply["attachment"][0]["url"] == f"../media/{life.own_file.sha256}.png"
    assert "<script" not in archive.text("activitystreams/outbox.json").replace(
        "<script>alert(1)</script> **bold**", "")


def test_a_mention_leads_to_this_server(life, tmp_path):
    html = '<p>Thanks <a href="/members/bob">@bob</a></p>'
    Post.update(html=html).where(Post.id == life.reply.id).execute()
    contents = [item["object"]["content"] for item in archive_of(life.ada, tmp_path).json(
        "activitystreams/outbox.json")["orderedItems"]]
    assert '<p>Thanks <a href="http://localhost/members/bob">@bob</a></p>' in contents


class Links(HTMLParser):
    """Tags and addresses of an offline page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: list[str] = []
        self.followed: list[str] = []
        self.ids: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        of = dict(attrs)
        self.ids |= {of["id"]} if "id" in of else set()
        assert not any(name.startswith("on") or name == "style" for name in of)
        if tag == "a":
            self.followed.append(of["href"])
        else:
            self.loaded += [of[name] for name in ("src", "href", "srcset", "data") if name in of]


def test_offline_pages_run_nothing_and_fetch_nothing(archive):
    pages = archive.below("", ".html")
    assert len(pages) == 5
    for path in pages:
        links = Links(archive.text(path))
        assert not {"script", "iframe", "object", "embed", "form", "base"} & links.tags
        for target in links.loaded:
            assert inside(path, target) in archive, target
        for target in links.followed:
            if not urlsplit(target).scheme:
                page, _, anchor = target.partition("#")
                where = inside(path, page) if page else path
                assert where in archive, target
                assert not anchor or anchor in Links(archive.text(where)).ids, target
    assert not re.search(r"@import|url\(", archive.text("style.css"))


def inside(path: str, target: str) -> str:
    return normpath(join(path, "..", target))


def test_the_first_page_leads_to_everything(archive, life):
    page = archive.text("index.html")
    followed = Links(page).followed
    assert f"threads/{life.own.id}.html" in followed
    assert f"replies/{life.other.id}.html" in followed
    assert "manifest.json" in followed
    assert "Where is my parcel?" in page
    assert "confirmed as solved by the community" in page


def test_notes_are_read_on_a_page_of_their_own(archive):
    page = archive.text("notes.html")
    assert "Old words" in page
    assert "From elsewhere" in page
    assert 'href="notes.html"' in archive.text("index.html")


def test_a_person_without_notes_has_no_page_of_them(app, tmp_path):
    archive = archive_of(make.make_member(), tmp_path)
    assert "notes.html" not in archive
    assert "notes.html" not in archive.text("index.html")


def test_a_thread_reads_as_it_looked(archive, life):
    page = archive.text(f"threads/{life.own.id}.html")
    assert "answers for North Rail, Customer care" in page
    assert "advocate, helping (former customer)" in page
    assert "12 November 2026, 12:00 UTC" in page
    assert "Says that this answers it" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_every_event_that_is_told_has_words():
    assert set(records.HISTORY) <= readable.EVENTS.keys()


def test_a_long_thread_reads_as_a_short_one(life, tmp_path, monkeypatch):
    """Read piece by piece, it gives the same files."""
    whole = archive_of(life.ada, tmp_path)
    monkeypatch.setattr(records, "BATCH", 2)
    assert archive_of(life.ada, tmp_path).files == whole.files


def test_equal_rows_give_equal_records(life):
    assert exported(life) == exported(life)


def exported(life: Rich) -> dict[str, bytes]:
    return {path: b"".join(pieces(value)) for path, value in records.export(life.ada)
            if path.endswith(".json")}


def test_a_new_person_gets_an_archive_too(app, tmp_path):
    archive = archive_of(make.make_account(), tmp_path)
    assert archive.json("manifest.json")["counts"]["threads"] == 0
    assert archive.json("activitystreams/outbox.json")["orderedItems"] == []
    assert "You had not opened a thread." in archive.text("index.html")


def test_longer_threads_cost_no_more_queries(app, frozen, caplog):
    ada, vendor = make.make_member(), make.make_vendor()
    short, long = make_thread(ada, vendor), make_thread(ada, vendor)
    for number in range(2, 60):
        make_post(long, ada, number, "More", hat="author")

    def queries(thread: Thread) -> int:
        caplog.clear()
        with caplog.at_level("DEBUG", logger="peewee"):
            records._thread(Thread.get_by_id(thread.id), ada, WHOLE)
        return len(caplog.records)

    assert queries(long) == queries(short)


def test_more_threads_than_a_batch_all_come(app, frozen, monkeypatch):
    ada, vendor = make.make_member(), make.make_vendor()
    made = {make_thread(ada, vendor, title=f"Thread {n}").id for n in range(7)}
    rows = records.in_batches(records._own_threads(ada, WHOLE), Thread.opened_at, Thread.id, size=3)
    assert [row.id for row in rows] == sorted(made)


def test_an_archive_is_of_one_instant(own_database, built, tmp_path, monkeypatch):
    """What is written while it is built is in none of its files."""
    db.database.connect(reuse_if_open=True)
    ada = make.make_member()
    thread = make_thread(ada, make.make_vendor())
    real = records.export

    def export(account: Account, part: Part):
        for n, pair in enumerate(real(account, part)):
            if n == 0:
                write_elsewhere(lambda: make_post(thread, ada, 2, "Too late", hat="author"))
            yield pair

    monkeypatch.setattr(records, "export", export)
    assert archive_of(ada, tmp_path).mentions("Too late") == []
    monkeypatch.undo()
    assert archive_of(ada, tmp_path).mentions("Too late")


def write_elsewhere(write) -> None:
    """Write over another connection, as another process does."""
    def run() -> None:
        with db.database.connection_context(), db.write():
            write()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_pretty_json_refuses_what_is_no_json():
    assert json.loads(pretty({"at": clock.now()}))["at"].endswith("Z")
    with pytest.raises(TypeError):
        pretty({"x": object()})
