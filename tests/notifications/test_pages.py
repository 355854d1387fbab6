"""Notices as a person sees them."""

from __future__ import annotations

import re

from parley.kernel import clock, db
from parley.notifications import views
from parley.notifications.actions import unread_count
from parley.notifications.models import Notice
from parley.vendors import actions as vendors
from tests.factories import make_account


def text(response) -> str:
    return response.get_data(as_text=True)


def test_notices_in_words_newest_first(scene, client_of, travel):
    scene.write(scene.other)
    travel(hours=1)
    post = scene.write(scene.responder, "At your door", "answer")
    page = text(client_of(scene.author).get("/notices"))
    assert page.index("Acme answered. It is your turn.") < page.index("Tomasz replied.")
    assert f'href="/threads/{scene.thread.id}#post-{post.number}"' in page
    assert page.count("Where is my parcel") == 2


def test_every_kind_has_its_line(scene, client_of):
    scene.write(scene.other)
    person = scene.author
    vendors.appoint(scene.vendor, person, "responder")
    Notice.create(account=person, kind="hidden", at=clock.now())
    Notice.create(account=person, kind="outcome", thread=scene.thread, at=clock.now())
    page = text(client_of(person).get("/notices"))
    assert "A company asks you to answer for it here." in page
    assert "A steward hid something you wrote." in page
    assert page.count("New</span>") == 4


def test_notices_are_read_all_at_once(scene, client_of):
    scene.write(scene.other)
    browser = client_of(scene.author)
    assert unread_count(scene.author) == 1
    assert browser.post_form("/notices/read", page="/notices").location == "/notices"
    assert unread_count(scene.author) == 0
    assert unread_count(scene.manager) == 1


def test_what_came_after_the_page_was_shown_stays_new(scene, client_of, travel):
    scene.write(scene.other)
    browser = client_of(scene.author)
    form = browser.hidden("/notices", "/notices/read")
    travel(minutes=1)
    scene.write(scene.other, "And one more thing")
    browser.post("/notices/read", data=form)
    assert unread_count(scene.author) == 1
    assert browser.post("/notices/read", data=form | {"until": "made-up"}).status_code == 422


def test_notices_go_on_page_by_page(scene, client_of):
    person, now = make_account(), clock.now()
    Notice.insert_many([{"account": person, "kind": "hidden", "at": now}
                        for _ in range(views.SIZE * 2 + 3)]).execute()
    browser, counts, address = client_of(person), [], "/notices"
    while address:
        page = text(browser.get(address))
        counts.append(page.count("A steward hid something"))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older and older[1]
    assert counts == [views.SIZE, views.SIZE, 3]
    assert browser.get("/notices?after=made-up").status_code == 400


def test_notices_are_their_persons_own(scene, client, client_of):
    assert "/sign-in" in client.get("/notices").location
    assert "/sign-in" in client.post_form("/notices/read").location
    assert "Nothing to tell you yet" in text(client_of(scene.other).get("/notices"))


def test_the_page_asks_the_database_little(scene, client_of, monkeypatch):
    for _ in range(10):
        scene.write(scene.other)
    browser, asked = client_of(scene.author), []
    real = type(db.database.obj).execute_sql
    monkeypatch.setattr(type(db.database.obj), "execute_sql",
                        lambda self, sql, *a, **k: asked.append(sql) or real(self, sql, *a, **k))
    browser.get("/notices")
    assert sum("SELECT" in sql and "notice" in sql for sql in asked) <= 2, asked
