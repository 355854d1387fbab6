"""How many queries each page takes, in a small community and in one ten times as large."""

from __future__ import annotations

import pytest

from parley.kernel import rulebook
from parley.scorecards.days import today
from parley.scorecards.models import ClosedDay
from parley.threads import thread_pages
from tests.conftest import forget_pages
from tests.web.crowd import Crowd, listening

# page, who: queries. A signed-in reader costs the session, standing, offices and unread notices.
QUERIES = {
    ("/", None): 5,
    ("/", "reader"): 9,
    ("/threads", None): 2,
    ("/threads?show=waiting", None): 2,
    ("/vendors/acme", None): 8,
    ("/vendors/acme", "reader"): 14,
    ("/vendors/acme/advocates", None): 4,
    ("/vendors/acme/promise", None): 5,
    ("/vendors/acme/feed.atom", None): 4,
    ("/vendors/acme/scorecard", None): 7,
    ("/vendors/acme/scorecard?as_of=2026-11-10", None): 6,
    ("/vendors/acme/badge.svg", None): 5,
    ("/vendors", None): 2,
    ("/vendors?q=lid", None): 3,
    ("/search?q=parcel", None): 4,
    ("/search/feed.atom?q=parcel", None): 3,
    ("/members/oda", None): 10,
    ("/feed", "reader"): 7,
    ("/notices", "reader"): 5,
    ("/account/drafts", "reader"): 6,
    ("/moderation/log", None): 8,
    ("thread", None): 9,
    ("thread", "reader"): 17,
    ("thread", "author"): 16,
    ("thread", "manager"): 16,
    ("thread", "steward"): 17,
    ("feed of the thread", None): 2,
}
# What is kept of a page costs only the look at its versions; of a thread's posts, nothing more.
AGAIN = {("/", None): 1, ("thread", None): 1, ("/vendors/acme", None): 1, ("thread", "reader"): 12}


def address(page: str, crowd: Crowd) -> str:
    thread = f"/threads/{crowd.busy.id}"
    return {"thread": thread, "feed of the thread": f"{thread}/feed.atom"}.get(page, page)


def counted(app, crowd: Crowd, page: str, who: str | None, cold: bool = True) -> int:
    browser = app.test_client()
    if who:
        browser.sign_in(getattr(crowd, who))
    if cold:
        forget_pages(app)
        thread_pages._fragments.kept.clear()
    with listening() as heard:
        answer = browser.get(address(page, crowd))
    assert answer.status_code == 200, (page, who)
    return len(heard)


def test_queries_of_each_page_whatever_the_size(app, travel):
    crowd = Crowd().grow(threads=24, posts=9)
    rulebook.current()  # each process remembers it for some seconds
    ClosedDay.insert_many([{"day": today() - ago} for ago in (1, 2)]).execute()
    small = {key: counted(app, crowd, *key) for key in QUERIES}
    crowd.grow(threads=240, posts=90)
    large = {key: counted(app, crowd, *key) for key in QUERIES}
    assert large == small
    assert small == QUERIES


@pytest.mark.parametrize(("page", "who"), AGAIN)
def test_queries_of_a_page_that_was_shown_before(app, travel, page, who):
    crowd = Crowd().grow(threads=4, posts=9)
    counted(app, crowd, page, who)
    assert counted(app, crowd, page, who, cold=False) == AGAIN[page, who]
