"""The commands say what they did, and refuse in words that help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley import cli
from parley.accounts.models import Account, Leaving
from parley.kernel import db
from parley.members import actions as members
from parley.members.models import Membership
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.vendors import claims, lookups
from parley.vendors.lookups import Finding, Seen
from parley.vendors.models import Representative
from tests import factories
from tests.conftest import NOON
from tests.promises.test_actions import publish

INIT = ["init", "--email", "ada@example.org", "--handle", "ada", "--name", "Ada L.",
        "--password-stdin"]
PASSWORD = "a long enough password\n"


@pytest.fixture
def run(app):
    """`run("members", "grant", …)` gives the output; `fails=True` expects a refusal."""

    def run(*words: str, typed: str | None = None, fails: bool = False) -> str:
        result = app.test_cli_runner().invoke(args=list(words), input=typed)
        assert bool(result.exit_code) is fails, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.output

    return run


def test_every_command_explains_itself(run):
    for words in [(), *((name,) for name in cli.commands.commands), ("members", "grant"),
                  ("members", "revoke"), ("offices", "grant"), ("offices", "revoke"),
                  ("vendors", "appoint"), ("vendors", "check-claims"), ("promises", "show"),
                  ("archive", "build"), ("accounts", "erase"), ("mail", "test"),
                  ("mail", "release")]:
        assert "Usage:" in run(*words, "--help")


def test_init_makes_the_first_operator_steward_and_member(run):
    assert "Ada L. is operator, steward and member" in run(*INIT, typed=PASSWORD)
    ada = Account.get(Account.handle == "ada")
    assert members.offices_of(ada) == {"operator", "steward"}
    assert members.standing_of(ada) == "member"
    assert "has people already" in run(*INIT, typed=PASSWORD, fails=True)


def test_the_operator_erases_an_account(run):
    ben = factories.make_account(email="ben@people.example")
    assert "Aborted" in run("accounts", "erase", "ben@people.example", typed="n\n", fails=True)
    said = run("accounts", "erase", "ben@people.example", "--words", "remove", typed="y\n")
    (left,) = Leaving.select()
    assert f"/left/{left.id}" in said and left.words == "remove" and left.erased_at
    assert not Account.select().where(Account.id == ben.id).exists()
    assert "No account has" in run("accounts", "erase", "ben@people.example", "--yes", fails=True)


def test_init_says_what_is_wrong_and_makes_nobody(run):
    said = run(*INIT[:2], "nonsense", *INIT[3:], typed="short\n", fails=True)
    assert "e-mail: " in said
    assert "password: " in said
    assert not Account.select().exists()


def test_a_promise_is_said_in_plain_words(run, travel):
    vendor = factories.make_vendor(name="Acme")
    assert "No promise is in force." in run("promises", "show", "acme")
    publish(factories.make_manager(vendor), vendor)
    said = run("promises", "show", "acme")
    assert "We give a first answer to questions within 8 opening hours." in said
    assert "version 1: published 12 November 2026, 12:00 UTC" in said and "in force" in said
    assert "No company" in run("promises", "show", "nobody", fails=True)


def test_membership_is_granted_until_the_end_of_a_day(run, travel):
    ada = factories.make_account(email="ada@example.org")
    run("members", "grant", "ADA@example.org", "--until", "2027-01-31")
    assert Membership.get().paid_until == datetime(2027, 2, 1, tzinfo=UTC)
    assert members.standing_of(ada) == "member"
    assert "no longer" in run("members", "revoke", "ada@example.org")
    assert members.standing_of(ada) == "lapsed"


def test_months_are_added_to_what_is_paid_already(run, travel):
    factories.make_account(email="ada@example.org")
    run("members", "grant", "ada@example.org", "--months", "3")
    assert Membership.get().paid_until == datetime(2027, 2, 12, 12, tzinfo=UTC)
    assert "12 March 2027" in run("members", "grant", "ada@example.org", "--months", "1")


def test_months_end_on_the_last_day_of_a_shorter_one():
    assert cli.add_months(datetime(2026, 10, 31, 9, tzinfo=UTC), 4).date().isoformat() == (
        "2027-02-28")
    assert cli.add_months(NOON, 12) == NOON.replace(year=2027)


def test_granting_wants_a_day_or_months_and_a_known_person(run):
    factories.make_account(email="ada@example.org")
    assert "--until" in run("members", "grant", "ada@example.org", fails=True)
    assert "signs up first" in run(
        "members", "grant", "eve@example.org", "--months", "1", fails=True)
    assert "signs up first" in run("members", "revoke", "not an address", fails=True)


def test_offices_are_given_and_taken(run):
    ada = factories.make_account(email="ada@example.org", display_name="Ada")
    assert run("offices", "grant", "ada@example.org", "treasurer") == "Ada is treasurer now.\n"
    assert members.offices_of(ada) == {"treasurer"}
    run("offices", "revoke", "ada@example.org", "treasurer")
    assert members.offices_of(ada) == frozenset()
    assert "is not treasurer" in run(
        "offices", "revoke", "ada@example.org", "treasurer", fails=True)
    assert "'king'" in run("offices", "grant", "ada@example.org", "king", fails=True)


def test_a_representative_is_appointed_and_has_to_accept(run):
    vendor = factories.make_vendor(name="Northwind Rail", domain="northwind.example")
    factories.make_account(email="ada@example.org")
    said = run("vendors", "appoint", "northwind.example", "ada@example.org",
               "--role", "manager", "--title", "Head of care")
    assert "once they accept" in said
    row = Representative.get(Representative.vendor == vendor)
    assert (row.role, row.title, row.accepted_at) == ("manager", "Head of care", None)
    assert "No company here" in run("vendors", "appoint", "Nobody", "ada@example.org", fails=True)


def test_domains_that_were_proved_are_checked_now(run, monkeypatch):
    monkeypatch.setattr(lookups, "look", lambda *_: Seen(Finding("yes", "It is there."), None))
    vendor = factories.make_vendor(domain="acme.example")
    claim = claims.begin(vendor, factories.make_account(), "acme.example")
    assert "Domains checked: 0." in run("vendors", "check-claims")
    claims.check_now(claim.id, claim.by)
    assert "Domains checked: 1." in run("vendors", "check-claims")


def test_a_test_mail_is_written_where_no_server_is_configured(run, app):
    folder = app.extensions["parley.settings"].data / "mail"
    assert str(folder) in run("mail", "test", "ada@example.org")
    newest = max(folder.glob("*.eml"))
    assert b"To: ada@example.org" in newest.read_bytes()
    assert not Task.select().exists()
    assert "no e-mail address" in run("mail", "test", "ada", fails=True)


def test_held_mail_is_released(run):
    outbox.put("mail", to="ada@example.org", subject="s", text="t", mail="k")
    outbox.hold_mail()
    assert "1 mails go out" in run("mail", "release")
    assert not Task.get().held


def test_migrate_lists_and_does_nothing_twice(run):
    assert "done     0001_first" in run("migrate", "--status")
    assert run("migrate") == "The database is up to date.\n"
    assert "not an applied migration" in run("migrate", "--down", "0000_none", fails=True)


def test_the_demo_needs_its_setting(run):
    assert "PARLEY_DEMO=1" in run("demo", fails=True)
    assert not Account.select().exists()


def test_the_demo_is_told_once_and_never_among_other_people(run, app, monkeypatch):
    known = app.extensions["parley.settings"]
    monkeypatch.setitem(app.extensions, "parley.settings", replace(known, demo=True))
    factories.make_account(email="ada@example.org")
    assert "stays out of it" in run("demo", fails=True)
    Account.delete().execute()
    factories.make_account(email="member@demo.example")
    assert "there already" in run("demo")
    assert Account.select().count() == 1


def test_the_demo_prints_how_to_sign_in():
    printed = "\n".join(cli.sign_ins())
    assert "parley-demo" in printed
    assert printed.count("@demo.example") == 7


def test_the_server_does_not_start_on_old_tables(built, own_database, tmp_path, monkeypatch):
    monkeypatch.setattr("parley.serve.check_port", lambda host, port: None)
    db.database.connect(reuse_if_open=True)
    db.database.execute_sql("DELETE FROM schema_migration")
    old = built.test_cli_runner().invoke(args=["serve"])
    assert (old.exit_code, "not up to date (0001_first" in old.output) == (1, True), old.output
    db.connect(f"sqlite:///{tmp_path}/new.sqlite")
    new = built.test_cli_runner().invoke(args=["serve"])
    assert (new.exit_code, "This database is new" in new.output) == (1, True), new.output
