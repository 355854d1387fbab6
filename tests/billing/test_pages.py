"""Joining, one's membership, gifts, receipts, and the treasurer's desk, through the pages."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from parley.billing import actions, gifts
from parley.billing.models import BankImport, Difference, Gift, Payment, Subscription
from parley.kernel import clock, ids
from parley.members import actions as members
from parley.members.models import Membership
from tests.conftest import NOON
from tests.factories import (
    make_account,
    make_lapsed,
    make_member,
    make_officer,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f


def text(response) -> str:
    return response.get_data(as_text=True)


def test_a_visitor_reads_what_membership_is_for(client):
    page = text(client.get("/join"))
    assert "no advertisers" in page
    assert "€20.00" in page
    assert "solidarity place" in page
    assert 'href="/sign-up"' in page


def test_joining_by_transfer_from_the_page_to_the_receipt(dues, client_of, mails):
    person = make_account(handle="berta")
    browser, desk = client_of(person), client_of(dues.treasurer)
    shown = browser.post_form("/join", {"interval": "year", "amount": "1 5,0", "by": "transfer"},
                              page="/join")
    assert shown.status_code == 422
    assert 'value="1 5,0"' in text(shown)
    shown = browser.post_form("/join", {"interval": "year", "amount": "15", "by": "transfer"})
    assert shown.status_code == 409
    assert "The least is €20.00" in text(shown)
    sent = browser.post_form("/join", {"interval": "year", "amount": "60,00", "by": "transfer"})
    assert sent.location == "/account/membership"
    page = text(browser.get("/account/membership"))
    reference = Subscription.get_by_id(person.id).reference
    assert reference in page
    assert "You are not a member yet" in page
    fields = {"reference": reference, "amount": "60", "day": "2026-11-12", "way": "transfer",
              "kind": "dues"}
    assert desk.post_form("/treasurer/payments", fields, page="/treasurer").status_code == 302
    page = text(browser.get("/account/membership"))
    assert "12 November 2027" in page
    receipt = mails.to("berta@people.example")[0].link
    page = text(browser.get(receipt))
    assert "€60.00" in page
    assert "€10.00" in page
    assert client_of(dues.person).get(receipt).status_code == 404
    assert desk.get(receipt).status_code == 404


def test_an_amount_changed_twice_keeps_what_was_typed(dues, client_of):
    browser = client_of(dues.person)
    shown = browser.post_form("/account/membership/plan", {"interval": "month", "amount": "CHF 7"})
    assert shown.status_code == 422
    assert "Swiss francs" in text(shown)
    assert browser.post_form("/account/membership/plan", {
        "interval": "month", "amount": "7,50"}).status_code == 302
    assert (dues.row.interval, dues.row.amount) == ("month", 750)


def test_cancelling_and_staying_after_all(dues, client_of):
    browser = client_of(dues.person)
    assert browser.post_form("/account/membership/cancellation").status_code == 409
    dues.record()
    browser.post_form("/account/membership/cancellation", page="/account/membership")
    assert "It ends, as you wished" in text(browser.get("/account/membership"))
    browser.post_form("/account/membership/resumption", page="/account/membership")
    assert not dues.row.cancel_at_end


def test_a_place_is_asked_for_without_a_reason(dues, client_of):
    browser = client_of(dues.person)
    page = text(browser.get("/account/membership"))
    form = re.search(r'<form[^>]*action="/account/membership/place".*?</form>', page, re.S)[0]
    assert re.findall(r'name="(\w+)"', form) == ["csrf_token"]
    browser.post_form("/account/membership/place", page="/account/membership")
    assert "You asked for a solidarity place" in text(browser.get("/account/membership"))
    assert browser.post_form("/account/membership/place").status_code == 409


def test_who_lapsed_is_told_kindly_and_the_thread_page_leads_to_join(app, travel, client_of):
    lapsed, newcomer = make_lapsed(), make_account()
    assert "nothing that you wrote is hidden" in text(client_of(lapsed).get("/join"))
    assert 'href="/join"' in text(client_of(lapsed).get("/threads/new"))
    f.open_thread(newcomer, make_vendor())
    page = text(client_of(newcomer).get("/threads/new"))
    assert "Your first thread was free" in page
    assert '<a href="/join">What membership is for' in page


def test_days_of_grace_are_shown(dues, client_of, travel):
    dues.record()
    travel.to(NOON.replace(year=2027) + timedelta(days=2))
    page = text(client_of(dues.person).get("/account/membership"))
    assert "Until" in page
    assert "26 November 2027" in page
    travel(days=20)
    assert "Your membership ended on" in text(client_of(dues.person).get("/account/membership"))


def test_gifts_through_the_pages(dues, client_of, mails):
    friend = make_account(handle="berta")
    browser = client_of(dues.person)
    shown = browser.post_form("/account/membership/gifts", {"to": "nobody", "months": "12"},
                              page="/account/membership/gifts")
    assert shown.status_code == 422
    assert 'value="nobody"' in text(shown)
    browser.post_form("/account/membership/gifts", {"to": "berta", "months": "12"})
    gift = Gift.get()
    assert gift.reference in text(browser.get("/account/membership/gifts"))
    link = f"/account/membership/gifts/{gift.id}"
    assert client_of(friend).get(link).status_code == 404
    dues.record(reference=gift.reference)
    assert browser.get(link).status_code == 404
    theirs = client_of(friend)
    theirs.post_form(link, page=link)
    assert members.standing_of(friend) == "member"
    assert theirs.post_form(link).status_code == 409


def test_the_people_of_a_company_read_why_they_cannot_give(dues, client_of):
    make_representative(make_vendor(), dues.person)
    make_account(handle="berta")
    browser = client_of(dues.person)
    page = text(browser.get("/account/membership/gifts"))
    assert "You answer for a company here" in page
    assert 'name="to"' not in page
    shown = browser.post_form("/account/membership/gifts", {"to": "berta", "months": "12"})
    assert shown.status_code == 409
    assert "You answer for a company here" in text(shown)
    assert not Gift.select().exists()


def test_the_year_in_plain_words(dues, client_of):
    other = make_member()
    dues.record("80")
    mine = f.open_thread(dues.person, make_vendor())
    f.confirm(mine, "myself")
    f.open_thread(other, make_vendor())
    page = " ".join(text(client_of(dues.person).get("/account/membership/years/2026")).split())
    assert "€80.00, in 1 payment" in page
    assert "€30.00 went to the solidarity fund" in page
    assert "€50.00 keeps the place running" in page
    assert "You opened 1 thread; 1 of them was solved" in page
    assert "All of us opened 2 threads" in page
    for year in ("2025", "2027", "1"):
        assert client_of(dues.person).get(f"/account/membership/years/{year}").status_code == 404
    assert client_of(other).get("/account/membership/years/2026").status_code == 404


def private(dues) -> list[tuple[str, str]]:
    payment = dues.record()
    row = BankImport.create(by=dues.treasurer, name="x", made_at=clock.now(), lines=[], rest=[],
                            counts={"read": 0})
    found = Difference.create(found_at=clock.now(), words="Something.")
    return [("GET", "/treasurer"), ("POST", "/treasurer/payments"),
            ("POST", f"/treasurer/payments/{payment.id}/refund"), ("POST", "/treasurer/imports"),
            ("GET", f"/treasurer/imports/{row.id}"),
            ("POST", f"/treasurer/imports/{row.id}/booking"),
            ("POST", f"/treasurer/differences/{found.id}/settlement")]


def test_the_treasurer_s_desk_is_nobody_else_s(dues, client, client_of):
    others = [client, *(client_of(one) for one in (
        make_account(), make_member(), make_lapsed(), make_steward(), make_officer("operator")))]
    for method, address in private(dues):
        for browser in others:
            answer = browser.get(address) if method == "GET" else browser.post_form(address)
            assert answer.status_code == 404, (address, answer.status)
    assert client_of(dues.treasurer).get("/treasurer").status_code == 200


def test_own_pages_ask_a_visitor_to_sign_in(client):
    for address in ("/account/membership", "/account/membership/gifts",
                    "/account/membership/years/2026",
                    f"/account/membership/receipts/{ids.unguessable()}"):
        assert client.get(address).location.startswith("/sign-in"), address
    assert client.post("/join").status_code in (302, 400)


def upload(browser, data: bytes, name: str = "bank.csv"):
    return browser.post("/treasurer/imports", data={
        "csrf_token": browser.token(), "file": (io.BytesIO(data), name)},
        content_type="multipart/form-data")


def test_a_list_is_looked_at_then_booked(dues, client_of):
    desk = client_of(dues.treasurer)
    data = (f"Date;Name;Reference;Amount\n2026-11-10;Ada;{dues.row.reference};50,00\n"
            "2026-11-10;<b>Bo</b>;lunch;5,00\n").encode()
    preview = upload(desk, data).location
    page = text(desk.get(preview))
    assert dues.row.reference in page
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page
    assert "It names no reference." in page
    assert not Payment.select().exists()
    booked = desk.post_form(f"{preview}/booking", page=preview, follow_redirects=True)
    assert "1 payment is booked." in text(booked)
    assert desk.post_form(f"{preview}/booking").status_code == 409
    again = text(desk.get(upload(desk, data).location))
    assert "It was booked from an earlier list." in again
    assert "None of them can be booked." in again


def test_a_file_that_is_no_list_comes_back_with_words(dues, client_of):
    desk = client_of(dues.treasurer)
    assert "Choose the file" in text(upload(desk, b"", ""))
    shown = upload(desk, b"PK\x03\x04")
    assert shown.status_code == 422
    assert "This is no CSV file" in text(shown)


def test_recording_shows_its_mistakes_and_keeps_what_was_typed(dues, client_of):
    desk = client_of(dues.treasurer)
    shown = desk.post_form("/treasurer/payments", {
        "reference": "DUES-XXXX", "amount": "12,50", "day": "2026-11-12", "way": "cash",
        "kind": "dues"}, page="/treasurer")
    assert shown.status_code == 422
    page = text(shown)
    assert "Nobody has this reference" in page
    assert 'value="12,50"' in page


def test_a_refund_and_a_difference_from_the_desk(dues, client_of):
    desk = client_of(dues.treasurer)
    payment = dues.record()
    Difference.create(found_at=clock.now(), words="Charge ch_1 was not booked here.")
    assert "Charge ch_1" in text(desk.get("/treasurer"))
    found = Difference.get()
    desk.post_form(f"/treasurer/differences/{found.id}/settlement", page="/treasurer")
    assert "Charge ch_1" not in text(desk.get("/treasurer"))
    assert desk.post_form(f"/treasurer/differences/{found.id}/settlement").status_code == 404
    desk.post_form(f"/treasurer/payments/{payment.id}/refund", page="/treasurer")
    assert Payment.get_by_id(payment.id).refunded == 5_000
    assert desk.post_form(f"/treasurer/payments/{payment.id}/refund").status_code == 409


def test_long_lists_of_payments_have_pages(dues, client_of):
    for number in range(45):
        actions.book_fund(dues.person, actions.Money(100, NOON, "cash", f"hand:{number}"))
    desk = client_of(dues.treasurer)
    page = text(desk.get("/treasurer"))
    older = re.search(r'rel="next" href="([^"]+)"', page)[1]
    assert text(desk.get(older)).count("<tr>") == 6
    assert desk.get("/treasurer?after=nonsense").status_code == 400


def test_what_somebody_pays_changes_nothing_that_others_see(dues, client, client_of):
    thread = f.open_thread(dues.person, make_vendor(name="Acme"))
    dues.record("20")
    other = client_of(make_member())

    def seen() -> list[str]:
        pages = [browser.get(address) for browser in (client, other) for address in (
            "/", "/threads", f"/threads/{thread.id}", "/vendors", "/vendors/acme",
            "/members/ada")]
        assert all(page.status_code == 200 for page in pages)
        return [re.sub(r'type="hidden" name="\w+" value="[^"]+"', "", text(page))
                    for page in pages]

    before = seen()
    dues.record("5000", kind="fund")
    dues.record("500")
    gifts.give(dues.person, "someone@home.example", "12")
    assert seen() == before
    assert Membership.get_by_id(dues.person.id).paid_until > NOON


def test_no_cards_without_the_provider(dues, client_of, client):
    browser = client_of(dues.person)
    assert "card" not in text(browser.get("/join")).lower().split("<main")[1]
    assert browser.post_form("/join", {"interval": "year", "amount": "50", "by": "card"}
                             ).status_code == 404
    assert client.post("/webhooks/stripe", data=b"{}").status_code == 404
