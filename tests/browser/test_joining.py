"""Joining by transfer and by card, and what ends when nobody pays, in a real browser."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from parley.accounts.models import Account
from parley.billing import card_events, cards
from parley.billing.models import Payment, Subscription
from parley.members import actions as members
from tests.billing.stripe_standin import KEY, SECRET, StandIn, serving

pytestmark = pytest.mark.browser

LAPSED, TREASURER = "lapsed@demo.example", "treasurer@demo.example"


@pytest.fixture
def standin(site, travel):
    with serving() as found:
        cards.configure(KEY, found.url)
        card_events.configure(SECRET)
        yield found
        cards.configure("")
        card_events.configure("")


def choose(page: Page, amount: str, button: str, plan: str = "By the year") -> None:
    page.goto("/threads/new")
    page.get_by_role("link", name="What membership is for").click()
    page.get_by_label(plan, exact=True).check()
    page.get_by_label("Your amount").fill(amount)
    page.get_by_role("button", name=button).click()


def test_back_by_transfer(browsers, jobs):
    page = browsers.open(LAPSED, java_script_enabled=False)
    choose(page, "12", "Pay by bank transfer")
    expect(page.get_by_role("alert")).to_contain_text("The least is €20.00")
    expect(page.get_by_label("Your amount")).to_have_value("12")
    page.get_by_label("Your amount").fill("60,50")
    page.get_by_role("button", name="Pay by bank transfer").click()
    reference = page.locator("code").first.inner_text()
    desk = browsers.open(TREASURER, java_script_enabled=False)
    desk.goto("/account")
    desk.get_by_role("link", name="the treasurer’s desk").click()
    desk.get_by_label("Reference").fill(reference.lower().replace("-", " "))
    desk.get_by_label("Amount in EUR").fill("60,50")
    desk.get_by_role("button", name="Record it").click()
    expect(desk.get_by_text("The receipt is on its way.")).to_be_visible()
    jobs()
    page.goto("/account/membership")
    expect(page.get_by_text("20 November 2027")).to_be_visible()
    page.get_by_role("link", name="€60.50").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    assert members.standing_of(Account.get(email=LAPSED)) == "member"


def test_a_bank_list_through_the_preview(browsers, jobs, tmp_path):
    row = Subscription.get(account=Account.get(email="member@demo.example"))
    file = tmp_path / "bank.csv"
    file.write_text("Date;Name;Reference;Amount\n"
                    f"2026-11-19;I. Aldana;{row.reference};50,00\n2026-11-19;Shop;Lamp;-9,00\n")
    desk = browsers.open(TREASURER, java_script_enabled=False)
    desk.goto("/treasurer")
    desk.get_by_label("CSV file").set_input_files(file)
    desk.get_by_role("button", name="Look at it").click()
    expect(desk.get_by_text("It names no reference.")).to_be_visible()
    desk.get_by_role("button", name="Book 1 payment").click()
    expect(desk.get_by_text("1 payment is booked.")).to_be_visible()
    assert Payment.get(Payment.provider_ref.startswith("bank:")).amount == 5_000


def test_back_by_card_then_lapsing_and_coming_back(browsers, jobs, standin: StandIn, site, travel):
    page = browsers.open(LAPSED, java_script_enabled=False)
    page.route(re.compile(re.escape(standin.url)), lambda route: route.continue_())
    choose(page, "5", "Pay by card", "By the month")
    page.get_by_role("button", name="Pay with a card").click()
    expect(page.get_by_text("Your card is in order.")).to_be_visible()
    expect(page.get_by_text("20 December 2026")).to_be_visible()
    hear(standin, site, jobs)

    standin.cards_work = False
    travel(days=31)
    hear(standin, site, jobs)
    page = browsers.open(LAPSED, java_script_enabled=False)
    page.route(re.compile(re.escape(standin.url)), lambda route: route.continue_())
    page.goto("/account/membership")
    expect(page.get_by_text("The card did not work yet")).to_be_visible()
    standin.cards_work = True
    page.get_by_role("button", name="Use another card").click()
    page.get_by_role("button", name="Pay with a card").click()
    expect(page.get_by_text("Your card pays again by itself.")).to_be_visible()
    page.get_by_role("button", name="Cancel at the end").click()
    expect(page.get_by_text("It ends, as you wished.")).to_be_visible()
    hear(standin, site, jobs)

    travel(days=50)
    hear(standin, site, jobs)
    page = browsers.open(LAPSED, java_script_enabled=False)
    page.goto("/account/membership")
    expect(page.get_by_text("Your membership ended on")).to_be_visible()
    page.goto("/threads?show=waiting")
    assert members.standing_of(Account.get(email=LAPSED)) == "lapsed"


def hear(standin: StandIn, site, jobs) -> None:
    """Let Stripe do what is due and send what it has to say; the jobs process follows."""
    standin.advance()
    events, standin.events = standin.events, []
    for event in events:
        body, header = standin.signed(event)
        answer = requests.post(f"{site.base}/webhooks/stripe", data=body, timeout=10,
                               headers={"Stripe-Signature": header})
        assert answer.status_code == 200, answer.text
    jobs()
