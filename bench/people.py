"""The people of a bench or a replay: members, one who answers for a company, one advocate."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from parley.accounts.actions import create_account
from parley.accounts.models import Account
from parley.advocates import actions as advocates
from parley.kernel import clock
from parley.members.actions import grant
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor

MEMBER_FOR = timedelta(days=365)


@dataclass
class People:
    """Made people, and the one password with which all of them sign in."""

    vendor: Vendor
    password: str
    members: list[Account] = field(default_factory=list)
    representative: Account | None = None
    advocate: Account | None = None

    def sign_ins(self) -> dict[str, object]:
        """What a replay has to know: e-mails, the password, and the company's slug."""
        return {
            "vendor": self.vendor.slug,
            "password": self.password,
            "members": [account.email for account in self.members],
            "representative": self.representative.email if self.representative else None,
            "advocate": self.advocate.email if self.advocate else None,
        }


def make(members: int) -> People:
    """Make new people around a new company; every call makes others."""
    run = secrets.token_hex(3)
    vendor = vendors.find_or_make(f"Bench Bank {run}", f"bench-{run}.example", by=None)
    people = People(vendor, secrets.token_urlsafe(16))
    people.members = [_member(people, f"member{n}_{run}") for n in range(members)]
    people.representative = create_account(**_details(people, f"answers_{run}"))
    appointed = vendors.appoint(vendor, people.representative, "responder", "Customer care")
    vendors.accept(appointed, people.representative)
    people.advocate = _member(people, f"advocate_{run}")
    advocates.declare(people.advocate, vendor, ties=["customer"], since_year=2020, received="")
    return people


def _member(people: People, handle: str) -> Account:
    account = create_account(**_details(people, handle))
    grant(account, clock.now() + MEMBER_FOR)
    return account


def _details(people: People, handle: str) -> dict[str, str]:
    return {"email": f"{handle}@bench.example", "handle": handle,
            "display_name": handle.partition("_")[0].capitalize(), "password": people.password}
