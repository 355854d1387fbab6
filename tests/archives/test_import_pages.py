"""The pages of bringing an archive: checked, shown, confirmed, read; the command; the jobs."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from parley.accounts.models import Account
from parley.archives import bringing, leaving, trust
from parley.archives.models import Bringing, Document, TrustedKey
from parley.kernel import signing
from parley.kernel.errors import Refused
from parley.moderation import restored as moderation
from parley.moderation.models import RestoredReport
from parley.outbox.models import Task
from parley.threads.models import Restored
from parley.vendors.models import Vendor, VendorFollow
from tests import factories as make
from tests.archives.lives import everything
from tests.archives.packing import STRANGER, changed, contents, elsewhere, packed
from tests.archives.rows import Rich
from tests.archives.test_hostile import fresh, from_afar

PAGE = "/account/import"


@pytest.fixture
def begun(app, frozen, staged) -> tuple[Rich, dict[str, bytes]]:
    return staged(from_afar)


@pytest.fixture
def archive(begun, tmp_path) -> Path:
    """Ada's, as a server far away would have made it."""
    return packed(begun[1], tmp_path / "ada.zip")


@pytest.fixture
def eve(life, archive) -> Account:
    """The same person's account on this server, far from the one that signed."""
    Account.update(email=None).where(Account.id == life.ada.id).execute()
    return make.make_account(email="ada@home.example")


def send(browser: Any, path: Path, name: str = "ada.zip") -> Any:
    return browser.post_form(PAGE, {"file": (io.BytesIO(path.read_bytes()), name)},
                             content_type="multipart/form-data")


def trusted() -> None:
    trust.trust(json.dumps({"keys": [STRANGER.as_dict(private=False)]}))


def test_an_archive_is_checked_then_shown_then_brought_in(eve, archive, client_of, outbox_run):
    browser = client_of(eve)
    assert send(browser, archive).status_code == 302
    assert "Being checked" in browser.get(PAGE).get_data(as_text=True)
    outbox_run()
    shown = browser.get(PAGE).get_data(as_text=True)
    assert "What would come in" in shown
    assert "does not know" in shown
    assert STRANGER.kid in shown
    assert not Restored.select().exists()
    row = bringing.latest(eve)
    assert row is not None
    assert browser.post_form(f"{PAGE}/{row.id}/confirmation", page=PAGE).status_code == 302
    assert "Coming in" in browser.get(PAGE).get_data(as_text=True)
    outbox_run()
    assert "Read what came" in browser.get(PAGE).get_data(as_text=True)
    assert not bringing.path_of(row).exists()
    own = browser.get("/account/restored").get_data(as_text=True)
    assert "Where is my parcel?" in own
    assert "Signed-in browsers" in own
    document = Document.get(Document.path == "sessions.json")
    page = browser.get(f"/account/documents/{document.id}")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert browser.get(f"/account/documents/{document.id}/file").data == document.text.encode()


def test_what_a_known_key_signed_is_read_by_everybody(eve, life, archive, client, client_of):
    trusted()
    before = Vendor.get_by_id(life.vendor.id)
    bringing.bring(archive, eve)
    row = Restored.get(Restored.kind == "thread")
    profile = client.get(f"/members/{eve.handle}").get_data(as_text=True)
    assert f"/members/{eve.handle}/restored" in profile
    assert row.title in client.get(f"/members/{eve.handle}/restored").get_data(as_text=True)
    page = client.get(f"/restored/{row.id}").get_data(as_text=True)
    assert "signature valid" in page
    assert f"@{life.ada.handle} at Other" in page
    assert "Try the other gate." in page
    assert "12 November 2026" in page
    now = Vendor.get_by_id(life.vendor.id)
    assert (now.thread_count, now.waiting_count) == (before.thread_count, before.waiting_count)
    for address in ("/", "/threads", f"/vendors/{life.vendor.slug}", "/feed"):
        assert row.id not in client_of(eve).get(address).get_data(as_text=True)


def test_what_nobody_vouches_for_is_not_found_by_others(eve, archive, client, client_of):
    bringing.bring(archive, eve)
    row = Restored.get(Restored.kind == "thread")
    for browser in (client, client_of(make.make_steward()), client_of(make.make_member())):
        assert browser.get(f"/restored/{row.id}").status_code == 404
        assert row.title not in browser.get(
            f"/members/{eve.handle}/restored").get_data(as_text=True)
    document = Document.get()
    assert client_of(make.make_member()).get(f"/account/documents/{document.id}").status_code == 404


def test_the_archive_of_another_person_is_seen_by_nobody_else(life, archive, client):
    trusted()
    other = make.make_account()
    report = bringing.bring(archive, other)
    assert (report.source["checked"], report.source["same_person"]) == (True, False)
    assert {row.listed for row in Restored.select()} == {0}
    Account.update(email=None).where(Account.id == life.ada.id).execute()
    Account.update(email="ada@home.example").where(Account.id == other.id).execute()
    again = bringing.bring(archive, Account.get_by_id(other.id))
    assert again.counts["thread"] == {"changed": 1}
    assert {row.listed for row in Restored.select()} == {1}


def test_a_key_that_is_trusted_later_lets_others_read_it(eve, archive):
    bringing.bring(archive, eve)
    trusted()
    report = bringing.bring(archive, eve)
    assert report.counts["thread"] == {"changed": 1}
    assert Restored.get(Restored.kind == "thread").listed == 1
    assert trust.distrust(STRANGER.kid)
    assert not TrustedKey.select().exists()


def test_an_older_archive_changes_nothing_and_a_newer_one_does(eve, life, archive, tmp_path,
                                                               travel):
    files = fresh(elsewhere(contents(life.ada, tmp_path)))
    bringing.bring(packed(files, tmp_path / "one.zip"), eve)
    (path,) = (p for p in files if p.startswith("threads/") and p.endswith(".json"))
    other = changed(files, path, lambda thread: thread.update(title="Another title"))
    newer = changed(other, "manifest.json", lambda m: m.update(made_at="2026-11-13T00:00:00Z"))
    older = changed(other, "manifest.json", lambda m: m.update(made_at="2026-11-11T00:00:00Z"))
    assert bringing.bring(packed(older, tmp_path / "o.zip"), eve).counts["thread"] == {"kept": 1}
    assert bringing.bring(packed(newer, tmp_path / "n.zip"), eve).counts["thread"] == {"changed": 1}
    assert Restored.get(Restored.kind == "thread").title == "Another title"


def test_what_was_restored_is_reported_hidden_in_public_and_shown_again(
    eve, archive, client, client_of
):
    trusted()
    bringing.bring(archive, eve)
    row = Restored.get(Restored.kind == "thread")
    here, desk, log = f"/restored/{row.id}", "/moderation/restored", "/moderation/restored/log"
    reader, steward = client_of(make.make_account()), client_of(make.make_steward())
    assert f"{here}/report" in reader.get(here).get_data(as_text=True)
    told = {"reason": "personal_data", "note": "A telephone number"}
    assert reader.post_form(f"{here}/report", told, page=f"{here}/report").status_code == 302
    assert client.get(here).status_code == 200
    assert "A telephone number" in steward.get(desk).get_data(as_text=True)
    found = RestoredReport.get()
    words = {"decision": "hide", "words": "It names a neighbour."}
    assert steward.post_form(f"{desk}/{found.id}", words, page=desk).status_code == 302
    assert client.get(here).status_code == 404
    assert client_of(eve).get(here).status_code == steward.get(here).status_code == 200
    public = client.get(log).get_data(as_text=True)
    assert "It names a neighbour." in public
    assert "A telephone number" not in public
    assert steward.post_form(f"{desk}/{found.id}/lifting", page=log).status_code == 302
    assert client.get(here).status_code == 200


def test_who_reported_and_who_hid_leave_no_name(eve, archive):
    trusted()
    bringing.bring(archive, eve)
    row = Restored.get(Restored.kind == "thread")
    reader, steward = make.make_account(), make.make_steward()
    found = moderation.report(row.id, reader, "spam", "I am the neighbour")
    moderation.settle(found.id, steward, "hide", "An advert")
    for person in (reader, steward):
        leaving.erase_now(leaving.close(person, "keep"))
    (found,) = moderation.log(10)
    assert (found.note, found.words) == ("", "An advert")
    assert found.reporter.display_name.startswith("Customer")
    assert found.steward.display_name.startswith("Former steward")


def test_a_steward_leaves_what_they_reported_to_another(eve, archive):
    trusted()
    bringing.bring(archive, eve)
    reporter = make.make_steward()
    row = moderation.report(Restored.get(Restored.kind == "thread").id, reporter, "spam")
    for decision in moderation.DECISIONS:
        with pytest.raises(Refused):
            moderation.settle(row.id, reporter, decision)
    moderation.settle(row.id, make.make_steward(), "reject")


def test_what_a_steward_hid_does_not_come_back_by_a_detour(eve, archive, client, client_of):
    trusted()
    bringing.bring(archive, eve)
    row = Restored.get(Restored.kind == "thread")
    found = moderation.report(row.id, make.make_account(), "spam")
    moderation.settle(found.id, make.make_steward(), "hide")
    browser = client_of(eve)
    browser.post_form(f"/restored/{row.id}/removal")
    assert browser.get(f"/restored/{row.id}").status_code == 404
    assert Restored.get_by_id(row.id).record == {}
    assert bringing.bring(archive, eve).counts["thread"] == {"changed": 1}
    assert Restored.get_by_id(row.id).record["posts"]
    assert browser.get(f"/restored/{row.id}").status_code == 200
    assert client.get(f"/restored/{row.id}").status_code == 404


def test_what_was_taken_away_is_gone_with_its_files(eve, archive, client_of):
    bringing.bring(archive, eve)
    browser = client_of(eve)
    row = Restored.get(Restored.kind == "replies")
    assert browser.post_form(f"/restored/{row.id}/removal",
                             page=f"/restored/{row.id}").status_code == 302
    assert browser.get(f"/restored/{row.id}").status_code == 404


def test_follows_find_the_company_again(eve, life, archive):
    bringing.bring(archive, eve)
    assert [row.vendor_id for row in VendorFollow.select().where(
        VendorFollow.account == eve.id)] == [life.vendor.id]


def test_a_refused_archive_says_why_and_leaves_nothing(eve, tmp_path, client_of, outbox_run):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 no zip")
    browser = client_of(eve)
    send(browser, path)
    outbox_run()
    page = browser.get(PAGE).get_data(as_text=True)
    assert "was not taken" in page
    assert "not a whole ZIP" in page
    row = bringing.latest(eve)
    assert row is not None
    assert not bringing.path_of(row).exists()


def test_a_form_without_a_file_or_with_a_large_one_comes_back(eve, client_of, monkeypatch,
                                                               tmp_path):
    browser = client_of(eve)
    assert browser.post_form(PAGE, page=PAGE).status_code == 422
    monkeypatch.setattr(bringing, "MOST_OCTETS", 10)
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(11))
    assert send(browser, path).status_code == 422
    assert not Bringing.select().exists()


def test_archives_may_be_larger_than_other_forms(eve, client_of):
    browser = client_of(eve)
    fields = [f'name="csrf_token"\r\n\r\n{browser.token()}'.encode(),
              b'name="file"; filename="a.zip"\r\n\r\n' + bytes(30 << 20)]
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + f + b"\r\n" for f in fields)
    sent = browser.post(PAGE, data=body + b"--x--\r\n",
                        content_type="multipart/form-data; boundary=x")
    assert sent.status_code == 302
    assert browser.post("/account", data=body, content_type="multipart/form-data; boundary=x"
                        ).status_code == 413


def test_another_file_replaces_what_waits_for_a_word(eve, archive, client_of, outbox_run):
    browser = client_of(eve)
    send(browser, archive)
    first = bringing.latest(eve)
    send(browser, archive, "../../second.zip")
    (row,) = Bringing.select()
    assert row.name == "second.zip"
    assert first is not None
    assert not bringing.path_of(first).exists()
    outbox_run()
    assert bringing.latest(eve) == row


def test_what_fails_is_tried_again_and_then_told(eve, archive, client_of, monkeypatch, travel):
    send(client_of(eve), archive)
    row = bringing.latest(eve)
    assert row is not None

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(bringing, "look", broken)
    for _ in range(bringing.MOST_TRIES):
        bringing.outbox.run_all()
        travel(hours=1)
    assert Bringing.get_by_id(row.id).state == "failed"
    assert Task.get(Task.kind == "check_archive").failed_at is not None
    assert "could not be brought in" in client_of(eve).get(PAGE).get_data(as_text=True)


def test_forgotten_archives_are_swept(eve, archive, client_of, travel):
    send(client_of(eve), archive)
    row = bringing.latest(eve)
    assert row is not None
    bringing.sweep()
    assert bringing.path_of(row).exists()
    Bringing.update(asked_at=row.asked_at - bringing.KEPT - timedelta(days=1)).execute()
    travel(days=400)  # the file has the machine's own time
    bringing.sweep()
    assert not bringing.path_of(row).exists()
    assert not Bringing.select().exists()


def test_the_commands(app, eve, archive, tmp_path):
    run = app.test_cli_runner().invoke
    looked = run(args=["archive", "import", str(archive), eve.email, "--dry-run"])
    assert looked.exit_code == 0, looked.output
    assert "cannot check" in looked.output
    assert not Restored.select().exists()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [STRANGER.as_dict(private=False)]}))
    assert STRANGER.kid in run(args=["archive", "trust", str(keys)]).output
    done = run(args=["archive", "import", str(archive), eve.email])
    assert "signature valid" in done.output
    assert "came in for" in done.output
    assert Restored.select().where(Restored.listed == 1).count() == 2
    keys.write_text("{}")
    assert run(args=["archive", "trust", str(keys)]).exit_code == 1
    refused = run(args=["archive", "import", str(keys), eve.email])
    assert (refused.exit_code, "no archive that we know" in refused.output) == (1, True)
    assert signing.current_key()
    assert run(args=["archive", "distrust", STRANGER.kid]).exit_code == 0
    assert run(args=["archive", "distrust", STRANGER.kid]).exit_code == 1


def test_a_part_of_an_archive_replaces_nothing(eve, life, archive, tmp_path):
    files = fresh(elsewhere(contents(life.ada, tmp_path)))
    bringing.bring(packed(files, tmp_path / "whole.zip"), eve)
    (path,) = (p for p in files if p.startswith("threads/") and p.endswith(".json"))
    other = changed(files, path, lambda thread: thread.update(title="Another title"))
    part = {"vendor": None, "year": 2026, "text_only": False}
    newer = changed(other, "manifest.json", lambda m: m.update(
        made_at="2026-11-13T00:00:00Z", part=part))
    found = bringing.bring(packed(newer, tmp_path / "part.zip"), eve)
    assert found.counts["thread"] == {"kept": 1}
    assert set(found.counts["document"]) <= {"same", "kept"}
    assert "A part of an archive" in str(found.lines["kept"])


def test_only_tables_of_its_own_know_what_came_in(eve, life, archive):
    """No figure, queue, clock, list, search, problem or notice: none of their rows changes."""
    trusted()
    before = everything()
    bringing.bring(archive, eve)
    after = everything()
    assert {table for table, rows in after.items() if rows != before[table]} == {
        "account", "archive_document", "entry", "file", "origin", "pseudonym", "restored",
        "vendor_follow", "version"}
    assert len(json.loads(after["entry"])) == len(json.loads(before["entry"])) + 1
