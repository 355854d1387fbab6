"""Reading forms: line ends, flags, and where to go on to."""

from __future__ import annotations

import pytest


def test_line_ends_become_lf_and_nothing_is_stripped(lab):
    answer = lab.post_form("/lab/echo", {"body": " a\r\nb\rc\n\n ", "flag": "on"})
    assert answer.json["text"] == " a\nb\nc\n\n "
    assert answer.json["flag"] is True


def test_missing_fields_are_empty(lab):
    assert lab.post_form("/lab/echo").json == {"text": "", "flag": False, "all": 1}


@pytest.mark.parametrize("target", ["/threads/new", "/vendors?q=a&after=b", "/"])
def test_the_way_on_may_lead_to_our_own_pages(lab, target):
    assert lab.get("/lab/next", query_string={"next": target}).text == target


@pytest.mark.parametrize("target", [
    "", "https://evil.example", "//evil.example", "/\\evil.example", "/a\\b", "/\tx", "/\n/evil",
    "javascript:alert(1)", "evil", "/\u202eevil"])
def test_the_way_on_never_leads_elsewhere(lab, target):
    assert lab.get("/lab/next", query_string={"next": target}).text == "/default"
