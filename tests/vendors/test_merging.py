"""Two pages of one company become one."""

from __future__ import annotations

import pytest

from parley.advocates import actions as advocates
from parley.advocates.models import Declaration
from parley.kernel import clock, db, fulltext
from parley.kernel.errors import NotFound, Refused
from parley.threads.helped import mark_helped
from parley.threads.models import Helped, Thread
from parley.vendors import actions, claims, disputes
from parley.vendors.models import (
    ContactAddress,
    Representative,
    Vendor,
    VendorAlias,
    VendorFollow,
)
from tests.factories import (
    make_account,
    make_manager,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def pages():
    """The page that goes, and the one that stays."""
    return (actions.find_or_make("Acme Old", "acme-old.example", None),
            actions.find_or_make("Acme", "acme.example", None))


def counts(vendor):
    row = Vendor.get_by_id(vendor.id)
    return row.thread_count, row.waiting_count, row.solved_count


def merge(gone, kept, by=None):
    return disputes.merge(gone, kept, by or make_steward(), "One company.")


def test_threads_move_and_the_survivor_sums_both(pages):
    gone, kept = pages
    moved = [f.open_thread(vendor=gone, title="Lamp flickers"), f.open_thread(vendor=gone)]
    f.confirm(moved[1], "myself")
    f.open_thread(vendor=kept)
    merge(gone, kept)
    assert counts(kept) == (3, 2, 1)
    assert {t.vendor_id for t in Thread.select()} == {kept.id}
    assert Vendor.get_or_none(Vendor.id == gone.id) is None
    hits = fulltext.find("lamp", kind="thread", scope=kept.id)
    assert [hit.ref for hit in hits] == [moved[0].id]
    assert fulltext.find("old", kind="vendor") == []


def test_the_old_address_name_and_domain_lead_on(pages, client):
    gone, kept = pages
    f.open_thread(vendor=gone)
    merge(gone, kept)
    page = client.get(f"/vendors/{gone.slug}?show=newest")
    assert (page.status_code, page.location) == (301, f"/vendors/{kept.slug}?show=newest")
    assert client.get(f"/vendors/{gone.slug}/feed.atom").status_code == 301
    assert client.get(f"/vendors/{gone.slug}/advocates").status_code == 301
    assert actions.find_or_make("Acme Old", None, None).id == kept.id
    assert actions.find_or_make("Whatever", "acme-old.example", None).id == kept.id
    assert actions.find(gone.slug).id == kept.id
    assert actions.find_or_make("Acme Old", "other.example", None).slug != gone.slug


def test_merging_twice_leads_all_the_way(pages, client):
    gone, kept = pages
    last = make_vendor(name="Acme International")
    merge(gone, kept)
    merge(kept, last)
    assert client.get(f"/vendors/{gone.slug}").location == f"/vendors/{last.slug}"
    assert VendorAlias.select().count() == 2


def test_follows_and_declarations_join_without_doubles(pages):
    gone, kept = pages
    both, one = make_member(), make_member()
    for person, vendor in ((both, gone), (both, kept), (one, gone)):
        actions.follow(vendor, person)
        advocates.declare(person, vendor, ["customer"])
    merge(gone, kept)
    assert {row.account_id for row in VendorFollow.select()} == {both.id, one.id}
    assert {(row.account_id, row.vendor_id) for row in Declaration.select()} == {
        (both.id, kept.id), (one.id, kept.id)}


def test_of_two_declarations_the_standing_one_counts(pages):
    gone, kept = pages
    person = make_member()
    for vendor in pages:
        advocates.declare(person, vendor, ["customer"])
    advocates.withdraw(person, kept)
    merge(gone, kept)
    assert advocates.declaration_of(person, kept)


def test_helped_marks_move(pages):
    gone, kept = pages
    thread = f.open_thread(vendor=gone)
    mark_helped(thread.author, f.help_with(thread).id, True)
    merge(gone, kept)
    assert Helped.get().vendor_id == kept.id


def test_people_of_the_page_that_goes_are_asked_anew(pages):
    gone, kept = pages
    boss, ours = make_manager(gone), make_manager(kept)
    both = make_representative(gone)
    make_representative(kept, both)
    waiting = make_representative(gone, accepted=False)
    thread = f.open_thread(vendor=gone)
    f.answer(thread, by=boss)
    merge(gone, kept)
    assert actions.role_of(boss, kept) is None
    assert [actions.role_of(p, kept) for p in (ours, both, waiting)] == [
        "manager", "responder", None]
    asked = Representative.get(Representative.account == boss.id)
    assert (asked.vendor_id, asked.role, asked.accepted_at) == (kept.id, "manager", None)
    actions.accept(asked, by=boss)
    assert actions.role_of(boss, kept) == "manager"


def test_threads_that_its_people_began_leave_the_figures(pages):
    gone, kept = pages
    person = make_member()
    thread = f.open_thread(person, vendor=gone)
    make_representative(kept, person)
    merge(gone, kept)
    assert Thread.get_by_id(thread.id).from_people


@pytest.mark.parametrize("left", [0, 1])
def test_clocks_start_where_a_page_that_was_left_joins_another(pages, left, frozen):
    person = make_account()
    actions.accept(actions.appoint(pages[left], person, "manager"), person)
    with db.write():
        actions.leave(actions.serving(pages[left].id)[0])
    thread = f.open_thread(vendor=pages[1 - left])
    merge(*pages)
    assert (f.now(thread).clock_by, f.now(thread).clock_since) == ("claimed", clock.now())


def test_an_unclaimed_page_is_merged_into_the_claimed_one(pages, internet):
    gone, kept = pages
    person = make_account()
    claim = claims.begin(gone, person, "acme-old.example")
    internet.zone.say("acme-old.example", f"token={claim.token} expiry=never")
    assert claims.check_now(claim.id, person).state == "proved"
    with pytest.raises(Refused) as caught:
        merge(gone, kept)
    assert caught.value.refusal.code == "claimed"
    assert Vendor.select().count() == 2
    merge(kept, gone)
    assert actions.role_of(person, gone) == "manager"


def test_who_may_merge(pages):
    gone, kept = pages
    with pytest.raises(NotFound):
        merge(gone, kept, make_member())
    steward = make_steward()
    with pytest.raises(Refused):
        merge(kept, kept, steward)
    make_representative(gone, steward)
    with pytest.raises(Refused):
        merge(gone, kept, steward)


def test_the_survivor_learns_a_domain_it_lacked(pages):
    gone, _ = pages
    kept = make_vendor(name="Acme Trading", domain=None)
    merge(gone, kept)
    assert Vendor.get_by_id(kept.id).domain == "acme-old.example"


def test_one_approved_address_of_a_company_stays(pages):
    for vendor in pages:
        ContactAddress.create(
            vendor=vendor, email=f"help@{vendor.domain}", source="its website", state="approved",
            entered_by=make_member(), entered_at=clock.now())
    merge(*pages)
    assert {(row.email, row.state) for row in ContactAddress.select()} == {
        ("help@acme.example", "approved"), ("help@acme-old.example", "replaced")}
