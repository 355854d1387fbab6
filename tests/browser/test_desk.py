"""The desk with its keys, without JavaScript, and with two people at one thread."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DESK = "/desk/northwind-rail"
MANAGER, RESPONDER = "manager@demo.example", "representative@demo.example"


def test_the_keys_do_what_the_page_does(browsers):
    page = browsers.open(MANAGER)
    page.goto(DESK)
    titles = page.locator(".row-title")
    page.keyboard.press("j")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-row]").nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator("[data-row]").nth(1)).to_contain_text("with you")
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="Words").press_sequentially("njx?")
    expect(page).to_have_url(re.compile(f"{DESK}$"))  # keys sleep while somebody types
    page.locator("[data-row] input").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"{DESK}/threads/"))
    page.wait_for_load_state()
    page.keyboard.press("r")
    expect(page.get_by_label("Your text")).to_be_focused()
    page.get_by_label("Your text").blur()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(f"{DESK}$"))
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page.get_by_text("This is next in the queue.")).to_be_visible()


def test_the_keys_can_be_switched_off(browsers):
    page = browsers.open(MANAGER)
    page.goto(f"{DESK}/keys")
    page.get_by_role("button", name="Switch the keys off").click()
    page.keyboard.press("n")
    page.goto(DESK)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto(f"{DESK}/keys")
    page.get_by_role("button", name="Switch the keys on").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_whole_way_without_javascript(browsers):
    page = browsers.open(MANAGER, java_script_enabled=False)
    page.goto(DESK)
    page.get_by_role("button", name="Take the next one").click()
    first = page.url
    page.get_by_label("Saved reply", exact=True).select_option("Refund on its way")
    page.get_by_role("button", name="Put it into the form").click()
    expect(page.get_by_label("Your text")).to_have_value(re.compile("^Dear Yasmin K\\.,"))
    page.get_by_label("A note for colleagues").fill("Second key ordered.")
    page.get_by_role("button", name="Leave the note").click()
    expect(page.locator("#notes")).to_contain_text("Second key ordered.")
    page.get_by_label("Answer", exact=True).check()
    page.get_by_label("Your text").fill("The second key hangs at the platform from today.")
    page.get_by_role("button", name="Send, and on to the next").click()
    expect(page.get_by_text("are out. This is next in the queue.")).to_be_visible()
    assert page.url != first
    page.get_by_role("link", name="Your desk").click()
    for box in page.locator("[data-row]").get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_label("Give them to").select_option("Marta Keller")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("main")).to_contain_text("assigned")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("main")).to_contain_text("Taken back")


def test_two_colleagues_at_one_thread_meet_before_they_send(browsers):
    jonas, marta = browsers.open(MANAGER), browsers.open(RESPONDER)
    jonas.goto(DESK)
    jonas.get_by_role("button", name="Take the next one").click()
    marta.goto(jonas.url)
    expect(marta.get_by_text("Jonas Brandt has been answering this since")).to_be_visible()
    marta.get_by_label("Answer", exact=True).check()
    marta.get_by_label("Your text").fill("There is a ramp now.")
    jonas.get_by_label("Answer", exact=True).check()
    jonas.get_by_label("Your text").fill("The key is on its way.")
    jonas.get_by_role("button", name="Send and stay").click()
    expect(jonas.get_by_text("The key is on its way.")).to_be_visible()
    marta.get_by_role("button", name="Send and stay").click()
    expect(marta.get_by_text("wrote in this thread while you did").first).to_be_visible()
    expect(marta.get_by_text("The key is on its way.")).to_be_visible()
    expect(marta.get_by_label("Your text")).to_have_value("There is a ramp now.")
    marta.get_by_role("button", name="Send and stay").click()
    expect(marta.locator(".post-representative").last).to_contain_text("There is a ramp now.")


def test_words_are_not_left_behind_unasked(browsers):
    page, asked = browsers.open(MANAGER), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(DESK)
    page.get_by_role("button", name="Take the next one").click()
    page.get_by_label("Your text").fill("There is a ramp now.")
    page.get_by_role("link", name="Your desk").click()
    expect(page.get_by_label("Your text")).to_have_value("There is a ramp now.")
    assert asked == ["beforeunload"]
    page.get_by_label("Answer", exact=True).check()
    page.get_by_role("button", name="Send and stay").click()
    expect(page.locator(".post-representative").last).to_contain_text("There is a ramp now.")
    assert asked == ["beforeunload"]
