"""Thirty threads, one cause: fixed and answered once, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from parley.accounts.models import Account
from parley.problems import linking
from parley.problems.models import Problem
from parley.threads.models import Thread
from parley.vendors.models import Vendor
from tests.browser import walking as w
from tests.factories import make_member
from tests.threads import factories as f

pytestmark = pytest.mark.browser

MANAGER, MEMBER = "manager@demo.example", "member@demo.example"
ANSWER = "Every door in coach 9 has a new spring since Monday."


def test_thirty_threads_are_fixed_and_answered_once(browsers, travel, jobs):
    vendor, manager = Vendor.get(slug="northwind-rail"), Account.get(email=MANAGER)
    threads = [f.open_thread(make_member(email=f"p{n}@demo.example"), vendor, kind="complaint",
                             title=f"The door of coach 9 bit me, case {n}") for n in range(29)]
    company = browsers.open(MANAGER, java_script_enabled=False)
    company.goto("/vendors/northwind-rail/problems/new?q=door coach")
    company.get_by_label("The cause, in one line").fill("Doors of coach 9 close too early")
    company.get_by_label("What is known of it").fill("A spring is worn.")
    company.get_by_role("button", name="Open the problem").click()
    expect(company.get_by_role("heading", name="Doors of coach 9")).to_be_visible()
    page = company.url
    problem = Problem.get(Problem.title.startswith("Doors of coach 9"))
    linking.link_many(manager, problem.id, [thread.id for thread in threads])

    author = browsers.open(MEMBER, java_script_enabled=False)
    author.goto("/threads/new?vendor=northwind-rail")
    w.fill_thread(author, "The door of coach 9 closed on my bag", "And on my patience.")
    author.get_by_role("button", name="Send", exact=True).click()
    expect(author.get_by_role("heading", name="Is it this?")).to_be_visible()
    author.get_by_label("Yes: Doors of coach 9").check()
    path = w.send_thread(author)
    expect(author.locator(".cause")).to_contain_text("Part of a problem")

    travel(hours=2)
    company.goto(page)
    company.get_by_text("Answer all 30 threads at once").click()
    company.get_by_label("Your update").fill(ANSWER)
    company.get_by_role("button", name="Publish it in every linked thread").click()
    expect(company.get_by_text("The answer in 30 threads")).to_be_visible()
    answered = Thread.select().where(Thread.title.startswith("The door of coach 9"))
    assert {thread.status for thread in answered} == {"awaiting_author"}
    w.expect_state(author, path, "Answered")
    expect(author.locator(".cause")).to_contain_text("went to all 30 threads of this problem")
    author.get_by_role("button", name="Not mine").click()
    w.expect_state(author, path, "Waiting since")
    assert [thread.status for thread in answered].count("awaiting_vendor") == 1
    company.goto("/desk/northwind-rail")
    expect(company.get_by_role("link", name="The door of coach 9 closed on my bag")).to_be_visible()

    company.goto(page)
    company.get_by_text("Say where it stands").click()
    company.get_by_label("It is fixed").check()
    company.get_by_label("In your words").fill("New springs.")
    company.get_by_role("button", name="Tell everybody hit by it").click()
    jobs()
    for number in range(10):
        hit = browsers.open(f"p{number}@demo.example", java_script_enabled=False)
        hit.goto(page)
        hit.get_by_role("button", name="Yes, it works").click()
    author.goto("/vendors/northwind-rail")
    row = author.get_by_role("listitem").filter(has_text="Doors of coach 9")
    expect(row).to_contain_text("Fixed and confirmed")
