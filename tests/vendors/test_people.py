"""Inviting people to answer for a company, changing what they may, and letting them go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from parley import archives
from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.vendors import actions, claims, people, records
from parley.vendors.models import Invitation, Vendor
from tests.factories import make_account, make_manager, make_representative, make_vendor

SCHEMAS = Path(archives.__file__).parent / "schemas"
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def vendor():
    return make_vendor(name="Acme")


@pytest.fixture
def manager(vendor):
    return make_manager(vendor, handle="boss")


def invited(vendor, manager, mails, role="responder", email="ann@acme.example"):
    people.invite(vendor, manager, email, role, "Customer care")
    return mails.to(email)[-1].link.rpartition("/")[2]


def test_a_link_lets_one_person_in_once(vendor, manager, mails):
    token, person = invited(vendor, manager, mails), make_account()
    assert token not in str(Invitation.get().__data__)
    people.use(token, person)
    assert actions.role_of(person, vendor) == "responder"
    assert actions.title_of(person, vendor) == "Customer care"
    with pytest.raises(NotFound):
        people.use(token, make_account())


def test_the_address_of_the_account_may_be_another(vendor, manager, mails):
    person = make_account(email="ann@home.example")
    people.use(invited(vendor, manager, mails), person)
    assert actions.role_of(person, vendor) == "responder"


def test_a_link_runs_out(vendor, manager, mails, travel):
    token = invited(vendor, manager, mails)
    travel(days=7, seconds=1)
    assert people.invitation(token) is None
    with pytest.raises(NotFound):
        people.use(token, make_account())


@pytest.mark.parametrize("token", ["", "x", "0" * 26, "💥"])
def test_a_made_up_link_lets_nobody_in(vendor, manager, token):
    with pytest.raises(NotFound):
        people.use(token, make_account())


def test_a_link_can_be_taken_back_and_a_second_one_replaces_the_first(vendor, manager, mails):
    first = invited(vendor, manager, mails)
    second = invited(vendor, manager, mails)
    assert people.invitation(first) is None
    with pytest.raises(NotFound):
        people.take_back(Invitation.get().id, vendor, make_manager(make_vendor()))
    people.take_back(Invitation.get().id, vendor, manager)
    assert people.invitation(second) is None


def test_only_managers_invite(vendor, manager):
    for person in (make_account(), make_representative(vendor), make_manager(make_vendor())):
        with pytest.raises(NotFound):
            people.invite(vendor, person, "ann@acme.example", "manager")


@pytest.mark.parametrize(("email", "role", "title", "field"), [
    ("", "responder", "", "email"), ("ann", "responder", "", "email"),
    ("ann@acme.example\nBcc: x@y.example", "responder", "", "email"),
    ("ann@acme.example", "owner", "", "role"), ("ann@acme.example", "responder", "x" * 81, "title"),
])
def test_bad_invitations_are_refused_in_words(vendor, manager, email, role, title, field):
    with pytest.raises(Invalid) as caught:
        people.invite(vendor, manager, email, role, title)
    assert field in caught.value.errors
    assert not Invitation.select().exists()


def test_an_invitation_takes_no_role_away(vendor, manager, mails):
    people.use(invited(vendor, manager, mails), manager)
    assert actions.role_of(manager, vendor) == "manager"


def test_a_lapsed_company_invites_nobody(vendor, manager):
    Vendor.update(lapsed_at=clock.now()).where(Vendor.id == vendor.id).execute()
    with pytest.raises(Refused):
        people.invite(vendor, manager, "ann@acme.example", "responder")


def test_managers_change_and_remove(vendor, manager):
    person = make_representative(vendor, handle="ann")
    people.change(vendor, "ann", manager, "manager", "Head of care")
    assert actions.role_of(person, vendor) == "manager"
    people.remove(vendor, "ann", manager)
    assert actions.role_of(person, vendor) is None
    with pytest.raises(NotFound):
        people.one_of(vendor, "ann")


def test_one_manager_stays(vendor, manager):
    make_representative(vendor, handle="ann")
    with pytest.raises(Refused) as caught:
        people.change(vendor, "boss", manager, "responder", "")
    assert caught.value.refusal.code == "last_manager"
    with pytest.raises(Refused):
        people.remove(vendor, "boss", manager)
    people.change(vendor, "ann", manager, "manager", "")
    people.change(vendor, "boss", manager, "responder", "")
    assert actions.role_of(manager, vendor) == "responder"


def test_a_lone_manager_cannot_step_down_but_can_leave(vendor, manager):
    with pytest.raises(Refused):
        people.change(vendor, "boss", manager, "responder", "")
    people.remove(vendor, "boss", manager)
    assert not actions.serving(vendor.id)


def test_who_closes_their_account_answers_for_nobody(vendor, manager):
    other = make_vendor()
    make_representative(other, manager)
    with db.write():
        Account.update(closed_at=clock.now()).where(Account.id == manager.id).execute()
        journal.record("account.closed", "account", manager.id)
    assert not actions.serving(vendor.id)
    assert not actions.serving(other.id)
    assert Vendor.get_by_id(vendor.id).claimed_at is None


def test_one_person_acts_for_several_companies(vendor, mails):
    person = make_manager(vendor)
    other = make_vendor(name="Brightly")
    people.use(invited(other, make_manager(other), mails), person)
    assert [v.id for v in actions.vendors_of(person)] == [vendor.id, other.id]


def test_addresses_of_old_invitations_are_forgotten(vendor, manager, travel):
    people.invite(vendor, manager, "ann@acme.example", "responder")
    travel(days=36)
    assert people.sweep() == 0
    travel(days=2)
    assert people.sweep() == 1


def test_claims_and_invitations_leave_with_their_person(vendor, manager):
    people.invite(vendor, manager, "ann@acme.example", "responder", "Care")
    claims.begin(make_vendor(domain="shop.example"), manager, "shop.example")
    found = dict(records.export(manager))
    assert [row["email"] for row in found["invitations.json"]] == ["ann@acme.example"]
    assert [(row["domain"], row["state"]) for row in found["claims.json"]] == [
        ("shop.example", "pending")]
    assert "token" not in found["claims.json"][0]
    for name in ("claims.json", "invitations.json", "representations.json"):
        Draft202012Validator(json.loads((SCHEMAS / name).read_text())).validate(found[name])
