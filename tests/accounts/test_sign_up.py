"""Joining: the form, the mail, the link, and what strangers can make of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import session as session_here

from parley.accounts import actions, rules
from parley.accounts.models import Account, Session, SignUp
from parley.kernel import safe_html
from parley.outbox import mail
from parley.outbox.models import Task
from tests.factories import PASSWORD, make_account

FORM = {
    "email": "anna@people.example", "display_name": "Anna", "handle": "anna",
    "password": PASSWORD, "time_zone": "Europe/Berlin",
}


def join(client, **values):
    return client.post_form("/sign-up", FORM | values, page="/sign-up")


def errors_on(page):
    return page.get_data(as_text=True).count('class="field-error"')


def test_signing_up_confirming_and_being_in(client, mails):
    sent = join(client)
    assert sent.status_code == 302
    assert sent.location == "/sign-up/sent"
    assert "Check your mail" in client.get("/sign-up/sent").text
    assert not Account.select().exists()
    link = mails.to("anna@people.example")[0].link
    assert "@anna" in client.get(link).text
    assert not Account.select().exists()  # looking confirms nothing
    arrived = client.post_form(link, page=link)
    assert (arrived.status_code, arrived.location) == (302, "/feed")
    account = Account.get(Account.handle == "anna")
    assert (account.display_name, account.time_zone) == ("Anna", "Europe/Berlin")
    assert "Your account" in client.get("/account").text
    assert not SignUp.select().exists()


def test_a_link_confirms_once(client, app, mails):
    join(client)
    link = mails[0].link
    hidden = client.hidden(link, link)
    client.post(link, data=hidden)
    again = client.post_form(link)
    assert again.status_code == 404
    assert "used up" in again.text
    assert Account.select().count() == 1


def test_a_link_runs_out(client, mails, travel):
    join(client)
    link = mails[0].link
    travel(days=2, seconds=1)
    assert client.get(link).status_code == 404
    assert client.post_form(link).status_code == 404
    assert actions.sweep() == 1


def test_a_known_address_gets_another_mail_and_the_same_answer(app, mails):
    make_account(email="known@people.example")
    answers = []
    for address in ("known@people.example", "fresh@people.example"):
        client = app.test_client()
        sent = join(client, email=address, handle="somebody")
        page = client.get(sent.location)
        with client.session_transaction() as session:
            answers.append((sent.status_code, sent.location, sent.data, page.data, sorted(session)))
    assert answers[0] == answers[1]
    assert [m.kind for m in mails] == ["already", "confirm"]
    assert "confirm" not in mails[0].text


def test_letters_of_an_address_count_alike_in_both_cases(client, mails):
    make_account(email="anna@people.example", handle="other")
    join(client, email=" Anna@People.Example ")
    assert [m.kind for m in mails] == ["already"]


def test_all_mistakes_show_at_once_and_only_the_password_is_forgotten(client):
    page = join(client, email="anna", handle="1", display_name="\n", password="short",
                time_zone="Moon/Crater")
    assert page.status_code == 422
    assert errors_on(page) == 5
    kept = join(client, email="anna", password="a fine long password").text
    assert 'value="Anna"' in kept
    assert "a fine long password" not in kept


@pytest.mark.parametrize("handle", ["Anna_Lee", "ann4", "admin", "par1ey", "аnna", "x" * 31, "a b"])
def test_look_alikes_and_odd_handles_are_refused(client, handle):
    make_account(handle="annalee", handle_key=safe_html.skeleton("annalee"))
    make_account(handle="anna", handle_key=safe_html.skeleton("anna"))
    page = join(client, handle=handle)
    if handle == "ann4":  # no look-alike of anna
        assert page.status_code == 302
    else:
        assert (page.status_code, errors_on(page)) == (422, 1)


def test_a_handle_taken_in_between_is_replaced_on_the_spot(client, mails):
    join(client)
    link = mails[0].link
    make_account(email="first@people.example", handle="anna", handle_key=safe_html.skeleton("anna"))
    page = client.post_form(link, page=link)
    assert page.status_code == 422
    assert "Another handle" in page.text
    assert SignUp.select().count() == 1
    assert client.post_form(link, {"handle": "anna_b"}).status_code == 302
    assert Account.get(Account.email == "anna@people.example").handle == "anna_b"


def test_the_second_of_two_sign_ups_with_one_address_is_gone(client, mails):
    join(client)
    join(client, handle="anna_two")
    first, second = (m.link for m in mails)
    client.post_form(first, page=first)
    assert client.get(second).status_code == 404


def test_another_browser_must_know_the_password(client, app, mails):
    """A stranger signs up with Anna's address; she, who also wanted to join, follows the link."""
    join(client)
    link = mails[0].link
    hers = app.test_client()
    assert "Your password" in hers.get(link).text
    wrong = hers.post_form(link, {"password": "what anna thinks it is"}, page=link)
    assert wrong.status_code == 422
    assert not Account.select().exists()
    assert hers.post_form(link, {"password": PASSWORD}, page=link).status_code == 302


def test_the_operator_can_close_it(client, app, mails, monkeypatch):
    hidden = client.hidden("/sign-up", "/sign-up")
    settings = app.extensions["parley.settings"]
    monkeypatch.setitem(app.extensions, "parley.settings", replace(settings, sign_up=False))
    assert "closed" in client.get("/sign-up").text
    assert client.post("/sign-up", data=FORM | hidden).status_code == 403
    assert not len(mails)


def test_going_on_to_what_was_written_before(client, mails, monkeypatch):
    seen = []
    monkeypatch.setattr(actions, "on_arrival",
                        [lambda account: seen.append(account.handle), lambda account: "/drafts"])
    join(client)
    assert client.post_form(mails[0].link, page=mails[0].link).location == "/drafts"
    assert seen == ["anna"]


def test_a_draft_is_found_again_in_another_browser(client, app, mails, monkeypatch):
    with client.session_transaction() as session:
        session["draft"] = "z" * 26
    join(client)
    monkeypatch.setattr(actions, "on_arrival", [lambda account: f"/drafts/{session_here['draft']}"])
    other = app.test_client()
    arrived = other.post_form(mails[0].link, {"password": PASSWORD}, page=mails[0].link)
    assert arrived.location == "/drafts/" + "z" * 26


def test_without_the_token_of_the_form_nothing_happens_and_the_form_stays(client, mails):
    page = client.post("/sign-up", data=FORM)
    assert page.status_code == 400
    assert 'value="anna@people.example"' in page.text
    assert PASSWORD not in page.text
    assert not len(mails)


@pytest.mark.parametrize("field", ["email", "display_name", "handle", "password", "time_zone"])
@pytest.mark.parametrize("value", ["x" * 2_000_000, "a\x00b@c.example", "\ud83d", "%s" * 40, ""],
                         ids=["huge", "nul", "half", "format", "empty"])
def test_bad_values_are_told_beside_their_field(client, mails, field, value):
    sent = join(client, **{field: value.encode("utf-8", "surrogatepass")})
    accepted = field in ("display_name", "password") and value in ("%s" * 40, "\ud83d")
    odd = field == "password" and sent.status_code == 302
    assert sent.status_code in ((302, 422) if accepted or odd else (422, 413))


def test_mail_headers_hold_against_line_ends(client, mails):
    join(client, display_name="Anna\r\nBcc: everybody@people.example")
    page = join(client, email="anna@people.example\r\nBcc: all@people.example")
    assert page.status_code == 422
    for task in Task.select().where(Task.kind == "mail"):
        message = mail.message(task)
        assert message["Bcc"] is None
        assert message["To"] == "anna@people.example"
        assert "Bcc" not in task.data["text"]


@pytest.mark.parametrize(("raw", "clean"), [
    ("Anna@Example.ORG", "anna@example.org"), ("a.b+c@d-e.example", "a.b+c@d-e.example"),
    ("anna@bücher.example", "anna@xn--bcher-kva.example"), ("anna", None), ("@x.example", None),
    ("a@b", None), ("a@b..c", None), ("a b@c.example", None), ("a@c.example>", None),
    ("a\x00@c.example", None), ("a" * 65 + "@c.example", None),
    ("a@" + "b" * 64 + ".example", None), ("a@" + "ü." * 2_000_000 + "example", None),
    ("ä@c.example", None), ('"a"@c.example', None), ("a@b.example,c@d.example", None),
])
def test_addresses(raw, clean):
    assert rules.email_address(raw) == clean


@pytest.mark.parametrize("password", [
    "", "123456789", "anna@people.example", "ANNA_LEE_LONG", "password123", "aaaaaaaaaaaaaaa",
    "x" * 201, "Qwertyuiop",
])
def test_weak_passwords(password):
    assert rules.weak_password(password, "anna@people.example", "anna_lee_long", "Anna")


@pytest.mark.parametrize("password", ["parley-demo", PASSWORD, "ünïcödé wörds", "x" * 190 + "abcd"])
def test_good_passwords(password):
    assert rules.weak_password(password, "anna@people.example", "anna", "Anna") is None


def test_the_common_ones_are_long_enough_to_matter():
    assert len(rules.COMMON) >= 100
    assert all(len(p) >= rules.PASSWORD_LEAST and p == p.casefold() for p in rules.COMMON)


def test_a_link_of_one_purpose_serves_no_other(client, mails):
    join(client)
    token = mails[0].link.rpartition("/")[2]
    assert client.get(f"/account/reset/{token}").status_code == 404
    assert client.get(f"/account/email/{token}").status_code == 404
    assert not Session.select().exists()
