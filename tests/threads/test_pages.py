"""Threads and lists as people see them: forms and words, pages without gaps, nothing stale."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from itsdangerous import URLSafeTimedSerializer

from parley.accounts import actions as accounts
from parley.accounts.models import Account
from parley.advocates import actions as advocates
from parley.kernel import clock, fulltext, ids
from parley.members import actions as members
from parley.moderation import actions as moderation
from parley.threads import actions, outcomes, showing, thread_pages
from parley.threads.models import Follow, Post, Thread
from parley.threads.outcomes import Said
from parley.threads.own_posts import edit_post, remove_post
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor, VendorFollow
from tests.conftest import NOON, ON, SECRET, Form, forget_pages
from tests.factories import (
    make_account,
    make_lapsed,
    make_manager,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("travel")


def text(response) -> str:
    assert response.status_code == 200, response.status
    return response.get_data(as_text=True)


def opening(thread: Thread) -> Post:
    return Post.get(Post.thread == thread.id, Post.number == 1)


# Each hat in each state: which forms stand on the page


class Cast:
    """The people around one thread."""

    def __init__(self, kind: str = "complaint") -> None:
        self.vendor = make_vendor(name="Acme")
        self.ours, self.manager = make_representative(self.vendor), make_manager(self.vendor)
        by = self.manager if kind == "consultation" else make_member(handle="oda")
        self.thread = f.open_thread(by, self.vendor, kind, title="The lid is broken")
        self.author = by
        self.member, self.lapsed = make_member(), make_lapsed()
        self.account, self.steward = make_account(), make_steward()
        self.advocate = make_member()
        advocates.declare(self.advocate, self.vendor, ("customer",))

    def state(self, name: str, travel) -> None:
        answer = {"answered": "answer", "asked": "ask", "declined": "decline"}.get(name)
        if answer:
            f.answer(self.thread, answer, by=self.ours)
        elif name == "solved":
            f.confirm(self.thread, "myself")
        elif name == "silent":
            f.answer(self.thread, by=self.ours)
            travel(days=14)
        elif name == "withdrawn":
            f.reply(self.thread, self.member)
            outcomes.withdraw(self.author, self.thread.id)
        elif name == "locked":
            moderation.lock(self.thread.id, self.steward, "threat")


def forms(browser, thread: Thread) -> set[str]:
    """The last word of the address of each form about the thread."""
    page = f"/threads/{thread.id}"
    found = Form(text(browser.get(page)), page).forms
    return {path.removeprefix(page + "/") for path in found if path.startswith(page)}


WRITE, ME = {"posts"}, {"me-too"}
OWN = {"posts", "withdrawal", "resolution", "outside"}
SPEAK = WRITE | {"outside"}
STATES = {
    # state: (author, company, member and advocate)
    "waiting": (OWN | {"kind"}, SPEAK, WRITE | ME),
    "answered": (OWN, SPEAK, WRITE | ME),
    "asked": (OWN, SPEAK, WRITE | ME),
    "declined": (OWN, SPEAK, WRITE | ME),
    "solved": ({"posts", "reopening"}, WRITE, WRITE | ME),
    "silent": ({"posts", "resolution", "reopening"}, WRITE, WRITE | ME),
    "withdrawn": (WRITE, WRITE, WRITE | ME),
    "locked": ({"withdrawal", "resolution"}, set(), set()),
}


@pytest.mark.parametrize("state", STATES)
def test_each_hat_finds_its_forms(app, client, client_of, travel, state):
    cast = Cast()
    cast.state(state, travel)
    author, company, others = STATES[state]
    assert forms(client, cast.thread) == set()
    for person, wanted in (
        (cast.author, author), (cast.ours, company), (cast.manager, company),
        (cast.member, others), (cast.advocate, others), (cast.lapsed, set()),
        (cast.account, set()),
    ):
        found = forms(client_of(person), cast.thread) - {"follow", "unfollow"}
        if state == "locked":
            found -= ME
        assert found == wanted, person.handle


WORDS = {
    "waiting": ("Waiting since 12 Nov", "owes the next word since 12 November 2026"),
    "answered": ("Answered", "If we hear nothing by 26 November 2026 it closes as unconfirmed."),
    "asked": ("Author was asked", "it closes as void."),
    "declined": ("Declined by the company", "it closes as declined."),
    "solved": ("Solved", "Oda solved it without help. Closed on 12 November 2026."),
    "silent": ("Closed, unconfirmed", "the author never said whether it helped. Closed on 26 Nov"),
    "withdrawn": ("Withdrawn", "Oda withdrew it on 12 November 2026."),
    "locked": ("Waiting since 12 Nov", "A steward locked this thread."),
}


@pytest.mark.parametrize("state", WORDS)
def test_everybody_reads_whose_turn_it_is(app, client, travel, state):
    cast = Cast()
    cast.state(state, travel)
    page = text(client.get(f"/threads/{cast.thread.id}"))
    for words in WORDS[state]:
        assert words in page
    assert "Did that solve it?" not in page
    assert "csrf_token" not in page


def test_the_author_alone_is_asked_whether_it_is_solved(app, client_of):
    cast = Cast()
    f.answer(cast.thread, by=cast.ours)
    page = f"/threads/{cast.thread.id}"
    assert "Did that solve it?" in text(client_of(cast.author).get(page))
    for person in (cast.ours, cast.member, cast.advocate, cast.steward):
        assert "Did that solve it?" not in text(client_of(person).get(page))


def test_what_a_representative_may_say_in_each_state(app, client_of, travel):
    cast = Cast()
    page, browser = f"/threads/{cast.thread.id}", client_of(cast.ours)

    def purposes() -> list[str]:
        return re.findall(r'name="purpose" value="(\w+)"', text(browser.get(page)))

    assert purposes() == ["answer", "propose_resolution", "ask", "acknowledge", "update", "decline"]
    f.confirm(cast.thread, "myself")
    assert purposes() == ["update"]


def test_ideas_praise_and_consultations_have_forms_of_their_own(app, client_of):
    vendor = make_vendor(name="Acme")
    author, ours, manager = make_member(), make_representative(vendor), make_manager(vendor)
    idea = f.open_thread(author, vendor, "idea")
    praise = f.open_thread(author, vendor, "praise")
    asked = f.open_thread(manager, vendor, "consultation")
    assert forms(client_of(ours), idea) == {"posts", "idea-state", "follow"}
    assert forms(client_of(author), idea) == {"posts", "kind", "withdrawal", "unfollow"}
    assert forms(client_of(author), praise) == {"posts", "kind", "withdrawal", "unfollow"}
    assert "Praise needs no answer" in text(client_of(ours).get(f"/threads/{praise.id}"))
    assert forms(client_of(manager), asked) == {"posts", "closing", "unfollow"}
    assert forms(client_of(ours), asked) == {"posts", "follow"}
    assert forms(client_of(author), asked) == {"posts", "follow"}
    outcomes.mark_idea(ours, idea.id, "declined", "We have no room for lids.")
    assert "Declined" in text(client_of(author).get(f"/threads/{idea.id}"))


def test_an_idea_counts_who_would_use_it(app, client, client_of):
    idea, member = f.open_thread(kind="idea", title="Lids in blue"), make_member()
    assert "I would use it" in text(client_of(member).get(f"/threads/{idea.id}"))
    outcomes.say_me_too(member, idea.id, "affected")
    assert "1\N{NO-BREAK SPACE}would use it" in text(client.get("/threads"))


def test_solved_is_never_taken_for_a_note(app, client_of):
    cast = Cast()
    f.answer(cast.thread, by=cast.ours)
    page = f"/threads/{cast.thread.id}"
    sent = client_of(cast.author).post_form(f"{page}/posts", {"body": "It works", "then": "solved"})
    assert sent.status_code == 422
    assert "It works" in sent.get_data(as_text=True)
    assert f.now(cast.thread).post_count == 2


def test_a_quote_stands_in_the_form(app, client_of):
    thread = f.open_thread(body="One line\nand another")
    page = text(client_of(make_member()).get(f"/threads/{thread.id}?quote=1"))
    assert "&gt; One line\n&gt; and another" in page


def test_what_the_page_says_of_each_post(app, client):
    cast = Cast("question")
    f.answer(cast.thread, by=cast.ours, body="A new lid is **on its way**.", ai_assisted=True)
    helping = f.help_with(cast.thread, cast.advocate)
    gone = f.reply(cast.thread, cast.member, "Never mind me")
    remove_post(cast.member, gone.id)
    f.confirm(cast.thread, "community", helping)
    edit_post(cast.author, opening(cast.thread).id, "It is broken.",
                      "The lid is still broken")
    page = text(client.get(f"/threads/{cast.thread.id}"))
    for words in ("answers for Acme", "<strong>on its way</strong>", "Written with help of AI",
                  "Helping", "Named as what solved it", "Oda says this helped", "/history",
                  "removed what stood here", "other customers solved it",
                  "<h1>The lid is still broken</h1>"):
        assert words in page, words
    assert "Never mind me" not in page


# Pages without gap or repeat


def many_threads(vendor: Vendor, author: Account, count: int, **values) -> list[str]:
    """Rows of threads, three at each instant; their titles, oldest first."""
    rows, posts = [], []
    for number in range(count):
        at = NOON - timedelta(hours=count - number // 3)
        row = {"id": ids.new(), "vendor": vendor.id, "author": author.id, "kind": "question",
               "title": f"Parcel {number:03}", "opened_at": at, "last_post_at": at,
               "status": "awaiting_vendor", "waiting_since": at, "outcome": None,
               "closed_at": None} | values
        rows.append(row)
        posts.append({"id": ids.new(), "thread": row["id"], "number": 1, "author": author.id,
                      "hat": "author", "body": "Hm", "html": "<p>Hm</p>", "created_at": at})
    Thread.insert_many(rows).execute()
    Post.insert_many(posts).execute()
    return [row["title"] for row in rows]


TITLE = r'class="row-title" href="/threads/[^>]+>([^<]+)<'


def walk(browser, path: str, what: str = TITLE) -> list[str]:
    """What stands on all pages, following the link to the next."""
    found = []
    for _ in range(30):
        page = text(browser.get(path))
        found += re.findall(what, page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            return found
        path = following[1].replace("&amp;", "&")
    raise AssertionError("it never ends")


def key_order(newest_first: bool):
    rows = Thread.select(Thread.title).order_by(Thread.opened_at, Thread.id)
    titles = [row.title for row in rows]
    return titles[::-1] if newest_first else titles


def test_lists_of_threads_have_neither_gap_nor_repeat(app, client, client_of):
    vendor, author, reader = make_vendor(name="Acme"), make_member(handle="oda"), make_account()
    many_threads(vendor, author, 64)
    for row in Thread.select():
        fulltext.put("thread", row.id, row.title, "Hm", row.opened_at, scope=vendor.id)
    VendorFollow.create(vendor=vendor, account=reader, since=NOON)
    Follow.create(thread=Thread.select().first(), account=reader, since=NOON)
    for path in ("/threads", "/threads?show=newest", "/threads?show=question",
                 "/vendors/acme?show=newest", "/members/oda", "/search?q=parcel"):
        assert walk(client, path) == key_order(newest_first=True), path
    for path in ("/threads?show=waiting", "/vendors/acme?show=waiting", "/vendors/acme"):
        Vendor.update(waiting_count=64).execute()
        assert walk(client, path) == key_order(newest_first=False), path
    assert walk(client_of(reader), "/feed") == key_order(newest_first=True)
    assert walk(client, "/threads?show=solved") == []
    Thread.update(outcome="confirmed", status="closed", waiting_since=None,
                  closed_at=Thread.opened_at).execute()
    forget_pages(app)
    for path in ("/threads?show=solved", "/vendors/acme?show=solved"):
        assert walk(client, path) == key_order(newest_first=True), path


def test_posts_come_in_pages_too(app, client):
    author, thread = make_member(), f.open_thread(body="Text 001")
    more = 2 * showing.POSTS_A_PAGE + 7
    Post.insert_many([
        {"id": ids.new(), "thread": thread.id, "number": number, "author": author.id,
         "hat": "member", "body": "x", "html": f"<p>Text {number:03}</p>", "created_at": NOON}
        for number in range(2, more + 1)]).execute()
    Thread.update(post_count=more).where(Thread.id == thread.id).execute()
    seen = walk(client, f"/threads/{thread.id}", r"Text (\d{3})</p>")
    assert [int(number) for number in seen] == list(range(1, more + 1))
    last = text(client.get(f"/threads/{thread.id}?from={more}"))
    assert 'rel="prev"' in last
    assert 'rel="next"' not in last


def test_after_writing_one_lands_on_the_page_of_the_post(app, client_of):
    member, thread = make_member(), f.open_thread()
    Thread.update(post_count=120).where(Thread.id == thread.id).execute()
    sent = client_of(member).post_form(f"/threads/{thread.id}/posts", {"body": "The last word"})
    assert sent.location == f"/threads/{thread.id}?from=101#post-121"
    assert "The last word" in text(client_of(member).get(sent.location))


def test_the_feed_is_in_order_of_the_last_word_and_holds_each_thread_once(
        app, client_of, travel):
    reader, vendor = make_account(), make_vendor(name="Acme")
    first = f.open_thread(vendor=vendor, title="First one")
    travel(hours=1)
    f.open_thread(vendor=vendor, title="Second one")
    f.open_thread(title="Not followed")
    vendors.follow(vendor, by=reader)
    actions.follow(reader, first)
    browser = client_of(reader)
    assert walk(browser, "/feed") == ["Second one", "First one"]
    travel(hours=1)
    f.reply(first)
    assert walk(browser, "/feed") == ["First one", "Second one"]


def test_the_front_page_puts_those_first_who_waited_longest(app, client, travel):
    f.open_thread(title="Waits since long")
    travel(hours=2)
    solved, hidden = f.open_thread(title="Solved by now"), f.open_thread(title="Out of sight")
    f.open_thread(title="Waits since now")
    f.confirm(solved, "myself")
    moderation.hide_thread(hidden.id, make_steward(), "spam")
    page = text(client.get("/"))
    lists = re.split(r"<section", page)
    waits = next(part for part in lists if 'id="waiting"' in part)
    assert waits.index("Waits since long") < waits.index("Waits since now")
    assert "Solved by now" not in waits
    assert "Solved by now" in next(part for part in lists if 'id="solved"' in part)
    assert "Out of sight" not in page


# Atom


ATOM = "{http://www.w3.org/2005/Atom}"


def feed(browser, path: str) -> list[ElementTree.Element]:
    """The entries of a feed that is well-formed, with distinct ids and all that Atom wants."""
    answer = browser.get(path)
    assert answer.content_type.startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.get_data())
    entries = root.findall(f"{ATOM}entry")
    names = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(names)) == len(names)
    for part in (root, *entries):
        assert part.findtext(f"{ATOM}id").startswith("http://localhost/")
        assert part.findtext(f"{ATOM}title")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", part.findtext(f"{ATOM}updated"))
    return entries


ODD = "A & B <c> ]]> “d” \U0001f469‍\U0001f467 שלום"


def test_feeds_are_atom_whatever_people_wrote(app, client):
    vendor = make_vendor(name="Acme & <Sons>", slug="acme")
    thread = f.open_thread(vendor=vendor, title=ODD, body=f"{ODD}\n\n```\n]]><x>\n```")
    f.reply(thread, body=ODD)
    Account.update(display_name=ODD).execute()
    for path, count in ((f"/threads/{thread.id}/feed.atom", 2), ("/vendors/acme/feed.atom", 1),
                        ("/search/feed.atom?q=שלום", 1), ("/search/feed.atom?q=nothing", 0)):
        entries = feed(client, path)
        assert len(entries) == count, path
        for entry in entries:
            assert ODD in entry.findtext(f"{ATOM}author/{ATOM}name")
            assert "<p" in entry.findtext(f"{ATOM}content")


@pytest.mark.parametrize("query", ["a%01b", "%00", "%0B%1F", "%EF%BF%BE", "%ED%A0%80", "%7F%C2%85",
                                   "]]%3E%3C/title%3E", "%26amp;", "%E2%80%AE"])
def test_no_query_breaks_the_feed_of_a_search(app, client, query):
    assert feed(client, f"/search/feed.atom?q={query}") == []
    assert client.get(f"/search?q={query}").status_code == 200


def test_the_feed_of_a_thread_leaves_out_what_is_gone(app, client):
    thread, steward = f.open_thread(), make_steward()
    kept, hidden, removed = (f.reply(thread, body=words) for words in ("One", "Two", "Three"))
    moderation.hide_post(hidden.id, steward, "spam")
    remove_post(removed.author, removed.id)
    bodies = [e.findtext(f"{ATOM}content") for e in feed(client, f"/threads/{thread.id}/feed.atom")]
    assert len(bodies) == 2
    assert kept.html in bodies
    moderation.hide_post(opening(thread).id, steward, "spam")
    entries = feed(client, f"/vendors/{thread.vendor.slug}/feed.atom")
    assert entries[0].findtext(f"{ATOM}content") == ""


# Search


@pytest.mark.parametrize("query", [
    '"log', "a AND", "x:y", "*", '"', '""', "NEAR(", "title:log", "log*", "-log", "(log", "log)",
    "a OR OR b", "'", "';--", "\\", "&", "|", "!", "log & !x", "<->", ":*", "\U0001f469‍\U0001f467",
    "%", "_", "{}", "^log", "log\x00log", "é" * 300, "ab " * 200, "\u202elog", "\u0000"])
def test_any_words_can_be_searched_for(app, client, query):
    f.open_thread(title="The log of parcels")
    answer = client.get("/search", query_string={"q": query})
    assert answer.status_code == 200
    assert client.get("/vendors", query_string={"q": query}).status_code == 200
    assert client.get("/search/feed.atom", query_string={"q": query}).status_code == 200


def test_search_finds_threads_and_companies(app, client):
    vendor = vendors.find_or_make("Deichbahn", "deichbahn.example", None)
    thread = f.open_thread(vendor=vendor, title="Replacement buses", body="They left too early.")
    page = text(client.get("/search?q=replacement early"))
    assert f"/threads/{thread.id}" in page
    assert "/vendors/deichbahn" in text(client.get("/search?q=deichb"))
    assert f"/threads/{thread.id}" not in text(client.get("/search?q=replacement late"))
    assert "Nothing found" in text(client.get("/search?q=zeppelin"))
    assert "Type one or more words" in text(client.get("/search"))


# Nothing stale for readers without an account


def steps(cast: Cast):
    """(what changes, the pages it shows on, words that are there after, words that are not)"""
    thread, author, steward = cast.thread, cast.author, cast.steward
    page, vendor = f"/threads/{thread.id}", "/vendors/acme"
    reply = f.reply(thread, cast.member, "A first reply")
    yield (lambda: f.reply(thread, cast.member, "A second reply"), [page], "A second reply", "")
    yield (lambda: edit_post(cast.member, reply.id, "Edited reply"), [page],
           "Edited reply", "A first reply")
    yield (lambda: moderation.hide_post(reply.id, steward, "spam"), [page],
           "A steward hid this post", "Edited reply")
    yield (lambda: moderation.show_post(reply.id, steward, "mistake"), [page], "Edited reply", "")
    yield (lambda: remove_post(cast.member, reply.id), [page], "removed what stood here",
           "Edited reply")
    yield (lambda: f.answer(thread, by=cast.ours, body="Here it is"), [page], "Here it is",
           "Waiting since")
    lists = ["/", "/threads", vendor + "?show=newest", "/members/oda"]
    yield (lambda: outcomes.give_back(author, thread.id, Said("Not yet")), [page, *lists],
           "Waiting since", "")
    yield (lambda: outcomes.say_me_too(cast.member, thread.id, "affected"), lists,
           "1\N{NO-BREAK SPACE}affected too", "")
    yield (lambda: f.confirm(thread, "myself"), [page, *lists, "/threads?show=solved"],
           "Solved", "")
    yield (lambda: outcomes.reopen(author, thread.id, Said("It came back")), [page, *lists],
           "Waiting since", "")
    first = opening(thread)
    yield (lambda: edit_post(author, first.id, "Broken", "Another title"),
           [page, *lists, "/vendors/acme/feed.atom", f"{page}/feed.atom"], "Another title", "")
    yield (lambda: accounts.change_profile(author, display_name="Odette", about="", time_zone="UTC",
                                           licence="CC0-1.0"),
           [page, *lists, "/vendors/acme/feed.atom"], "Odette", "Oda")
    yield (lambda: moderation.lock(thread.id, steward, "threat"), [page, "/moderation/log"],
           "ocked", "")
    yield (lambda: vendors.edit_page(cast.vendor, cast.manager, "We make lids.", "household"),
           [vendor], "We make lids.", "")
    yield (lambda: members.give_office(author, "treasurer"), ["/members/oda"], "Treasurer", "")
    yield (lambda: members.take_office(author, "treasurer"), ["/members/oda"], "", "Treasurer")
    yield (lambda: advocates.declare(author, make_vendor(name="Lidless"), ("customer",)),
           ["/members/oda"], "Lidless", "")
    yield (lambda: f.open_thread(author, cast.vendor, title="A newer thread"), lists,
           "A newer thread", "")
    yield (lambda: moderation.hide_thread(thread.id, steward, "unlawful"), lists, "",
           "Another title")


def test_what_was_acknowledged_is_what_visitors_read(app, client):
    for change, pages, there, gone in steps(Cast()):
        for path in pages:
            client.get(path)  # so that it is kept
        change()
        for path in pages:
            page = text(client.get(path))
            assert there in page, (path, there)
            assert not gone or gone not in page, (path, gone)


def test_pages_are_kept_at_all(app, client):
    cast = Cast()
    paths = ("/", "/threads", "/vendors", "/vendors/acme", f"/threads/{cast.thread.id}",
             "/members/oda", "/moderation/log", "/vendors/acme/feed.atom")
    for path in paths:
        first, second = client.get(path), client.get(path)
        assert first.headers["ETag"] == second.headers["ETag"], path
    assert len(app.wsgi_app.pages) == len(paths)


def test_kept_pages_hold_nothing_of_one_reader(app, client, client_of):
    cast = Cast()
    f.answer(cast.thread, by=cast.ours)
    pages = ("/", "/threads", "/vendors", "/vendors/acme", f"/threads/{cast.thread.id}",
             "/members/oda", "/moderation/log", "/vendors/acme/feed.atom")
    for path in pages:
        for person in (cast.author, cast.steward):
            client_of(person).get(path)
        client.get(path)
    kept = app.wsgi_app.pages.values()
    assert len(kept) == len(pages)
    for page in kept:
        assert b"csrf_token" not in page.body
        assert b"Sign out" not in page.body
        assert not [name for name, _ in page.headers if name.lower() == "set-cookie"]


def test_silence_closes_a_thread_for_every_reader_at_its_instant(app, client, client_of, travel):
    cast = Cast()
    f.answer(cast.thread, by=cast.ours)
    reader = client_of(cast.member)
    pages = ("/", "/threads", "/vendors/acme?show=newest", f"/threads/{cast.thread.id}",
             "/members/oda")
    travel(days=13, hours=23, minutes=59)
    for path in pages:
        for browser in (client, reader):
            assert "Closed, unconfirmed" not in text(browser.get(path)), path
    travel(minutes=1)
    for path in pages:
        for browser in (client, reader):
            assert "Closed, unconfirmed" in text(browser.get(path)), path
    assert f.now(cast.thread).status == "awaiting_author"  # no sweep has run


# Nothing of one reader in the page of another


@pytest.fixture
def readers(app):
    """(thread, browsers by name): a thread with something for each of them."""
    cast = Cast("question")
    f.answer(cast.thread, by=cast.ours)
    f.help_with(cast.thread, cast.advocate)
    hidden = f.reply(cast.thread, cast.member, "Hidden words")
    moderation.hide_post(hidden.id, cast.steward, "spam")
    people = {"author": cast.author, "advocate": cast.advocate, "hidden": cast.member,
              "ours": cast.ours, "steward": cast.steward, "plain": make_member(),
              "lapsed": cast.lapsed, "zoned": make_account(time_zone="Asia/Tokyo")}
    browsers = {name: app.test_client().sign_in(person) for name, person in people.items()}
    return cast.thread, browsers | {"visitor": app.test_client()}


def tokens(page: str, browser) -> tuple[str, set[str]]:
    """The page without what changes with every visit, and the session secrets in its tokens."""
    signer = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token")
    found = set(re.findall(r'name="csrf_token" value="([^"]+)"', page))
    page = re.sub(r'(name="(csrf_token|form_key)" value=")[^"]+"', r'\1"', page)
    return page, {signer.loads(token) for token in found}


def secret_of(browser) -> set[str]:
    with browser.session_transaction() as session:
        return {session["csrf_token"]} if "csrf_token" in session else set()


@pytest.mark.parametrize("kind", ON[:1], indirect=True, scope="session")  # no part of it is SQL
def test_whoever_looked_before_everybody_sees_their_own_page(app, readers):
    thread, browsers = readers
    path, alone = f"/threads/{thread.id}", {}
    for name, browser in browsers.items():
        forget_pages(app)
        thread_pages._fragments.kept.clear()
        alone[name], _ = tokens(text(browser.get(path)), browser)
    assert "Hidden words" in alone["hidden"] and "Hidden words" in alone["steward"]
    some = ("author", "hidden", "ours", "steward", "plain", "visitor")
    for first, second in itertools.permutations(some, 2):
        forget_pages(app)
        thread_pages._fragments.kept.clear()
        for name in (first, second, first):
            page, secrets = tokens(text(browsers[name].get(path)), browsers[name])
            assert page == alone[name], (first, second, name)
            assert secrets == secret_of(browsers[name]), (first, second, name)


def test_all_of_them_after_one_another(app, readers):
    thread, browsers = readers
    path = f"/threads/{thread.id}"
    for order in (list(browsers), list(browsers)[::-1]):
        thread_pages._fragments.kept.clear()
        for name in order * 2:
            page, secrets = tokens(text(browsers[name].get(path)), browsers[name])
            assert secrets == secret_of(browsers[name])
            assert ("Hidden words" in page) is (name in ("hidden", "steward")), name
            assert ("/moderate?post=" in page) is (name == "steward"), name
            assert ("This helped" in page) is (name == "author"), name
            own = {"author": 1, "advocate": 1, "hidden": 1, "ours": 1}.get(name, 0)
            assert len(re.findall(r'href="/posts/\w+/edit"', page)) == own, name


def test_a_fragment_is_never_older_than_what_was_written(app, readers):
    thread, browsers = readers
    path = f"/threads/{thread.id}"
    for number in range(3):
        for name in ("plain", "author", "steward"):
            browsers[name].get(path)
        f.reply(thread, body=f"Word {number}")
        for name in ("plain", "author", "steward", "visitor"):
            assert f"Word {number}" in text(browsers[name].get(path)), name


def test_times_are_in_the_readers_zone(app, readers):
    thread, browsers = readers
    assert "12 November 2026, 21:00" in text(browsers["zoned"].get(f"/threads/{thread.id}"))
    assert "12 November 2026, 12:00 UTC" in text(browsers["plain"].get(f"/threads/{thread.id}"))
    assert clock.now() == NOON
