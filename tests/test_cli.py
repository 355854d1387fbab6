"""The commands say what they did, and refuse in words that help."""

from __future__ import annotations

from dataclasses import replace

from parley import cli
from parley.accounts.models import Account
from parley.kernel import db
from parley.members import actions as members
from tests import factories

INIT = ["init", "--email", "ada@example.org", "--handle", "ada", "--name", "Ada L.",
        "--password-stdin"]
PASSWORD = "a long enough password\n"


def test_every_command_explains_itself(run, app):
    for words in [(), *((name,) for name in app.cli.commands), ("members", "grant"),
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


def test_init_says_what_is_wrong_and_makes_nobody(run):
    said = run(*INIT[:2], "nonsense", *INIT[3:], typed="short\n", fails=True)
    assert "e-mail: " in said
    assert "password: " in said
    assert not Account.select().exists()


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
