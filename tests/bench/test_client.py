"""What the bench's browser reads from a page, and what it sends."""

from __future__ import annotations

from email.message import Message

from bench.client import Page

PAGE = """
<form method="post" action="/threads/abc/posts#end">
  <input type="hidden" name="csrf_token" value="a&amp;b">
  <input name="title" value="Old title">
  <textarea name="body">
First line &lt;b&gt;

Third line</textarea>
  <input type="radio" name="kind" value="question" checked>
  <input type="radio" name="kind" value="idea">
  <input type="checkbox" name="ai" value="1">
  <input type="file" name="files">
  <select name="impact">
    <option value="">None</option><option value="safety" selected>Safe</option>
  </select>
  <button name="do" value="send">Send</button><button name="do" value="preview">Look</button>
</form>
<form method="get" action="/search"><input name="q"></form>
<form method="post"><button name="do" value="mark">Mark</button></form>
"""


def page(text: str, **headers: str) -> Page:
    found = Message()
    for name, value in headers.items():
        found[name] = value
    return Page("GET", "/threads/abc?after=x", 200, found, text.encode(), 0.0)


def test_a_form_is_read_as_a_browser_would_send_it():
    form = page(PAGE).form("/threads/abc/posts")
    assert form.fields == [
        ("csrf_token", "a&b"), ("title", "Old title"), ("body", "First line <b>\n\nThird line"),
        ("kind", "question"), ("impact", "safety")]
    assert form.buttons == [("do", "send"), ("do", "preview")]
    assert form.choices == {"kind": ["question", "idea"], "ai": ["1"]}


def test_only_post_forms_count_and_the_page_itself_is_the_default_target():
    assert [form.path for form in page(PAGE).forms()] == [
        "/threads/abc/posts", "/threads/abc?after=x"]


def test_a_form_is_found_by_its_button():
    assert page(PAGE).form("/threads/abc", "mark").buttons == [("do", "mark")]
    assert page(PAGE).form("/threads/abc", "send") is None


def test_what_is_typed_replaces_what_stood_there():
    form = page(PAGE).form("/threads/abc/posts")
    sent = form.filled({"body": "New", "posts": ["1", "2"]})
    assert [value for name, value in sent if name == "body"] == ["New"]
    assert [value for name, value in sent if name == "posts"] == ["1", "2"]
    assert ("csrf_token", "a&b") in sent


def test_a_redirect_is_followed_on_the_same_host():
    assert page("", Location="http://other:1/threads/abc#post-2").location == "/threads/abc#post-2"
    assert page("", Location="?from=20").location == "/threads/abc?from=20"


def test_a_control_outside_its_form_belongs_to_the_form_it_names():
    form = page('<input type="radio" form="write" name="then" value="note" checked>'
                '<input type="radio" form="write" name="then" value="give_back">'
                '<form id="write" method="post" action="/threads/abc/posts"><input name="body">'
                "</form>").form("/threads/abc/posts")
    assert form.choices == {"then": ["note", "give_back"]}
    assert form.fields == [("body", ""), ("then", "note")]
