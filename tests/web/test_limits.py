"""Rate limits: counted per person in a file that all workers share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from parley.web import limits
from parley.web.limits import SqliteStorage
from tests import factories


@pytest.fixture
def path(tmp_path):
    return f"parley-sqlite://{tmp_path}/limits.sqlite"


@pytest.fixture
def wall(monkeypatch):
    """A clock on the wall to turn."""
    now = [1000.0]
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    return now


def test_hits_are_counted_until_the_window_ends(path, wall):
    storage = SqliteStorage(path)
    assert [storage.incr("k", 60) for _ in range(3)] == [1, 2, 3]
    assert (storage.get("k"), storage.get_expiry("k")) == (3, 1060.0)
    wall[0] += 61
    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1


def test_each_key_has_its_own_count(path):
    storage = SqliteStorage(path)
    storage.incr("a", 60, amount=5)
    assert (storage.get("a"), storage.get("b")) == (5, 0)
    storage.clear("a")
    assert storage.get("a") == 0


def test_workers_share_the_count(path):
    def work(_: int) -> None:
        storage = SqliteStorage(path)
        for _ in range(25):
            storage.incr("k", 60)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert SqliteStorage(path).get("k") == 100


def test_workers_that_start_at_once_wait_for_each_other(tmp_path):
    for n in range(30):
        at_once = Barrier(8)

        def start(path: str = f"parley-sqlite://{tmp_path}/{n}.sqlite", at_once=at_once) -> int:
            storage = SqliteStorage(path)
            at_once.wait(10)
            return storage.incr("k", 60)

        with ThreadPoolExecutor(8) as pool:
            assert sorted(f.result() for f in [pool.submit(start) for _ in range(8)]) == [
                1, 2, 3, 4, 5, 6, 7, 8]


def test_old_counts_are_swept_and_all_can_be_forgotten(path, wall):
    storage = SqliteStorage(path)
    storage.incr("old", 10)
    storage.incr("new", 1000)
    wall[0] += 100
    storage.sweep()
    assert storage.reset() == 1
    assert storage.check()


def test_beyond_the_limit_a_form_is_refused_for_a_while(lab):
    assert [lab.post_form("/lab/limited").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert "short time" in lab.post_form("/lab/limited").text


def test_reading_is_never_limited(lab):
    assert {lab.get("/lab/plain").status_code for _ in range(20)} == {200}


def test_a_person_has_a_count_of_their_own(lab, lab_app):
    ada, ben = (lab_app.test_client().sign_in(factories.make_member()) for _ in "ab")
    assert [ada.post_form("/lab/limited").status_code for _ in range(4)][-1] == 429
    assert ben.post_form("/lab/limited").status_code == 200
    assert lab.post_form("/lab/limited").status_code == 200


def test_guesses_at_one_address_are_counted_together(lab, lab_app):
    def guess(email: str) -> int:
        return lab_app.test_client().post_form("/lab/guess", {"email": email}).status_code

    assert [guess(e) for e in ("a@x.example", " A@x.example ", "a@X.example")] == [200, 200, 429]
    assert guess("b@x.example") == 200


def test_the_operator_may_multiply_the_limits(lab, monkeypatch):
    monkeypatch.setattr(limits, "_multiplier", 2.0)
    assert [lab.post_form("/lab/limited").status_code for _ in range(7)].count(200) == 6
    monkeypatch.setattr(limits, "_multiplier", 0.01)
    limits.limiter.storage.reset()
    assert [lab.post_form("/lab/limited").status_code for _ in range(2)] == [200, 429]
