"""Pages for everybody: axe finds nothing, and nothing has to be scrolled sideways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from parley.accounts.models import Account
from parley.billing.models import Payment
from parley.moderation.models import Report
from parley.problems.models import Problem
from parley.threads.models import Post, Thread
from parley.threads.rules import Status

pytestmark = pytest.mark.browser

ROLES = ("member", "lapsed", "advocate", "representative", "manager", "steward", "treasurer")
DESKTOP, PHONE, SMALL = 1280, 390, 320
# Rules that see colour; the others find the same in light and dark.
COLOURS = ["color-contrast", "link-in-text-block"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class Place:
    who: str  # of ROLES, or "visitor"
    name: str
    path: Callable[[], str]


def of(title: str, tail: str = "") -> Callable[[], str]:
    """The address of the demo's thread whose title begins so."""
    return lambda: f"/threads/{Thread.get(Thread.title.startswith(title)).id}{tail}"


def at_the_desk(title: str) -> Callable[[], str]:
    """The demo's thread whose title begins so, as its company's people work on it."""
    return lambda: f"/desk/northwind-rail{of(title)()}"


def own_post(email: str, tail: str) -> Callable[[], str]:
    return lambda: f"/posts/{Post.get(author=Account.get(email=email), number=1).id}/{tail}"


def a_reply(tail: str) -> str:
    return f"/posts/{Post.select().where(Post.number == 2).first().id}/{tail}"


def in_the_authors_turn() -> str:
    author = Account.get(email="member@demo.example")
    return f"/threads/{Thread.get(author=author, status=Status.AWAITING_AUTHOR).id}"


def about(title: str) -> Callable[[], str]:
    """The address of the demo's problem whose title begins so."""
    return lambda: f"/problems/{Problem.get(Problem.title.startswith(title)).id}"


def at(path: str) -> Callable[[], str]:
    return lambda: path


REFUND, BICYCLE = "Counter said my refund", "Bicycle space 12"
PLACES = [
    Place("visitor", "front", at("/")),
    Place("visitor", "threads", at("/threads")),
    Place("visitor", "directory", at("/vendors")),
    Place("visitor", "vendor", at("/vendors/northwind-rail")),
    Place("visitor", "promise", at("/vendors/halden-kitchen/promise")),
    Place("visitor", "no promise", at("/vendors/morrow-books/promise")),
    Place("visitor", "version of a promise", at("/vendors/northwind-rail/promise/versions/2")),
    Place("visitor", "scorecard", at("/vendors/northwind-rail/scorecard?window=all")),
    Place("visitor", "scorecard of few", at("/vendors/oslo-light/scorecard")),
    Place("visitor", "late threads", at("/threads?show=late")),
    Place("visitor", "unclaimed vendor", at("/vendors/oslo-light")),
    Place("visitor", "advocates", at("/vendors/northwind-rail/advocates")),
    Place("visitor", "problems", at("/vendors/northwind-rail/problems")),
    Place("visitor", "confirmed problem", about("Bicycle spaces")),
    Place("visitor", "thread", of(REFUND)),
    Place("visitor", "solved thread", of(BICYCLE)),
    Place("visitor", "new thread", at("/threads/new")),
    Place("visitor", "sign-in", at("/sign-in")),
    Place("visitor", "sign-up", at("/sign-up")),
    Place("visitor", "reset", at("/account/reset")),
    Place("visitor", "search", at("/search?q=ticket")),
    Place("visitor", "moderation log", at("/moderation/log")),
    Place("visitor", "member", at("/members/tomaszw")),
    Place("visitor", "help", at("/help")),
    Place("visitor", "mailbox", at("/demo/mailbox")),
    Place("visitor", "nothing there", at("/threads/nothing")),
    Place("member", "thread, author in turn", in_the_authors_turn),
    Place("member", "thread, author quoting", of(REFUND, "?quote=2")),
    Place("member", "new thread about a company", at("/threads/new?vendor=northwind-rail")),
    Place("member", "feed", at("/feed")),
    Place("member", "notices", at("/notices")),
    Place("member", "account", at("/account")),
    Place("member", "e-mail", at("/account/email")),
    Place("member", "password", at("/account/password")),
    Place("member", "browsers", at("/account/sessions")),
    Place("member", "sign-ins", at("/account/sign-ins")),
    Place("member", "people", at("/account/people")),
    Place("member", "drafts", at("/account/drafts")),
    Place("member", "archive", at("/account/archive")),
    Place("member", "edit", own_post("member@demo.example", "edit")),
    Place("member", "history", own_post("member@demo.example", "history")),
    Place("member", "report", lambda: a_reply("report")),
    Place("member", "planned problem", about("Refund slips")),
    Place("member", "name a cause", at("/vendors/northwind-rail/problems/new?q=refund")),
    Place("member", "the cause of a thread", of("Meter cupboard", "/problem")),
    Place("member", "declare", at("/vendors/northwind-rail/advocate")),
    Place("lapsed", "thread of another", of(REFUND)),
    Place("lapsed", "own thread", of("The fibre box on my wall")),
    Place("advocate", "thread", of(REFUND)),
    Place("advocate", "a member's page", at("/members/inesaldana")),
    Place("representative", "thread", of(REFUND)),
    Place("representative", "closed thread", of(BICYCLE)),
    Place("manager", "consultation", of("Which late train")),
    Place("manager", "promise: draft", at("/vendors/northwind-rail/promise/edit")),
    Place("manager", "promise: publish", at("/vendors/northwind-rail/promise/publish")),
    Place("manager", "promise: withdraw", at("/vendors/northwind-rail/promise/withdraw")),
    Place("manager", "own problem", about("Refund slips")),
    Place("manager", "a word on the scorecard", at("/vendors/northwind-rail/scorecard/comment")),
    Place("manager", "desk", at("/desk/northwind-rail")),
    Place("manager", "desk: today", at("/desk/northwind-rail/day")),
    Place("manager", "desk: keys", at("/desk/northwind-rail/keys")),
    Place("manager", "desk: saved replies", at("/desk/northwind-rail/replies")),
    Place("manager", "desk: briefings", at("/desk/northwind-rail/briefings")),
    Place("manager", "desk: thread", at_the_desk("No boarding ramp")),
    Place("manager", "edit the page", at("/vendors/northwind-rail/edit")),
    Place("manager", "appointments", at("/account/appointments")),
    Place("steward", "hidden thread", of("The caretaker who keeps")),
    Place("steward", "reports", at("/moderation")),
    Place("steward", "moderate", of(REFUND, "/moderate")),
    Place("visitor", "what membership is for", at("/join")),
    Place("member", "joining", at("/join")),
    Place("member", "membership", at("/account/membership")),
    Place("member", "gifts", at("/account/membership/gifts")),
    Place("member", "a year in plain words", at("/account/membership/years/2026")),
    Place("member", "receipt", lambda: "/account/membership/receipts/"
          + Payment.get(account=Account.get(email="member@demo.example")).id),
    Place("lapsed", "membership that ended", at("/account/membership")),
    Place("treasurer", "treasurer's desk", at("/treasurer")),
]


def violations(page: Page, only: list[str] | None = None) -> list[str]:
    """What axe finds: all its rules, or only some."""
    run = {"type": "rule", "values": only} if only else {"type": "tag", "values": TAGS}
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options)",
                          {"runOnly": run, "resultTypes": ["violations"], "elementRef": False})
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"]
            for node in one["nodes"]]


def calm(browsers, email: str | None, **options) -> Page:
    """A browser in which no colour is on its way to another while axe looks."""
    return browsers.open(email, reduced_motion="reduce", **options)


def sideways(page: Page) -> list[str]:
    """What sticks out of the page at its right."""
    return page.evaluate("""() => {
        const wide = document.documentElement.clientWidth
        if (document.documentElement.scrollWidth <= wide) return []
        return [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > wide + 1)
            .map(e => `at ${wide}: ${e.outerHTML.slice(0, 120)}`).slice(0, 3)
    }""")


def wrong_with(page: Page) -> Iterator[str]:
    """Every fault of the page that is open, at each width and in both schemes."""
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for fault in violations(page, COLOURS if scheme == "dark" else None):
                yield f"{width} {scheme} {fault}"
        yield from sideways(page)
    page.set_viewport_size({"width": SMALL, "height": 900})
    yield from sideways(page)
    page.set_viewport_size({"width": DESKTOP, "height": 900})


@pytest.mark.parametrize("who", ["visitor", *ROLES])
def test_pages_are_for_everybody(browsers, who):
    page = calm(browsers, None if who == "visitor" else f"{who}@demo.example")
    faults = []
    for place in (one for one in PLACES if one.who == who):
        page.goto(place.path())
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        faults += [f"{place.name}: {fault}" for fault in wrong_with(page)]
    assert not faults, "\n".join(faults)


def test_forms_that_found_something_wrong_are_for_everybody(browsers):
    page = calm(browsers, "member@demo.example")
    page.goto("/threads/new?vendor=northwind-rail")
    page.get_by_label("Title").fill("Hm")
    page.get_by_label("Your text").fill("a")
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".errors").wait_for()
    assert not list(wrong_with(page))


def test_similar_threads_are_for_everybody(browsers):
    page = calm(browsers, "member@demo.example")
    page.goto("/threads/new?vendor=northwind-rail")
    page.get_by_label("Complaint", exact=True).check()
    page.get_by_label("Title").fill("Refund for the cancelled sleeper")
    page.get_by_label("Your text").fill("No refund, no money, no word from the counter.")
    page.get_by_role("button", name="Preview").click()
    page.locator("#preview").wait_for()
    assert not list(wrong_with(page))
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("#similar").wait_for()
    assert not list(wrong_with(page))


def test_the_menu_of_a_phone_is_for_everybody(browsers):
    page = calm(browsers, "member@demo.example", viewport={"width": PHONE, "height": 800})
    page.goto("/")
    page.get_by_text("Menu").first.click()
    page.get_by_role("link", name="Notices").wait_for()
    assert not violations(page)
    assert not sideways(page)


def test_reports_wait_on_the_stewards_desk(browsers):
    """The desk that is looked at above is not an empty one."""
    assert Report.select().where(Report.settled_at.is_null()).exists()
