"""Reporting, the stewards' desk and the public log, as people see them."""

from __future__ import annotations

import re

import pytest

from parley.kernel import clock
from parley.moderation import actions, views
from parley.moderation.models import Act, Report
from parley.threads.models import Post, Thread
from tests.factories import make_account, make_manager, make_steward


def text(response) -> str:
    return response.get_data(as_text=True)


def test_a_person_reports_a_post(scene, client_of):
    browser, page = client_of(make_account()), f"/posts/{scene.reply.id}/report"
    sent = browser.post_form(page, {"reason": "spam", "note": "Look"}, page=page)
    assert sent.location == f"/threads/{scene.thread.id}#post-2"
    again = browser.post_form(page, {"reason": "spam", "note": "And look again here"})
    assert again.status_code == 409
    assert "You reported this post before" in text(again)
    assert "And look again here" in text(again)


def test_bad_reports_keep_what_was_typed(scene, client_of):
    browser, page = client_of(make_account()), f"/posts/{scene.reply.id}/report"
    sent = browser.post_form(page, {"reason": "ugly", "note": "I dislike it"})
    assert sent.status_code == 422
    assert "I dislike it" in text(sent)
    assert browser.post_form(page, {"reason": "spam", "note": "a\x00b"}).status_code == 422
    assert not Report.select().exists()


def test_what_is_not_there_cannot_be_reported(scene, client, client_of):
    browser = client_of(make_account())
    for post in ("0" * 20, "1"):
        assert browser.get(f"/posts/{post}/report").status_code == 404
        assert browser.post_form(f"/posts/{post}/report", {"reason": "spam"}).status_code == 404
    assert "/sign-in" in client.get(f"/posts/{scene.reply.id}/report").location
    actions.hide_thread(scene.thread.id, scene.steward, "unlawful")
    assert browser.get(f"/posts/{scene.reply.id}/report").status_code == 404


def test_a_steward_settles_reports_that_waited_longest_first(travel, scene, client_of):
    first = actions.report(scene.reply.id, scene.author, "spam", "Look closely")
    travel(hours=1)
    actions.report(scene.opening.id, scene.other, "off_topic")
    browser = client_of(scene.steward)
    page = text(browser.get("/moderation"))
    assert page.index("Buy cheap parcels") < page.index("<strong>week</strong>")
    assert "Look closely" in page
    assert page.count("hide the thread") == 1
    sent = browser.post_form(f"/moderation/reports/{first.id}", {"decision": "hide_post"},
                             page="/moderation")
    assert sent.location == "/moderation"
    assert Post.get_by_id(scene.reply.id).hidden_at
    assert "Buy cheap parcels" not in text(browser.get("/moderation"))
    again = browser.post_form(f"/moderation/reports/{first.id}", {"decision": "reject"})
    assert again.status_code == 409
    assert "Another steward has settled" in text(again)
    assert browser.post_form(f"/moderation/reports/{first.id}", {}).status_code == 422


@pytest.mark.parametrize("who", ["visitor", "account", "manager", "author"])
def test_the_stewards_desk_is_not_there_for_others(scene, client, client_of, who):
    row = actions.report(scene.reply.id, scene.author, "spam")
    people = {"account": make_account(), "manager": make_manager(scene.vendor),
              "author": scene.author}
    browser = client_of(people[who]) if who in people else client
    moderate = f"/threads/{scene.thread.id}/moderate"
    assert browser.get("/moderation").status_code == 404
    assert browser.get(moderate).status_code == 404
    form = {"act": "hide_thread", "reason": "spam"}
    assert browser.post_form(moderate, form).status_code == 404
    assert browser.post_form(f"/moderation/reports/{row.id}", {"decision": "reject"}
                             ).status_code == 404
    assert not Act.select().exists()


def test_a_steward_acts_on_a_thread_and_on_a_post(scene, client_of):
    browser, page = client_of(scene.steward), f"/threads/{scene.thread.id}/moderate"
    about_post = f"{page}?post={scene.reply.id}"
    assert "Buy cheap parcels" in text(browser.get(about_post))
    sent = browser.post_form(about_post, {"act": "hide_post", "reason": "spam",
                                          "post": scene.reply.id}, page=about_post)
    assert sent.location == "/moderation/log"
    assert "Show this post again" in text(browser.get(about_post))
    browser.post_form(page, {"act": "lock", "reason": "threat"}, page=page)
    assert Thread.get_by_id(scene.thread.id).locked_at
    sent = browser.post_form(page, {"act": "hide_thread", "reason": "mistake", "words": "For now"})
    assert sent.status_code == 422
    assert "For now" in text(sent)


def test_moderating_what_is_not_there(scene, client_of):
    browser, page = client_of(scene.steward), f"/threads/{scene.thread.id}/moderate"
    assert browser.get(f"/threads/{'0' * 20}/moderate").status_code == 404
    assert browser.get(f"{page}?post={'0' * 20}").status_code == 404
    assert browser.get(f"{page}?post=nonsense").status_code == 404
    assert browser.post_form(page, {"act": "hide_post", "reason": "spam", "post": "x"}
                             ).status_code == 404


def test_a_steward_of_the_company_is_told_why_not(scene, client_of):
    steward = make_steward()
    make_manager(scene.vendor, account=steward)
    sent = client_of(steward).post_form(f"/threads/{scene.thread.id}/moderate",
                                        {"act": "hide_thread", "reason": "spam"})
    assert sent.status_code == 409
    assert "another steward has to look" in text(sent)


def test_the_log_is_public_and_shows_no_hidden_title(scene, client):
    assert "Nothing has been hidden" in text(client.get("/moderation/log"))
    actions.hide_post(scene.reply.id, scene.steward, "spam", "A parcel shop")
    page = text(client.get("/moderation/log"))
    assert "Where is my parcel" in page
    assert f"/threads/{scene.thread.id}#post-2" in page
    assert "Is advertising or spam" in page
    assert "@oda" in page
    actions.hide_thread(scene.thread.id, scene.steward, "unlawful")
    page = text(client.get("/moderation/log"))
    assert "Where is my parcel" not in page
    assert "a hidden thread" in page
    assert scene.thread.id not in page


def test_the_log_goes_on_page_by_page(scene, client):
    now = clock.now()
    Act.insert_many([
        {"kind": "lock", "steward": scene.steward, "thread": scene.thread, "reason": "threat",
         "words": f"Word {number:03}", "at": now} for number in range(views.LOG + 7)]).execute()
    seen, address = [], "/moderation/log"
    while address:
        page = text(client.get(address))
        seen += re.findall(r"Word \d{3}", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older and older[1]
    assert len(seen) == len(set(seen)) == views.LOG + 7
    assert client.get("/moderation/log?after=made-up").status_code == 400


def test_the_desk_goes_on_page_by_page(scene, client_of):
    for _ in range(views.REPORTS + 3):
        actions.report(scene.reply.id, make_account(), "spam")
    browser = client_of(scene.steward)
    page = text(browser.get("/moderation"))
    older = re.search(r'rel="next" href="([^"]+)"', page)[1]
    assert page.count("Turn it down") == views.REPORTS
    assert text(browser.get(older)).count("Turn it down") == 3
