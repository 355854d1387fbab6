"""A member who agreed on dues, and a treasurer."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from parley.accounts.models import Account
from parley.billing import actions
from parley.billing.models import Subscription
from parley.kernel import ids, rulebook
from tests.factories import make_account, make_officer


@pytest.fixture(autouse=True)
def fresh_rulebook():
    """Undoing a test undoes its rules."""
    rulebook.forget()
    yield
    rulebook.forget()


@dataclass
class Dues:
    person: Account
    treasurer: Account

    @property
    def row(self) -> Subscription:
        return Subscription.get_by_id(self.person.id)

    def record(self, amount: str = "50", day: str = "2026-11-12", **values: str):
        fields = {"reference": self.row.reference, "amount": amount, "day": day,
                  "way": "transfer", "kind": "dues", "key": ids.unguessable()}
        return actions.record(self.treasurer, actions.Recorded(**fields | values))


@pytest.fixture
def dues(app, travel) -> Dues:
    person = make_account(handle="ada")
    actions.agree(person, "year", "50")
    return Dues(person, make_officer("treasurer", handle="felix"))
