"""A company claims its page, invites somebody, loses its proof and gets it back: in browsers."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from parley.accounts.models import Account
from tests.browser import walking as w
from tests.browser.test_axe import calm, wrong_with

pytestmark = pytest.mark.browser

PAGE, CLAIM = "/vendors/oslo-light", "/vendors/oslo-light/claim"
DOMAIN = "oslo-light.example"
OWNER, HELPER, STEWARD = (
    "lapsed@demo.example", "treasurer@demo.example", "steward@demo.example")


def token_on(page: Page) -> str:
    page.goto(CLAIM)
    found = re.search(r"token=([0-9a-z]{26}) expiry=never", page.locator("main").inner_text())
    assert found
    return found[1]


def begin(page: Page) -> str:
    page.goto(PAGE)
    page.get_by_role("link", name="Claim this page").click()
    page.get_by_label("Your company’s domain").fill(f"www.{DOMAIN.upper()}.")
    page.get_by_role("button", name="Show me what to do").click()
    return token_on(page)


def look_again(page: Page, jobs) -> None:
    page.goto(CLAIM)
    page.get_by_role("button", name=re.compile("look now|Look again")).click()
    expect(page.get_by_text("We are looking at")).to_be_visible()
    jobs()
    page.goto(CLAIM)


def invited(site) -> str:
    """The path of the link in the mail that invites somebody."""
    mails = "".join(mail.read_text() for mail in (site.data / "mail").glob("*.eml"))
    return re.search(r"/invitations/[0-9a-z]{26}", mails)[0]


def test_a_page_is_claimed_by_a_record_lost_and_restored(browsers, site, internet, jobs, travel):
    owner = calm(browsers, OWNER, java_script_enabled=False)
    token = begin(owner)
    look_again(owner, jobs)
    expect(owner.get_by_text(f"There is no name _parley-challenge.{DOMAIN} yet.")).to_be_visible()
    internet.zone.say(DOMAIN, f"token={token} expiry=never")
    look_again(owner, jobs)
    owner.goto(PAGE)
    expect(owner.get_by_text(f"Controls {DOMAIN}").first).to_be_visible()

    owner.goto(f"{PAGE}/people")
    owner.get_by_label("Their e-mail address").fill("care@oslo-light.example")
    owner.get_by_label("What they do").fill("Customer care")
    owner.get_by_role("button", name="Send the invitation").click()
    jobs()
    helper = browsers.open(HELPER, java_script_enabled=False)
    helper.goto(invited(site))
    helper.get_by_role("button", name="Accept").click()
    expect(helper.get_by_text("You now answer for Oslo Light.")).to_be_visible()
    helper.get_by_role("link", name=re.compile("^Newest")).click()
    helper.locator(".reading .row-title").first.click()
    thread = helper.url.partition("/threads/")[2].partition("?")[0]
    w.answer(helper, f"/threads/{thread}", "Update", "We are looking into the lamp.")

    internet.zone.forget()
    for _ in range(3):
        travel(days=1)
        jobs()
    visitor = browsers.open(java_script_enabled=False)
    visitor.goto(PAGE)
    expect(visitor.get_by_text("Proof lapsed")).to_be_visible()
    helper.goto(f"/threads/{thread}")
    expect(helper.get_by_text("no longer shows that it controls its domain")).to_be_visible()
    assert helper.locator("#write").count() == 0

    internet.zone.say(DOMAIN, f"token={token} expiry=never")
    look_again(owner, jobs)
    visitor.goto(PAGE)
    expect(visitor.get_by_text(f"Controls {DOMAIN}").first).to_be_visible()

    owner.goto(f"{PAGE}/people")
    owner.get_by_role("link", name=Account.get(email=HELPER).display_name).click()
    owner.get_by_text(re.compile("^Remove ")).first.click()
    owner.get_by_role("button", name="Remove").click()
    expect(owner.get_by_text("no longer answers for Oslo Light")).to_be_visible()
    helper.goto(f"/threads/{thread}")
    assert helper.get_by_label("Update", exact=True).count() == 0
    expect(helper.get_by_text("We are looking into the lamp.")).to_be_visible()


def test_a_page_is_claimed_by_a_file(browsers, internet, jobs):
    owner = browsers.open(OWNER)
    token = begin(owner)
    internet.site.say(DOMAIN, json.dumps({"token": token, "expiry": "never"}))
    look_again(owner, jobs)
    owner.goto(PAGE)
    expect(owner.get_by_text(f"Controls {DOMAIN}").first).to_be_visible()


def test_the_pages_of_claims_are_for_everybody(browsers, site, internet, jobs):
    owner, rival = calm(browsers, OWNER), calm(browsers, HELPER)
    faults = []

    def look_at(page: Page, path: str) -> None:
        page.goto(path)
        faults.extend(f"{path}: {fault}" for fault in wrong_with(page))

    look_at(owner, CLAIM)
    tokens = [begin(owner), begin(rival)]
    look_again(owner, jobs)
    look_at(owner, CLAIM)
    internet.zone.say(DOMAIN, *[f"token={token} expiry=never" for token in tokens])
    for page in (owner, rival):
        look_again(page, jobs)
        look_at(page, CLAIM)
    owner.goto(f"{PAGE}/people")
    owner.get_by_label("Their e-mail address").fill("care@oslo-light.example")
    owner.get_by_role("button", name="Send the invitation").click()
    look_at(owner, f"{PAGE}/people")
    owner.locator(".rows").first.get_by_role("link").first.click()
    look_at(owner, owner.url)
    jobs()
    look_at(rival, invited(site))
    look_at(owner, "/invitations/00000000000000000000000000")
    steward = calm(browsers, STEWARD)
    look_at(steward, "/moderation/vendors")
    steward.get_by_label("Why, for the public log").first.fill("The imprint names them.")
    steward.get_by_role("button", name="Turn it down").click()
    look_at(steward, "/moderation/vendors/log")
    look_at(owner, PAGE)
    assert not faults, "\n".join(faults)
