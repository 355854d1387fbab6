"""The hot queries go through an index, in order: with a few thousand rows of everything."""

from __future__ import annotations

import re
from typing import Any

from parley.kernel import db
from parley.outbox import actions as outbox
from parley.scorecards import days
from parley.scorecards.models import ClosedDay
from parley.threads import outcomes
from tests.conftest import forget_pages
from tests.web.crowd import Crowd, listening

# Tables that grow without end; all others are small, or asked by one person's or company's rows.
BIG = {"thread", "post", "notice", "task", "follow", "document", "tally", "contribution",
       "snapshot"}
SIZE = {"spread": 30, "follows": 400, "replies": 3}
THREADS, POSTS = 2000, 600

PAGES = [
    ("/", None), ("/threads", None), ("/threads?show=waiting", None),
    ("/threads?show=solved", None), ("/threads?show=praise", None),
    ("/vendors/acme?show=newest", None), ("/vendors/acme?show=waiting", None),
    ("/vendors/acme?show=solved", None), ("/vendors/acme?show=praise", None),
    ("/vendors/acme", "reader"), ("/vendors/acme/feed.atom", None), ("/vendors", None),
    ("/vendors/acme/scorecard", None), ("/vendors/acme/scorecard?window=90d", None),
    ("/vendors/acme/scorecard?window=all", None),
    ("/vendors/acme/scorecard?as_of=2026-11-10", None),
    ("/vendors/acme/scorecard?as_of=2026-11-11", None),
    ("/vendors?q=parcel", None), ("/members/oda", None), ("/search?q=parcel+7", None),
    ("/feed", "reader"), ("/notices", "reader"), ("thread", None), ("thread", "reader"),
    ("thread", "author"), ("thread?from=400", None), ("feed of the thread", None),
]
# Sorting a handful is no harm: what one person follows, and what a search found.
MAY_SORT = ('"follow" AS', "document_fts")


def statements(app, crowd: Crowd, page: str, who: str | None) -> list[tuple[str, Any]]:
    forget_pages(app)
    browser, thread = app.test_client(), f"/threads/{crowd.busy.id}"
    if who:
        browser.sign_in(getattr(crowd, who))
    path = f"{thread}/feed.atom" if page.startswith("feed of") else page.replace("thread", thread) \
        if page.startswith("thread") else page
    with listening() as heard:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    following = re.search(r'rel="next" href="(/[^"]+after=[^"]+)"', answer.get_data(as_text=True))
    if following and "after=" not in path:
        heard += statements(app, crowd, following[1].replace("&amp;", "&"), who)
    return heard


def plan(sql: str, params: Any) -> list[str]:
    how = "EXPLAIN QUERY PLAN " if db.is_sqlite() else "EXPLAIN "
    return [str(row[-1]) for row in db.database.execute_sql(how + sql, params).fetchall()]


def faults(sql: str, steps: list[str]) -> list[str]:
    """The steps of a plan that read a big table whole, or sort what an index should order."""
    names = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    ordered = re.search(r'ORDER BY "(\w+)"', sql)
    sorted_by = names.get(ordered[1]) if ordered else None
    found = []
    for step in steps:
        whole = re.search(r"^SCAN (\w+)|Seq Scan on (\w+)", step)
        if whole and names.get(whole[1], whole[1] or whole[2]) in BIG and "(0 = 1)" not in sql:
            found.append(step)
        if "TEMP B-TREE FOR ORDER BY" in step and sorted_by in BIG and not any(
                words in sql for words in MAY_SORT):
            found.append(step)
    return found


def test_hot_queries_neither_read_whole_tables_nor_sort(app, travel):
    crowd, heard = Crowd(**SIZE).grow(threads=THREADS, posts=POSTS), {}
    ClosedDay.create(day=days.today() - 2)  # of yesterday nothing is kept yet
    db.database.execute_sql("ANALYZE")
    for page, who in PAGES:
        heard |= {sql: (page, params) for sql, params in statements(app, crowd, page, who)}
    with listening() as jobs:
        assert outbox.lease() is not None
        outcomes.sweep()
        days.sweep()
    heard |= {sql: ("jobs", params) for sql, params in jobs}
    wrong = []
    for sql, (page, params) in heard.items():
        if sql.startswith("SELECT"):
            wrong += [f"{page}: {fault}\n  {sql}\n" for fault in faults(sql, plan(sql, params))]
    assert not wrong, "\n".join(wrong)
