"""Problems as people see them: who is shown what, and what each page costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parley.moderation import actions as moderation
from parley.problems import actions, answering, linking, showing
from parley.problems.models import Problem, ProblemLink
from parley.threads import outcomes
from parley.threads.models import Thread
from tests.conftest import NOON, forget_pages
from tests.factories import make_member, make_steward
from tests.problems.factories import case, named
from tests.threads import factories as f
from tests.web.crowd import listening
from tests.web.scene import text


def test_the_page_is_never_older_than_what_was_acknowledged(found, client, client_of, travel):
    """Kept as bytes for visitors, and drawn anew for each thing that changes on it."""
    page = f"/problems/{found.id}"

    def shown() -> str:
        return text(client.get(page))

    assert '<p class="stat-figure">4</p>' not in shown()
    actions.follow(make_member(), found.id, affected=True)
    assert '<p class="stat-figure">4</p>' in shown()
    found.move("fix_planned", "Soon.", planned_for="2026-12-24")
    assert "wants to have it fixed by 24 December 2026" in shown()
    travel.to(datetime(2026, 12, 25, tzinfo=UTC))
    assert "That day has passed." in shown()
    moderation.hide_thread(found.threads[0].id, make_steward(), "unlawful")
    assert found.threads[0].title not in shown()
    outcomes.confirm(found.authors[1], found.threads[1].id, "myself")
    assert "Solved" in shown()
    found.move("fixed", "Thicker lids.")
    assert "Does it work for you now?" not in shown() and "nobody yet" in shown()
    assert "Does it work for you now?" in text(client_of(found.authors[1]).get(page))
    assert text(client_of(make_member()).get(page)).count("Does it work for you now?") == 0


def test_the_whole_way_through_the_pages(app, travel, client_of, client):
    """A member names a cause, the company takes it up, mends it and answers all at once; one
    says that it is not theirs, the others that it works."""
    found, member = case(0), make_member()
    threads = [f.open_thread(vendor=found.vendor, title=f"My lid broke {n}") for n in range(4)]
    new = f"/vendors/{found.vendor.slug}/problems/new"
    browser = client_of(member)
    assert "My lid broke 2" in text(browser.get(f"{new}?thread={threads[0].id}"))
    form = {"title": "Lids break", "body": "In the cold.", "threads": threads[0].id, "q": "lid",
            "do": "search"}
    searched = text(browser.post_form(new, form))
    assert searched.count('name="threads"') == 4
    assert searched.count(" checked") == 1
    assert "In the cold." in searched
    sent = browser.post_form(new, form | {"do": "send", "threads": [t.id for t in threads[:3]]})
    page = sent.location
    ours = client_of(found.manager)
    assert "My lid broke 0" in text(ours.get(page))
    ours.post_form(f"{page}/state", {"to": "acknowledged"})
    for row in ProblemLink.select():
        ours.post_form(f"{page}/links/{row.id}", {"decision": "accept"})
    ours.post_form(f"{page}/links", {"thread": f"http://localhost/threads/{threads[3].id}?from=1"})
    ours.post_form(f"{page}/updates", {"body": "Thicker lids are on their way."})
    assert "The answer in 4 threads" in text(client.get(page))
    author, thread = client_of(threads[0].author), f"/threads/{threads[0].id}"
    assert "went to all 4 threads" in text(author.get(thread))
    row = ProblemLink.get(ProblemLink.thread == threads[0].id)
    assert f"{page}/links/{row.id}" not in text(client_of(threads[1].author).get(thread))
    back = author.post_form(f"{page}/links/{row.id}", {"decision": "not_mine", "next": thread})
    assert back.location == thread
    assert f.now(threads[0]).status == "awaiting_vendor"
    ours.post_form(f"{page}/state", {"to": "fixed", "words": "Thicker lids."})
    for one in threads[1:]:
        client_of(one.author).post_form(f"{page}/votes", {"works": "yes"})
    assert "Fixed and confirmed" in text(client.get(f"/vendors/{found.vendor.slug}"))
    assert "Most of the people hit" in text(client_of(threads[1].author).get("/notices"))


def test_known_problems_stand_before_a_new_thread_and_can_be_chosen(found, client_of):
    member = make_member()
    browser = client_of(member)
    form = {"kind": "complaint", "title": "My lid does break", "body": "In the cold, all of them.",
            "vendor": found.vendor.slug}
    asked = browser.post_form("/threads/new", form)
    assert "Is it this?" in text(asked)
    assert not Thread.select().where(Thread.author == member.id).exists()
    sent = browser.post_form("/threads/new", form | {"seen": "1", "problem": found.id})
    thread = Thread.get(Thread.author == member.id)
    assert sent.location == f"/threads/{thread.id}"
    assert ProblemLink.get(ProblemLink.thread == thread.id).state == "linked"
    other = browser.post_form("/threads/new", form | {"seen": "1", "problem": "no such thing"})
    assert other.status_code == 303
    found.move("fixed")
    assert found.problem.affected == 4


@pytest.mark.parametrize(("kind", "times"), [("complaint", 2), ("praise", 1)])
def test_a_thread_is_sent_whatever_comes_of_its_cause(found, client_of, kind, times):
    """A form sent twice finds its thread linked, and praise has no cause."""
    member = make_member()
    form = {"kind": kind, "title": "Now of the lids", "body": "All of them.", "seen": "1",
            "vendor": found.vendor.slug, "problem": found.id, "form_key": "k"}
    browser = client_of(member)
    sent = [browser.post_form("/threads/new", form) for _ in range(times)]
    thread = Thread.get(Thread.author == member.id)
    assert {each.location for each in sent} == {f"/threads/{thread.id}"}


def test_suggestions_are_shown_to_those_who_decide(found, client_of):
    thread = f.open_thread(vendor=found.vendor)
    row = linking.link(make_member(), found.id, thread.id)
    address = f"/problems/{found.id}/links/{row.id}"
    for person, decides in ((thread.author, True), (found.manager, True), (make_member(), False)):
        for page in (f"/problems/{found.id}", f"/threads/{thread.id}"):
            assert (address in text(client_of(person).get(page))) is decides
    refused = client_of(thread.author).post_form(address, {"decision": "refuse"})
    assert refused.status_code == 303
    again = client_of(found.manager).post_form(f"/threads/{thread.id}/problem",
                                               {"problem": found.id})
    assert again.status_code == 409
    assert "something else" in text(again)


def test_lists_by_state_page_by_page(found, client, travel):
    for number in range(27):
        travel(minutes=1)
        new = actions.NewProblem(f"Cause number {number}", "x")
        actions.open_problem(found.manager, found.vendor, new)
    page = f"/vendors/{found.vendor.slug}/problems"
    first = text(client.get(page))
    assert first.count('class="row-title"') == 25
    assert "Cause number 26" in first
    after = first.split("after=")[1].split('"')[0]
    assert "Lids break in the cold" in text(client.get(f"{page}?after={after}"))
    assert "No problem stands there now." in text(client.get(f"{page}?show=rejected"))
    assert client.get(f"{page}?show=unheard").status_code == 404


def counted(app, browser, path: str) -> int:
    forget_pages(app)
    with listening() as heard:
        assert browser.get(path).status_code == 200
    return len(heard)


def test_a_page_costs_the_same_however_many_it_hits(found, app, client, client_of):
    member, page = make_member(), f"/problems/{found.id}"
    answering.publish(found.manager, found.id, "Wait.")
    pages = [(client, page), (client_of(found.manager), page), (client_of(found.authors[0]), page),
             (client_of(member), page), (client, f"/vendors/{found.vendor.slug}/problems"),
             (client, f"/vendors/{found.vendor.slug}")]
    before = [counted(app, *one) for one in pages]
    many = [f.open_thread(member, found.vendor).id for _ in range(30)]
    linking.link_many(found.manager, found.id, many)
    answering.publish(found.manager, found.id, "Wait a little more.")
    assert [counted(app, *one) for one in pages] == before
    assert before[0] <= 9


@pytest.mark.parametrize(("weeks", "fixes", "later", "bars"), [
    ([[0, 1, 0]], [], 0, 12), ([[0, 1, 0], [30, 2, 3]], [31], 40, 26), ([[0, 3, 0]], [2], 60, 12)])
def test_the_chart_shows_the_weeks_around_the_fix(weeks, fixes, later, bars):
    this = showing.week_of(NOON)
    problem = Problem(weeks=[[this + week, *counts] for week, *counts in weeks])
    chart = showing.chart(problem, [NOON + timedelta(weeks=week) for week in fixes],
                          NOON + timedelta(weeks=later))
    assert len(chart.bars) == bars
    assert sum(bar.fix for bar in chart.bars) == len(fixes)
    assert max(bar.height for bar in chart.bars) <= showing.HIGH
    assert chart.next_week > NOON + timedelta(weeks=later)


def test_a_suspicion_says_that_it_is_one(found, client):
    threads = [f.open_thread(vendor=found.vendor) for _ in "12"]
    problem = named(make_member(), *threads)
    assert "has not said yet" in text(client.get(f"/problems/{problem.id}"))
