"""Version numbers rise with the write that changes what they stand for, and only then."""

from __future__ import annotations

import pytest

from parley.kernel import db, versions
from parley.kernel.versions import Version


def test_a_key_that_was_never_raised_reads_as_zero(backend):
    assert versions.read(["front", "log"]) == {"front": 0, "log": 0}


def test_reading_nothing_asks_for_nothing(backend):
    assert versions.read([]) == {}


def test_a_write_raises_each_key_once_however_often_it_is_touched(backend):
    with db.write():
        versions.touch("front", "thread:1")
        versions.touch("front")
    assert versions.read(["front", "thread:1", "log"]) == {"front": 1, "thread:1": 1, "log": 0}


def test_each_write_raises_again(backend):
    for _ in range(3):
        with db.write():
            versions.touch("front")
    assert versions.read(["front"]) == {"front": 3}


def test_versions_are_raised_last_and_in_sorted_order(backend, monkeypatch):
    raised = []
    monkeypatch.setattr(versions, "_raise", raised.append)
    with db.write():
        versions.touch("b", "c")
        with db.write():
            versions.touch("a")
        assert raised == []
    assert raised == ["a", "b", "c"]


def test_a_write_that_fails_raises_nothing(backend):
    with pytest.raises(ValueError), db.write():
        versions.touch("front")
        raise ValueError
    with db.write():
        versions.touch("log")
    assert versions.read(["front", "log"]) == {"front": 0, "log": 1}


def test_touching_outside_a_write_is_a_mistake(backend):
    with pytest.raises(RuntimeError, match="inside"):
        versions.touch("front")
    assert not Version.select().exists()
