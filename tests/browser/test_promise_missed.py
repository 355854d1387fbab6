"""A promise from its publishing to its frozen verdicts, in browsers, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking as w

pytestmark = pytest.mark.browser

MANAGER, MEMBER = "manager@demo.example", "member@demo.example"
REPRESENTATIVE = "representative@demo.example"
VENDOR = "/vendors/northwind-rail"
TITLE = "The lift at platform 4 has not moved since spring"


def publish(manager: Page, hours: str, note: str) -> None:
    """A version by which complaints get a first answer within so many opening hours."""
    manager.goto(f"{VENDOR}/promise/edit")
    manager.locator("#f-first_answer_complaint").fill(hours)
    manager.get_by_role("button", name="Save the draft").click()
    manager.get_by_role("link", name="Go on to publishing").click()
    manager.get_by_label("What is new").fill(note)
    manager.get_by_role("button", name="Publish it").click()
    expect(manager.get_by_role("heading", name="Coming")).to_be_visible()


def expect_clock(page: Page, path: str, name: str, words: str) -> None:
    """One of the clocks above a thread's posts says so."""
    page.goto(path)
    clock = page.locator(".clocks dt", has_text=name).locator("+ dd")
    expect(clock).to_contain_text(words)


def test_a_promise_missed_and_then_kept(browsers, travel, jobs):
    manager = browsers.open(MANAGER, java_script_enabled=False)
    publish(manager, "5", "Complaints faster than questions.")
    travel(days=17)  # Monday, 7 December 2026, 18:30 UTC: after closing
    author = browsers.open(MEMBER, java_script_enabled=False)
    path = w.open_thread(author, TITLE, "Three letters, no lift.", "Complaint")
    expect(author.locator(".clocks")).to_contain_text(
        "Northwind Rail promised a first answer within 5 opening hours")
    expect_clock(author, path, "First answer", "Due by 8 December 2026.")
    visitor = browsers.open(java_script_enabled=False)
    visitor.goto(path)
    visitor.get_by_text("How this was counted").click()
    expect(visitor.locator(".clocks svg").first).to_be_visible()

    travel(days=2)
    jobs()
    w.expect_state(visitor, path, "late")
    expect_clock(visitor, path, "First answer", "Missed: it was due by 8 December 2026.")
    company = browsers.open(REPRESENTATIVE, java_script_enabled=False)
    for page, where in ((visitor, "/threads?show=late"), (visitor, f"{VENDOR}?show=late"),
                        (visitor, "/"), (company, "/desk/northwind-rail")):
        page.goto(where)
        row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=TITLE))
        expect(row.first).to_contain_text("ate")
    author.goto("/notices")
    expect(author.locator(".rows")).to_contain_text("Northwind Rail is past its time here.")

    w.answer(company, path, "Ask the author", "Which of the two lifts is it?")
    expect_clock(visitor, path, "Resolution", "Paused since 9 December 2026")
    travel(days=5)
    w.decide(author, path, "I answer them", "The one at the ticket hall.")
    expect_clock(visitor, path, "Resolution", "Due by")
    w.answer(company, path, "Answer", "A part is ordered.")
    expect_clock(visitor, path, "Resolution", "In time so far")
    travel(days=1)
    w.decide(author, path, "I still need the company", "It stands still all the same.")
    w.answer(company, path, "Propose a resolution", "The part is in; we rode it twice.")
    travel(days=1)
    w.solved(author, path, w.COMPANY)
    expect_verdicts(visitor, path)

    publish(manager, "40", "Complaints take longer after all.")
    travel(days=20)
    jobs()
    expect_verdicts(visitor, path)
    visitor.goto(f"{VENDOR}/scorecard")
    expect(visitor.locator("main")).to_contain_text("kept")


def expect_verdicts(page: Page, path: str) -> None:
    expect_clock(page, path, "First answer",
                 "Missed: it was due by 8 December 2026, and came on 14 December 2026.")
    expect_clock(page, path, "Resolution", "Kept on 15 December 2026")
