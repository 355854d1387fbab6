"""Claiming, inviting and merging, as people at browsers see it."""

from __future__ import annotations

import re

import pytest

from parley.kernel import clock
from parley.kernel.db import database
from parley.vendors import actions, claims, people
from parley.vendors.claim_rules import challenge
from parley.vendors.models import Claim, Dispute, Invitation, Vendor
from tests.factories import (
    PASSWORD,
    make_account,
    make_manager,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def vendor(app):
    return make_vendor(name="Acme", domain="acme.example")


def test_a_page_is_claimed_step_by_step(internet, vendor, client, client_of, outbox_run):
    assert "Claim this page" in text(client.get("/vendors/acme"))
    assert "/sign-in" in client.get("/vendors/acme/claim").location
    browser, page = client_of(make_account(handle="boss")), "/vendors/acme/claim"
    sent = browser.post_form(page, {"domain": "ACME.example."}, page=page)
    assert sent.location == page
    shown = text(browser.get(page))
    token = re.search(r"token=([0-9a-z]{26}) expiry=never", shown)[1]
    assert "_parley-challenge.acme.example" in shown
    assert "https://acme.example/.well-known/parley.json" in shown
    internet.zone.say("acme.example", "v=spf1 -all")
    for _ in range(2):
        browser.post_form(f"{page}/check", page=page)
    assert "We are looking at acme.example now" in text(browser.get(page))
    outbox_run()
    shown = text(browser.get(page))
    assert "“v=spf1 -all”" in shown
    assert "answers 404" in shown
    internet.zone.say("acme.example", f"token={token} expiry=never")
    browser.post_form(f"{page}/check", page=page)
    outbox_run()
    assert "it is checked every day" in text(browser.get(page))
    shown = text(client.get("/vendors/acme"))
    assert "Controls acme.example" in shown
    assert "Claim this page" not in shown


def test_a_claim_by_file(internet, vendor, client_of, outbox_run):
    browser, page = client_of(make_account()), "/vendors/acme/claim"
    browser.post_form(page, {"domain": "acme.example"}, page=page)
    token = Claim.get().token
    internet.site.say("acme.example", f'{{"token": "{token}", "expiry": "never"}}')
    browser.post_form(f"{page}/check", page=page)
    outbox_run()
    assert (Claim.get().state, Claim.get().method) == ("proved", "file")


@pytest.mark.parametrize("typed", [
    "evil-acme.example", "acme.example.evil.io", "co.uk", "github.io", "acme.example:80",
    "a@acme.example", "xn--cme-5cd.example", "", "\x00"])
def test_hostile_domains_keep_what_was_typed(vendor, client_of, typed):
    sent = client_of(make_account()).post_form("/vendors/acme/claim", {"domain": typed})
    assert sent.status_code == 422
    assert 'id="e-domain"' in text(sent)
    assert not Claim.select().exists()


def test_nothing_found_is_escaped(internet, vendor, client_of, outbox_run):
    browser, page = client_of(make_account()), "/vendors/acme/claim"
    browser.post_form(page, {"domain": "acme.example"}, page=page)
    internet.zone.say("acme.example", "<script>alert(1)</script>")
    browser.post_form(f"{page}/check", page=page)
    outbox_run()
    assert "<script>alert" not in text(browser.get(page))


def test_without_a_claim_there_is_nothing_to_check_or_give_up(vendor, client_of):
    browser = client_of(make_account())
    for verb in ("check", "release"):
        assert browser.post_form(f"/vendors/acme/claim/{verb}").status_code == 404
    assert browser.get("/vendors/nobody/claim").status_code == 404


def test_giving_up_from_the_page(internet, vendor, client_of):
    person = make_account()
    browser, page = client_of(person), "/vendors/acme/claim"
    browser.post_form(page, {"domain": "acme.example"}, page=page)
    assert browser.post_form(f"{page}/release", page=page).location == "/vendors/acme"
    assert Claim.get().state == "released"
    assert "Your company’s domain" in text(browser.get(page))


def test_a_lapse_is_public_and_shuts_the_form(internet, vendor, client, client_of):
    person = make_manager(vendor, handle="boss")
    thread = f.open_thread(vendor=vendor)
    Vendor.update(lapsed_at=clock.now()).where(Vendor.id == vendor.id).execute()
    assert "Proof lapsed" in text(client.get("/vendors/acme"))
    assert "proof of its domain has lapsed" in text(client.get("/vendors/acme/people/boss"))
    browser = client_of(person)
    shown = text(browser.get(f"/threads/{thread.id}"))
    assert "A manager can restore it" in shown
    assert 'id="write"' not in shown
    sent = browser.post_form(f"/threads/{thread.id}/posts", {"body": "Hello", "purpose": "update"})
    assert sent.status_code == 409


def test_two_parties_before_a_steward(internet, vendor, client, client_of, outbox_run):
    make_manager(vendor, handle="boss")
    person = make_account(handle="rival")
    claim = claims.begin(vendor, person, "acme.example")
    internet.zone.say("acme.example", challenge(claim.token))
    browser = client_of(person)
    browser.post_form("/vendors/acme/claim/check", page="/vendors/acme/claim")
    outbox_run()
    assert "a steward decides" in text(browser.get("/vendors/acme/claim"))
    steward = client_of(make_steward())
    shown = text(steward.get("/moderation/vendors"))
    assert "@rival" in shown
    url = f"/moderation/vendors/disputes/{Dispute.get().id}"
    again = steward.post_form(url, {"decision": "uphold", "words": ""})
    assert again.status_code == 422
    sent = steward.post_form(url, {"decision": "uphold", "words": "They are the company."},
                             page="/moderation/vendors")
    assert sent.location == "/moderation/vendors"
    shown = text(client.get("/moderation/vendors/log"))
    assert "They are the company." in shown
    assert actions.role_of(person, vendor) == "manager"


@pytest.mark.parametrize("make", [None, make_account, make_manager])
def test_the_desk_is_for_stewards(vendor, client, client_of, make):
    browser = client_of(make(vendor) if make is make_manager else make()) if make else client
    assert browser.get("/moderation/vendors").status_code == 404
    for path in ("merge", f"disputes/{'0' * 20}"):
        assert browser.post_form(f"/moderation/vendors/{path}").status_code == 404


def test_a_steward_merges_by_address(vendor, client, client_of):
    gone = make_vendor(name="Acme Old")
    f.open_thread(vendor=gone)
    browser, page = client_of(make_steward()), "/moderation/vendors"
    wrong = browser.post_form(f"{page}/merge", {"gone": "nope", "into": "acme", "words": "Same."})
    assert wrong.status_code == 422
    assert "no page under that address" in text(wrong)
    sent = browser.post_form(f"{page}/merge", {
        "gone": "http://localhost/vendors/acme-old/", "into": "acme", "words": "One company."},
        page=page)
    assert sent.location == "/vendors/acme"
    assert client.get("/vendors/acme-old").location == "/vendors/acme"
    assert "One company." in text(client.get("/moderation/vendors/log"))


def test_a_manager_keeps_the_people(vendor, client_of, mails):
    make_representative(vendor, handle="ann")
    browser, page = client_of(make_manager(vendor, handle="boss")), "/vendors/acme/people"
    bad = browser.post_form(page, {"email": "nobody", "role": "responder", "title": "Sales"})
    assert bad.status_code == 422
    assert "Sales" in text(bad)
    browser.post_form(page, {"email": "Ben@Acme.example", "role": "responder"}, page=page)
    assert mails.to("ben@acme.example")[0].kind == "invitation"
    assert "ben@acme.example" in text(browser.get(page))
    browser.post_form(f"/vendors/acme/invitations/{Invitation.get().id}", page=page)
    assert not Invitation.select().exists()
    browser.post_form(f"{page}/ann", {"role": "manager", "title": "Head"}, page=f"{page}/ann")
    assert "Head" in text(browser.get(f"{page}/ann"))
    browser.post_form(f"{page}/ann/removal", page=f"{page}/ann")
    assert browser.get(f"{page}/ann").status_code == 404
    leaving = browser.post_form(f"{page}/boss/removal", page=f"{page}/boss")
    assert leaving.location == "/vendors/acme"


def test_the_hat_is_gone_with_the_next_request(vendor, client_of):
    person = make_representative(vendor, handle="ann")
    boss, browser = make_manager(vendor), client_of(person)
    thread = f.open_thread(vendor=vendor)
    assert "Write for Acme" in text(browser.get(f"/threads/{thread.id}"))
    people.remove(vendor, "ann", boss)
    assert "Write for Acme" not in text(browser.get(f"/threads/{thread.id}"))
    sent = browser.post_form(f"/threads/{thread.id}/posts", {"body": "Hello", "purpose": "update"})
    assert sent.status_code == 403


@pytest.mark.parametrize("who", ["nobody", "responder", "elsewhere"])
def test_the_people_page_is_for_managers(vendor, client_of, who):
    person = {"nobody": make_account, "responder": lambda: make_representative(vendor),
              "elsewhere": lambda: make_manager(make_vendor())}[who]()
    make_representative(vendor, handle="ann")
    browser = client_of(person)
    assert browser.get("/vendors/acme/people").status_code == 404
    for path in ("people", "people/ann", "people/ann/removal", f"invitations/{'0' * 26}"):
        sent = browser.post_form(f"/vendors/acme/{path}", {"role": "manager"})
        assert sent.status_code == 404, path
    assert actions.role_of(people.one_of(vendor, "ann").account, vendor) == "responder"


def test_the_page_of_a_representative(vendor, client):
    make_representative(vendor, handle="ann")
    shown = text(client.get("/vendors/acme/people/ann"))
    assert "Customer care" in shown
    assert "responder" in shown
    assert "removal" not in shown
    assert client.get("/vendors/acme/people/nobody").status_code == 404


def test_an_invitation_leads_through_signing_in(vendor, client, mails):
    people.invite(vendor, make_manager(vendor), "ann@acme.example", "responder")
    link = mails.to("ann@acme.example")[0].link
    shown = text(client.get(link))
    assert f"/sign-in?next={link}" in shown
    person = make_account(handle="ann")
    sent = client.post_form("/sign-in", {"email": person.email, "password": PASSWORD},
                            page=f"/sign-in?next={link}")
    assert sent.location == link
    assert "signed in as Ann" in text(client.get(link))
    assert client.post_form(link, page=link).location == "/vendors/acme"
    assert actions.role_of(person, vendor) == "responder"
    assert client.get(link).status_code == 404
    assert client.post_form(link).status_code == 404


def test_an_invitation_leads_through_signing_up(vendor, client, mails):
    people.invite(vendor, make_manager(vendor), "ann@acme.example", "responder")
    link = mails.to("ann@acme.example")[0].link
    client.get(link)
    client.post_form("/sign-up", {
        "email": "ann@home.example", "handle": "ann", "display_name": "Ann",
        "password": "a good long password", "time_zone": "UTC"}, page="/sign-up")
    confirm = mails.to("ann@home.example")[0].link
    assert client.post_form(confirm, page=confirm).location == link


def test_a_used_or_unknown_invitation_says_so(vendor, client, client_of):
    for browser in (client, client_of(make_account())):
        page = browser.get(f"/invitations/{'0' * 26}")
        assert page.status_code == 404
        assert "no longer works" in text(page)


def test_the_vendors_page_needs_no_more_queries_for_many_people(vendor, client_of, monkeypatch):
    for _ in range(12):
        make_representative(vendor)
    browser = client_of(make_manager(vendor))
    asked = []
    real = type(database.obj).execute_sql
    monkeypatch.setattr(type(database.obj), "execute_sql",
                        lambda self, sql, *a, **k: asked.append(sql) or real(self, sql, *a, **k))
    browser.get("/vendors/acme/people")
    assert len(asked) <= 12, asked
