"""The page of a promise, its editor, and the document for programs."""

from __future__ import annotations

import re

import pytest

from parley.promises import actions
from parley.promises.models import PromiseDraft
from tests.factories import make_manager, make_vendor
from tests.promises.test_actions import publish
from tests.promises.typed import typed

pytestmark = pytest.mark.usefixtures("app", "travel")

PAGE = "/vendors/acme/promise"


@pytest.fixture
def vendor():
    return make_vendor(name="Acme")


@pytest.fixture
def manager(vendor):
    return make_manager(vendor, display_name="Ada")


@pytest.fixture
def browser(client_of, manager):
    return client_of(manager)


def test_from_the_first_draft_to_the_last_day(browser, client, vendor, travel):
    assert "promises nothing" in client.get(PAGE).text
    assert client.get("/vendors/acme/service-promise.json").status_code == 404
    form = typed(first_answer_question="0", who_answers=["agency"])
    saved = browser.post_form(f"{PAGE}/edit", form, page=f"{PAGE}/edit", follow_redirects=True)
    assert "A time is more than zero." in saved.text and "Go on to publishing" not in saved.text
    saved = browser.post_form(f"{PAGE}/edit", form | {"first_answer_question": "8"},
                              page=f"{PAGE}/edit", follow_redirects=True)
    assert "within 8 opening hours" in saved.text and "an agency" in saved.text
    assert "promises nothing" in client.get(PAGE).text  # a draft is nobody else's
    browser.post_form(f"{PAGE}/publish", {"note": "Hello"}, page=f"{PAGE}/publish")
    shown = client.get(PAGE).text
    assert "within 8 opening hours" in shown and "First answer to complaints: 5 business" in shown
    assert "8 opening hours" in client.get("/vendors/acme").text
    document = client.get("/vendors/acme/service-promise.json")
    assert document.json["first_response"] == {
        "question": {"duration": "PT8H", "clock": "business"}}
    assert document.headers["ETag"] and "/vendors/acme/promise" in document.headers["Link"]
    browser.post_form(f"{PAGE}/withdraw", {"words": "We stop."}, page=f"{PAGE}/withdraw")
    shown = client.get(PAGE).text
    assert "There is no promise any more from" in shown and "We stop." in shown
    travel(days=14)
    assert "They withdrew their promise" in client.get(PAGE).text
    assert client.get("/vendors/acme/service-promise.json").status_code == 404
    assert "Hello" in client.get(f"{PAGE}/versions/1").text
    assert client.get(f"{PAGE}/versions/{10**30}").status_code == 404


def test_a_kept_page_changes_when_time_changes_it(client, vendor, manager, travel):
    publish(manager, vendor, expires="2026-12-31")
    publish(manager, vendor, first_answer_question="4", expires="2026-11-30")
    for path in ("/vendors/acme", PAGE, "/vendors/acme/service-promise.json"):
        client.get(path)
    travel(days=14)
    assert "questions: 4 opening hours" in client.get("/vendors/acme").text
    assert client.get("/vendors/acme/service-promise.json").json["version"] == 2
    travel(days=5)
    assert "ran out at the end of 30 November 2026" in client.get(PAGE).text
    assert client.get("/vendors/acme/service-promise.json").status_code == 404


def read(client, path):
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", "", client.get(path).text).split())


def test_each_version_says_when_it_counted(client, vendor, manager, travel):
    publish(manager, vendor, expires="2027-12-31")
    assert "counts since 12 November 2026 until 31 December 2027 at the latest" in read(
        client, f"{PAGE}/versions/1")
    publish(manager, vendor, first_answer_question="4", expires="2027-12-31")
    first = f"{PAGE}/versions/1"
    coming = "counts since 12 November 2026 until 26 November 2026, when version 2 takes over"
    assert coming in read(client, first) and coming in read(client, PAGE)
    assert "since 12 November 2026 and until 26 November 2026." in read(client, PAGE)
    travel(days=14)
    over = "counted from 12 November 2026 until 26 November 2026, when version 2 took over"
    assert over in read(client, first) and over in read(client, f"{PAGE}?below=2")
    assert f"{PAGE}/versions/2" in client.get(first).text
    actions.withdraw(manager, vendor, None, "We stop.")
    assert "until 10 December 2026, when it is withdrawn" in read(client, f"{PAGE}/versions/2")
    travel(days=14)
    assert "until 10 December 2026, when it was withdrawn" in read(client, f"{PAGE}/versions/2")


def test_the_preview_saves_nothing(browser, vendor):
    shown = browser.post_form(f"{PAGE}/preview", typed(first_answer_question="3"))
    assert shown.status_code == 200 and "within 3 opening hours" in shown.text
    assert 'value="9:00–17:00"' in shown.text
    assert PromiseDraft.select().count() == 0
    wrong = browser.post_form(f"{PAGE}/preview", typed(monday="8–12, 11–19"))
    assert "Hours of Monday overlap" in wrong.text and 'value="8–12, 11–19"' in wrong.text


def test_what_was_typed_over_somebody_elses_draft_comes_back_beside_it(
        browser, vendor, manager, client_of):
    other = make_manager(vendor, display_name="Bea")
    actions.save_draft(manager, vendor, 0, typed())
    hidden = browser.hidden(f"{PAGE}/edit", f"{PAGE}/edit")
    actions.save_draft(other, vendor, 1, typed(monday="6–7"))
    sent = browser.post(f"{PAGE}/edit", data=hidden | typed(monday="3–4", friday="12–13"))
    assert sent.status_code == 409
    assert "Bea saved the draft elsewhere" in sent.text
    for words in ('value="3–4"', 'value="12–13"', "<dt>Monday</dt><dd>6–7</dd>",
                  "<dt>Friday</dt><dd>9:00–17:00</dd>"):
        assert words in sent.text
    assert actions.draft_of(vendor.id).fields["monday"] == "6–7"
    again = hidden | {"revision": "2"} | typed(monday="3–4")
    assert 'name="revision" value="2"' in sent.text
    assert browser.post(f"{PAGE}/edit", data=again).status_code == 302
    assert actions.draft_of(vendor.id).fields["monday"] == "3–4"


def test_editing_what_was_published_meanwhile_is_refused_and_kept(browser, vendor, manager):
    actions.save_draft(manager, vendor, 0, typed())
    hidden = browser.hidden(f"{PAGE}/edit", f"{PAGE}/edit")
    actions.publish(manager, vendor, 1, None, "")
    sent = browser.post(f"{PAGE}/edit", data=hidden | typed(monday="3–4"))
    assert sent.status_code == 409 and "a published version never changes" in sent.text
    assert 'value="3–4"' in sent.text
    publish_page = f"{PAGE}/publish"
    sent = browser.post_form(publish_page, {"revision": "1"})
    assert sent.status_code == 409 and "published version 1 meanwhile" in sent.text


@pytest.mark.parametrize(("form", "words"), [
    ({"effective_from": "2026-11-13"}, "14 days of notice"),
    ({"effective_from": "soon"}, "such as 2026-12-01"),
    ({"note": "n" * 301}, "at most"),
])
def test_publishing_says_what_is_wrong_and_keeps_it(browser, vendor, manager, form, words):
    publish(manager, vendor)
    actions.save_draft(manager, vendor, 2, typed(first_answer_question="4"))
    sent = browser.post_form(f"{PAGE}/publish", form, page=f"{PAGE}/publish")
    assert sent.status_code == 422 and words in sent.text
    assert all(value in sent.text for value in form.values())


def test_the_history_is_paged(client, vendor, manager, travel, monkeypatch):
    monkeypatch.setattr("parley.promises.promise_pages.VERSIONS", 2)
    for number in ("1", "2", "3"):
        publish(manager, vendor, first_answer_question=number)
        travel(days=14)
    first = client.get(PAGE).text
    assert "versions/3" in first and "versions/2" in first and "?below=2" in first
    older = client.get(f"{PAGE}?below=2").text
    assert "versions/1" in older and "Changed:" not in older
