"""The command that lets a person leave."""

from __future__ import annotations

from parley.accounts.models import Account, Leaving
from tests import factories


def test_the_operator_erases_an_account(run):
    ben = factories.make_account(email="ben@people.example")
    assert "Aborted" in run("accounts", "erase", "ben@people.example", typed="n\n", fails=True)
    said = run("accounts", "erase", "ben@people.example", "--words", "remove", typed="y\n")
    (left,) = Leaving.select()
    assert f"/left/{left.id}" in said and left.words == "remove" and left.erased_at
    assert not Account.select().where(Account.id == ben.id).exists()
    assert "No account has" in run("accounts", "erase", "ben@people.example", "--yes", fails=True)
