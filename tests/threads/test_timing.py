"""The clocks of a thread as people read them: words, the sum, the drawing; lists; the way up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.kernel import clock
from parley.promises import rules as promising
from parley.promises.clocks import Target
from parley.promises.models import Promise
from parley.promises.rules import Escalation, PromiseTerms, Within
from parley.threads import clocks, outcomes, timing
from parley.threads.outcomes import Said
from tests.factories import make_manager, make_representative, make_vendor
from tests.promises.test_opening import OFFICE
from tests.threads import factories as f
from tests.web.scene import text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def acme(app, travel):
    """Acme promises a first answer within 8 opening hours, and the way up after 3 days."""
    found = make_vendor(name="Acme", claimed_at=clock.now())
    found.boss = make_manager(found)
    terms = PromiseTerms(
        "Europe/Berlin", OFFICE.week, (clock.now() + 300 * DAY).date(),
        {"complaint": Within(8 * HOUR, True)},
        escalation=(Escalation(3 * DAY, "the head of care"),))
    Promise.create(vendor=found, page=found.id, number=1, terms=promising.to_json(terms),
                   published_at=clock.now(), published_by=found.boss, effective_from=clock.now(),
                   expires_at=clock.now() + 300 * DAY)
    return found


@pytest.mark.parametrize(("amount", "target", "words"), [
    (8 * HOUR, Target(HOUR, OFFICE, True), "8 opening hours"),
    (90 * timedelta(minutes=1), Target(HOUR, OFFICE, True), "1 opening hour 30 minutes"),
    (timedelta(0), Target(HOUR, OFFICE, True), "0 minutes"),
    (5 * DAY, Target(HOUR, OFFICE), "5 business days"),
    (DAY + 3 * HOUR, Target(HOUR, OFFICE), "1 business day 3 hours"),
    (2 * DAY, Target(HOUR), "2 days"),
    (36 * HOUR, None, "36 hours"),
])
def test_lengths_in_words(amount, target, words):
    assert timing.length(amount, target) == words


def page_of(client, thread) -> str:
    return text(client.get(f"/threads/{thread.id}"))


def test_the_page_says_what_was_promised_and_how_it_stands(acme, client, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    page = page_of(client, thread)
    assert "Acme promised a first answer within 8 opening hours." in page
    assert "This community expects a resolution within 20 business days." in page
    assert "Due by 13 November 2026." in page
    travel(days=2)
    f.answer(thread, by=acme.boss)
    assert "Missed: it was due by 13 November 2026, and came on 14 November 2026." in page_of(
        client, thread)


def test_the_sum_names_spans_pauses_and_days_that_do_not_count(acme, client, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    travel(hours=1)
    f.answer(thread, "ask", by=acme.boss)
    page = page_of(client, thread)
    assert "Paused since 12 November 2026: Acme asked the author something." in page
    travel(days=1)
    outcomes.give_back(thread.author, thread.id, Said("It is blue."))
    page = page_of(client, thread)
    assert "12 November 2026, 12:00 UTC to 13:00 (1 hour)" in page
    assert "12 November 2026, 13:00 UTC to 13 November 2026, 13:00 UTC" in page  # paused
    assert "Saturday 14 November, Sunday 15 November" in page
    assert "8 opening hours of 8 opening hours" in page
    assert page.count('<rect fill="url(#hatch-1)"') == 1


def test_lists_say_when_something_is_late_the_longest_first(acme, client, travel):
    older = f.open_thread(vendor=acme, kind="complaint", title="Older one")
    travel(hours=1)
    f.open_thread(vendor=acme, kind="complaint", title="Newer one")
    front = text(client.get("/"))
    assert "due by 13 Nov" in front
    assert "past their time" not in front
    travel(hours=21, minutes=30)
    assert "Due soon, 13 Nov" in text(client.get("/"))
    travel(hours=3)
    front = text(client.get("/"))
    assert "Waiting longest past their time" in front
    assert front.index("Older one") < front.index("Newer one")
    for path in ("/threads?show=late", "/vendors/acme?show=late"):
        found = text(client.get(path))
        assert found.count("Late since 13 Nov") == 2
        assert found.index("Older one") < found.index("Newer one")
    travel(days=3)
    assert "Very late, due since 13 Nov" in text(client.get("/threads?show=late"))
    f.answer(older, by=acme.boss)
    assert "Older one" not in text(client.get("/threads?show=late"))


def test_a_kept_page_is_never_older_than_its_next_word(acme, client, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    assert "Late since" not in page_of(client, thread)
    travel(hours=24, seconds=1)  # no sweep, and nobody touched it
    assert "Late since 13 Nov" in page_of(client, thread)


def test_the_author_takes_it_further_up_after_the_stated_time_once(
        acme, client_of, mails, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    responder, author = make_representative(acme), client_of(thread.author)
    page = f"/threads/{thread.id}"
    assert "Escalate" not in text(author.get(page))
    assert author.post_form(f"{page}/escalation").status_code == 409
    travel(days=3)
    assert "the head of care" in text(author.get(page))
    before = len(mails)
    assert author.post_form(f"{page}/escalation", page=page).status_code == 303
    sent = list(mails)[before:]
    assert [one.to for one in sent] == [acme.boss.email]
    assert "takes this further up" in sent[0].text
    assert "takes this further up" in text(client_of(acme.boss).get("/notices"))
    assert "takes this further up" not in text(client_of(responder).get("/notices"))
    shown = text(author.get(page))
    assert "Escalated" in shown
    assert "the head of care" not in shown
    assert author.post_form(f"{page}/escalation").status_code == 409


def test_each_side_hears_of_the_time(acme, client_of, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    travel(hours=23)
    clocks.sweep()
    assert "owes the next word soon" in text(client_of(acme.boss).get("/notices"))
    assert "past its time" not in text(client_of(thread.author).get("/notices"))
    travel(hours=2)
    clocks.sweep()
    assert "Acme is past its time here." in text(client_of(thread.author).get("/notices"))


def test_a_delay_is_explained_and_stays_missed(acme, client, client_of, travel):
    thread = f.open_thread(vendor=acme, kind="complaint")
    boss, page = client_of(acme.boss), f"/threads/{thread.id}"
    assert "explains the delay" not in text(boss.get(page))
    travel(days=5)
    assert "This update explains the delay" in text(boss.get(page))
    sent = boss.post_form(f"{page}/posts", {
        "body": "Our warehouse stood under water.", "purpose": "update", "explains_delay": "1"})
    assert sent.status_code == 303
    shown = page_of(client, thread)
    assert f'<a href="{page}#post-2">Acme explains the delay</a>' in shown
    assert "Missed: it was due by 13 November 2026." in shown
