"""Cursors name a row, and only those made here are taken."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel.errors import Invalid
from parley.web import paging

IDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=1, max_size=40)
AT = datetime(2026, 11, 1, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)), IDS)
def test_a_cursor_gives_back_its_instant_and_id(at, ref):
    assert paging.decode(paging.encode(at, ref)) == (at, ref)


@given(st.text(max_size=80))
def test_made_up_cursors_are_refused_and_break_nothing(cursor):
    try:
        at, ref = paging.decode(cursor)
    except Invalid as refused:
        assert set(refused.errors) == {"after"}
    else:
        assert at.tzinfo is UTC
        assert ref.isalnum()


@pytest.mark.parametrize("cursor", [
    "x", "MQ", "é", "=" * 9, paging.encode(AT, "a'; --"), paging.encode(AT, "a" * 41),
    paging.encode(AT, "")])
def test_some_that_were_tried_before(cursor):
    with pytest.raises(Invalid):
        paging.decode(cursor)


def test_a_made_up_cursor_in_an_address_is_a_400(lab):
    assert lab.get("/lab/pages").text == "None"
    assert lab.get("/lab/pages?after=" + paging.encode(AT, "abc")).status_code == 200
    for cursor in ("nonsense", "%00", "%F0%9F%9A%86", "a" * 5000):
        answer = lab.get("/lab/pages?after=" + cursor)
        assert answer.status_code == 400
        assert "not one of ours" in answer.text


def rows(count: int) -> list[SimpleNamespace]:
    return [SimpleNamespace(id=f"r{n}", at=AT) for n in range(count)]


def test_one_row_more_than_the_page_shows_that_there_is_a_next():
    page = paging.page(rows(4), 3, "at")
    assert [row.id for row in page.rows] == ["r0", "r1", "r2"]
    assert paging.decode(page.next) == (AT, "r2")


def test_the_last_page_has_no_next():
    assert paging.page(rows(3), 3, "at").next is None
    assert paging.page([], 3, "at") == paging.Page([], None)
