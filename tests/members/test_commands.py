"""Membership and offices by command."""

from __future__ import annotations

from datetime import UTC, datetime

from parley.members import actions as members
from parley.members.commands import add_months
from parley.members.models import Membership
from tests import factories
from tests.conftest import NOON


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
    assert add_months(datetime(2026, 10, 31, 9, tzinfo=UTC), 4).date().isoformat() == (
        "2027-02-28")
    assert add_months(NOON, 12) == NOON.replace(year=2027)


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
