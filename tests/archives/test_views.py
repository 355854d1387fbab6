"""The page of archives, who gets the file, and the published keys."""

from __future__ import annotations

import io
import zipfile

import pytest

from parley.archives import actions
from parley.archives.models import Archive
from parley.kernel import ids, signing
from tests import factories as make

PAGE = "/account/archive"


@pytest.fixture
def ada(app, frozen):
    return make.make_lapsed()


@pytest.fixture
def browser(ada, client_of):
    return client_of(ada)


@pytest.fixture
def ready(ada, outbox_run) -> Archive:
    archive = actions.ask(ada)
    outbox_run()
    return actions.find(ada, archive.id)


def address(archive: Archive) -> str:
    return f"/account/archive/{archive.id}/file"


def test_the_page_explains_and_asks(browser):
    page = browser.get(PAGE)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    words = page.get_data(as_text=True)
    assert "Make my archive" in words
    assert "data/index.html" in words
    assert 'http-equiv="refresh"' not in words


def test_asking_shows_progress_then_the_file(browser, outbox_run, ada):
    assert browser.post_form(PAGE, page=PAGE).status_code == 302
    building = browser.get(PAGE).get_data(as_text=True)
    assert "<progress" in building
    assert 'http-equiv="refresh"' in building
    assert "Make my archive" not in building
    assert 'http-equiv="refresh"' not in browser.get(PAGE + "?still=1").get_data(as_text=True)
    outbox_run()
    done = browser.get(PAGE).get_data(as_text=True)
    (archive,) = actions.of(ada)
    assert address(archive) in done
    assert archive.sha256 in done
    assert "19 November 2026" in done


def test_asking_twice_makes_one(browser, ada):
    for _ in range(2):
        browser.post_form(PAGE)
    assert len(actions.of(ada)) == 1


def test_asking_needs_the_form_s_token(browser, ada):
    assert browser.post(PAGE).status_code == 400
    assert actions.of(ada) == []


def test_the_owner_gets_the_file(browser, ready, ada):
    with browser.get(address(ready)) as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "application/zip"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Content-Disposition"] == (
            f"attachment; filename=parley-archive-{ada.handle}-2026-11-12.zip")
        with zipfile.ZipFile(io.BytesIO(answer.data)) as opened:
            assert opened.testzip() is None


def test_a_broken_download_goes_on(browser, ready):
    whole = actions.path_of(ready).read_bytes()
    with browser.get(address(ready), headers={"Range": "bytes=100-"}) as rest:
        assert rest.status_code == 206
        assert rest.data == whole[100:]
        assert rest.headers["Cache-Control"] == "private, no-store"


def test_it_goes_on_only_if_it_is_still_the_same_file(browser, ready):
    whole = actions.path_of(ready).read_bytes()
    for tag, status in ((f'"{ready.sha256}"', 206), ('"another"', 200)):
        headers = {"Range": "bytes=100-199", "If-Range": tag}
        with browser.get(address(ready), headers=headers) as part:
            assert part.status_code == status
            assert part.data == (whole[100:200] if status == 206 else whole)
    with browser.get(address(ready), headers={"Range": f"bytes={len(whole)}-"}) as beyond:
        assert beyond.status_code == 416


@pytest.mark.parametrize("who", [make.make_account, make.make_member, make.make_steward])
def test_others_get_nothing(ready, client_of, who):
    assert client_of(who()).get(address(ready)).status_code == 404


def test_a_visitor_is_asked_to_sign_in_whether_it_exists_or_not(client, ready):
    there = client.get(address(ready))
    nowhere = client.get(f"/account/archive/{ids.unguessable()}/file")
    assert there.status_code == nowhere.status_code == 302
    assert "/sign-in" in there.headers["Location"]


def test_what_is_unready_expired_or_unknown_is_not_found(browser, ada, ready, travel):
    waiting = actions.ask(ada)
    for path in (address(waiting), f"/account/archive/{ids.unguessable()}/file",
                 "/account/archive/nonsense/file"):
        assert browser.get(path).status_code == 404
    travel(days=7)
    assert browser.get(address(ready)).status_code == 404


def test_a_failed_one_is_told(browser, ada):
    archive = actions.ask(ada)
    Archive.update(state="failed").where(Archive.id == archive.id).execute()
    words = browser.get(PAGE).get_data(as_text=True)
    assert "could not be made" in words
    assert "Make my archive" in words


def test_the_page_asks_the_database_the_same_however_many_there_are(browser, ada, frozen, caplog):
    def queries() -> int:
        caplog.clear()
        with caplog.at_level("DEBUG", logger="peewee"):
            browser.get(PAGE)
        return len(caplog.records)

    queries()  # the rule book is read once
    before = queries()
    for _ in range(5):
        Archive.create(account=ada, state="ready", asked_at=frozen, ready_at=frozen,
                       expires_at=frozen, size=1, sha256="0" * 64)
    assert queries() == before


def test_one_whose_file_is_gone_is_not_offered(browser, ready):
    actions.path_of(ready).unlink()
    assert address(ready) not in browser.get(PAGE).get_data(as_text=True)
    assert browser.get(address(ready)).status_code == 404


def test_the_keys_are_public_and_need_no_secret(client):
    key = signing.current_key()
    answer = client.get("/.well-known/jwks.json")
    assert answer.mimetype == "application/jwk-set+json"
    assert "public" in answer.headers["Cache-Control"]
    assert answer.get_json(force=True) == {"keys": [key.jwk_public]}
