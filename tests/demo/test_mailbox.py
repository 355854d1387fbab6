"""The demo's mailbox shows mail, safely, and nothing else; outside the demo it is not there."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest
from markupsafe import Markup

from parley.demo import mailbox
from parley.outbox import actions as outbox
from parley.outbox import mail
from tests.conftest import Client


@pytest.fixture(scope="module")
def demo(built):
    settings = replace(built.extensions["parley.settings"], demo=True)
    app = importlib.import_module("parley.app").create_app(settings)
    app.test_client_class = Client
    return app


@pytest.fixture
def browser(demo, backend):
    folder = demo.extensions["parley.settings"].data / "mail"
    for old in folder.glob("*.eml"):
        old.unlink()
    outbox.handle("mail", mail.deliver)
    return demo.test_client()


def test_a_newcomer_finds_the_link_and_follows_it(browser):
    assert "No mail yet" in browser.get("/demo/mailbox").text
    assert "/demo/mailbox" in browser.get("/sign-up/sent").text
    browser.post_form("/sign-up", {
        "email": "anna@people.example", "display_name": "Anna", "handle": "anna",
        "password": "correct horse battery", "time_zone": "UTC"}, page="/sign-up")
    outbox.run_all()
    inbox = browser.get("/demo/mailbox").text
    assert "to anna@people.example" in inbox
    name = inbox.partition('href="/demo/mailbox/')[2].partition('"')[0]
    letter = browser.get(f"/demo/mailbox/{name}").text
    link = letter.partition('href="/sign-up/confirm/')[2].partition('"')[0]
    assert browser.post_form(f"/sign-up/confirm/{link}").location == "/feed"


def test_an_address_that_only_begins_like_ours_stays_what_it_is():
    for text in (mail.url("javascript:alert(1)//x"), mail.url(".evil.example/x")):
        assert f'href="{text}"' in mailbox.linked(text)
    assert 'href="/feed"' in mailbox.linked(mail.url("/feed"))
    assert 'href="//evil' not in mailbox.linked(mail.url("//evil.example/x"))


def test_the_newest_stands_first(browser, travel):
    for day in range(3):
        mail.send(f"day{day}@people.example", "already")
        outbox.run_all()
        travel(days=1)
    inbox = browser.get("/demo/mailbox").text
    assert inbox.index("day2@") < inbox.index("day1@") < inbox.index("day0@")


def test_the_sign_in_page_tells_the_demo_accounts(browser):
    assert "steward@demo.example" in browser.get("/sign-in").text


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fparley", "%2e%2e", "a.eml", "x" * 100])
def test_other_files_are_not_there(browser, name):
    assert browser.get(f"/demo/mailbox/{name}").status_code == 404


def test_outside_the_demo_there_is_no_mailbox(client):
    assert client.get("/demo/mailbox").status_code == 404
    assert "steward@demo.example" not in client.get("/sign-in").text


def test_text_becomes_safe_html_with_links(app):
    html = mailbox.linked('<b> "x" http://localhost/a?b=1&c=2, https://e.example/<script>\n')
    assert isinstance(html, Markup)
    assert '<a href="/a?b=1&amp;c=2">http://localhost/a?b=1&amp;c=2</a>,' in html
    assert "<b>" not in html
    assert "<script>" not in html
