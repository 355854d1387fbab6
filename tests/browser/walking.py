"""What people do on the pages, step by step, as tests of the main job say it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

COMPANY = "Northwind Rail"


def fill_thread(page: Page, title: str, body: str, kind: str = "Complaint") -> None:
    """Fill in the form of a new thread that is open on the page."""
    if page.get_by_label("Company", exact=True).count():
        page.get_by_label("Company", exact=True).fill(COMPANY)
    page.get_by_label(kind, exact=True).check()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Your text").fill(body)


def send_thread(page: Page) -> str:
    """Send it, past the similar ones if such are shown. The thread's path."""
    page.get_by_role("button", name="Send", exact=True).click()
    again = page.get_by_role("button", name="Send it anyway")
    if again.count():
        again.click()
    page.wait_for_url(lambda url: "/threads/" in url and not url.endswith("/new"))
    return page.url.removeprefix(page.url[:page.url.index("/threads/")])


def open_thread(page: Page, title: str, body: str, kind: str = "Complaint") -> str:
    page.goto("/threads/new?vendor=northwind-rail")
    fill_thread(page, title, body, kind)
    return send_thread(page)


def answer(page: Page, path: str, purpose: str, text: str) -> None:
    """As a representative, write a post with a purpose."""
    page.goto(path)
    page.get_by_label(purpose, exact=True).check()
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text(text)).to_be_visible()


def help_out(page: Page, path: str, text: str, side: str = "Helping") -> None:
    """As an advocate, weigh in."""
    page.goto(path)
    page.get_by_label(side, exact=True).check()
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text(text)).to_be_visible()


def decide(page: Page, path: str, choice: str, text: str) -> None:
    """As the author in turn, choose and say what belongs to it; not for “it is solved”."""
    page.goto(path)
    page.locator("#decide").get_by_label(choice, exact=True).check()
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text(text)).to_be_visible()


def solved(page: Page, path: str, by: str, post: str = "", word: str = "") -> None:
    """As the author, say that it is solved, by whom, and by which post."""
    page.goto(path)
    page.get_by_label("Yes, it is solved").check()
    page.get_by_label(by, exact=True).check()
    if post:
        page.get_by_label(post).check()
    page.get_by_label("A closing word").fill(word)
    page.get_by_role("button", name="Close it as solved").click()
    expect(page.get_by_text("Thank you. The thread is closed as solved.")).to_be_visible()


def expect_state(page: Page, path: str, words: str) -> None:
    """The pill under the title says so."""
    page.goto(path)
    expect(page.locator(".thread-state .pill")).to_contain_text(words)


def expect_event(page: Page, words: str) -> None:
    expect(page.locator(".timeline")).to_contain_text(words)
