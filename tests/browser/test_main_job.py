"""The main job in real browsers, most of it without JavaScript, as the pages promise."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking as w

pytestmark = pytest.mark.browser

MEMBER, LAPSED = "member@demo.example", "lapsed@demo.example"
REPRESENTATIVE, ADVOCATE = "representative@demo.example", "advocate@demo.example"
TITLE = "Refund for the cancelled night train has not come"
BODY = "It was cancelled on 3 September. The counter said the **refund** is on its way."


def without_scripts(browsers, email: str | None = None) -> Page:
    return browsers.open(email, java_script_enabled=False)


def write_draft_and_join(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Start a thread").first.click()
    w.fill_thread(page, TITLE, BODY)
    page.get_by_role("button", name="Keep it and join").click()
    expect(page.get_by_text("Your draft is kept.")).to_be_visible()
    page.get_by_label("E-mail").fill("nora@people.example")
    page.get_by_label("Name", exact=True).fill("Nora Lind")
    page.get_by_label("Handle").fill("noralind")
    page.get_by_label("Password").fill("a few words in a row")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()


def confirm_the_mail(page: Page) -> None:
    page.goto("/demo/mailbox")
    page.locator(".rows .row", has_text="nora@people.example").locator("a").first.click()
    page.locator("main pre a").first.click()
    expect(page.get_by_text("nora@people.example")).to_be_visible()
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_text("Welcome, Nora Lind.")).to_be_visible()


def test_from_a_draft_to_solved_by_the_community(browsers, travel, jobs):
    author = without_scripts(browsers)
    write_draft_and_join(author)
    jobs()
    confirm_the_mail(author)
    expect(author.get_by_label("Title")).to_have_value(TITLE)
    expect(author.get_by_label("Your text")).to_have_value(BODY)
    path = w.send_thread(author)
    w.expect_state(author, path, "Waiting since 20 Nov")

    travel(hours=2)
    jobs()
    company = without_scripts(browsers, REPRESENTATIVE)
    company.goto("/vendors/northwind-rail")
    company.get_by_role("link", name=TITLE).click()
    w.answer(company, path, "Answer", "Nora, it waits for a second release; I asked for it.")

    travel(hours=1)
    advocate = without_scripts(browsers, ADVOCATE)
    w.help_out(advocate, path, "Say “second release” at the counter, and it moves in a day.")

    travel(days=1)
    jobs()
    author.goto("/notices")
    expect(author.get_by_text("Northwind Rail answered. It is your turn.")).to_be_visible()
    author.goto(path)
    expect(author.get_by_role("heading", name="Did that solve it?")).to_be_visible()
    helping = author.locator("article.post-advocate")
    helping.get_by_role("button", name="This helped").click()
    expect(helping.get_by_text("Nora Lind says this helped")).to_be_visible()
    w.solved(author, path, "Other customers here", "Tomasz W., post 3", "Two words, one day.")
    expect(author.get_by_text("Two words, one day.")).to_be_visible()
    expect(helping.get_by_text("Named as what solved it")).to_be_visible()

    visitor = without_scripts(browsers)
    w.expect_state(visitor, path, "Solved")
    expect(visitor.get_by_text("other customers solved it")).to_be_visible()
    w.expect_event(visitor, "Solved")
    visitor.goto("/")
    expect(visitor.locator("section", has_text="Lately solved")).to_contain_text(TITLE)

    # The free first thread was the only one; joining in elsewhere is for members.
    author.goto("/threads/new")
    expect(author.locator(".notice-warn")).to_be_visible()


def answered(browsers, kind: str = "Complaint", purpose: str = "Answer") -> tuple[Page, Page, str]:
    """A thread that its company answered: the author's page, the representative's, the path."""
    author = without_scripts(browsers, MEMBER)
    path = w.open_thread(author, TITLE, BODY, kind)
    company = without_scripts(browsers, REPRESENTATIVE)
    w.answer(company, path, purpose, "We looked into it, and this is what we found.")
    return author, company, path


def test_solved_by_the_company(browsers):
    author, _, path = answered(browsers, purpose="Propose a resolution")
    w.expect_state(author, path, "Resolution proposed")
    w.solved(author, path, w.COMPANY)
    w.expect_state(author, path, "Solved")
    expect(author.get_by_text("Northwind Rail solved it")).to_be_visible()


def test_solved_by_the_community_needs_a_post(browsers):
    author, _, path = answered(browsers)
    w.help_out(without_scripts(browsers, ADVOCATE), path, "Ask at counter 4, they know.")
    author.goto(path)
    author.get_by_label("Yes, it is solved").check()
    author.get_by_label("Other customers here").check()
    author.get_by_label("A closing word").fill("It was the counter.")
    author.get_by_role("button", name="Close it as solved").click()
    expect(author.locator(".errors")).to_be_visible()
    expect(author.get_by_label("A closing word")).to_have_value("It was the counter.")
    expect(author.get_by_label("Other customers here")).to_be_checked()
    author.get_by_label("Tomasz W., post 3").check()
    author.get_by_role("button", name="Close it as solved").click()
    w.expect_state(author, path, "Solved")


def test_sent_back(browsers, travel):
    author, company, path = answered(browsers)
    travel(days=1)
    w.decide(author, path, "I still need the company", "No money yet. Please look again.")
    w.expect_state(company, path, "Waiting since 21 Nov")
    w.expect_event(company, "Sent back")
    w.answer(company, path, "Answer", "It went out this morning, I watched it go.")
    w.expect_state(author, path, "Answered")


def test_just_a_note_moves_nothing(browsers):
    author, _, path = answered(browsers)
    w.decide(author, path, "Just a note", "I will look at my account on Monday.")
    w.expect_state(author, path, "Answered")
    expect(author.get_by_role("heading", name="Did that solve it?")).to_be_visible()


def test_asked_and_answered(browsers):
    author, company, path = answered(browsers, purpose="Ask the author")
    author.goto(path)
    expect(author.get_by_role("heading", name="They asked you something")).to_be_visible()
    w.decide(author, path, "I answer them", "It was the train at 21:40.")
    w.expect_state(company, path, "Waiting since 20 Nov")


def test_reopened_with_a_reason(browsers, travel):
    author, company, path = answered(browsers)
    w.solved(author, path, w.COMPANY)
    travel(days=3)
    author.goto(path)
    author.get_by_text("It came back: open this thread again").click()
    author.get_by_label("What happened").fill("The bank sent the money back to you.")
    author.get_by_role("button", name="Open it again").click()
    w.expect_state(company, path, "Waiting since 23 Nov")
    w.expect_event(company, "Reopened")
    expect(company.get_by_text("The bank sent the money back to you.")).to_be_visible()


def test_declined_and_disputed(browsers, travel):
    author, company, path = answered(browsers, purpose="Decline")
    w.expect_state(author, path, "Declined by the company")
    travel(days=2)
    w.decide(author, path, "I dispute that", "Your own terms promise it, in section 4.")
    w.expect_state(company, path, "Waiting since 22 Nov")
    w.expect_event(company, "Decline disputed")


def test_silence_is_reminded_of_and_closes_unconfirmed(browsers, travel, jobs):
    author, _, path = answered(browsers)
    jobs()
    travel(days=7, minutes=1)
    jobs()
    author.goto("/demo/mailbox")
    reminder = author.locator(".row", has_text=f"It is still your turn: {TITLE}")
    expect(reminder).to_contain_text(MEMBER)
    w.expect_state(author, path, "Answered")
    w.expect_event(author, "Author reminded")
    expect(author.get_by_text("If we hear nothing by 4 December 2026").first).to_be_visible()

    visitor = without_scripts(browsers)
    w.expect_state(visitor, path, "Answered")
    travel(days=7)
    w.expect_state(visitor, path, "Closed, unconfirmed")  # before the sweep, and from the cache
    jobs()
    w.expect_state(visitor, path, "Closed, unconfirmed")
    w.expect_event(visitor, "Closed, unconfirmed")
    author.goto(path)
    author.get_by_text("It is solved", exact=True).click()
    author.get_by_label(w.COMPANY, exact=True).check()
    author.get_by_role("button", name="Close it as solved").click()
    w.expect_state(author, path, "Solved")


def test_me_too_in_three_words(browsers):
    author, _, path = answered(browsers)
    author.goto(path)
    assert author.get_by_role("button", name="Me too").count() == 0
    other = without_scripts(browsers, ADVOCATE)
    other.goto(path)
    other.get_by_role("button", name="Me too").click()
    others = other.locator("section", has=other.get_by_role("heading", name="Others"))
    expect(others.locator(".stat", has_text="affected too")).to_contain_text("1")
    other.get_by_role("button", name="Works for me now").click()
    expect(others.locator(".stat", has_text="affected too")).to_contain_text("0")
    expect(others.locator(".stat", has_text="works now")).to_contain_text("1")
    expect(other.get_by_role("button", name="Stop following")).to_be_visible()


def test_a_lapsed_member_reads_but_does_not_write_elsewhere(browsers):
    _, _, path = answered(browsers)
    lapsed = without_scripts(browsers, LAPSED)
    lapsed.goto(path)
    expect(lapsed.get_by_text("Your membership has ended")).to_be_visible()
    assert lapsed.get_by_label("Your text").count() == 0


def test_what_was_typed_survives_an_ended_session(browsers):
    author, _, path = answered(browsers)
    author.goto(path)
    author.get_by_label("I still need the company").check()
    author.get_by_label("Your text").fill("Still nothing, and it has been a week.")
    author.context.clear_cookies()
    author.get_by_role("button", name="Send", exact=True).click()
    form = author.locator("form", has=author.get_by_label("Password"))
    form.get_by_label("E-mail").fill(MEMBER)
    form.get_by_label("Password").fill("parley-demo")
    form.get_by_role("button", name="Sign in").click()
    expect(author.get_by_label("Your text")).to_have_value(
        "Still nothing, and it has been a week.")


def test_the_archive_is_made_and_taken_home(browsers, jobs):
    page = without_scripts(browsers, MEMBER)
    page.goto("/account/archive")
    page.get_by_role("button", name="Make my archive").click()
    jobs()
    page.goto("/account/archive")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download").click()
    assert taken.value.suggested_filename.endswith(".zip")


# Without a mouse


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the element with that label or those words has the focus, visibly."""
    for _ in range(most):
        page.keyboard.press("Tab")
        words = page.evaluate("""() => {
            const e = document.activeElement
            return [...(e.labels ?? [])].map(l => l.textContent.trim()).join(' ')
                || e.textContent.trim()
        }""")
        outlined(page)
        if words.startswith(name):
            return
    raise AssertionError(f"Tab never came to “{name}”")


def send_by_key(page: Page, name: str) -> None:
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def outlined(page: Page) -> None:
    """The focus is seen: an outline of some width, on the element or on the label it stands in."""
    found = page.evaluate("""() => {
        const e = document.activeElement
        const seen = e => {
            const style = getComputedStyle(e)
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        }
        return seen(e) || [...(e.labels ?? [])].some(seen) ? '' : e.outerHTML.slice(0, 200)
    }""")
    assert not found, f"no visible focus: {found}"


def test_a_thread_by_keyboard_only(browsers):
    page = browsers.open(MEMBER)
    page.goto("/vendors/northwind-rail")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    send_by_key(page, "Write to Northwind Rail")
    tab_to(page, "Question")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Complaint", exact=True)).to_be_checked()
    tab_to(page, "Title")
    page.keyboard.type("Seat 61 has no light, and no socket either")
    tab_to(page, "Your text")
    page.keyboard.type("I read by phone from the border on.")
    tab_to(page, "More about a complaint")
    page.keyboard.press("Enter")
    tab_to(page, "Product or service")
    page.keyboard.type("Night train 401, coach 12")
    send_by_key(page, "Send")
    if page.get_by_role("button", name="Send it anyway").count():
        send_by_key(page, "Send it anyway")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Seat 61 has no light, and no socket either")
    expect(page.get_by_text("Night train 401, coach 12")).to_be_visible()


def test_the_author_decides_by_keyboard_only(browsers):
    _, _, path = answered(browsers)
    page = browsers.open(MEMBER)
    page.goto(path)
    tab_to(page, "Yes, it is solved")
    page.keyboard.press("Space")
    send_by_key(page, "Close it as solved")
    w.expect_state(page, path, "Solved")
