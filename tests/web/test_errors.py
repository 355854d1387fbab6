"""Bad input gets a clear message and its right status, and keeps what was typed."""

from __future__ import annotations

import logging

import pytest

from tests import factories


def test_a_form_that_cannot_be_used_comes_back_with_what_was_typed(lab):
    answer = lab.post_form("/lab/form", {"body": "invalid"})
    assert answer.status_code == 422
    assert "body=Too short." in answer.text
    assert ">invalid</textarea>" in answer.text


@pytest.mark.parametrize(("body", "status", "words"), [
    ("refused", 409, "It is closed."), ("forbidden", 403, "For members.")])
def test_a_refusal_comes_back_with_what_was_typed(lab, body, status, words):
    answer = lab.post_form("/lab/form", {"body": body})
    assert answer.status_code == status
    assert words in answer.text
    assert f">{body}</textarea>" in answer.text


def test_an_empty_form_shows_no_errors(lab):
    assert ">empty</textarea>" in lab.get("/lab/form").text


def test_without_a_form_to_show_the_words_stand_on_a_page(lab):
    answer = lab.post_form("/lab/bare")
    assert answer.status_code == 422
    assert "Too short." in answer.text


def test_what_was_typed_can_be_copied_from_an_error_page(lab):
    typed = {"body": "A long text that took me an hour to write.", "password": "x" * 30}
    answer = lab.post_form("/lab/bare", typed)
    assert typed["body"] in answer.text
    assert typed["password"] not in answer.text


def test_an_old_page_loses_nothing(lab):
    answer = lab.post("/lab/form", data={"body": "my words", "csrf_token": "stale"})
    assert answer.status_code == 400
    assert "Nothing is lost" in answer.text
    assert ">my words</textarea>" in answer.text
    assert lab.post("/lab/form", data={"body": "x"}).status_code == 400


def test_another_site_cannot_send_a_form(lab, lab_app):
    member = lab_app.test_client().sign_in(factories.make_member())
    token = lab.token()
    assert member.post("/lab/account", data={"csrf_token": token}).status_code == 400
    assert member.post_form("/lab/account").text == "hello"


def test_a_visitor_is_asked_to_sign_in_and_comes_back(lab):
    answer = lab.post_form("/lab/account", headers={"Referer": "http://localhost/lab/form"})
    assert answer.status_code == 302
    assert answer.location.endswith("next=/lab/form")
    elsewhere = lab.post_form("/lab/account", headers={"Referer": "http://evil.example/lab"})
    assert "evil" not in elsewhere.location


def test_a_private_place_is_not_there_for_others(lab, lab_app):
    assert lab.get("/lab/steward").status_code == 404
    member = lab_app.test_client().sign_in(factories.make_member())
    assert member.get("/lab/steward").status_code == 404
    steward = lab_app.test_client().sign_in(factories.make_steward())
    assert steward.get("/lab/steward").text == "desk"


@pytest.mark.parametrize("path", [
    "/nothing", "/threads/nope", "/vendors/%00", "/members/%F0%9F%9A%86", "/lab/kept/%2e%2e/x",
    "/static/%2e%2e/wsgi.py", "/threads/" + "a" * 20_000])
def test_unknown_addresses_are_not_found(lab, path):
    answer = lab.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_wrong_method_is_told(lab):
    assert lab.delete("/lab/kept").status_code in (400, 405)
    assert lab.get("/lab/account").status_code == 405


def multipart(name: str, content: bytes) -> dict:
    """A form with one large part; the client's own encoder would leave a file open."""
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
    return {"data": head + content + b"\r\n--edge--\r\n",
            "content_type": "multipart/form-data; boundary=edge"}


@pytest.mark.parametrize("megabytes", [3, 27])
def test_too_much_at_once_is_refused(lab, megabytes):
    answer = lab.post("/lab/form", **multipart("body", b"0" * (megabytes * 1024 * 1024)))
    assert answer.status_code == 413
    assert "too large" in answer.text


@pytest.mark.parametrize("data", [b"\xff\xfe\x00body=%zz&&&=", b"body=%ED%A0%80", b"\x00" * 500])
def test_bytes_that_are_no_text_break_nothing(lab, data):
    answer = lab.post("/lab/form", data=data, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_a_wrong_content_type_is_an_empty_form(lab):
    answer = lab.post("/lab/form", data=b"{}", content_type="application/json")
    assert answer.status_code == 400


def test_a_crash_tells_nothing_of_itself(lab, caplog):
    with caplog.at_level(logging.CRITICAL):
        answer = lab.get("/lab/crash")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "secret words" not in answer.text


def test_a_database_that_is_away_is_a_503(lab, monkeypatch):
    monkeypatch.setattr("parley.web.errors.db.database.obj.close", lambda: True)
    answer = lab.get("/lab/away")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text


def test_another_host_name_is_refused(lab):
    assert lab.get("/lab/plain", headers={"Host": "evil.example"}).status_code == 400


def test_every_answer_carries_the_strict_headers(lab):
    for path in ("/lab/plain", "/nothing", "/lab/crash", "/static/css/parley.css"):
        with lab.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_of_a_person_are_stored_nowhere(lab, lab_app):
    assert lab.get("/lab/plain").headers["Cache-Control"] == "no-cache"
    member = lab_app.test_client().sign_in(factories.make_member())
    assert member.get("/lab/plain").headers["Cache-Control"] == "private, no-store"
