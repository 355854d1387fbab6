"""Making companies' pages and appointing who answers for them."""

from __future__ import annotations

import pytest

from parley.journal.models import Entry
from parley.kernel import fulltext, versions
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.vendors import actions, records
from parley.vendors.models import Representative, Vendor, VendorFollow
from tests.factories import (
    make_account,
    make_manager,
    make_member,
    make_representative,
    make_vendor,
)

pytestmark = pytest.mark.usefixtures("app")


def kinds() -> list[str]:
    return [entry.kind for entry in Entry.select().order_by(Entry.id)]


def test_the_first_thread_about_a_company_makes_its_page():
    vendor = actions.find_or_make("Northwind Rail Ltd.", "https://www.northwind.example/a", None)
    assert (vendor.slug, vendor.domain) == ("northwind-rail", "northwind.example")
    assert vendor.claimed_at is None
    assert kinds() == ["vendor.made"]
    assert [hit.ref for hit in fulltext.find("northw", kind="vendor")] == [vendor.id]
    assert all(versions.read(["vendors", "front", f"vendor:{vendor.id}"]).values())


@pytest.mark.parametrize(("name", "website"), [
    ("NORTHWIND RAIL", ""), ("Northwind Rail, Inc.", "northwind.example"),
    ("Night Trains", "HTTP://www.Northwind.example:80"),
    ("Northwind Rail", "help.northwind.example"),
])
def test_the_same_company_is_found_again(name, website):
    first = actions.find_or_make("Northwind Rail Ltd.", "northwind.example", None)
    assert actions.find_or_make(name, website, make_member()).id == first.id
    assert Vendor.select().count() == 1


def test_the_same_name_at_another_website_is_another_company():
    first = actions.find_or_make("Acme", "acme.example", None)
    second = actions.find_or_make("ACME Ltd", "acme-tools.example", None)
    assert first.id != second.id
    assert [first.slug, second.slug] == ["acme", "acme-2"]


def test_many_companies_of_one_name_keep_apart():
    made = [actions.find_or_make("Acme", f"acme{n}.example", None).slug for n in range(12)]
    assert len(set(made)) == 12
    assert made[8] == "acme-9"


def test_an_unclaimed_page_learns_its_website_and_a_claimed_one_does_not():
    unclaimed = actions.find_or_make("Acme", None, None)
    assert actions.find_or_make("acme", "acme.example", None).domain == "acme.example"
    claimed = make_vendor(name="Brightly", domain=None)
    make_representative(claimed)
    assert actions.find_or_make("Brightly", "evil.example", None).id == claimed.id
    assert Vendor.get_by_id(claimed.id).domain is None
    assert Vendor.get_by_id(unclaimed.id).domain == "acme.example"


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "Ac\x00me", "Ac\ud800me", "\u202eemca"])
def test_a_company_needs_a_readable_name(name):
    with pytest.raises(Invalid) as caught:
        actions.find_or_make(name, None, None)
    assert "name" in caught.value.errors


def test_a_name_that_unfolds_hugely_still_fits_the_index():
    assert actions.find_or_make("\ufdfa" * 80, None, None).slug == "company"


def test_find_knows_address_website_and_name():
    vendor = make_vendor(name="Northwind Rail", domain="northwind.example")
    for text in ("northwind-rail", "https://northwind.example/x", "Northwind Rail GmbH"):
        assert actions.find(text).id == vendor.id
    for text in ("nobody", "", "\x00", "no such company"):
        with pytest.raises(NotFound):
            actions.find(text)


def test_an_appointment_counts_once_accepted():
    vendor, person = make_vendor(), make_account()
    row = actions.appoint(vendor, person, "manager", "Head of care")
    assert actions.role_of(person, vendor) is None
    actions.accept(row, by=person)
    assert actions.role_of(person, vendor) == "manager"
    assert [v.id for v in actions.vendors_of(person)] == [vendor.id]
    assert Vendor.get_by_id(vendor.id).claimed_at
    assert kinds() == ["representative.appointed", "representative.accepted"]
    actions.accept(row, by=person)
    assert len(kinds()) == 2


def test_nobody_accepts_for_another():
    row = actions.appoint(make_vendor(), make_account(), "responder")
    with pytest.raises(NotFound):
        actions.accept(row, by=make_account())


def test_an_unknown_role_is_refused():
    with pytest.raises(Invalid):
        actions.appoint(make_vendor(), make_account(), "owner")


def test_a_removed_person_can_be_appointed_again():
    vendor, person = make_vendor(), make_account()
    row = actions.accept(actions.appoint(vendor, person, "responder"), by=person)
    actions.remove(row)
    assert actions.role_of(person, vendor) is None
    assert Vendor.get_by_id(vendor.id).claimed_at is None
    again = actions.appoint(vendor, person, "manager")
    assert again.id == row.id
    assert actions.role_of(person, vendor) is None
    actions.accept(again, by=person)
    assert actions.role_of(person, vendor) == "manager"


def test_a_change_of_role_needs_no_new_acceptance():
    vendor = make_vendor()
    person = make_representative(vendor)
    actions.appoint(vendor, person, "manager")
    assert actions.role_of(person, vendor) == "manager"


def test_a_company_with_people_keeps_a_manager():
    vendor = make_vendor()
    manager, responder = make_manager(vendor), make_representative(vendor)
    own = Representative.get(Representative.account == manager.id)
    with pytest.raises(Refused) as caught:
        actions.remove(own, by=manager)
    assert caught.value.refusal.code == "last_manager"
    actions.remove(Representative.get(Representative.account == responder.id), by=manager)
    actions.remove(own, by=manager)
    assert not actions.serving(vendor.id)


def test_a_responder_removes_nobody_else():
    vendor = make_vendor()
    manager, responder = make_manager(vendor), make_representative(vendor)
    with pytest.raises(NotFound):
        actions.remove(Representative.get(Representative.account == manager.id), by=responder)


def test_following_twice_is_following_once():
    vendor, person = make_vendor(), make_account()
    actions.follow(vendor, by=person)
    actions.follow(vendor, by=person)
    assert actions.follows(person, vendor)
    assert VendorFollow.select().count() == 1
    actions.unfollow(vendor, by=person)
    assert not actions.follows(person, vendor)


def test_only_a_manager_edits_the_page():
    vendor = make_vendor()
    with pytest.raises(Refused):
        actions.edit_page(vendor, make_representative(vendor), "Trains", "transport")
    manager = make_manager(vendor)
    actions.edit_page(vendor, manager, "Night trains\r\nand day trains", "housing")
    kept = Vendor.get_by_id(vendor.id)
    assert (kept.about, kept.category) == ("Night trains\nand day trains", "housing")
    assert fulltext.find("night", kind="vendor")
    with pytest.raises(Invalid):
        actions.edit_page(vendor, manager, "", "none")


def test_the_archive_holds_follows_and_appointments(frozen):
    vendor, person = make_vendor(name="Acme"), make_account()
    actions.follow(vendor, by=person)
    actions.accept(actions.appoint(vendor, person, "responder", "Care"), by=person)
    parts = dict(records.export(person))
    kind, header, rows = parts["follows.csv"]
    assert (kind, header) == ("csv", ("kind", "id", "name", "url", "since", "domain"))
    assert list(rows) == [
        ("vendor", vendor.id, "Acme", "http://localhost/vendors/acme", "2026-11-12T12:00:00Z",
         "acme.example")]
    assert parts["representations.json"][0]["role"] == "responder"
