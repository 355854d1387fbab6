"""Writing: whole or not at all, one after the other, and readers see one state."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import peewee
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel import db
from parley.kernel.versions import Version
from tests import postgres


def put(key: str, number: int = 1) -> None:
    Version.insert(key=key, number=number).execute()


def keys() -> set[str]:
    return {row.key for row in Version.select()}


def aside(work: Callable[[], object]) -> object:
    """Do this on another thread, that is on another connection."""

    def run() -> object:
        with db.database.connection_context():
            return work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=20)


def test_a_write_is_there_for_others_once_it_ended(own_database):
    with db.write():
        put("a")
        before = aside(keys)
    assert (before, aside(keys)) == (set(), {"a"})


def test_a_write_that_raises_leaves_nothing(own_database):
    with pytest.raises(ValueError), db.write():
        put("a")
        raise ValueError
    assert keys() == set()


def test_a_write_inside_another_belongs_to_it(backend):
    with pytest.raises(ValueError), db.write():
        with db.write():
            put("inner")
        raise ValueError
    assert keys() == set()


def test_an_inner_write_that_raises_undoes_only_itself(backend):
    with db.write():
        put("outer")
        with pytest.raises(peewee.IntegrityError), db.write():
            put("inner")
            put("outer")
        put("after")
    assert keys() == {"outer", "after"}


def test_what_is_left_for_the_end_is_done_once_and_in_order(backend):
    done = []
    with db.write():
        for key in ("b", "a", "b"):
            db.at_the_end(key, lambda key=key: done.append(key))
        assert done == []
    assert done == ["a", "b"]


def test_what_was_left_for_the_end_is_forgotten_when_the_write_fails(backend):
    done = []
    with pytest.raises(ValueError), db.write():
        db.at_the_end("a", lambda: done.append("a"))
        raise ValueError
    with db.write():
        pass
    assert done == []


def test_writers_who_read_first_never_lose_a_count(own_database):
    # A deferred transaction fails here with "database is locked", see kernel.db.write.
    put("count", 0)
    times, people = 15, 4

    def count_up() -> None:
        for _ in range(times):
            with db.write():
                row = db.lock(Version.select().where(Version.key == "count")).get()
                Version.update(number=row.number + 1).where(Version.key == "count").execute()

    with ThreadPoolExecutor(people) as pool:
        def work(_: int) -> None:
            with db.database.connection_context():
                count_up()

        list(pool.map(work, range(people)))
    assert Version.get().number == times * people


def test_a_snapshot_sees_one_state_while_others_write(own_database):
    def put_later() -> None:
        with db.write():
            put("later")

    put("before")
    with db.snapshot():
        first = keys()
        aside(put_later)
        second = keys()
    assert first == second == {"before"}
    assert keys() == {"before", "later"}


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),
       st.integers(-23, 23))
def test_an_instant_keeps_its_microseconds_in_any_zone(naive, hours):
    instant = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    field = db.InstantField()
    assert field.python_value(field.db_value(instant)) == instant


def test_instants_sort_as_they_follow_each_other():
    early, late = datetime(1969, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    assert db.InstantField().db_value(early) < 0 < db.InstantField().db_value(late)
    assert db.InstantField().python_value(None) is None


def test_other_databases_are_refused():
    with pytest.raises(RuntimeError, match="neither sqlite nor postgresql"):
        db.connect("mysql://localhost/parley")


def test_the_database_is_checked_for_what_durability_rests_on(own_database):
    db.database.connect(reuse_if_open=True)
    db.check()
    if db.is_sqlite():
        db.database.execute_sql("PRAGMA synchronous = off")
        with pytest.raises(RuntimeError, match="synchronous=0"):
            db.check()
    else:
        db.database.execute_sql("SET synchronous_commit = off")
        with pytest.raises(RuntimeError, match="synchronous_commit=off"):
            db.check()


def test_sqlite_keeps_foreign_keys(own_database):
    db.database.connect(reuse_if_open=True)
    with pytest.raises(peewee.IntegrityError):
        db.database.execute_sql(
            "INSERT INTO office (id, account_id, role, since) VALUES ('o', 'nobody', 'steward', 0)")


def test_connecting_elsewhere_closes_what_was_open(own_database, tmp_path):
    db.database.connect(reuse_if_open=True)
    first = db.database.obj
    db.connect(f"sqlite:///{tmp_path}/second.sqlite")
    assert first.is_closed()


def test_nothing_is_pending_on_a_migrated_database(backend):
    assert db.pending_migrations() == []


def test_each_thread_counts_its_own_depth(own_database):
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with db.database.connection_context(), db.write():
            inside.set()
            go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert inside.wait(10)
        with pytest.raises(RuntimeError, match="inside"):
            db.at_the_end("a", lambda: None)
        go_on.set()
        held.result(10)


def test_the_server_of_the_tests_is_a_real_one(kind, own_database):
    if kind == "postgres":
        with psycopg.connect(own_database) as connection:
            assert connection.info.server_version >= 150000
        assert postgres.binaries()
