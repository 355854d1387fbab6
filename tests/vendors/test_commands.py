"""Representatives and claims by command."""

from __future__ import annotations

from parley.vendors import claims, lookups
from parley.vendors.lookups import Finding, Seen
from parley.vendors.models import Representative
from tests import factories


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
