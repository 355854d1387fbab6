"""One's own account: profile, address, password, people kept away, and what the archive gets."""

from __future__ import annotations

import json

import pytest

from parley.accounts import actions, records, ties
from parley.accounts.models import Account, Identity, Silence
from parley.journal import actions as journal
from parley.kernel import clock, versions
from parley.kernel.errors import Invalid
from tests.factories import (
    PASSWORD,
    make_account,
    make_lapsed,
    make_manager,
    make_member,
    make_steward,
    make_vendor,
)

NEW = "another fine password"
PROFILE = {"display_name": "Anna B", "about": "Trains & bread.", "time_zone": "Europe/Paris",
           "licence": "CC0-1.0"}
PAGES = ["/account", "/account/email", "/account/password", "/account/sessions",
         "/account/sign-ins", "/account/people"]


@pytest.fixture
def anna(app):
    return make_account(handle="anna", email="anna@people.example", display_name="Anna")


@pytest.fixture
def hers(client_of, anna):
    return client_of(anna)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_for_people_who_signed_in(client, hers, page):
    assert client.get(page).location == f"/sign-in?next={page}"
    shown = hers.get(page)
    assert shown.status_code == 200
    assert "no-store" in shown.headers["Cache-Control"]
    assert "style=" not in shown.text


@pytest.mark.parametrize(("make", "words"), [
    (make_account, "Account without membership"), (make_member, "Paid until"),
    (make_lapsed, "Was paid until"),
])
def test_the_overview_tells_the_standing(client_of, app, make, words):
    assert words in client_of(make()).get("/account").text


def test_the_overview_leads_to_ones_work(client_of, app, hers):
    shown = client_of(make_manager(make_vendor(name="Acme", slug="acme"))).get("/account").text
    assert 'href="/desk/acme"' in shown and 'href="/moderation"' not in shown
    assert 'href="/moderation"' in client_of(make_steward()).get("/account").text
    assert "You answer for" not in hers.get("/account").text


# Profile


def test_changing_the_profile(hers, anna, monkeypatch):
    facts = []
    monkeypatch.setattr(journal, "_subscribers", [("account.", facts.append)])
    before = versions.read([f"member:{anna.id}"])
    assert hers.post_form("/account", PROFILE, page="/account").location == "/account"
    after = Account.get_by_id(anna.id)
    assert {key: getattr(after, key) for key in PROFILE} == PROFILE
    assert [(f.kind, f.subject_id) for f in facts] == [("account.renamed", anna.id)]
    assert versions.read([f"member:{anna.id}"]) != before
    hers.post_form("/account", PROFILE | {"about": ""}, page="/account")
    assert facts[-1].kind == "account.changed"


@pytest.mark.parametrize(("field", "value"), [
    ("display_name", ""), ("display_name", "x" * 61), ("display_name", "a\x00b"),
    ("display_name", "a\u202eb"), ("about", "x" * 1001), ("about", "a\x07"),
    ("time_zone", "../../etc/passwd"), ("time_zone", ""), ("licence", "mine"), ("licence", ""),
    ("about", "x" * 1_900_000),
])
def test_what_will_not_do_is_told_and_kept(hers, anna, field, value):
    page = hers.post_form("/account", PROFILE | {field: value}, page="/account")
    assert page.status_code == 422
    assert page.text.count("field-error") == 1
    assert "Trains &amp; bread." in page.text or field == "about"
    assert Account.get_by_id(anna.id).display_name == "Anna"


def test_a_field_beyond_all_bounds_is_refused(hers):
    page = hers.post_form("/account", PROFILE | {"about": "x" * 2_200_000})
    assert page.status_code in (413, 422)


def test_without_the_token_the_form_comes_back(hers, anna):
    page = hers.post("/account", data=PROFILE)
    assert page.status_code == 400
    assert "Anna B" in page.text
    assert Account.get_by_id(anna.id).display_name == "Anna"


# E-mail


def ask(client, email="new@people.example", password=PASSWORD):
    return client.post_form("/account/email", {"email": email, "password": password},
                            page="/account/email")


def test_a_new_address_is_proved_and_the_old_one_told(hers, client, anna, mails):
    ask(hers)
    assert Account.get_by_id(anna.id).email == "anna@people.example"
    link = mails.to("new@people.example")[0].link
    assert "new@people.example" in client.get(link).text
    assert client.post_form(link, page=link).status_code == 302
    assert Account.get_by_id(anna.id).email == "new@people.example"
    assert mails.to("anna@people.example")[-1].kind == "email_changed"
    assert client.get(link).status_code == 404
    assert client.post_form(link).status_code == 404


def test_links_for_the_old_address_lose_their_power(hers, client, anna, mails):
    client.post_form("/account/reset", {"email": anna.email})
    reset = mails[0].link
    ask(hers)
    client.post_form(mails[-1].link, page=mails[-1].link)
    assert client.get(reset).status_code == 404


@pytest.mark.parametrize(("email", "password"), [
    ("new@people.example", "wrong"), ("nothing", PASSWORD), ("anna@people.example", PASSWORD),
    ("new@people.example\r\nBcc: all@people.example", PASSWORD),
])
def test_addresses_that_are_not_changed(hers, email, password, mails):
    page = ask(hers, email, password)
    assert page.status_code == 422
    assert PASSWORD not in page.text
    assert not len(mails)


def test_an_address_of_somebody_else_answers_the_same(hers, anna, mails):
    make_account(email="bert@people.example")
    known, fresh = ask(hers, "bert@people.example"), ask(hers, "fresh@people.example")
    assert (known.status_code, known.data) == (fresh.status_code, fresh.data)
    assert [m.kind for m in mails] == ["email_in_use", "email_change"]


def test_an_address_taken_in_between_is_refused(hers, client, anna, mails):
    ask(hers)
    link = mails[0].link
    make_account(email="new@people.example")
    assert client.post_form(link, page=link).status_code == 409
    assert Account.get_by_id(anna.id).email == "anna@people.example"


def test_the_link_runs_out(hers, client, mails, travel):
    ask(hers)
    travel(days=1)
    assert client.get(mails[0].link).status_code == 404


# Password


def test_a_new_password_ends_the_other_sessions(hers, client_of, anna, mails):
    other = client_of(anna)
    done = hers.post_form("/account/password", {"old_password": PASSWORD, "new_password": NEW},
                          page="/account/password")
    assert done.status_code == 302
    assert hers.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert actions.authenticate(anna.email, NEW) == anna
    assert mails[-1].kind == "password_changed"


@pytest.mark.parametrize(("old", "new"), [
    ("wrong password", NEW), ("", NEW), (PASSWORD, "short"), (PASSWORD, "anna@people.example"),
    (PASSWORD, "password123"), (PASSWORD, ""),
])
def test_passwords_that_are_not_changed(hers, anna, old, new):
    page = hers.post_form("/account/password", {"old_password": old, "new_password": new},
                          page="/account/password")
    assert page.status_code == 422
    assert page.text.count("field-error") == 1
    assert actions.authenticate(anna.email, PASSWORD) == anna


# People kept away


def test_blocking_muting_and_clearing(hers, anna, app):
    bert = make_account(handle="bert", display_name="Bert")
    hers.post_form("/members/bert/mute")
    hers.post_form("/members/Bert/block", {"next": "/members/bert"})
    row = Silence.get()
    assert (row.account, row.other, row.kind) == (anna, bert, "block")
    page = hers.get("/account/people").text
    assert "Bert" in page
    assert "Blocked" in page
    done = hers.post_form("/members/bert/clear", page="/account/people")
    assert done.location == "/account/people"
    assert not Silence.select().exists()


def test_whom_one_cannot_keep_away(hers, client, anna):
    assert hers.post_form("/members/anna/block").status_code == 409
    assert hers.post_form("/members/nobody/block").status_code == 404
    assert hers.post("/members/anna/block").status_code == 400
    assert client.post_form("/members/anna/block").location.startswith("/sign-in")


# Accounts made by the operator, and the archive


def test_the_operator_makes_an_account_at_once(app):
    account = actions.create_account(email="Op@People.example", handle="@Opal", display_name="Opal",
                                     password=PASSWORD)
    assert actions.authenticate("op@people.example", PASSWORD) == account
    with pytest.raises(Invalid) as twice:
        actions.create_account(email="op@people.example", handle="opal_b", display_name="O",
                               password=PASSWORD)
    assert set(twice.value.errors) == {"email"}
    with pytest.raises(Invalid) as alike:
        actions.create_account(email="b@people.example", handle="o_pa1", display_name="O",
                               password=PASSWORD)
    assert set(alike.value.errors) == {"handle"}


def test_the_archive_gets_everything_but_secrets(hers, anna):
    bert = make_account(handle="bert")
    ties.silence(anna, "bert", "mute")
    Identity.create(account=anna, issuer="https://t.example", subject="7", label="Townhall",
                    linked_at=clock.now())
    parts = dict(records.export(anna))
    assert set(parts) == {"account.json", "sessions.json"}
    account = parts["account.json"]
    assert account["email"] == anna.email
    assert account["silences"][0]["handle"] == bert.handle
    assert account["identities"][0]["subject"] == "7"
    assert len(parts["sessions.json"]) == 1
    text = json.dumps(parts)
    assert "hash" not in text
    assert "token" not in text
