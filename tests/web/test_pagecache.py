"""A kept page is never older than what was acknowledged, and never somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.kernel import db, versions
from parley.web import pagecache
from parley.web.pagecache import Kept, PageCache
from tests import factories
from tests.web.conftest import seen


def change(key: str = "front") -> None:
    with db.write():
        versions.touch(key)


def test_a_page_is_made_once_for_all_visitors(lab):
    first, second = lab.get("/lab/kept"), lab.get("/lab/kept")
    assert first.text == second.text == "page 1"
    assert dict(first.headers) == dict(second.headers)


def test_a_write_that_changes_it_makes_it_anew(lab):
    assert lab.get("/lab/kept").text == "page 1"
    change("something else")
    assert lab.get("/lab/kept").text == "page 1"
    change()
    assert lab.get("/lab/kept").text == "page 2"
    assert lab.get("/lab/kept").text == "page 2"


def test_a_write_while_the_page_is_made_counts(lab, monkeypatch):
    def reads_then_somebody_writes(*keys):
        real(*keys)
        if seen.count == 0:
            change()

    real = pagecache.reads
    monkeypatch.setattr(pagecache, "reads", reads_then_somebody_writes)
    assert lab.get("/lab/kept").text == "page 1"
    assert lab.get("/lab/kept").text == "page 2"


def test_time_alone_makes_it_anew(lab, travel):
    seen.fresh_until = travel.now + timedelta(minutes=5)
    assert lab.get("/lab/kept").text == "page 1"
    travel(minutes=4)
    assert lab.get("/lab/kept").text == "page 1"
    travel(minutes=1)
    assert lab.get("/lab/kept").text == "page 2"


def test_every_address_has_its_own_page(lab):
    assert lab.get("/lab/kept?a=1").text == "page 1"
    assert lab.get("/lab/kept?a=2").text == "page 2"
    assert lab.get("/lab/kept?a=1").text == "page 1"


def test_a_person_with_a_session_gets_a_page_of_their_own(lab, lab_app):
    assert lab.get("/lab/kept").text == "page 1"
    member = lab_app.test_client().sign_in(factories.make_member())
    assert member.get("/lab/kept").text == "page 2"
    assert lab.get("/lab/kept").text == "page 1"


@pytest.mark.parametrize("path", ["/lab/plain", "/lab/cookie", "/lab/flash"])
def test_what_is_for_one_reader_is_not_kept(lab, lab_app, path):
    lab.get(path)
    assert lab_app.test_client().get(path).text == "page 2"


def test_an_error_is_not_kept(lab):
    assert [lab.get("/lab/missing").status_code for _ in range(2)] == [404, 404]
    assert seen.count == 2


def test_a_browser_that_has_it_is_told_so(lab):
    etag = lab.get("/lab/kept").headers["ETag"]
    again = lab.get("/lab/kept", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Security-Policy" in again.headers
    change()
    assert lab.get("/lab/kept", headers={"If-None-Match": etag}).status_code == 200


def test_asking_for_the_head_gives_no_body(lab):
    lab.get("/lab/kept")
    head = lab.head("/lab/kept")
    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len("page 1")


def test_the_oldest_pages_make_room(monkeypatch):
    monkeypatch.setattr(pagecache, "MOST_BYTES", 25)
    cache = PageCache(lambda environ, start: [], "parley")
    for name in ("a", "b", "a", "c"):
        cache.store(name, Kept({}, None, [], b"0123456789", "e"))
    assert (list(cache.pages), cache.bytes) == (["a", "c"], 20)


def test_fragments_hold_for_their_versions_and_make_room():
    fragments = pagecache.Fragments(most=2)
    for key in "abc":
        fragments.put(key, {"v": 1}, key.upper())
    assert fragments.get("a", {"v": 1}) is None
    assert fragments.get("c", {"v": 1}) == "C"
    assert fragments.get("c", {"v": 2}) is None
