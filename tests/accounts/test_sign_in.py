"""Signing in and out, sessions, and a forgotten password."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.accounts import rules, sessions
from parley.accounts.models import Account, Session, Token
from parley.kernel import clock, ids
from tests.factories import PASSWORD, make_account

NEW = "another fine password"


@pytest.fixture
def anna(app):
    return make_account(handle="anna", email="anna@people.example")


def sign_in(client, email="anna@people.example", password=PASSWORD, **more):
    fields = {"email": email, "password": password} | more
    return client.post_form("/sign-in", fields, page="/sign-in")


def is_in(client):
    return client.get("/account").status_code == 200


def test_in_and_out(client, anna):
    assert sign_in(client).location == "/feed"
    assert is_in(client)
    row = Session.get()
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert token not in (row.token_hash, row.id)
    assert client.post_form("/sign-out").location == "/"
    assert not is_in(client)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token  # a copied cookie is worth nothing after signing out
    assert not is_in(client)


def test_signing_out_needs_the_token_of_the_form(client, anna):
    sign_in(client)
    assert client.post("/sign-out").status_code == 400
    assert is_in(client)


@pytest.mark.parametrize(("email", "password"), [
    ("anna@people.example", "wrong password"), ("nobody@people.example", PASSWORD),
    ("no address", PASSWORD), ("anna@people.example", ""), ("a\x00@x.example", PASSWORD),
    ("anna@people.example", PASSWORD + "\x00"), ("outside@people.example", ""),
    ("anna@people.example", "x" * 1_000_000),
])
def test_what_was_wrong_stays_unsaid(client, anna, email, password):
    make_account(email="outside@people.example", password=None)
    page = sign_in(client, email, password)
    assert page.status_code == 422
    assert "do not belong together" in page.text
    assert "field-wrong" not in page.text
    if password:
        assert password not in page.text
    assert not is_in(client)


def test_unknown_and_known_addresses_get_the_same_page(app, anna):
    pages = []
    for email in ("anna@people.example", "none@people.example"):
        client = app.test_client()
        page = client.post("/sign-in", data={
            "email": email, "password": "wrong password", "csrf_token": client.token()})
        pages.append(page.text.replace(email, "").replace(client.token(), ""))
    strip = [[line for line in page.splitlines() if "csrf_token" not in line] for page in pages]
    assert strip[0] == strip[1]


def test_an_unknown_address_costs_as_much_work(app, anna, monkeypatch):
    checked = []
    right = sessions.digest_matches
    monkeypatch.setattr(sessions, "digest_matches",
                        lambda kept, typed: checked.append(kept) or right(kept, typed))
    assert not sessions.matches(None, PASSWORD)
    assert not sessions.matches(anna, "wrong password")
    assert len(checked) == 2
    assert {kept.split("$")[1:4] == checked[0].split("$")[1:4] for kept in checked} == {True}


def test_the_closed_and_the_suspended_stay_out(client, anna):
    other = app_client = client.application.test_client()
    sign_in(other)
    Account.update(suspended_at=clock.now()).execute()
    assert sign_in(client).status_code == 403
    assert not is_in(app_client)
    Account.update(closed_at=clock.now(), suspended_at=None).execute()
    assert sign_in(client).status_code == 422


@pytest.mark.parametrize("target", ["/vendors", "/threads/new?vendor=x#top"])
def test_going_on_to_where_one_wanted(client, anna, target):
    page = client.get("/sign-in", query_string={"next": target})
    assert "next" in page.text
    assert sign_in(client, next=target).location == target


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
    "/ok\r\nSet-Cookie: a=b", "\\\\evil.example", "/a\\..\\b", "/\tevil", "evil.example",
])
def test_never_on_to_elsewhere(client, anna, target):
    assert sign_in(client, next=target).location == "/feed"
    again = client.get("/sign-in", query_string={"next": target})
    assert again.location == "/feed"


def test_a_private_page_comes_back_after_signing_in(client, anna):
    there = client.get("/account/people")
    assert there.location == "/sign-in?next=/account/people"
    assert 'value="/account/people"' in client.get(there.location).text


def test_the_form_token_changes_with_the_person(client, anna):
    before = client.hidden("/sign-in", "/sign-in")
    client.post("/sign-in", data=before | {"email": anna.email, "password": PASSWORD})
    assert client.post("/sign-out", data=before).status_code == 400


def test_the_limits_count_by_typed_address(app, anna, monkeypatch):
    monkeypatch.setattr("parley.web.limits._multiplier", 0.2)
    email = f"{ids.new()}@people.example"
    answers = [sign_in(app.test_client(), email, "wrong password") for _ in range(4)]
    assert "That was a lot" in answers[-1].text or "Wait a little" in answers[-1].text
    assert email in answers[-1].text
    assert [page.status_code for page in answers] == [422, 422, 429, 429]
    assert sign_in(app.test_client()).status_code == 302


# Sessions


def test_a_session_ended_elsewhere_stops_at_the_next_request(app, anna):
    here, there = app.test_client(), app.test_client()
    for client in (here, there):
        client.post("/sign-in", data={"email": anna.email, "password": PASSWORD,
                                      "csrf_token": client.token()},
                    headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    page = here.get("/account/sessions").text
    assert page.count("Firefox on Linux") == 2
    assert page.count("Sign out</button>") >= 1
    other = Session.select().order_by(Session.seen_at.desc()).first()
    with here.session_transaction() as cookie:
        own = sessions.account_of(cookie["_user_id"]).session
    other = next(s for s in Session.select() if s.id != own.id)
    here.post_form(f"/account/sessions/{other.id}/end", page="/account/sessions")
    assert not is_in(there)
    assert is_in(here)


def test_ending_all_others(app, anna, client_of):
    here, *others = (client_of(anna) for _ in range(3))
    here.post_form("/account/sessions/end-others", page="/account/sessions")
    assert is_in(here)
    assert not any(map(is_in, others))


def test_nobody_ends_the_session_of_another(client_of, anna):
    bert = client_of(make_account())
    client_of(anna)
    session = Session.get(Session.account == anna)
    assert bert.post_form(f"/account/sessions/{session.id}/end").status_code == 404
    assert Session.get(Session.account == anna).ended_at is None


def test_a_session_ends_by_itself(client_of, anna, travel):
    client = client_of(anna)
    travel(days=59)
    assert is_in(client)
    travel(days=1, seconds=1)
    assert not is_in(client)


def test_reading_writes_seldom(client_of, anna, travel):
    client = client_of(anna)
    began = travel.now
    travel(minutes=9)
    is_in(client)
    assert Session.get().seen_at == began
    travel(minutes=1)
    is_in(client)
    assert Session.get().seen_at == travel.now


@pytest.mark.parametrize(("header", "name"), [
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537 Edg/140", "Edge on Windows"),
    ("Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile Safari/537", "Chrome on Android"),
    ("Mozilla/5.0 (iPhone; CPU like Mac OS X) Version/18 Safari/604", "Safari on iPhone"),
    ("curl/8", "A browser"), ("<script>\x00", "A browser"), ("", "A browser"),
])
def test_browsers_are_named_in_words_of_ours(header, name):
    assert rules.browser_name(header) == name


def test_an_old_digest_is_renewed_when_it_fits(client, anna):
    costly = sessions.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    Account.update(password_hash=costly).execute()
    sign_in(client)
    assert Account.get().password_hash != costly
    assert is_in(client)


# A forgotten password


def ask(client, email="anna@people.example"):
    return client.post_form("/account/reset", {"email": email}, page="/account/reset")


def test_a_reset_sets_the_password_and_ends_every_session(client, client_of, anna, mails):
    signed_in = client_of(anna)
    assert ask(client).location == "/account/reset/sent"
    link = mails[-1].link
    assert client.post_form(link, {"password": NEW}, page=link).location == "/sign-in"
    assert not is_in(signed_in)
    assert sign_in(client, password=PASSWORD).status_code == 422
    assert sign_in(client, password=NEW).status_code == 302
    assert [m.kind for m in mails] == ["reset", "password_changed"]


def test_asking_answers_the_same_for_everybody(app, anna, mails):
    answers = [ask(app.test_client(), email) for email in (anna.email, "none@people.example")]
    assert answers[0].data == answers[1].data
    assert [m.kind for m in mails] == ["reset", "no_account"]
    assert ask(app.test_client(), "no address").status_code == 422


def test_a_reset_link_works_once_and_for_an_hour(client, anna, mails, travel):
    ask(client)
    first = mails[0].link
    client.post_form(first, {"password": NEW}, page=first)
    assert client.get(first).status_code == 404
    assert client.post_form(first, {"password": "yet another one"}).status_code == 404
    travel(minutes=1)
    ask(client)
    second = mails[-1].link
    travel(hours=1)
    assert client.get(second).status_code == 404
    assert client.post_form(second, {"password": "yet another one"}).status_code == 404


def test_only_the_newest_reset_link_holds(client, anna, mails):
    ask(client)
    ask(client)
    old, new = (m.link for m in mails)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_a_weak_new_password_leaves_the_link_usable(client, anna, mails):
    ask(client)
    link = mails[-1].link
    assert client.post_form(link, {"password": "anna@people.example"}, page=link).status_code == 422
    assert client.post_form(link, {"password": NEW}, page=link).status_code == 302


def test_the_table_holds_no_token(client, anna, mails):
    ask(client)
    assert mails[-1].link.rpartition("/")[2] != Token.get().token_hash
    assert Token.get().expires_at - clock.now() <= timedelta(hours=1)
