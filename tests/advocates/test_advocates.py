"""Declaring for a company, as members and others do it."""

from __future__ import annotations

import re

import pytest

from parley.advocates import actions, records
from parley.advocates.models import Declaration
from parley.journal.models import Entry
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.threads.models import Helped, Post, Thread
from parley.vendors import actions as vendors
from tests.factories import (
    make_account,
    make_lapsed,
    make_member,
    make_representative,
    make_vendor,
)

pytestmark = pytest.mark.usefixtures("app")


def helped(vendor, author, helper, at) -> None:
    thread = Thread.create(vendor=vendor, author=author, kind="question", title="A question",
                           opened_at=at, last_post_at=at, status="nobody")
    post = Post.create(thread=thread, number=2, author=helper, hat="advocate", body="a", html="a",
                       created_at=at)
    Helped.create(post=post, thread=thread, vendor=vendor, author=author, helper=helper, at=at)


def test_a_declaration_is_made_changed_withdrawn_and_made_again():
    vendor, person = make_vendor(), make_member()
    actions.declare(person, vendor, ["shareholder", "customer"], 2016, " A rail pass. ")
    first = actions.declaration_of(person, vendor)
    assert first.ties == ["customer", "shareholder"]
    assert first.received == "A rail pass."
    assert actions.ties_words(first) == "customer since 2016, shareholder"
    actions.declare(person, vendor, ["none"])
    assert actions.declaration_of(person, vendor.id).ties == ["none"]
    actions.withdraw(person, vendor)
    assert actions.declaration_of(person, vendor) is None
    with pytest.raises(NotFound):
        actions.withdraw(person, vendor)
    actions.declare(person, vendor, ["customer"])
    assert Declaration.select().count() == 1
    assert [entry.kind for entry in Entry.select().order_by(Entry.id)] == [
        "advocate.declared", "advocate.declared", "advocate.withdrew", "advocate.declared"]


@pytest.mark.parametrize("make", [make_account, make_lapsed])
def test_only_members_declare(make):
    with pytest.raises(Refused) as caught:
        actions.declare(make(), make_vendor(), ["customer"])
    assert caught.value.status == 403


def test_a_representative_never_advocates_at_their_company():
    vendor, person = make_vendor(), make_member()
    make_representative(vendor, person)
    with pytest.raises(Refused) as caught:
        actions.declare(person, vendor, ["employee"])
    assert caught.value.refusal.code == "represents"
    actions.declare(person, make_vendor(), ["customer"])


def test_who_begins_to_answer_for_a_company_stops_advocating():
    vendor, person = make_vendor(), make_member()
    actions.declare(person, vendor, ["customer"])
    vendors.accept(vendors.appoint(vendor, person, "responder"), by=person)
    assert actions.declaration_of(person, vendor) is None


def test_bad_words_are_refused_by_field():
    with pytest.raises(Invalid) as caught:
        actions.declare(make_member(), make_vendor(), [], 1)
    assert set(caught.value.errors) == {"ties", "since_year"}
    with pytest.raises(Invalid):
        actions.declare(make_member(), make_vendor(), ["none"], None, "x" * 501)


def test_the_form_declares_and_withdraws(client_of):
    make_vendor(name="Acme")
    browser = client_of(make_member())
    page = "/vendors/acme/advocate"
    sent = browser.post_form(page, {"ties": ["customer"], "since_year": "2016"}, page=page)
    assert sent.location == "/vendors/acme/advocates"
    listed = browser.get("/vendors/acme/advocates").get_data(as_text=True)
    assert "Customer since 2016, no other ties" in listed
    browser.post_form(f"{page}/withdraw", page=page)
    assert "Nobody advocates here yet" in browser.get("/vendors/acme/advocates").get_data(
        as_text=True)
    assert browser.post_form(f"{page}/withdraw").status_code == 404


@pytest.mark.parametrize("form", [
    {"ties": ["customer"], "since_year": "MMXVI"}, {"ties": ["customer"], "since_year": "٢٠١٦"},
    {"ties": ["none", "customer"]}, {},
])
def test_what_was_ticked_and_typed_is_kept(client_of, form):
    make_vendor(name="Acme")
    sent = client_of(make_member()).post_form("/vendors/acme/advocate", {"received": "Tea."} | form)
    page = sent.get_data(as_text=True)
    assert sent.status_code == 422
    assert "Tea." in page
    assert page.count(" checked>") == len(form.get("ties", []))


def test_others_are_told_why_they_cannot(client_of):
    vendor = make_vendor(name="Acme")
    for person, words in ((make_account(), "is for paying members"),
                          (make_representative(vendor), "You answer for this company")):
        page = client_of(person).get("/vendors/acme/advocate").get_data(as_text=True)
        assert words in page
    assert client_of(make_account()).post_form(
        "/vendors/acme/advocate", {"ties": "customer"}).status_code == 403


def test_recognition_is_the_number_of_different_authors_in_a_year(client, travel):
    vendor, helper = make_vendor(name="Acme"), make_member()
    actions.declare(helper, vendor, ["customer"])
    once, twice, long_ago = make_member(), make_member(), make_member()
    helped(vendor, long_ago, helper, travel.now)
    travel(days=366)
    for author in (once, twice, twice):
        helped(vendor, author, helper, travel.now)
    helped(make_vendor(), make_member(), helper, travel.now)
    page = client.get("/vendors/acme/advocates").get_data(as_text=True)
    assert "2 authors helped in a year" in page


def test_the_advocates_go_on_page_by_page(client, travel):
    vendor, seen = make_vendor(name="Acme"), []
    for number in range(35):
        actions.declare(make_member(display_name=f"Member {number:02}"), vendor, ["customer"])
        if number % 2:
            travel(seconds=1)
    address = "/vendors/acme/advocates"
    while address:
        page = client.get(address).get_data(as_text=True)
        seen += re.findall(r">(Member \d\d)<", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older and older[1]
    assert len(seen) == len(set(seen)) == 35


def test_unknown_companies_have_no_advocates(client, client_of):
    assert client.get("/vendors/nobody/advocates").status_code == 404
    assert client_of(make_member()).get("/vendors/nobody/advocate").status_code == 404
    assert "/sign-in" in client.get("/vendors/nobody/advocate").location


def test_the_archive_holds_declarations(frozen):
    person = make_member()
    actions.declare(person, make_vendor(name="Acme"), ["customer"], 2016)
    assert dict(records.export(person))["declarations.json"] == [{
        "vendor": "Acme", "vendor_url": "http://localhost/vendors/acme", "ties": ["customer"],
        "since_year": 2016, "received": "", "declared_at": "2026-11-12T12:00:00Z",
        "withdrawn_at": None}]
