"""Starting a thread: what was typed is kept, whatever comes between."""

from __future__ import annotations

import pytest

from parley.threads import drafts
from tests.factories import make_account, make_manager, make_member, make_vendor
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("travel")

NEW = "/threads/new"
TYPED = {"vendor": "acme", "kind": "complaint", "title": "The lid is broken again",
         "body": "It came off when I opened the jar."}


def test_a_visitor_who_signs_in_finds_what_they_typed(app, client):
    make_vendor(name="Acme", slug="acme")
    sent = client.post_form(NEW, TYPED | {"do": "sign_in"}, page=NEW)
    assert sent.location == "/sign-in"
    sent = client.post_form(NEW, TYPED | {"do": "draft"}, page=NEW)
    assert sent.location == "/sign-up"


def test_those_shown_first_can_be_read_without_losing_what_was_typed(app, client_of):
    vendor = make_vendor(name="Acme", slug="acme")
    f.open_thread(vendor=vendor, title="The lid is broken")
    by = make_account()
    browser = client_of(by)
    shown = browser.post_form(NEW, TYPED, page=NEW)
    (draft,) = drafts.of(by)
    assert "Is it one of these?" in shown.text and "kept as a draft meanwhile" in shown.text
    assert draft.fields["body"] == TYPED["body"] and f'value="{draft.id}"' in shown.text
    assert "follow it; you will hear" in shown.text  # who pays nothing yet cannot say “me too”
    drafts.drop(draft.id, by)
    again = browser.post_form(NEW, TYPED | {"draft": draft.id}, page=NEW)
    assert "Send it anyway" in again.text
    (draft,) = drafts.of(by)
    sent = browser.post_form(NEW, TYPED | {"draft": draft.id, "seen": "1"}, page=NEW)
    assert sent.status_code == 303 and drafts.of(by) == []
    assert "Your thread is out. Nobody from Acme is here yet" in browser.get(sent.location).text


def test_who_may_not_write_yet_is_told_what_membership_is_for(app, client_of):
    thread = f.open_thread(vendor=make_vendor(name="Acme", slug="acme"))
    browser, paying = client_of(make_account()), client_of(make_member())
    way = "What membership is for, and what it costs"
    for path in (f"/threads/{thread.id}", "/vendors/acme/advocate", "/vendors/acme/problems/new"):
        assert way in browser.get(path).text, path
        assert way not in paying.get(path).text, path


def test_a_manager_asks_the_customers(app, client_of):
    browser = client_of(make_manager(make_vendor(name="Acme", slug="acme")))
    page = f"{NEW}?vendor=acme"
    shown = browser.get(page).text
    assert "Ask the customers of Acme" in shown and "More about a complaint" not in shown
    sent = browser.post_form(
        NEW, {"title": "Which lid do you like?", "body": "Red or blue."}, page=page)
    assert "Open to all" in browser.get(sent.location).text
