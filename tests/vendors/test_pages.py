"""The directory, a manager's page and appointments, as people see them."""

from __future__ import annotations

import pytest

from parley.kernel import db
from parley.vendors import actions, directory
from parley.vendors.models import Representative, VendorFollow
from tests.factories import make_account, make_manager, make_representative, make_vendor


def test_the_directory_lists_companies_by_name(client):
    for name in ("Zephyr", "acme", "Brightly"):
        make_vendor(name=name)
    page = client.get("/vendors").get_data(as_text=True)
    assert page.index(">acme<") < page.index(">Brightly<") < page.index(">Zephyr<")


def test_the_directory_goes_on_page_by_page(client):
    for number in range(directory.SIZE * 2 + 5):
        make_vendor(name=f"Shop {number:03}")
    seen, after = [], ""
    while after is not None:
        page = directory.listing(after=after)
        seen += [vendor.name for vendor in page.rows]
        after = page.next
    assert seen == [f"Shop {number:03}" for number in range(directory.SIZE * 2 + 5)]
    assert "rel=\"next\"" in client.get("/vendors").get_data(as_text=True)


@pytest.mark.parametrize(("query", "found"), [
    ("nor", True), ("NORTHWIND", True), ("rail", True), ("northwind.example", True),
    ('"log', False), ("a AND", False), ("x:y", False), ("%", False), ("\x00", False), ("no", True),
])
def test_any_search_is_safe(client, query, found):
    actions.find_or_make("Northwind Rail", "northwind.example", None)
    page = client.get("/vendors", query_string={"q": query})
    assert page.status_code == 200
    assert (">Northwind Rail<" in page.get_data(as_text=True)) is found


def test_a_category_shows_its_companies_only(client):
    make_vendor(name="Acme", category="food")
    make_vendor(name="Brightly", category="energy")
    page = client.get("/vendors?category=food").get_data(as_text=True)
    assert ">Acme<" in page
    assert ">Brightly<" not in page
    assert client.get("/vendors?category=nonsense").status_code == 404


@pytest.mark.parametrize("cursor", ["x", "💥", "AAAA", "LnRleHQ", "YS4A"])
def test_a_made_up_cursor_is_refused_in_words(client, cursor):
    page = client.get("/vendors", query_string={"after": cursor})
    assert page.status_code == 400
    assert "not one of ours" in page.get_data(as_text=True)


def test_the_directory_needs_few_queries(client, monkeypatch):
    for number in range(20):
        make_vendor(name=f"Shop {number:03}")
    asked = []
    real = type(db.database.obj).execute_sql
    monkeypatch.setattr(type(db.database.obj), "execute_sql",
                        lambda self, sql, *a, **k: asked.append(sql) or real(self, sql, *a, **k))
    client.get("/vendors")
    assert len(asked) <= 3, asked


def test_following_needs_an_account(client, client_of):
    vendor, person = make_vendor(name="Acme"), make_account()
    assert "/sign-in" in client.post_form("/vendors/acme/follow").location
    browser = client_of(person)
    assert browser.post_form("/vendors/acme/follow").location == "/vendors/acme"
    assert actions.follows(person, vendor)
    browser.post_form("/vendors/acme/unfollow")
    assert not VendorFollow.select().exists()
    assert browser.post_form("/vendors/nobody/follow").status_code == 404


def test_a_manager_edits_the_page(client_of):
    vendor = make_vendor(name="Acme")
    browser = client_of(make_manager(vendor))
    assert browser.post_form("/vendors/acme/edit", {"about": "We mend.", "category": "household"},
                             page="/vendors/acme/edit").status_code == 302
    again = browser.post_form("/vendors/acme/edit", {"about": "x" * 2001, "category": "food"})
    assert again.status_code == 422
    assert "x" * 2001 in again.get_data(as_text=True)


def test_those_who_answer_are_led_to_their_desk(client_of, client):
    vendor = make_vendor(name="Acme")
    desk, write = 'href="/desk/acme">Your desk', ">Write to Acme</a>"
    for make in (make_manager, make_representative):
        page = client_of(make(vendor)).get("/vendors/acme").text
        assert desk in page and write not in page
        assert ("Open a problem" in page) == (make is make_manager)
    page = client.get("/vendors/acme").text
    assert desk not in page and write in page


@pytest.mark.parametrize("make", [make_account, None])
def test_nobody_else_does(client_of, make):
    vendor = make_vendor(name="Acme")
    browser = client_of(make() if make else make_representative(vendor))
    assert browser.get("/vendors/acme/edit").status_code == 404
    sent = browser.post_form("/vendors/acme/edit", {"about": "", "category": "food"})
    assert sent.status_code == 404


def test_an_appointment_is_accepted_and_ended_by_its_person(client_of):
    vendor, person = make_vendor(name="Acme"), make_account()
    row = actions.appoint(vendor, person, "responder")
    browser = client_of(person)
    page = "/account/appointments"
    browser.post_form(f"{page}/{row.id}/accept", page=page)
    assert actions.role_of(person, vendor) == "responder"
    browser.post_form(f"{page}/{row.id}/decline", page=page)
    assert actions.role_of(person, vendor) is None
    assert "You answer for no company" in browser.get(page).get_data(as_text=True)
    assert browser.post_form(f"{page}/{row.id}/accept").status_code == 404


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_the_appointment_of_another_is_not_there(client_of, verb):
    row = actions.appoint(make_vendor(), make_account(), "responder")
    browser = client_of(make_account())
    assert browser.post_form(f"/account/appointments/{row.id}/{verb}").status_code == 404
    assert Representative.get_by_id(row.id).removed_at is None


def test_the_last_manager_is_told_why_they_cannot_go(client_of):
    vendor = make_vendor()
    manager = make_manager(vendor)
    make_representative(vendor)
    row = Representative.get(Representative.account == manager.id)
    page = client_of(manager).post_form(f"/account/appointments/{row.id}/decline")
    assert page.status_code == 409
    assert "Appoint another manager first" in page.get_data(as_text=True)
