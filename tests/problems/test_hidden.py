"""A problem that a steward hid is there for stewards and whoever named it, and for nobody else."""

from __future__ import annotations

import html
import json
import re

import pytest

from parley.archives import public_lines
from parley.desk import bulk
from parley.journal.models import Entry
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.moderation import actions as moderation
from parley.moderation import views
from parley.notifications import problem_notices
from parley.notifications import records as notices
from parley.notifications.actions import unread_count
from parley.problems import actions, answering, linking, moderating, records, rules
from parley.problems.models import (
    ProblemAct,
    ProblemAnswer,
    ProblemLink,
    ProblemReport,
    ProblemStep,
)
from parley.scorecards import days, recount
from parley.threads import outcomes
from parley.threads.models import Post, Thread
from tests.archives.rows import exported
from tests.factories import (
    make_account,
    make_manager,
    make_member,
    make_representative,
    make_steward,
)
from tests.problems.factories import Case, named
from tests.threads import factories as f
from tests.web.scene import text

TITLE = "Lids break in the cold"


@pytest.fixture
def oda(app):
    return make_steward(handle="oda")


def hide(found: Case, by, words: str = "") -> ProblemAct:
    return moderating.act("hide_problem", found.id, by, "unlawful", words)


def show(found: Case, by) -> ProblemAct:
    return moderating.act("show_problem", found.id, by, "mistake")


def roads(found: Case) -> list[str]:
    """All pages on which the problem could be met."""
    vendor, thread = f"/vendors/{found.vendor.slug}", found.threads[0].id
    return [f"/problems/{found.id}", f"{vendor}/problems", f"{vendor}/problems?show=acknowledged",
            vendor, f"{vendor}/feed.atom", f"{vendor}/scorecard.json", f"/threads/{thread}",
            f"/threads/{thread}/feed.atom", f"/threads/{thread}/problem", "/notices",
            "/search?q=lids", "/search/feed.atom?q=lids", "/moderation/log",
            f"/desk/{found.vendor.slug}", f"/desk/{found.vendor.slug}?problem={found.id}",
            f"/desk/{found.vendor.slug}/threads/{thread}"]


def told(response) -> bool:
    return TITLE in text(response) or "All of them do." in text(response)


def test_nobody_else_meets_it_on_any_page(found, oda, client, client_of):
    follower = make_member()
    actions.follow(follower, found.id, affected=True)
    browsers = {"visitor": client, "follower": client_of(follower),
                "author": client_of(found.authors[0]), "other": client_of(make_account()),
                "colleague": client_of(make_manager(found.vendor))}
    for one in browsers.values():
        assert told(one.get(f"/vendors/{found.vendor.slug}"))  # and now it is kept as bytes
    met = [path for path in roads(found) if any(
        told(browsers[who].get(path)) for who in ("author", "colleague"))]
    assert len(met) == 10, met
    hide(found, oda)
    for who, browser in browsers.items():
        for path in roads(found):
            sent = browser.get(path)
            assert not told(sent), (who, path)
            if path == f"/problems/{found.id}":
                assert sent.status_code == 404, who
            else:
                assert sent.location or found.id not in text(sent), (who, path)
        form = {"kind": "question", "title": "My lids break", "body": "In the cold, all of them.",
                "vendor": found.vendor.slug}
        assert not told(browser.post_form("/threads/new", form)), who
    for seer in (oda, found.manager):
        page = client_of(seer).get(f"/problems/{found.id}")
        assert told(page)
        assert f'action="/problems/{found.id}' not in text(page)  # nothing to be done there
    show(found, oda)
    for who, browser in browsers.items():
        assert told(browser.get(f"/problems/{found.id}")), who
        assert told(browser.get(f"/vendors/{found.vendor.slug}")), who
        assert told(browser.get("/moderation/log")), who


def test_nobody_does_anything_with_it(found, oda, client_of):
    """Not even the manager who named it, nor a steward, but for showing it."""
    update = answering.publish(found.manager, found.id, "We look into it.")
    waiting = linking.link(make_member(), found.id, f.open_thread(vendor=found.vendor).id)
    loose, page = f.open_thread(vendor=found.vendor), f"/problems/{found.id}"
    hide(found, oda)
    entries = Entry.select().count()
    forms = [("follow", {"as": "affected"}), ("unfollow", {}), ("votes", {"works": "yes"}),
             ("links", {"thread": loose.id}), ("links/all", {}),
             ("state", {"to": "fixed", "words": "New lids."}), ("updates", {"body": "Well."}),
             (f"updates/{update.id}/rest", {}), ("report", {"reason": "spam"}),
             *((f"links/{row.id}", {"decision": decision}) for row in (waiting, found.link())
               for decision in ("accept", "refuse", "unlink", "not_mine"))]
    for person in (found.manager, make_manager(found.vendor), found.authors[0], oda, make_member()):
        browser = client_of(person)
        for path, form in forms:
            assert browser.post_form(f"{page}/{path}", form).status_code == 404, path
        assert browser.post_form(f"/threads/{loose.id}/problem", {"problem": found.id}
                                 ).status_code == 404
    with pytest.raises(Invalid):
        bulk.carry_out(found.manager, found.vendor, bulk.Asked(
            "link", (loose.id,), "k", problem=found.id))
    assert Entry.select().count() == entries
    form = {"kind": "question", "title": "My lids break", "body": "All of them.", "seen": "1",
            "vendor": found.vendor.slug, "problem": found.id}
    sent = client_of(make_member()).post_form("/threads/new", form)
    assert sent.status_code == 303
    assert ProblemLink.select().count() == 4


def test_threads_keep_their_answers_and_links_come_back(found, oda):
    answering.publish(found.manager, found.id, "New lids are on their way.")
    hide(found, oda)
    assert Post.select().where(Post.body == "New lids are on their way.").count() == 3
    assert {f.now(one).status for one in found.threads} == {"awaiting_author"}
    linked = ProblemLink.select().where(ProblemLink.state == rules.Link.LINKED)
    assert linked.count() == 3
    outcomes.withdraw(found.authors[0], found.threads[0].id)
    assert found.problem.linked == 3  # it stands still
    show(found, oda)
    assert found.problem.linked == 2


def test_a_hidden_problem_holds_no_thread_back(found, oda):
    other = actions.open_problem(found.manager, found.vendor, actions.NewProblem(
        "Lids are too small", "By a little."))
    with pytest.raises(Refused):
        linking.link(found.manager, other.id, found.threads[0].id)
    hide(found, oda)
    assert linking.link(found.manager, other.id, found.threads[0].id).state == "linked"
    show(found, oda)
    assert found.link().state == "suggested"
    assert found.problem.linked == 2


def test_what_was_under_way_stands_still_meanwhile(found, oda, mails, outbox_run, monkeypatch):
    monkeypatch.setattr(answering, "AT_ONCE", 1)
    monkeypatch.setattr(problem_notices, "AT_ONCE", 1)
    answering.publish(found.manager, found.id, "New lids are on their way.")
    found.move("fixed", "Thicker lids.")
    hide(found, oda)
    outbox_run()
    assert ProblemAnswer.select().count() == 1
    assert not [one for one in mails if one.kind == "problem_fixed"]
    show(found, oda)
    outbox_run()
    assert ProblemAnswer.select().count() == 3
    assert len([one for one in mails if one.kind == "problem_fixed"]) == 3


def test_it_leaves_the_figures_and_comes_back(found, oda, travel):
    def figures(ago: int = 0) -> tuple[int, int]:
        return days.figures_of(found.vendor.id, "all", days.today() - ago).problems

    found.move("fixed")
    assert found.vote(True, True, True) == "confirmed"
    travel(days=2)
    hide(found, oda)
    assert figures() == (0, 0)
    assert list(recount.verify(None)) == []
    travel(days=2)
    show(found, oda)
    assert figures() == (1, 3)
    travel(days=1)
    recount.catch_up()
    days.sweep()
    assert [figures(ago) for ago in (4, 2, 1)] == [(1, 3), (0, 0), (1, 3)]
    assert list(recount.verify(None)) == []


def test_archives_and_notices_name_it_no_more(found, oda):
    follower = make_member()
    actions.follow(follower, found.id)
    found.move("fix_planned", "Soon.", planned_for="2027-05-04")
    moderating.report(found.id, follower, "unlawful")
    assert unread_count(follower) == 1
    hide(found, oda, "A court said so")
    assert unread_count(follower) == 0
    for person in (follower, found.authors[0]):
        held = json.dumps([exported(records, person), exported(notices, person)])
        assert TITLE not in held
        assert "All of them do." not in held
    mine = exported(records, found.manager)["problems.json"]
    assert mine["named"][0]["title"] == TITLE
    assert [(act["kind"], act["steward"]) for act in mine["acts"]] == [("hide_problem", "oda")]
    assert "hidden" in {one["kind"] for one in exported(notices, found.manager)["notices.json"]}


def test_a_report_is_settled_beside_those_of_posts(found, oda, client_of, client):
    member, page = client_of(make_account()), f"/problems/{found.id}/report"
    assert "/sign-in" in client.get(page).location
    sent = member.post_form(page, {"reason": "ugly", "note": "I dislike it"}, page=page)
    assert (sent.status_code, "I dislike it" in text(sent)) == (422, True)
    assert member.post_form(page, {"reason": "spam", "note": "Look"}).status_code == 302
    assert member.post_form(page, {"reason": "spam"}).status_code == 409
    assert client_of(found.manager).post_form(page, {"reason": "spam"}).status_code == 409
    moderating.report(found.id, make_representative(found.vendor), "off_topic")
    browser = client_of(oda)
    desk = text(browser.get("/moderation"))
    assert desk.count("Uphold, hide the problem") == 2
    assert "by somebody who answers for" in desk
    for row in ProblemReport.select():
        settled = browser.post_form(f"/moderation/problems/reports/{row.id}",
                                    {"decision": "hide"}, page="/moderation")
        assert settled.location == "/moderation"
    assert ProblemAct.select().count() == 1
    assert "No open reports" in text(browser.get("/moderation"))
    assert browser.post_form(f"/moderation/problems/reports/{row.id}", {"decision": "reject"}
                             ).status_code == 409
    assert days.figures_of(found.vendor.id, "all").reports == (1, 1, 1)
    log = text(client.get("/moderation/log"))
    assert "a hidden problem" in log
    assert found.id not in log
    page = f"/problems/{found.id}/moderate"
    sent = browser.post_form(page, {"act": "show_problem", "reason": "spam", "words": "For now"})
    assert (sent.status_code, "For now" in text(sent)) == (422, True)
    assert browser.post_form(page, {"act": "show_problem", "reason": "mended"}, page=page
                             ).location == "/moderation/log"
    assert told(client.get("/moderation/log"))


def test_nobody_judges_their_own_cause(found, oda):
    ours, reporter = make_steward(), make_steward()
    make_representative(found.vendor, ours)
    row = moderating.report(found.id, reporter, "spam")
    mine = named(oda, *[f.open_thread(vendor=found.vendor) for _ in range(2)])
    for steward, problem_id, code in ((ours, found.id, "own_company"), (oda, mine.id, "own_words"),
                                      (reporter, found.id, "own_report")):
        with pytest.raises(Refused) as caught:
            moderating.act("hide_problem", problem_id, steward, "spam")
        assert caught.value.refusal.code == code
    for steward in (ours, reporter):
        for decision in ("reject", "hide"):
            with pytest.raises(Refused):
                moderating.settle(row.id, steward, decision)
    with pytest.raises(NotFound):
        moderating.settle(row.id, found.manager, "reject")
    with pytest.raises(NotFound):
        hide(found, found.manager)
    assert not ProblemAct.select().exists()
    assert not Thread.select().where(Thread.hidden_at.is_null(False)).exists()


# Single words of a problem

PRIVATE = "Ask Jo Bloggs, 12 Mill Lane."


def part_of(found: Case, what: str) -> str:
    """The manager says something private, in an update to all threads or to a step."""
    if what == "update":
        return f"update-{answering.publish(found.manager, found.id, PRIVATE).id}"
    found.move("fixed", PRIVATE)
    return f"step-{ProblemStep.get(ProblemStep.words == PRIVATE).id}"


@pytest.mark.parametrize("what", ["update", "step"])
def test_single_words_are_reported_hidden_and_shown_again(found, oda, client, client_of, what):
    part, page = part_of(found, what), f"/problems/{found.id}"
    reader, author = client_of(make_member()), client_of(found.authors[0])
    thread = f"/threads/{found.threads[0].id}"
    places = [page, thread, f"{thread}/feed.atom"] if what == "update" else [page]
    assert all(PRIVATE in text(client.get(place)) for place in places)
    assert f"{page}/report?part={part}" in text(reader.get(page))
    sent = reader.post_form(f"{page}/report", {"reason": "personal_data", "part": part},
                            page=f"{page}/report?part={part}")
    assert sent.location == f"{page}#{part}"
    assert reader.post_form(f"{page}/report", {"reason": "spam", "part": part}).status_code == 409
    assert reader.post_form(f"{page}/report", {"reason": "spam"}).status_code == 302
    steward, row = client_of(oda), ProblemReport.get(ProblemReport.part == part)
    assert "Uphold, hide these words" in text(steward.get("/moderation"))
    steward.post_form(f"/moderation/problems/reports/{row.id}", {"decision": "hide"},
                      page="/moderation")
    for place in places:
        for browser in (client, author):
            sent = browser.get(place)
            assert sent.status_code == 200
            assert PRIVATE not in text(sent), place
    assert "A steward hid what stood here" in text(client.get(page))
    assert f'href="{page}#{part}"' in text(client.get("/moderation/log"))
    assert found.problem.hidden_at is None
    public = json.dumps([list(public_lines.FILES[name]()) for name in ("problems", "posts")])
    assert PRIVATE not in public
    assert part in json.dumps(list(public_lines.FILES["moderation"]()))
    assert PRIVATE not in json.dumps(exported(records, found.authors[0]))
    mine = exported(records, found.manager)["problems.json"]
    assert PRIVATE in json.dumps(mine)
    assert [act["part"] for act in mine["acts"]] == [part]
    assert "hidden" in {one["kind"] for one in exported(notices, found.manager)["notices.json"]}
    for seer in (steward, client_of(found.manager)):
        assert PRIVATE in text(seer.get(page))
    steward.post_form(f"{page}/moderate", {"act": "show_words", "reason": "mended", "part": part},
                      page=f"{page}/moderate?part={part}")
    assert all(PRIVATE in text(client.get(place)) for place in places)


def test_a_hidden_update_goes_no_further_and_takes_no_other_post_along(
        found, oda, outbox_run, travel, monkeypatch):
    monkeypatch.setattr(answering, "AT_ONCE", 1)
    update = answering.publish(found.manager, found.id, PRIVATE)
    part, first = f"update-{update.id}", Post.get(Post.body == PRIVATE)
    moderation.hide_post(first.id, oda, "personal_data")
    travel(hours=1)
    moderating.act("hide_words", found.id, oda, "personal_data", part=part)
    outbox_run()
    assert Post.select().where(Post.body == PRIVATE).count() == 1
    with pytest.raises(NotFound):
        answering.answer_the_rest(make_manager(found.vendor), found.id, update.id)
    moderating.act("show_words", found.id, oda, "mended", part=part)
    outbox_run()
    posts = Post.select(Post.hidden_at).where(Post.body == PRIVATE).order_by(Post.id)
    assert [post.hidden_at is not None for post in posts] == [True, False, False]


def test_a_mail_about_a_fix_leaves_hidden_words_out(found, oda, mails, outbox_run):
    part = part_of(found, "step")
    moderating.act("hide_words", found.id, oda, "personal_data", part=part)
    outbox_run()
    told = [one for one in mails if one.kind == "problem_fixed"]
    assert len(told) == 3
    assert not [one for one in told if PRIVATE in one.text]


@pytest.mark.parametrize("part", ["step-", "step-x", "step-9" + "9" * 30, "step-\u0661", "update-",
                                  "update-" + "0" * 20, "update-\x00", "else-1"])
def test_words_that_are_not_there_are_not_found(found, oda, client_of, part):
    opened = f"step-{ProblemStep.get(ProblemStep.problem == found.id).id}"  # it has no words
    reader, steward = client_of(make_member()), client_of(oda)
    for one in (part, opened):
        for browser, place in ((reader, "report"), (steward, "moderate")):
            page, form = f"/problems/{found.id}/{place}", {"reason": "spam", "act": "hide_words"}
            assert browser.get(page, query_string={"part": one}).status_code == 404
            assert browser.post_form(page, form | {"part": one}).status_code == 404


def test_words_of_another_problem_and_ones_own_are_left_to_others(found, oda):
    part = part_of(found, "update")
    other = named(make_member(), *[f.open_thread(vendor=found.vendor) for _ in range(2)])
    with pytest.raises(NotFound):
        moderating.act("hide_words", other.id, oda, "spam", part=part)
    with pytest.raises(Refused):
        moderating.report(found.id, found.manager, "spam", part=part)
    ours = moderating.report(found.id, make_representative(found.vendor), "spam", part=part)
    assert ours.vendor_id is None  # a company's reports of its own words are in no figure
    row = moderating.report(found.id, oda, "spam", part=part)
    with pytest.raises(Refused):
        moderating.settle(row.id, oda, "hide")
    for kind, about in (("hide_problem", part), ("hide_words", "")):
        with pytest.raises(Invalid):
            moderating.act(kind, found.id, make_steward(), "spam", part=about)


@pytest.mark.parametrize(("kind", "reason", "error"), [
    ("hide_problem", "mistake", Invalid), ("show_problem", "spam", Invalid),
    ("delete", "spam", Invalid), ("show_problem", "mistake", Refused)])
def test_acts_and_reasons_come_from_closed_lists(found, oda, kind, reason, error):
    with pytest.raises(error):
        moderating.act(kind, found.id, oda, reason)
    assert found.problem.hidden_at is None


def test_the_log_and_the_desk_go_on_page_by_page(found, oda, client, client_of, travel,
                                                 monkeypatch):
    """Posts and problems in one list, in the order of time."""
    monkeypatch.setattr(views, "LOG", 1)
    monkeypatch.setattr(views, "REPORTS", 1)
    post = Post.get(Post.thread == found.threads[0].id)
    for _ in range(2):
        moderating.report(found.id, make_account(), "spam", "Of the problem")
        travel(minutes=1)
        moderation.report(post.id, make_account(), "spam", "Of the post")
        travel(minutes=1)
    assert pages(client_of(oda), "/moderation", "Of the p[a-z]+") == [
        "Of the problem", "Of the post"] * 2
    for words in ("First", "Second"):
        hide(found, oda, words)
        travel(minutes=1)
        moderation.lock(found.threads[0].id, oda, "threat", words)
        travel(minutes=1)
        show(found, oda)
        moderation.unlock(found.threads[0].id, oda, "mistake")
    assert pages(client, "/moderation/log", "First|Second") == ["Second"] * 2 + ["First"] * 2


def pages(browser, address: str, wanted: str) -> list[str]:
    """What stands on a page and on all that follow it, in their order."""
    seen = []
    while address:
        page = text(browser.get(address))
        seen += re.findall(wanted, page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older and html.unescape(older[1])
    return seen
