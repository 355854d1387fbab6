"""Claiming a page, keeping it, losing it, and what stewards decide."""

from __future__ import annotations

import pytest

from parley.journal.models import Entry
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.notifications.models import Notice
from parley.threads.models import Post
from parley.vendors import actions, claims, disputes
from parley.vendors.claim_rules import challenge
from parley.vendors.models import Claim, Dispute, Vendor
from tests.factories import (
    make_account,
    make_manager,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("app", "internet")


@pytest.fixture
def vendor():
    return actions.find_or_make("Acme", "acme.example", None)


def put(internet, *shown):
    """Let the domain of the first claim show the tokens of all of them."""
    internet.zone.say(shown[0].domain, *[challenge(claim.token) for claim in shown])


def proved(internet, vendor, by=None):
    by = by or make_account()
    claim = claims.begin(vendor, by, vendor.domain or "acme.example")
    put(internet, claim)
    return claims.check_now(claim.id, by)


def fresh(vendor):
    return Vendor.get_by_id(vendor.id)


def days(internet, travel, count):
    for _ in range(count):
        travel(days=1, minutes=1)
        claims.sweep()


def test_who_shows_the_token_holds_the_page(internet, vendor):
    person = make_account()
    claim = claims.begin(vendor, person, "www.ACME.example.")
    assert claims.check_now(claim.id, person).state == "pending"
    put(internet, claim)
    claim = claims.check_now(claim.id, person)
    assert (claim.state, claim.method) == ("proved", "dns")
    assert actions.role_of(person, vendor) == "manager"
    assert (fresh(vendor).controls, fresh(vendor).claimed_at is None) == ("acme.example", False)
    kinds = [entry.kind for entry in Entry.select().order_by(Entry.id)]
    assert "claim.proved" in kinds
    assert "representative.accepted" in kinds


@pytest.mark.parametrize("typed", [
    "evil-acme.example", "acme.example.evil.io", "xn--cme-5cd.example", "evil.io",
    "help.acme.example", "acme.example@evil.io", "co.uk", "github.io",
])
def test_another_domain_than_the_pages_is_refused(vendor, typed):
    with pytest.raises(Invalid) as caught:
        claims.begin(vendor, make_account(), typed)
    assert "domain" in caught.value.errors
    assert not Claim.select().exists()


def test_a_parent_domain_speaks_for_the_page_below_it(internet):
    vendor = actions.find_or_make("Acme", "help.acme.example", None)
    person = make_account()
    claim = claims.begin(vendor, person, "acme.example")
    put(internet, claim)
    assert claims.check_now(claim.id, person).state == "proved"
    assert fresh(vendor).domain == "help.acme.example"


def test_a_domain_that_belongs_to_another_page_is_refused(internet, vendor):
    proved(internet, vendor)
    nameless = make_vendor(name="Acme Help", domain=None)
    with pytest.raises(Refused) as caught:
        claims.begin(nameless, make_account(), "acme.example")
    assert caught.value.refusal.code == "other_page"


def test_a_token_of_another_claim_proves_nothing(internet, vendor):
    first, second = make_account(), make_account()
    theirs = claims.begin(vendor, first, "acme.example")
    mine = claims.begin(vendor, second, "acme.example")
    assert theirs.token != mine.token
    put(internet, theirs)
    assert claims.check_now(mine.id, second).state == "pending"
    released = claims.check_now(theirs.id, first)
    claims.release(released.id, first)
    again = claims.begin(vendor, first, "acme.example")
    assert again.token != theirs.token
    assert claims.check_now(again.id, first).state == "pending"


def test_nobody_acts_on_the_claim_of_another(internet, vendor):
    claim = claims.begin(vendor, make_account(), "acme.example")
    for do in (claims.check_now, claims.release):
        with pytest.raises(NotFound):
            do(claim.id, make_account())


def test_beginning_again_gives_the_same_token(vendor):
    person = make_account()
    assert (claims.begin(vendor, person, "acme.example").id
            == claims.begin(vendor, person, "https://acme.example/").id)


def test_a_person_has_few_claims_that_wait():
    person = make_account()
    for number in range(5):
        claims.begin(make_vendor(domain=f"shop{number}.example"), person, f"shop{number}.example")
    with pytest.raises(Refused) as caught:
        claims.begin(make_vendor(domain="shop9.example"), person, "shop9.example")
    assert caught.value.refusal.code == "too_many"


def test_three_days_without_the_record_lapse_the_claim(internet, vendor, travel, mails):
    person = make_account()
    proved(internet, vendor, person)
    thread = f.open_thread(vendor=vendor)
    f.answer(thread, by=person)
    internet.zone.forget()
    days(internet, travel, 2)
    assert fresh(vendor).lapsed_at is None
    days(internet, travel, 1)
    assert fresh(vendor).lapsed_at is not None
    assert fresh(vendor).controls is None
    assert fresh(vendor).claimed_at is not None
    assert Notice.select().where(Notice.account == person.id, Notice.kind == "lapsed").exists()
    kinds = [mail.kind for mail in mails.to(person.email) if mail.kind.startswith("claim")]
    assert kinds == ["claim_failing", "claim_failing", "claim_lapsed"]
    with pytest.raises(Refused) as caught:
        f.answer(thread, purpose="update", by=person)
    assert caught.value.refusal.code == "claim_lapsed"
    with pytest.raises(Refused):
        f.open_thread(person, vendor, kind="consultation")
    with pytest.raises(Refused):
        actions.edit_page(vendor, person, "We mend.", "other")
    assert [p.hat for p in Post.select().where(Post.author == person.id)] == ["representative"]


def test_a_lapsed_claim_recovers_by_its_own_token_only(internet, vendor, travel):
    person = make_account()
    claim = proved(internet, vendor, person)
    internet.zone.forget()
    days(internet, travel, 3)
    internet.zone.say("acme.example", "token=someoneelses expiry=never")
    days(internet, travel, 1)
    assert fresh(vendor).lapsed_at
    put(internet, claim)
    days(internet, travel, 1)
    assert (fresh(vendor).lapsed_at, fresh(vendor).controls) == (None, "acme.example")
    f.answer(f.open_thread(vendor=vendor), by=person)


def test_checking_by_hand_neither_hastens_nor_delays(internet, vendor, travel):
    person = make_account()
    claim = proved(internet, vendor, person)
    internet.zone.forget()
    for _ in range(5):
        claims.check_now(claim.id, person)
    assert Claim.get_by_id(claim.id).failures == 0
    days(internet, travel, 3)
    assert Claim.get_by_id(claim.id).state == "lapsed"


def test_the_sweep_looks_once_a_day(internet, vendor, travel):
    proved(internet, vendor)
    assert claims.sweep() == 0
    travel(days=1)
    assert claims.sweep() == 1
    assert claims.sweep() == 0


def test_after_a_lapse_another_proof_takes_the_page(internet, vendor, travel):
    first, second = make_account(), make_account()
    old = proved(internet, vendor, first)
    colleague = make_representative(vendor)
    internet.zone.forget()
    days(internet, travel, 3)
    claim = proved(internet, fresh(vendor), second)
    assert claim.state == "proved"
    assert Claim.get_by_id(old.id).state == "transferred"
    assert [actions.role_of(p, vendor) for p in (first, colleague, second)] == [
        None, None, "manager"]
    put(internet, old)
    with pytest.raises(NotFound):
        claims.check_now(old.id, first)
    days(internet, travel, 1)
    assert actions.role_of(first, vendor) is None


def test_two_proofs_go_to_a_steward(internet, vendor, mails):
    first, second, steward = make_account(), make_account(), make_steward()
    old = proved(internet, vendor, first)
    claim = claims.begin(fresh(vendor), second, "acme.example")
    put(internet, old, claim)
    assert claims.check_now(claim.id, second).state == "disputed"
    assert [n.kind for n in Notice.select().where(Notice.account == steward.id)] == ["dispute"]
    assert actions.role_of(first, vendor) == "manager"
    (row,) = disputes.waiting(9)
    assert (row.kind, row.vendor_id) == ("two_claimants", vendor.id)
    for nobody in (first, second, make_account()):
        with pytest.raises(NotFound):
            disputes.decide(row.id, nobody, "uphold", "I say so")
    disputes.decide(row.id, steward, "uphold", "The imprint names them.")
    assert actions.role_of(first, vendor) is None
    assert actions.role_of(second, vendor) == "manager"
    assert Claim.get_by_id(old.id).state == "transferred"
    assert "The imprint names them." in mails.to(second.email)[-1].text
    with pytest.raises(Refused):
        disputes.decide(row.id, steward, "reject", "No, wait")


def test_a_steward_turns_a_claim_down(internet, vendor):
    first, second = make_account(), make_account()
    old = proved(internet, vendor, first)
    claim = claims.begin(fresh(vendor), second, "acme.example")
    put(internet, old, claim)
    claims.check_now(claim.id, second)
    disputes.decide(Dispute.get().id, make_steward(), "reject", "A former agency.")
    assert Claim.get_by_id(claim.id).state == "refused"
    assert actions.role_of(first, vendor) == "manager"
    with pytest.raises(NotFound):
        claims.check_now(claim.id, second)


def test_people_whom_the_operator_appointed_are_asked_about_too(internet, vendor):
    manager = make_manager(vendor)
    claim = proved(internet, vendor)
    assert (claim.state, Dispute.get().kind) == ("disputed", "two_claimants")
    own = claims.begin(vendor, manager, "acme.example")
    put(internet, own)
    assert claims.check_now(own.id, manager).state == "proved"


def test_a_steward_who_has_a_stake_does_not_decide(internet, vendor):
    steward = make_steward()
    make_manager(vendor)
    make_representative(vendor, steward)
    proved(internet, vendor)
    with pytest.raises(Refused) as caught:
        disputes.decide(Dispute.get().id, steward, "uphold", "We are good people")
    assert caught.value.refusal.code == "own_company"


@pytest.mark.parametrize(("name", "domain", "kind"), [
    ("Acrne", "acrne.example", "look_alike"), ("Acme", "acme-shop.example", "look_alike"),
    ("Anything", "xn--cme-5cd.example", "mixed_scripts"), ("Unheard of", None, "no_website"),
    ("Cafe", "cafe.example", None),
])
def test_look_alikes_wait_for_a_steward(internet, vendor, travel, name, domain, kind):
    proved(internet, vendor)
    travel(hours=1)
    other = actions.find_or_make(name, domain, None)
    person = make_account()
    claim = claims.begin(other, person, domain or "unheard.example")
    put(internet, claim)
    claim = claims.check_now(claim.id, person)
    assert claim.state == ("disputed" if kind else "proved")
    if kind:
        row = Dispute.get()
        assert row.kind == kind
        assert (row.other_id == vendor.id) is (kind == "look_alike")
        disputes.decide(row.id, make_steward(), "uphold", "They are real.")
        assert actions.role_of(person, other) == "manager"


def test_a_website_that_was_named_later_is_looked_at(internet):
    make_vendor(name="Acme", name_key="acme", domain=None)
    vendor = actions.find_or_make("Acme", "evil.example", make_account())
    claim = proved(internet, vendor)
    assert (claim.state, Dispute.get().kind) == ("disputed", "no_website")


def test_whoever_holds_the_page_hears_of_it(internet, vendor, mails):
    first, second = make_account(), make_account()
    old = proved(internet, vendor, first)
    claim = claims.begin(fresh(vendor), second, "acme.example")
    put(internet, old, claim)
    claims.check_now(claim.id, second)
    disputes.decide(Dispute.get().id, make_steward(), "uphold", "Their imprint says so.")
    assert [mail.kind for mail in mails.to(first.email)] == ["claim_disputed", "claim_moved"]


def test_all_can_be_looked_at_again_after_an_outage(internet, vendor, travel):
    claim = proved(internet, vendor)
    internet.zone.forget()
    days(internet, travel, 3)
    put(internet, claim)
    assert claims.sweep() == 0
    assert claims.check_all() == 1
    assert fresh(vendor).controls == "acme.example"


def test_giving_up_leaves_the_page_to_nobody(internet, vendor):
    person, colleague = make_account(), make_account()
    claim = proved(internet, vendor, person)
    make_representative(fresh(vendor), colleague)
    thread = f.open_thread(vendor=vendor)
    f.answer(thread, by=colleague)
    claims.release(claim.id, person)
    assert fresh(vendor).claimed_at is None
    assert fresh(vendor).controls is None
    assert not actions.serving(vendor.id)
    assert Post.get(Post.author == colleague.id).hat == "representative"
    assert Claim.get_by_id(claim.id).state == "released"


def test_when_the_last_one_leaves_the_claim_is_released(internet, vendor):
    person = make_account()
    claim = proved(internet, vendor, person)
    actions.remove(actions.serving(vendor.id)[0], by=person)
    assert (fresh(vendor).controls, Claim.get_by_id(claim.id).state) == (None, "released")


def test_decisions_need_a_reason_and_a_choice(internet, vendor):
    make_manager(vendor)
    proved(internet, vendor)
    for decision, words, field in (("uphold", "", "words"), ("maybe", "Because", "decision")):
        with pytest.raises(Invalid) as caught:
            disputes.decide(Dispute.get().id, make_steward(), decision, words)
        assert field in caught.value.errors
