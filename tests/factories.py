"""People and companies for tests, as rows. Tests of the verbs themselves use the verbs."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher

from parley.accounts.models import Account
from parley.kernel import clock, safe_html
from parley.members.models import Membership, Office
from parley.vendors.models import Representative, Vendor

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_numbers = itertools.count(1)


def make_account(**values: Any) -> Account:
    """A person who signed up and never paid. `password=None` for one without a password."""
    number = next(_numbers)
    handle = values.pop("handle", f"person{number}")
    password = values.pop("password", PASSWORD)
    defaults = {
        "email": f"{handle.lower()}@people.example",
        "handle": handle,
        "handle_key": safe_html.skeleton(handle),
        "display_name": handle.capitalize(),
        "password_hash": CHEAP.hash(password) if password else None,
        "created_at": clock.now(),
    }
    return Account.create(**defaults | values)


def make_member(**values: Any) -> Account:
    """A person whose membership is paid for another year."""
    return _paid(make_account(**values), timedelta(days=365))


def make_lapsed(**values: Any) -> Account:
    """A person who paid once; the days of grace are over."""
    return _paid(make_account(**values), timedelta(days=-100))


def _paid(account: Account, ahead: timedelta) -> Account:
    now = clock.now()
    Membership.create(account=account, since=now - timedelta(days=400), paid_until=now + ahead)
    return account


def make_steward(**values: Any) -> Account:
    """A member who holds the office of steward."""
    return make_officer("steward", **values)


def make_officer(role: str, **values: Any) -> Account:
    """A member who holds `steward`, `treasurer` or `operator`."""
    account = make_member(**values)
    Office.create(account=account, role=role, since=clock.now() - timedelta(days=1))
    return account


def make_vendor(**values: Any) -> Vendor:
    """A company's page that nobody of the company claimed."""
    number = next(_numbers)
    name = values.pop("name", f"Company {number}")
    slug = "-".join(name.lower().split())
    defaults = {
        "slug": slug,
        "name": name,
        "name_key": name.lower(),
        "domain": f"{slug}.example",
        "category": "transport",
        "created_at": clock.now(),
    }
    return Vendor.create(**defaults | values)


def make_representative(
    vendor: Vendor, account: Account | None = None, role: str = "responder", accepted: bool = True,
    **values: Any,
) -> Account:
    """A person who answers for the vendor, whose page counts as claimed then."""
    account = account or make_account(**values)
    now = clock.now()
    Representative.create(
        vendor=vendor, account=account, role=role, title="Customer care", appointed_at=now,
        accepted_at=now if accepted else None)
    if accepted and vendor.claimed_at is None:
        vendor.claimed_at = now
        vendor.save()
    return account


def make_manager(vendor: Vendor, **values: Any) -> Account:
    return make_representative(vendor, role="manager", **values)
