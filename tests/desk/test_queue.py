"""The queue's order, its filters, and that each of them is served by an index."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from parley.desk import queue
from parley.desk.rules import Filters, Show
from parley.kernel import clock, db, ids
from parley.kernel.errors import Invalid
from parley.kernel.fulltext import Document
from parley.problems.actions import NewProblem, open_problem
from parley.threads.models import Thread
from parley.threads.rules import Kind
from tests.factories import make_manager, make_member, make_representative, make_vendor
from tests.threads import factories as f
from tests.web.crowd import listening
from tests.web.scene import text
from tests.web.test_query_plans import plan

MANY = 1_500
BATCH = 500


def crowd(vendor, count: int, assignee: str = "") -> None:
    """Threads of one vendor as rows, in all states, most of them waiting."""
    now, authors = clock.now(), [make_member().id for _ in range(9)]
    rows = []
    for n in range(count):
        at = now - timedelta(hours=n)
        waits = n % 5 != 0
        rows.append({
            "id": ids.new(), "vendor": vendor.id, "author": authors[n % 9],
            "kind": ("question", "complaint", "idea")[n % 3] if waits else
                    ("question", "praise")[n % 2],
            "title": f"Parcel {n}", "opened_at": at, "last_post_at": at,
            "status": "awaiting_vendor" if waits else
                      (("closed", "awaiting_author")[n // 10 % 2] if n % 2 == 0 else "nobody"),
            "waiting_since": at if waits else None,
            "turn_since": None if waits else at, "closed_at": at,
            "queue_day": 20_000 + n % 40 if waits else None, "queue_first": int(n % 9 != 0),
            "due_at": at + timedelta(days=n % 40) if waits else None,
            "assignee": assignee if n % 4 == 0 else ""})
    for start in range(0, count, BATCH):
        Thread.insert_many(rows[start:start + BATCH]).execute()
        Document.insert_many([
            {"kind": "thread", "ref": row["id"], "title": row["title"], "body": "late",
             "at": row["opened_at"], "scope": vendor.id}
            for row in rows[start:start + BATCH]]).execute()


def test_the_order_is_the_day_then_safety_then_who_waited_longest(team, travel):
    calm = team.thread(kind="complaint")
    travel(hours=1)
    danger = team.thread(kind="complaint", impact="safety")
    travel(hours=1)
    other = team.thread(kind="complaint", impact="nuisance")
    travel(days=1)
    tomorrow = team.thread(kind="complaint", impact="safety")
    idea = team.thread(kind="idea")
    listed = [t.id for t in queue.waiting(team.vendor, Filters(), None, 9)]
    assert listed == [danger.id, calm.id, other.id, tomorrow.id, idea.id]
    places = [queue.place_of(t) for t in queue.waiting(team.vendor, Filters(), None, 9)]
    for n, place in enumerate(places):
        again = queue.place(queue.mark(place))
        assert again == place
        assert [t.id for t in queue.waiting(team.vendor, Filters(), again, 9)] == listed[n + 1:]


@pytest.mark.parametrize("typed", ["x", f"1-2-3-{'0' * 20}", "1-1-1-1", f"{'9' * 9}-1-1-"])
def test_a_made_up_place_is_refused(typed):
    with pytest.raises(Invalid):
        queue.place(typed)


def test_filters_and_pages_together_list_every_thread_once(app, travel, client_of):
    vendor = make_vendor(name="Acme")
    kim = make_representative(vendor, handle="kim")
    crowd(vendor, 120, kim.id)
    everything = list(Thread.select())
    for show in Show:
        for kind in (None, Kind.IDEA, Kind.PRAISE):
            for who in (None, ("",), (kim.id,), ("", kim.id)):
                filters = Filters(show, kind, who)
                wanted = {t.id for t in everything if filters.fits(t.kind, t.status, t.assignee)}
                seen, after = [], None
                while rows := listed(vendor, filters, after):
                    seen += [t.id for t in rows]
                    last = rows[-1]
                    after = queue.place_of(last) if show is Show.WAITING else (
                        last.last_post_at, last.id)
                assert len(seen) == len(set(seen))
                assert set(seen) == wanted, filters


def listed(vendor, filters, after):
    get = queue.waiting if filters.show is Show.WAITING else queue.newest
    return get(vendor, filters, after, 30)


def test_words_are_looked_for_among_the_companys_own_threads_only(team, client_of):
    f.open_thread(vendor=make_vendor(name="Other"), title="A lost lid")
    ours = team.thread(title="Our lost lid")
    team.thread(title="Something else")
    page = text(client_of(team.kim).get("/desk/acme?q=lost"))
    assert "Our lost lid" in page
    assert "A lost lid" not in page
    assert "Something else" not in page
    f.answer(ours, by=team.kim)
    assert "Our lost lid" not in text(client_of(team.kim).get("/desk/acme?q=lost"))
    assert "Our lost lid" in text(client_of(team.kim).get("/desk/acme?q=lost&show=author"))


ADDRESSES = (
    "", "?kind=idea", "?who=nobody", "?who=kim&kind=complaint", "?who=me",
    "?show=author", "?show=author&kind=question&who=nobody", "?show=closed",
    "?show=closed&kind=praise", "?show=closed&who=kim", "?show=open", "?show=open&kind=idea&who=me",
    "?q=parcel", "?problem=", "/day",
)


def test_every_list_of_the_desk_comes_from_an_index_in_its_order(app, travel, client_of):
    vendor = make_vendor(name="Acme")
    make_representative(vendor, handle="kim")
    manager = make_manager(vendor)
    crowd(vendor, MANY, manager.id)
    db.database.execute_sql("ANALYZE")
    if not db.is_sqlite():  # few threads, all of one company: only what cannot be helped shows
        db.database.execute_sql("SET LOCAL enable_seqscan = off")
        db.database.execute_sql("SET LOCAL enable_sort = off")
    browser, heard = client_of(manager), {}
    problem = open_problem(manager, vendor, NewProblem("They are late", "All of them.")).id
    for address in ADDRESSES:
        heard |= asked(browser, f"/desk/acme{address}".replace("problem=", f"problem={problem}"))
    with listening() as next_one:
        browser.post_form("/desk/acme/next")
    heard |= dict(next_one)
    wrong = []
    for sql, params in heard.items():
        if sql.startswith("SELECT") and '"thread"' in sql:
            wrong += [f"{fault}\n  {sql}\n" for fault in faults(sql, plan(sql, params))]
    assert not wrong, "\n".join(wrong)


def asked(browser, path: str) -> dict:
    with listening() as heard:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    following = re.search(r'rel="next" href="(/[^"]+after=[^"]+)"', text(answer))
    more = asked(browser, following[1].replace("&amp;", "&")) if (
        following and "after=" not in path) else {}
    return dict(heard) | more


def faults(sql: str, steps: list[str]) -> list[str]:
    """Steps that read all threads or posts, or sort them."""
    names = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    found = []
    for step in steps:
        whole = re.search(r"^SCAN (\w+)|Seq Scan on (\w+)", step)
        if whole and names.get(whole[1], whole[2]) in ("thread", "post") and "(0 = 1)" not in sql:
            found.append(step)
        ordered = re.search(r'ORDER BY "(\w+)"', sql)
        if ordered and names[ordered[1]] == "thread" and re.search(
                r"TEMP B-TREE FOR ORDER BY|^\W*(Incremental )?Sort  ", step):
            found.append(step)
    return found


def test_the_queue_asks_no_more_of_a_large_company(team, client_of, travel):
    browser = client_of(team.kim)
    counts = []
    for more in (40, 200):
        crowd(team.vendor, more, team.kim.id)
        with listening() as heard:
            assert browser.get("/desk/acme?who=me").status_code == 200
        with listening() as day:
            assert browser.get("/desk/acme/day").status_code == 200
        counts.append((len(heard), len(day)))
    assert counts[0] == counts[1]
