"""Finding threads and companies; a thread that is out of sight is found by nobody."""

from __future__ import annotations

import pytest

from parley.moderation import actions as moderation
from parley.threads import search
from parley.threads.models import Post
from parley.threads.own_posts import edit_post
from parley.vendors import actions as vendors
from tests.factories import make_steward, make_vendor
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("backend", "travel")


def test_a_thread_is_found_by_its_title_and_its_opening_words():
    thread = f.open_thread(title="Broken zebra crossing", body="The giraffe is gone.")
    f.reply(thread, body="rhinoceros")
    assert search.threads("zebra") == [thread]
    assert search.threads("giraffe zebra") == [thread]
    assert search.threads("rhinoceros") == []


def test_an_edit_is_found_by_its_new_words_only():
    thread = f.open_thread(title="Broken zebra crossing", body="The giraffe is gone.")
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    edit_post(thread.author, opening.id, "The lion is gone.", "Broken fence")
    assert search.threads("lion fence") == [thread]
    assert search.threads("zebra") == search.threads("giraffe") == []


def test_a_hidden_thread_is_found_again_once_it_is_shown():
    thread, steward = f.open_thread(title="Broken zebra crossing"), make_steward()
    moderation.hide_thread(thread.id, steward, "unlawful")
    assert search.threads("zebra") == []
    assert search.similar(thread.vendor, "zebra crossing", "zebra") == []
    moderation.show_thread(thread.id, steward, "mistake")
    assert search.threads("zebra") == [thread]


@pytest.mark.parametrize("query", [
    "", " ", '"log', "a AND", "x:y", "NOT", "*", "a*b", "(", "\x00", "' OR 1=1 --", "é", "日本",
    "NEAR(a b)", "title:zebra", "-zebra", "zebra" * 500, "a " * 500, "%", "_", "\\", "&|!", "<->"])
def test_any_query_is_safe(query):
    f.open_thread(title="Broken zebra crossing")
    search.threads(query)
    search.vendors(query)
    search.similar(make_vendor(), query, query)


def test_pages_follow_one_another_without_gap_or_repeat(travel):
    made = []
    for _ in range(5):
        travel(minutes=1)
        made.append(f.open_thread(title="Broken zebra crossing"))
    found, before = [], None
    while page := search.threads("zebra", before, limit=2):
        found += page
        before = (page[-1].opened_at, page[-1].id)
    assert found == made[::-1]


def test_similar_threads_are_those_of_the_same_company():
    thread = f.open_thread(title="Ticket machine swallowed my card", body="At Platform 4.")
    f.open_thread(title="Ticket machine swallowed my card")
    found = search.similar(thread.vendor, "Machine ate the card", "My card is in the machine.")
    assert found == [thread]
    assert search.similar(None, "Machine", "card") == []
    assert search.similar(thread.vendor, "Quite another matter", "Nothing alike") == []


def test_companies_are_found_by_name():
    vendor = vendors.find_or_make("Nordbahn Railways", "https://nordbahn.example", None)
    assert search.vendors("nordbahn") == [vendor]
    assert search.vendors("no such name") == []
