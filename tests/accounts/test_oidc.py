"""Signing in through an outside provider, honest and not, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import OctKey

from parley.accounts import oidc
from parley.accounts.models import Account, Identity, Session
from parley.config import ConfigError
from tests.accounts.oidc_provider import CLIENT_ID, CLIENT_SECRET, STRANGER, Provider
from tests.factories import PASSWORD, make_account

NEWCOMER = "/sign-in/oidc/newcomer"


@pytest.fixture(scope="module")
def running():
    provider = Provider().start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running, app):
    running.reset()
    settings = replace(
        app.extensions["parley.settings"], oidc_name="Townhall", oidc_issuer=running.issuer,
        oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET)
    oidc.install(app, settings)
    yield running
    oidc.install(app, replace(settings, oidc_issuer=""))


@pytest.fixture
def anna(app):
    return make_account(handle="anna", email="anna@people.example")


def begin(client, **fields):
    """Press the button and agree at the provider; the address it sends the browser back to."""
    away = client.post_form("/sign-in/oidc", fields)
    assert away.status_code == 302, away.text
    back = requests.get(away.location, allow_redirects=False, timeout=5)
    return back.headers["Location"].removeprefix("http://localhost")


def through(client, **fields):
    return client.get(begin(client, **fields))


def link(account, provider):
    return Identity.create(account=account, issuer=provider.issuer, subject=provider.person["sub"],
                           linked_at=account.created_at)


def is_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.parametrize("alg", ["RS256", "Ed25519"])
def test_a_linked_person_comes_in(client, provider, anna, alg):
    provider.alg = alg
    link(anna, provider)
    arrived = through(client, next="/vendors")
    assert (arrived.status_code, arrived.location) == (302, "/vendors")
    assert is_in(client)
    asked = provider.asked[0]
    assert asked["state"]
    assert asked["nonce"]
    assert asked["code_challenge"]


def test_the_button_is_there_only_with_a_provider(client, app, provider):
    assert "Sign in with Townhall" in client.get("/sign-in").text
    assert "Continue with Townhall" in client.get("/sign-up").text
    app.extensions["parley.oidc"] = None
    assert "Townhall" not in client.get("/sign-in").text
    assert client.post_form("/sign-in/oidc").status_code == 404
    assert client.get("/sign-in/oidc/callback?code=a&state=b").status_code == 404
    assert client.get(NEWCOMER).status_code == 404


def test_beginning_needs_the_token_of_the_form(client, provider):
    assert client.post("/sign-in/oidc").status_code == 400


@pytest.mark.parametrize("attack", [
    {"nonce": "somebody else's"}, {"nonce": None}, {"aud": "another client"}, {"aud": None},
    {"aud": "another client", "azp": CLIENT_ID}, {"azp": "another client"},
    {"iss": "https://evil.example"}, {"iss": None}, {"exp": 1}, {"exp": None}, {"iat": None},
    {"sub": None}, {"sub": ""}, {"sub": "x" * 256}, {"sub": 7}, {"sub": "a\x00b"},
    {"sub": ["a"]},
], ids=str)
def test_id_tokens_that_were_not_made_for_us_are_refused(client, provider, anna, attack):
    link(anna, provider)
    provider.claims = attack
    page = through(client)
    assert page.status_code == 400
    assert "did not come to an end" in page.text
    assert not is_in(client)


def test_an_unsigned_token_is_refused(client, provider, anna):
    link(anna, provider)
    provider.alg = "none"
    assert through(client).status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize(("alg", "key"), [
    ("RS256", STRANGER), ("HS256", OctKey.import_key(CLIENT_SECRET.ljust(32, "."))),
])
def test_tokens_of_other_keys_are_refused(client, provider, anna, alg, key):
    link(anna, provider)
    provider.alg, provider.key = alg, key
    assert through(client).status_code == 400
    assert not is_in(client)


def test_a_state_is_good_once_and_only_in_its_browser(client, app, provider, anna):
    link(anna, provider)
    back = begin(client)
    stranger = app.test_client()
    assert stranger.get(back).status_code == 400
    assert not is_in(stranger)
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400  # replayed


def test_made_up_callbacks_are_refused(client, provider):
    for query in ("", "?code=a", "?state=b", "?code=a&state=b", "?error=access_denied",
                  "?error=x&error_description=%00%3Cscript%3E", "?code=%00&state=%00"):
        page = client.get(f"/sign-in/oidc/callback{query}")
        assert page.status_code == 400
        assert "<script>" not in page.text


def test_a_code_of_another_sign_in_does_not_fit(client, app, provider, anna):
    """PKCE: a code that an attacker got for themselves is worth nothing in another browser."""
    link(anna, provider)
    code = parse_qs(urlsplit(begin(app.test_client())).query)["code"][0]
    own = parse_qs(urlsplit(begin(client)).query)["state"][0]
    assert client.get(f"/sign-in/oidc/callback?code={code}&state={own}").status_code == 400


@pytest.mark.parametrize("metadata", [
    {"issuer": "https://evil.example"}, {"token_endpoint": "http://192.0.2.1/token"},
    {"jwks_uri": "file:///etc/passwd"}, {"authorization_endpoint": "javascript:alert(1)"},
    {"id_token_signing_alg_values_supported": ["none", "HS256"]},
], ids=str)
def test_a_provider_that_describes_itself_wrongly_is_not_used(client, provider, metadata):
    provider.metadata = metadata
    assert client.post_form("/sign-in/oidc").status_code == 400


def test_a_provider_that_is_down_is_told_and_comes_back(client, provider, anna):
    link(anna, provider)
    provider.down = True
    page = client.post_form("/sign-in/oidc")
    assert page.status_code == 400
    assert "does not answer just now" in page.text
    provider.down = False
    assert through(client).status_code == 302


def test_the_settings_are_checked_at_start(app):
    settings = app.extensions["parley.settings"]
    for values in ({"oidc_issuer": "http://townhall.example", "oidc_client_id": "x"},
                   {"oidc_issuer": "https://townhall.example"}):
        with pytest.raises(ConfigError):
            oidc.install(app, replace(settings, **values))


# People who are new


def test_an_equal_address_joins_nothing(client, provider, anna, mails):
    provider.person = {"sub": "evil", "email": anna.email, "email_verified": True}
    assert through(client).location == NEWCOMER
    assert not is_in(client)
    assert not Identity.select().exists()
    sent = client.post_form(NEWCOMER, {
        "email": anna.email, "display_name": "Anna", "handle": "anna_too", "time_zone": "UTC",
    }, page=NEWCOMER)
    assert sent.location == "/sign-up/sent"
    assert [m.kind for m in mails] == ["already"]
    assert not Identity.select().exists()


def test_a_newcomer_makes_an_account_without_a_password(client, provider, mails):
    provider.person = {"sub": "new", "email": "bert@people.example", "name": "Bert <b>",
                       "preferred_username": "bert"}
    through(client)
    page = client.get(NEWCOMER).text
    assert 'value="bert@people.example"' in page
    assert 'value="bert"' in page
    assert "Bert &lt;b&gt;" in page
    client.post_form(NEWCOMER, {
        "email": "bert@people.example", "display_name": "Bert", "handle": "bert",
        "time_zone": "UTC"}, page=NEWCOMER)
    assert not Account.select().exists()
    confirm = mails[0].link
    assert client.post_form(confirm, page=confirm).location == "/feed"
    account = Account.get()
    assert account.password_hash is None
    assert Identity.get().subject == "new"
    client.post_form("/sign-out")
    assert through(client).location == "/feed"
    assert "has no password" in client.get("/account/password").text
    identity = Identity.get()
    only = client.post_form(f"/account/sign-ins/{identity.id}/unlink", page="/account/sign-ins")
    assert only.status_code == 409
    assert "only way to sign in" in only.text


def test_a_newcomers_link_works_only_in_their_browser(client, app, provider, mails):
    """Else an attacker's provider account would be tied to whoever follows the link."""
    through(client)
    client.post_form(NEWCOMER, {"email": "victim@people.example", "display_name": "V",
                                "handle": "victim", "time_zone": "UTC"}, page=NEWCOMER)
    confirm = mails[0].link
    victim = app.test_client()
    assert victim.post_form(confirm, {"password": ""}, page=confirm).status_code == 409
    assert not Account.select().exists()


def test_a_newcomer_is_forgotten_after_half_an_hour(client, provider, travel):
    through(client)
    assert client.get(NEWCOMER).status_code == 200
    travel(minutes=31)
    assert client.get(NEWCOMER).location == "/sign-in"
    assert client.post_form(NEWCOMER, {"email": "a@b.example"}).location == "/sign-in"


def test_mistakes_of_a_newcomer_come_back(client, provider):
    through(client)
    page = client.post_form(NEWCOMER, {"email": "nothing", "handle": "1"}, page=NEWCOMER)
    assert page.status_code == 422
    assert 'value="nothing"' in page.text


# Linking


def test_linking_and_unlinking(client_of, provider, anna, mails):
    client = client_of(anna)
    assert "Link a sign-in at Townhall" in client.get("/account/sign-ins").text
    assert through(client, link="1").location == "/account/sign-ins"
    identity = Identity.get()
    assert (identity.account, identity.issuer) == (anna, provider.issuer)
    assert mails[0].kind == "identity_linked"
    gone = client.post_form(f"/account/sign-ins/{identity.id}/unlink", page="/account/sign-ins")
    assert gone.location == "/account/sign-ins"
    assert not Identity.select().exists()


def test_what_another_has_linked_stays_theirs(client_of, provider, anna):
    link(anna, provider)
    bert = client_of(make_account())
    assert through(bert, link="1").status_code == 409
    assert Identity.get().account == anna
    identity = Identity.get()
    assert bert.post_form(f"/account/sign-ins/{identity.id}/unlink").status_code == 404


def test_linking_again_changes_nothing(client_of, provider, anna):
    client = client_of(anna)
    through(client, link="1")
    assert through(client, link="1").location == "/account/sign-ins"
    assert Identity.select().count() == 1


def test_linking_ends_when_the_person_signed_out_in_between(client_of, provider, anna):
    client = client_of(anna)
    back = begin(client, link="1")
    Session.update(ended_at=anna.created_at).execute()
    assert client.get(back).status_code == 400
    assert not Identity.select().exists()


def test_a_link_field_of_a_visitor_means_nothing(client, provider):
    assert through(client, link="1").location == NEWCOMER


def test_the_suspended_stay_out(client, provider, anna):
    link(anna, provider)
    Account.update(suspended_at=anna.created_at).execute()
    assert through(client).location == NEWCOMER
    assert not is_in(client)


def test_a_password_still_works_beside_it(client, provider, anna):
    link(anna, provider)
    client.post_form("/sign-in", {"email": anna.email, "password": PASSWORD}, page="/sign-in")
    assert is_in(client)
