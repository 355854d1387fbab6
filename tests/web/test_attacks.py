"""What somebody with bad intent tries from outside, and what must come of it: nothing."""

from __future__ import annotations

import pytest

from parley.accounts.models import Account
from parley.kernel import db
from parley.members import actions as members
from parley.moderation import actions as moderation
from parley.outbox import worker
from parley.threads import actions, files, reading_pages
from parley.threads.helped import mark_helped
from parley.threads.models import Draft, File
from parley.threads.own_posts import remove_post
from parley.web import limits
from tests.conftest import forget_pages
from tests.factories import make_account, make_member
from tests.threads import factories as f
from tests.web.scene import PDF


@pytest.fixture
def strict(app, monkeypatch):
    """The limits as they are in earnest."""
    monkeypatch.setattr(limits, "_multiplier", 1.0)
    limits.limiter.reset()


@pytest.mark.parametrize("name", ["parley", "parley ", " parley"])
def test_no_page_made_for_a_session_is_kept_for_others(app, client, scene, name):
    with client.session_transaction() as session:
        session["draft"] = "x"
    value = client.get_cookie("parley").value
    app.test_client(use_cookies=False).get("/", headers={"Cookie": f"{name}={value}"})
    assert app.test_client().get("/").headers["Cache-Control"] == "no-cache"


def test_nobody_fills_the_disk_with_drafts_that_need_no_account(strict, app, scene):
    address = f"/threads/{scene.threads['waiting'].id}/posts"
    before = Draft.select().count()
    for _ in range(70):
        app.test_client().post(address, data={"body": "x"})
    assert Draft.select().count() - before <= 60
    assert app.test_client().post_form("/threads/new", {"body": "x"}).status_code == 429


def test_a_field_that_is_no_text_takes_little_room(client, scene):
    client.post_form("/threads/new", {"body": "b" * 50_000, "product": "p" * 50_000})
    draft = Draft.select().order_by(Draft.id.desc()).where(Draft.account.is_null()).get()
    assert (len(draft.fields["body"]), len(draft.fields["product"])) == (40_000, 2_000)


def test_another_site_plants_no_draft(client, scene):
    address = f"/threads/{scene.threads['waiting'].id}/posts"
    before = Draft.select().count()
    client.post(address, data={"body": "Buy here"}, headers={"Origin": "https://evil.example"})
    assert Draft.select().count() == before
    client.post(address, data={"body": "My own"}, headers={"Origin": "http://localhost"})
    assert Draft.select().count() == before + 1


@pytest.mark.parametrize("address", ["/sign-in", "/sign-up", "/account/reset"])
def test_other_spellings_of_an_address_give_a_guesser_no_more_tries(strict, app, address):
    make_member(handle="victim")
    hidden = ["\u00ad" * n for n in range(12)]  # an invisible hyphen vanishes from a domain
    codes = [app.test_client().post_form(address, {
        "email": f"victim@peo{soft}ple.example", "password": "guess"}).status_code
        for soft in hidden]
    assert codes[-1] == 429


def test_counts_of_addresses_are_forgotten(app):
    assert "limits" in [name for name, _, _ in worker._sweeps]
    storage = limits.limiter.storage
    storage.incr("typed:somebody@people.example", -1)
    limits.sweep()
    rows = storage._db.execute("SELECT key FROM hits WHERE key LIKE 'typed:somebody%'").fetchall()
    assert rows == []


def test_a_file_whose_bytes_are_lost_is_not_there(client, scene):
    file = File.get_by_id(scene.ids["file"])
    files.path_of(file.sha256).unlink()
    try:
        assert client.get(f"/files/{file.id}/{file.name}").status_code == 404
    finally:
        files.take_in([files.Typed("bill.pdf", PDF)])


def test_one_who_is_a_steward_no_longer_reads_nothing_hidden(app, client_of, scene):
    steward, thread = scene.people["steward"], scene.threads["waiting"]
    moderation.hide_post(scene.posts["reply"].id, steward, "spam")
    browser = client_of(steward)
    assert "shed" in browser.get(f"/threads/{thread.id}").text
    members.take_office(steward, "steward")
    assert "shed" not in browser.get(f"/threads/{thread.id}").text


def test_who_wrote_in_a_hidden_thread_does_not_read_its_title(client_of, scene):
    thread = scene.threads["waiting"]
    moderation.hide_thread(thread.id, scene.people["steward"], "spam")
    browser = client_of(scene.helper)
    for what in ("edit", "removal"):
        page = browser.get(f"/posts/{scene.posts['reply'].id}/{what}")
        assert (page.status_code, thread.title in page.text) == (404, False)


def test_a_members_page_made_during_a_change_is_not_kept_as_the_new_one(
        app, client, scene, monkeypatch):
    forget_pages(app)
    helper, real = scene.helper, reading_pages.pagecache.reads

    def renamed_just_before(*keys):
        if Account.get_by_id(helper.id).display_name != "Renamed":
            with db.write():
                Account.update(display_name="Renamed").where(Account.id == helper.id).execute()
        real(*keys)

    monkeypatch.setattr(reading_pages.pagecache, "reads", renamed_just_before)
    client.get(f"/members/{helper.handle}")
    assert "Renamed" in client.get(f"/members/{helper.handle}").text


def test_help_counts_at_once_on_every_page_that_shows_it(app, client):
    one = f.open_thread()
    advocate = f.advocate_of(one)
    f.help_with(one, advocate)
    assert "helped 1 person" not in client.get(f"/threads/{one.id}").text
    other = f.open_thread(vendor=one.vendor)
    post = f.help_with(other, advocate)
    mark_helped(other.author, post.id, True)
    assert "helped 1 person" in client.get(f"/threads/{one.id}").text
    remove_post(advocate, post.id)
    assert "helped 1 person" not in client.get(f"/threads/{one.id}").text


def test_files_of_one_who_may_not_write_are_not_stored(client_of, scene):
    pdf = PDF + b"% refused\n%%EOF\n"
    upload = files.Typed("big.pdf", pdf)
    calls = [
        lambda: actions.write_post(make_account(), scene.threads["waiting"].id,
                                   actions.NewPost(body="x", uploads=(upload,))),
        lambda: f.open_thread(scene.people["lapsed"], uploads=(upload,)),
    ]
    for call in calls:
        with pytest.raises(Exception, match=r"paying|ended"):
            call()
    digest = files.pictures.accept(pdf, "big.pdf").sha256
    assert not files.path_of(digest).exists()


COSTLY = [  # each redraws pages or writes files, so nobody does it all day
    ("/account", {"display_name": "A", "time_zone": "UTC", "licence": "CC0-1.0"}, 31),
    ("/account/archive", {}, 21),
    ("/vendors/acme/follow", {}, 61),
    ("/vendors/acme/unfollow", {}, 61),
    ("/vendors/acme/advocate", {"ties": "customer"}, 31),
    ("/vendors/acme/advocate/withdraw", {}, 31),
]


@pytest.mark.parametrize(("address", "typed", "times"), COSTLY)
def test_nobody_does_the_costly_all_day(strict, client_of, scene, address, typed, times):
    browser = client_of(scene.author)
    codes = [browser.post_form(address, typed).status_code for _ in range(times)]
    assert (codes[-1], 429 in codes[:-1]) == (429, False)


def test_keeping_somebody_away_is_said_as_it_is(client_of, scene):
    browser = client_of(scene.author)
    for kind in ("mute", "block"):
        browser.post_form(f"/members/{scene.helper.handle}/{kind}")
        assert "No notice or mail of what" in browser.get("/account/people").text


def test_a_form_with_files_sent_twice_still_opens_one_thread(scene):
    by, vendor = make_account(), scene.vendor
    upload = files.Typed("twice.pdf", PDF)
    first, again = (f.open_thread(by, vendor, form_key="k", uploads=(upload,)) for _ in "ab")
    assert first == again


def test_a_mark_switched_on_and_off_does_not_flood_anybody(strict, client_of, scene):
    browser = client_of(scene.author)
    codes = [browser.post_form(f"/posts/{scene.posts['reply'].id}/helped{undo}").status_code
             for undo in ("", "/undo") * 31]
    assert 429 in codes
