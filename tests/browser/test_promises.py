"""The promise is read back while it is typed; everything else needs no JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGE = "/vendors/northwind-rail/promise"
MANAGER = "manager@demo.example"


def test_the_preview_follows_what_is_typed(browsers):
    page = browsers.open(MANAGER)
    page.goto(f"{PAGE}/edit")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("questions within 8 opening hours")
    page.locator("#f-first_answer_question").fill("3")
    expect(preview).to_contain_text("questions within 3 opening hours")
    page.locator("#f-monday").fill("8–12, 11–18")
    expect(preview).to_contain_text("Hours of Monday overlap")
    page.reload()
    expect(preview).to_contain_text("questions within 8 opening hours")  # nothing was saved


def test_a_version_is_written_and_published_without_javascript(browsers):
    page = browsers.open(MANAGER, java_script_enabled=False)
    page.goto(f"{PAGE}/edit")
    page.locator("#f-first_answer_question").fill("3")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("questions within 3 opening hours")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Go on to publishing").click()
    expect(page.locator(".changes")).to_contain_text("within 3 opening hours")
    page.get_by_label("What is new").fill("We answer within the morning.")
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_role("heading", name="Coming")).to_be_visible()
    expect(page.locator("main")).to_contain_text("We answer within the morning.")
