"""The whole way: a thread about a company that nobody claimed, its mail, the claim by DNS, and the
answer by mail. Both mail servers and the name server are real ones on loopback."""

from __future__ import annotations

import re

import pytest

from parley.outbox import actions as outbox
from parley.vendors.models import ContactAddress
from tests.factories import make_account, make_member, make_steward, make_vendor
from tests.notifications import mailing
from tests.notifications.test_inbound import take_in
from tests.threads.factories import open_thread
from tests.vendors.loopback import internet, servers

__all__ = ["internet", "servers"]


@pytest.fixture
def box(travel, app, monkeypatch):
    with mailing.postbox(monkeypatch) as found:
        yield found


def test_from_a_thread_to_an_answer(box, internet, client, client_of):
    acme = make_vendor(name="Acme", domain="acme.example")
    member, steward = make_member(), make_steward()
    client_of(member).post_form("/vendors/acme/contact", {
        "email": "help@acme.example", "source": "https://acme.example/contact"},
        page="/vendors/acme/contact")
    address = f"/moderation/contacts/{ContactAddress.get().id}"
    client_of(steward).post_form(address, {"decision": "approve"}, page="/moderation/contacts")
    thread = open_thread(member, acme, body="Where is it?")
    outbox.run_all()
    ours = box.last()
    assert "Delivered" in client.get(f"/threads/{thread.id}").text

    anna = make_account(email="anna@acme.example")
    browser = client_of(anna)
    claim = next(link for link in mailing.links(ours) if link.endswith("/claim"))
    browser.post_form(claim, {"domain": "acme.example"})
    token = re.search(r"token=[0-9a-z]+ expiry=never", browser.get(claim).text)[0]
    internet.zone.say("acme.example", token)
    browser.post_form(f"{claim}/check", page=claim)
    outbox.run_all()
    assert "Controls acme.example" in client.get("/vendors/acme").text

    away = mailing.answer_to(ours, anna.email, "I am away.", Auto_Submitted="auto-replied")
    forged = mailing.answer_to(ours, anna.email, "We never answer.")
    take_in(away)
    take_in(forged, sender="mallory@evil.example")
    take_in(mailing.answer_to(ours, anna.email, "It stands in our shed."))
    page = client.get(f"/threads/{thread.id}").text
    assert "It stands in our shed." in page
    assert "answers for Acme" in page
    assert "I am away." not in page
    assert "We never answer." not in page
