"""Placeholders and filters, on plain values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.desk import rules
from parley.desk.rules import Filters, Show
from parley.kernel import safe_html
from parley.threads.rules import Kind, Status

VALUES = {"author": "Ada", "title": "Lid", "company": "Acme", "me": "Kim", "due": "2 May"}


@pytest.mark.parametrize(("body", "becomes"), [
    ("Dear {author}, {me}", "Dear Ada, Kim"),
    ("{{author}} stands for {author}", "{author} stands for Ada"),
    ('{"a": 1} { } {} {1} }{', '{"a": 1} { } {} {1} }{'),
    ("{{anything}}", "{anything}"),
])
def test_placeholders_are_filled_and_other_braces_stay(body, becomes):
    assert rules.unknown_placeholders(body) == []
    assert rules.filled(body, VALUES) == becomes


@pytest.mark.parametrize(("body", "names"), [
    ("{name} {author} {name}", ["name"]), ("{Author}", ["Author"]), ("{größe}", ["größe"]),
])
def test_a_placeholder_that_stands_for_nothing_is_named(body, names):
    assert rules.unknown_placeholders(body) == names


@settings(max_examples=60)
@given(st.text(alphabet="{}1 \n*[.", max_size=30))
def test_braces_around_no_name_stay_as_they_are(text):
    assert rules.unknown_placeholders(text) == []
    assert rules.filled(text, VALUES) == text


@pytest.mark.parametrize("typed", [
    "[click](https://evil.example)", "https://evil.example", "WWW.evil.example", "@oda",
    "<https://evil.example>", "**loud**", "`code`", "{me}", "{{me}}", "\\[a](http://e.example)",
])
def test_what_a_customer_typed_is_filled_in_as_plain_words(typed):
    body = rules.filled("About {title}.", VALUES | {"title": typed})
    html = safe_html.render(body, lambda handle: f"/members/{handle}")
    assert "<a" not in html
    assert "<strong" not in html
    assert "Kim" not in html


def test_every_state_that_is_listed_names_its_kinds():
    for show in Show:
        for status in rules.SHOWS[show]:
            assert Filters(show).kinds(status)
    assert Filters(kind=Kind.PRAISE).kinds(Status.AWAITING_VENDOR) == ()
    assert Filters(assignees=("",)).fits("idea", "awaiting_vendor", "")
    assert not Filters(assignees=("",)).fits("idea", "awaiting_vendor", "kim")
