"""Thirty threads with one cause: fixed and answered once, and one of them about something else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from parley.accounts.models import Account
from parley.problems import linking
from parley.problems.models import Problem
from parley.scorecards.models import Tally
from parley.threads import actions as threads
from parley.threads.actions import NewThread
from parley.threads.models import Thread
from parley.vendors.models import Vendor
from tests.factories import make_member

pytestmark = pytest.mark.browser

MANAGER, MEMBER = "manager@demo.example", "member@demo.example"
SLUG = "northwind-rail"
COUNT = 30


def answered(vendor: Vendor) -> int:
    row = Tally.get(Tally.vendor == vendor.id, Tally.key == "answered",
                    Tally.period == 2_000_000)
    return row.count


def written(authors: list[Account]) -> list[Thread]:
    return [threads.open_thread(author, NewThread(
        kind="complaint", title=f"Doors of coach {number} jam", body="They do not open.",
        vendor=SLUG)) for number, author in enumerate(authors, 1)]


def test_thirty_threads_are_answered_once_and_one_is_not_mine(browsers, travel, jobs):
    vendor = Vendor.get(Vendor.slug == SLUG)
    authors = [Account.get(Account.email == MEMBER), *(make_member() for _ in range(COUNT - 1))]
    found = written(authors)
    manager = browsers.open(MANAGER, java_script_enabled=False)
    manager.goto(f"/vendors/{SLUG}/problems/new")
    manager.get_by_label("The cause, in one line").fill("Door motors of the new coaches jam")
    manager.get_by_label("What is known of it").fill("A batch of motors freezes below 5 degrees.")
    manager.get_by_role("button", name="Open the problem").click()
    problem = Problem.get(Problem.title == "Door motors of the new coaches jam")
    linking.link_many(Account.get(Account.email == MANAGER), problem.id,
                      [thread.id for thread in found])

    travel(days=1)
    before = answered(vendor)
    page = f"/problems/{problem.id}"
    manager.goto(page)
    expect(manager.locator("main")).to_contain_text("30 threads")
    manager.get_by_text("Say where it stands").click()
    manager.get_by_label("It is fixed", exact=True).check()
    manager.get_by_label("In your words").fill("All motors are exchanged.")
    manager.get_by_role("button", name="Tell everybody hit by it").click()
    manager.get_by_text("Answer all 30 threads at once").click()
    manager.get_by_label("Your update").fill("Every motor of that batch is exchanged since Monday.")
    manager.get_by_role("button", name="Publish it in every linked thread").click()
    jobs()
    manager.goto(page)
    expect(manager.locator("main")).to_contain_text("The answer in 30 threads")
    assert answered(vendor) - before == COUNT
    states = {thread.status for thread in Thread.select().where(
        Thread.id.in_([thread.id for thread in found]))}
    assert states == {"awaiting_author"}

    author = browsers.open(MEMBER, java_script_enabled=False)
    author.goto(f"/threads/{found[0].id}")
    expect(author.locator(".cause")).to_contain_text("went to all 30 threads")
    author.get_by_role("button", name="Not mine").click()
    expect(author.locator(".thread-state .pill")).to_contain_text("Waiting since 20 Nov")
    assert answered(vendor) - before == COUNT - 1
    manager.goto(f"/desk/{SLUG}?kind=complaint")
    queue = manager.locator(".desk-rows")
    expect(queue).to_contain_text("Doors of coach 1 jam")
    expect(queue).not_to_contain_text("Doors of coach 2 jam")
