"""From a thread about a company that nobody claimed to the company's own mailbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.journal.models import Entry
from parley.kernel import clock
from parley.notifications import delivery, inbound
from parley.notifications.models import Delivery
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.threads import outcomes
from parley.vendors import delivery as addresses
from parley.vendors.models import ContactAddress
from tests.factories import make_member, make_representative, make_steward, make_vendor
from tests.notifications import mailing
from tests.threads.factories import open_thread


@pytest.fixture
def box(travel, app, monkeypatch):
    with mailing.postbox(monkeypatch) as found:
        yield found


@pytest.fixture
def acme(box):
    return make_vendor(name="Acme")


def approved(vendor, email="help@acme.example") -> ContactAddress:
    row = addresses.enter(vendor, make_member(), email, "https://acme.example/contact")
    return addresses.approve(row.id, make_steward())


def state(thread) -> str:
    return delivery.state_of(thread)[0]


def test_a_thread_reaches_the_company_over_smtp(box, acme, client):
    approved(acme)
    thread = open_thread(vendor=acme, body="It was due on **Monday**.", kind="complaint",
                         wish="A new lamp")
    assert state(thread) == "waiting"
    outbox.run_all()
    (sent,) = box.mails
    assert sent["To"] == "help@acme.example"
    assert thread.title in sent["Subject"]
    assert "It was due on Monday." in sent.get_content()
    assert "A new lamp" in sent.get_content()
    assert f"/threads/{thread.id}" in mailing.links(sent)
    assert "/vendors/acme/claim" in mailing.links(sent)
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert box.senders == [sent["Reply-To"]]
    assert delivery.state_of(thread) == ("delivered", clock.now())
    page = client.get(f"/threads/{thread.id}").text
    assert "Delivered" in page
    assert "12 November 2026" in page
    assert Entry.select().where(Entry.kind == "thread.delivered").count() == 1


def test_without_an_address_the_thread_says_so(box, acme, client):
    thread = open_thread(vendor=acme)
    outbox.run_all()
    assert box.mails == []
    assert "we know no public address" in client.get(f"/threads/{thread.id}").text


def test_without_a_mail_server_nothing_counts_as_delivered(travel, app, monkeypatch):
    for name, value in (("smtp_url", ""), ("demo", False)):
        monkeypatch.setitem(mail._site, name, value)
    acme = make_vendor(name="Acme")
    approved(acme)
    thread = open_thread(vendor=acme)
    assert state(thread) == "none"
    assert not Task.select().where(Task.kind == "carry").exists()


def test_a_claimed_company_gets_none(box, acme):
    approved(acme)
    make_representative(acme)
    open_thread(vendor=acme)
    assert not Delivery.select().exists()


def test_three_a_day_and_the_rest_on_the_days_after(box, acme, travel):
    approved(acme)
    author = make_member()
    threads = [open_thread(author, acme) for _ in range(7)]
    outbox.run_all()
    assert len(box.mails) == 3
    travel(hours=23, minutes=59)
    outbox.run_all()
    assert len(box.mails) == 3
    travel(minutes=1)
    outbox.run_all()
    assert len(box.mails) == 6
    travel(days=1)
    outbox.run_all()
    assert len(box.mails) == 7
    assert {state(t) for t in threads} == {"delivered"}
    outbox.run_all()
    assert len(box.mails) == 7


def test_older_open_threads_go_out_once_an_address_is_approved(box, acme, travel):
    author = make_member()
    too_old = open_thread(author, acme)
    travel(days=20)
    older, closed = open_thread(author, acme), open_thread(author, acme)
    outcomes.confirm(author, closed.id, "myself")
    travel(days=11)
    approved(acme)
    outbox.run_all()
    assert len(box.mails) == 1
    assert [state(t) for t in (too_old, older, closed)] == ["none", "delivered", "none"]


def test_what_changed_before_the_mail_went_out_counts(box, acme, travel):
    approved(acme)
    author = make_member()
    withdrawn, seen = open_thread(author, acme), open_thread(author, acme)
    outcomes.withdraw(author, withdrawn.id)
    make_representative(acme)
    outbox.run_all()
    assert box.mails == []
    assert not Delivery.select().exists()
    assert state(seen) == "none"


def test_a_refused_recipient_stops_the_address(box, acme, client):
    approved(acme)
    box.refuse = "550 5.1.1 no such user"
    threads = [open_thread(vendor=acme), open_thread(vendor=acme)]
    outbox.run_all()
    thread, next_one = sorted(threads, key=state)
    assert (state(thread), state(next_one)) == ("failed", "none")
    assert addresses.address_of(acme.id) is None
    assert "Could not be delivered" in client.get(f"/threads/{thread.id}").text
    box.refuse = None
    approved(acme, "office@acme.example")
    outbox.run_all()
    assert {state(thread), state(next_one)} == {"delivered"}
    assert [m["To"] for m in box.mails] == ["office@acme.example"] * 2


def test_a_server_that_is_busy_is_asked_again(box, acme, travel):
    approved(acme)
    box.refuse = "451 4.7.1 later"
    thread = open_thread(vendor=acme)
    outbox.run_all()
    assert state(thread) == "waiting"
    box.refuse = None
    travel(minutes=1)
    outbox.run_all()
    assert state(thread) == "delivered"


def test_a_server_that_stays_away_leaves_it_undelivered(box, acme, travel):
    approved(acme)
    box.refuse = "451 4.7.1 later"
    thread = open_thread(vendor=acme)
    for _ in range(outbox.MOST_ATTEMPTS):
        outbox.run_all()
        travel(hours=7)
    assert state(thread) == "failed"
    assert addresses.address_of(acme.id) is not None


@pytest.mark.parametrize(("action", "status", "taken_back"), [
    ("failed", "5.1.1", True), ("delayed", "4.4.1", False), ("relayed", "2.0.0", False)])
def test_a_bounce_takes_the_delivery_back(box, acme, client, action, status, taken_back):
    approved(acme)
    thread = open_thread(vendor=acme)
    outbox.run_all()
    assert inbound.accept(box.last()["Reply-To"], "", mailing.bounce_of(box.last(), action, status))
    outbox.run_all()
    assert state(thread) == ("failed" if taken_back else "delivered")
    assert (addresses.address_of(acme.id) is None) is taken_back
    assert ("came back" in client.get(f"/threads/{thread.id}").text) is taken_back


def test_the_company_may_wish_for_no_mail(box, acme, client):
    approved(acme)
    thread = open_thread(vendor=acme)
    outbox.run_all()
    address = next(link for link in mailing.links(box.last()) if link.startswith("/no-mail/"))
    assert "Should we stop writing" in client.get(address).text
    assert addresses.address_of(acme.id) is not None
    assert client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "We no longer write" in client.get(address).text
    later = open_thread(vendor=acme)
    outbox.run_all()
    assert len(box.mails) == 1
    assert state(thread) == "delivered"
    for page in (f"/threads/{later.id}", "/vendors/acme"):
        assert "asked not to be written to" in client.get(page).text
    with pytest.raises(Exception, match="asked not to be written to"):
        approved(acme, "other@acme.example")


def test_a_link_that_no_mail_carried_stops_nothing(box, client):
    assert client.get(f"/no-mail/{'0' * 26}").status_code == 404
    assert client.post(f"/no-mail/{'0' * 26}").status_code == 404


def test_an_address_is_public_and_decided_by_another_steward(box, acme, client_of):
    steward, member = make_steward(), make_member()
    browser = client_of(member)
    assert browser.get("/moderation/contacts").status_code == 404
    for typed, words in (("nonsense", "no e-mail address"), ("help@acme.example", "")):
        page = browser.post_form("/vendors/acme/contact",
                                 {"email": typed, "source": "Their contact page"})
        assert words in page.text
    row = ContactAddress.get()
    again = browser.post_form("/vendors/acme/contact",
                              {"email": "HELP@acme.example", "source": "Their contact page"})
    assert "already" in again.text
    assert "waits for a steward" in browser.get("/vendors/acme/contact").text
    desk = client_of(steward)
    assert "help@acme.example" in desk.get("/moderation/contacts").text
    no = desk.post_form(f"/moderation/contacts/{row.id}", {"decision": "refuse"})
    assert no.status_code == 422
    desk.post_form(f"/moderation/contacts/{row.id}", {"decision": "approve"})
    assert addresses.address_of(acme.id).email == "help@acme.example"
    late = desk.post_form(f"/moderation/contacts/{row.id}", {"decision": "approve"})
    assert late.status_code == 409


def test_a_newer_address_takes_the_place_of_the_older(box, acme):
    first, second = approved(acme), approved(acme, "desk@acme.example")
    assert addresses.address_of(acme.id) == second
    assert ContactAddress.get_by_id(first.id).state == "replaced"


def test_the_letter_is_for_the_author_of_an_open_thread(box, acme, client_of):
    author = make_member()
    thread = open_thread(author, acme, body="Line & “signs” <b>")
    page = client_of(author).get(f"/threads/{thread.id}/letter")
    assert "mailto:?subject=" in page.text
    assert "Line%20%26" in page.text
    assert client_of(make_member()).get(f"/threads/{thread.id}/letter").status_code == 404
    make_representative(acme)
    assert client_of(author).get(f"/threads/{thread.id}/letter").status_code == 404


def test_times_are_those_of_the_vendor(box, acme, travel):
    approved(acme)
    for _ in range(4):
        open_thread(vendor=acme)
    rows = list(Delivery.select().order_by(Delivery.send_at))
    assert rows[3].send_at - rows[0].send_at == timedelta(days=1)
