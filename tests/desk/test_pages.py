"""The desk's pages: what they offer, what comes back, and where they lead on to."""

from __future__ import annotations

import re

import pytest

from parley.desk import actions, notes, texts
from parley.desk.models import Bulk
from parley.problems.actions import NewProblem, open_problem
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor
from tests.conftest import ON
from tests.factories import make_member, make_representative, make_vendor
from tests.threads import factories as f
from tests.web.scene import text

on_one = pytest.mark.parametrize("kind", ON[:1], indirect=True, scope="session")


def test_one_desk_opens_at_once_and_several_are_offered(team, client_of):
    browser = client_of(team.kim)
    assert browser.get("/desk").location == "/desk/acme"
    make_representative(make_vendor(name="Other"), team.kim)
    assert all(name in text(browser.get("/desk")) for name in ("/desk/acme", "/desk/other"))
    assert client_of(make_member()).get("/desk").status_code == 404


def test_a_row_says_what_the_work_needs(team, client_of, travel):
    thread = team.thread(kind="complaint", title="The lid burns", impact="safety")
    notes.write(team.lou, team.vendor, thread.id, "Hot")
    actions.assign(team.lou, team.vendor, thread.id, "lou", "")
    actions.begin(team.lou, team.vendor, thread.id)
    travel(hours=5)
    actions.begin(team.lou, team.vendor, thread.id)
    page = text(client_of(team.kim).get("/desk/acme"))
    for words in ("The lid burns", "Safety", "Complaint", "waits 5 hours", "with Lou", "has notes",
                  "Lou has been answering this since 17:00", "due 19 Nov", "Take it on"):
        assert words in page, words
    travel(days=30)
    assert "very late, since 19 Nov" in text(client_of(team.kim).get("/desk/acme"))


@on_one
@pytest.mark.parametrize("query", ["show=all", "kind=rant", "who=stranger"])
def test_an_address_that_asks_for_nothing_there_is_is_not_found(team, client_of, query):
    assert client_of(team.kim).get(f"/desk/acme?{query}").status_code == 404


@on_one
def test_a_made_up_cursor_is_told_so(team, client_of):
    for query in ("after=x", "after=1-1-1-z", "show=closed&after=x", "q=lid&after=x"):
        answer = client_of(team.kim).get(f"/desk/acme?{query}")
        assert answer.status_code == 400
        assert "not one of ours" in text(answer)


def test_pages_of_the_queue_follow_each_other(team, client_of, travel):
    titles = [f"Parcel number {n:02}" for n in range(30)]
    for title in titles:
        team.thread(title=title)
        travel(seconds=1)
    browser = client_of(team.kim)
    first = text(browser.get("/desk/acme?kind=question"))
    onward = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = text(browser.get(onward))
    seen = [re.findall(r"number \d\d(?=</a>)", page) for page in (first, second)]
    assert [one[7:] for page in seen for one in page] == [f"{n:02}" for n in range(30)]
    assert len(seen[0]) == 25
    assert "kind=question" in onward


def test_taking_the_next_one_leads_there_and_tells_colleagues(team, client_of, travel):
    first, second = (team.thread() for _ in range(2) if travel(seconds=1))
    kim, lou = client_of(team.kim), client_of(team.lou)
    assert kim.post_form("/desk/acme/next").location == f"/desk/acme/threads/{first.id}"
    assert "Kim has been answering this" in text(lou.get(f"/desk/acme/threads/{first.id}"))
    assert "Kim has been answering" not in text(kim.get(f"/desk/acme/threads/{first.id}"))
    assert lou.post_form("/desk/acme/next").location == f"/desk/acme/threads/{second.id}"
    assert kim.get(f"/desk/acme/threads/{first.id}").status_code == 200
    assert actions.answering([second.id])[second.id][0].account == team.lou


def test_after_an_answer_the_next_one_opens(team, client_of, travel):
    first, second = (team.thread() for _ in range(2) if travel(seconds=1))
    browser = client_of(team.kim)
    page = f"/desk/acme/threads/{first.id}"
    sent = browser.post_form(f"{page}/posts", {"body": "It is here.", "purpose": "answer"}, page)
    assert sent.location == f"/desk/acme/threads/{second.id}"
    assert f.now(first).status == "awaiting_author"
    page = f"/desk/acme/threads/{second.id}"
    last = browser.post_form(
        f"{page}/posts", {"body": "And here.", "purpose": "answer"}, page, follow_redirects=True)
    assert "Nothing else waits" in text(last)


def test_staying_drafts_and_previews_stay_at_the_desk(team, client_of):
    thread = team.thread()
    browser, page = client_of(team.kim), f"/desk/acme/threads/{thread.id}"
    typed = {"body": "It is **here**.", "purpose": "answer"}
    shown = text(browser.post_form(f"{page}/posts", typed | {"do": "preview"}, page))
    assert "<strong>here</strong>" in shown
    assert "Your desk" in shown
    assert actions.answering([thread.id])
    kept = browser.post_form(f"{page}/posts", typed | {"do": "draft"}, page)
    assert kept.location.startswith(f"{page}?draft=")
    assert "It is **here**." in text(browser.get(kept.location))
    sent = browser.post_form(f"{page}/posts", typed | {"do": "stay"}, page)
    assert sent.location == f"{page}#write"


def test_two_answers_at_once_meet_and_nothing_typed_is_lost(team, client_of):
    thread = team.thread()
    kim, page = client_of(team.kim), f"/desk/acme/threads/{thread.id}"
    opened = kim.hidden(page, f"{page}/posts")
    f.answer(thread, by=team.lou, body="Lou’s word")
    back = kim.post(f"{page}/posts", data=opened | {"body": "Kim’s <word>", "purpose": "answer"})
    assert back.status_code == 409
    shown = text(back)
    assert "Lou wrote in this thread while you" in shown
    assert "Lou’s word" in shown
    assert "Kim’s &lt;word&gt;</textarea>" in shown
    assert 'value="answer" checked' in shown
    assert f.now(thread).post_count == 2
    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.partition(
        'id="write"')[2]))
    sent = kim.post(f"{page}/posts", data=opened | again | {
        "body": "Kim’s word", "purpose": "update"})
    assert sent.status_code == 303
    assert f.now(thread).post_count == 3


@on_one
@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "1.5"])
def test_a_made_up_number_of_what_was_seen_breaks_nothing(team, client_of, seen):
    thread = team.thread()
    sent = client_of(team.kim).post_form(f"/desk/acme/threads/{thread.id}/posts", {
        "body": "Here.", "purpose": "answer", "seen": seen, "after": "1-1"})
    assert sent.status_code in (303, 422)
    assert f.now(thread).post_count == 2


def test_a_saved_reply_fills_the_form_and_marks_the_post(team, client_of, travel):
    thread = f.open_thread(make_member(display_name="Ada *L*"), team.vendor)
    saved = texts.save_reply(team.manager, team.vendor, "Parcels", "answer",
                             "Dear {author}, {{this}} by {due}. {me}, {company}")
    browser, page = client_of(team.kim), f"/desk/acme/threads/{thread.id}?reply="
    shown = text(browser.get(page + saved.id))
    assert "Dear Ada \\*L\\*, {this} by 19 November 2026. Kim, Acme</textarea>" in shown
    assert 'value="answer" checked' in shown
    sent = browser.post_form(f"/desk/acme/threads/{thread.id}/posts",
                             {"body": "Changed.", "purpose": "answer"}, page + saved.id)
    assert sent.status_code == 303
    assert "A saved reply" in text(browser.get(f"/threads/{thread.id}"))
    assert browser.get(page + "0" * 26).status_code == 404


def test_a_saved_reply_with_a_wrong_placeholder_comes_back_as_typed(team, client_of):
    back = client_of(team.manager).post_form("/desk/acme/replies", {
        "title": "Parcels", "purpose": "ask", "body": "Dear {nmae}"})
    assert back.status_code == 422
    shown = text(back)
    assert "{nmae} stands for nothing" in shown
    assert "double them: {{nmae}}" in shown
    assert "Dear {nmae}</textarea>" in shown
    assert 'value="ask" checked' in shown


def test_notes_are_left_changed_and_removed_on_the_page(team, client_of):
    thread = team.thread()
    browser, page = client_of(team.kim), f"/desk/acme/threads/{thread.id}"
    assert browser.post_form(f"{page}/notes", {"note": " "}, page).status_code == 422
    browser.post_form(f"{page}/notes", {"note": "Ask the *depot*"}, page)
    assert "<em>depot</em>" in text(browser.get(page))
    own = re.search(r'href="(/desk/acme/notes/\w+)"', text(browser.get(page)))[1]
    assert own not in text(client_of(team.lou).get(page))
    browser.post_form(own, {"note": "Asked."}, own)
    assert "Asked." in text(client_of(team.lou).get(page))
    browser.post_form(f"{own}/removal", page=own)
    assert "Asked." not in text(browser.get(page))


def test_many_at_once_show_what_was_done_and_take_it_back(team, client_of):
    threads = [team.thread() for _ in range(3)]
    f.confirm(threads[0], "myself")
    browser = client_of(team.kim)
    ids = [t.id for t in threads]
    done = browser.post_form("/desk/acme/bulk", {
        "act": "acknowledge", "thread": ids, "body": "Dear {author}, read."}, "/desk/acme")
    page = text(browser.get(done.location))
    assert "2 threads acknowledged, 1 not." in page
    assert "This thread is closed" in page
    browser.post_form(f"{done.location}/undo", page=done.location)
    assert "Taken back" in text(browser.get(done.location))
    assert Post.select().where(Post.removed_at.is_null(False)).count() == 2
    assert client_of(team.lou).get(done.location).status_code == 404


def test_what_was_ticked_and_typed_comes_back(team, client_of):
    one, two = team.thread(), team.thread()
    back = client_of(team.kim).post_form("/desk/acme/bulk?kind=question", {
        "act": "acknowledge", "thread": [one.id], "body": "Dear {you}", "form_key": "k"})
    shown = text(back)
    assert back.status_code == 422
    assert "Dear {you}</textarea>" in shown
    assert f'value="{one.id}" aria-label="Choose “{one.title}”" checked' in shown
    assert f'value="{two.id}" aria-label="Choose “{two.title}”">' in shown
    assert Bulk.select().count() == 0


def test_the_threads_of_a_problem_are_found_and_linked_on_the_page(team, client_of):
    first, second = team.thread(title="Lid one"), team.thread(title="Lid two")
    other = team.thread(title="Something else")
    browser = client_of(team.kim)
    assert "Link them to" not in text(browser.get("/desk/acme"))
    problem = open_problem(team.manager, team.vendor, NewProblem("Lids break", "All of them."))
    done = browser.post_form("/desk/acme/bulk", {
        "act": "link", "thread": [first.id, second.id], "problem": problem.id}, "/desk/acme")
    assert "2 threads linked." in text(browser.get(done.location))
    page = text(browser.get(f"/desk/acme?problem={problem.id}"))
    assert "Lid one" in page
    assert "Lid two" in page
    assert other.title not in page
    both = text(browser.get(f"/desk/acme?problem={problem.id}&q=two"))
    assert "Lid two" in both
    assert "Lid one" not in both
    f.answer(first, by=team.kim)
    assert "Lid one" not in text(browser.get(f"/desk/acme?problem={problem.id}"))
    assert "Lid one" in text(browser.get(f"/desk/acme?problem={problem.id}&show=open"))
    assert browser.get(f"/desk/acme?problem={'0' * 20}").status_code == 404


def test_the_day_of_the_team_shows_work_and_nobodys_performance(team, client_of, travel):
    late = team.thread(kind="complaint", title="Long ago")
    travel(days=35)
    fresh = team.thread(title="Fresh one")
    actions.assign(team.kim, team.vendor, late.id, "kim", "")
    answered = team.thread(title="Answered now")
    f.answer(answered, by=team.lou)
    page = text(client_of(team.kim).get("/desk/acme/day"))
    assert re.search(r"Late</h2>.*Long ago.*Due today", page, re.DOTALL)
    assert re.search(r'class="stat-figure">2</p>\s*<p class="stat-words">opened', page)
    assert re.search(r'class="stat-figure">1</p>\s*<p class="stat-words">answered', page)
    people = page.partition("Who takes care of what waits")[2]
    assert re.findall(r'who=(\w+)">\w[^<]*</a></td><td class="number">(\d+)', people) == [
        ("kim", "1"), ("lou", "0"), ("mel", "0"), ("nobody", "1")]
    assert fresh.title not in page


def test_briefings_are_public_and_beside_the_form_of_advocates(team, client, client_of):
    thread = team.thread()
    texts.publish_briefing(team.manager, team.vendor, "How to help", "Ask for the **bill**.")
    public = text(client.get("/vendors/acme/advocates"))
    assert "From Acme, for advocates" in public
    assert "<strong>bill</strong>" in public
    assert "Ask for the bill." in text(client_of(team.manager).get("/desk/acme/briefings"))
    path = f"/threads/{thread.id}"
    assert "How to help" in text(client_of(f.advocate_of(thread)).get(path))
    for person in (make_member(), thread.author, team.kim):
        assert "How to help" not in text(client_of(person).get(path))


def test_each_page_has_one_id_of_a_kind(team, client_of):
    thread = team.thread()
    texts.save_reply(team.manager, team.vendor, "Parcels", "answer", "It comes.")
    actions.begin(team.manager, team.vendor, thread.id)
    for path in ("", "/day", "/keys", "/replies", "/briefings", f"/threads/{thread.id}"):
        page = text(client_of(team.manager).get(f"/desk/acme{path}"))
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
        assert "<script src=" in page
        assert "style=" not in page


def test_a_thread_tells_of_the_desk_to_the_companys_people_only(team, client_of):
    thread = team.thread()
    here = f"/desk/acme/threads/{thread.id}"
    assert here in text(client_of(team.kim).get(f"/threads/{thread.id}"))
    assert "/desk" not in text(client_of(thread.author).get(f"/threads/{thread.id}"))
    assert "/desk" not in text(client_of(thread.author).get("/vendors/acme"))


def test_the_desk_of_a_lapsed_company_can_be_read_and_says_why_nothing_is_sent(
        team, client_of, travel):
    thread = team.thread()
    Vendor.update(lapsed_at=travel.now).where(Vendor.id == team.vendor.id).execute()
    browser = client_of(team.kim)
    assert "no longer shows that it controls" in text(browser.get("/desk/acme"))
    assert 'id="write"' not in text(browser.get(f"/desk/acme/threads/{thread.id}"))
    assert Thread.get_by_id(thread.id).post_count == 1
