"""Declaring for a company, with one's ties, and withdrawing."""

from __future__ import annotations

from collections.abc import Sequence

from parley.accounts.models import Account
from parley.advocates import rules
from parley.advocates.models import TIES, Declaration
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import clean_text
from parley.members import rules as members
from parley.members.actions import standing_of
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor


def may_declare(account: Account, vendor: Vendor) -> Refusal | None:
    """Why this person cannot advocate for this company; None when they can."""
    represents = vendors.role_of(account, vendor) is not None
    return rules.may_declare(represents) or members.may_join_in(standing_of(account))


def declare(
    by: Account, vendor: Vendor, ties: Sequence[str], since_year: int | None = None,
    received: str = "",
) -> Declaration:
    """Declare for a company, or declare anew. `ties` are keys of `TIES`; `received` says what
    the person ever got from the company, empty for nothing.

    :raise Invalid: under `ties`, `since_year` or `received`
    :raise Refused: no member (403), or one of the company's own people
    """
    now = clock.now()
    received = clean_text(received, field="received", least=0, most=rules.MOST_RECEIVED,
                          what="text").strip()
    errors = rules.wrong_with(ties, since_year, now.year, list(TIES))
    if errors:
        raise Invalid(errors)
    with db.write():
        refuse(rules.may_declare(vendors.role_of(by, vendor) is not None))
        if refusal := members.may_join_in(standing_of(by)):
            raise Refused(refusal, 403)
        said = {
            "ties": [tie for tie in TIES if tie in ties], "since_year": since_year,
            "received": received, "declared_at": now, "withdrawn_at": None,
        }
        Declaration.insert(id=ids.new(), account=by.id, vendor=vendor.id, **said).on_conflict(
            conflict_target=[Declaration.account, Declaration.vendor], update=said).execute()
        journal.record("advocate.declared", "vendor", vendor.id, by=by.id, at=now)
        _shown_anew(by.id, vendor.id)
        return Declaration.get(Declaration.account == by.id, Declaration.vendor == vendor.id)


def withdraw(by: Account, vendor: Vendor) -> None:
    """End one's declaration. What one wrote keeps its side and ties.

    :raise NotFound: there is none that stands
    """
    with db.write():
        if not _withdraw(by.id, vendor.id):
            raise NotFound
        journal.record("advocate.withdrew", "vendor", vendor.id, by=by.id)


def _withdraw(account_id: str, vendor_id: str) -> int:
    _shown_anew(account_id, vendor_id)
    return Declaration.update(withdrawn_at=clock.now()).where(
        Declaration.account == account_id, Declaration.vendor == vendor_id,
        Declaration.withdrawn_at.is_null()).execute()


def _shown_anew(account_id: str, vendor_id: str) -> None:
    versions.touch(f"vendor:{vendor_id}", f"member:{account_id}")


def declaration_of(account: Account, vendor: Vendor | str) -> Declaration | None:
    """The declaration of a person for a company, if one stands."""
    if account.id is None:
        return None
    found: Declaration | None = _standing.first(
        account.id, vendor if isinstance(vendor, str) else vendor.id)
    return found


_standing = Prepared(lambda account, vendor: Declaration.select().where(
    Declaration.account == account, Declaration.vendor == vendor,
    Declaration.withdrawn_at.is_null()))


def ties_words(declaration: Declaration) -> str:
    """“customer since 2016, no other ties”"""
    return rules.ties_in_words(declaration.ties, declaration.since_year, TIES)


def follow_appointment(fact: journal.Fact) -> None:
    """One who begins to answer for a company stops being its advocate."""
    if fact.by:
        _withdraw(fact.by, fact.subject_id)


def follow_merge(fact: journal.Fact) -> None:
    """Who declared for a merged page declared for the one that stays. Of two declarations of one
    person the standing one counts, else that of the page that stays."""
    gone, kept = fact.refs["merged"], fact.subject_id
    there = {row.account_id: row for row in Declaration.select().where(
        Declaration.vendor == kept)}
    for row in Declaration.select().where(Declaration.vendor == gone):
        other = there.get(row.account_id)
        if other is not None and (row.withdrawn_at or not other.withdrawn_at):
            row.delete_instance()
            continue
        if other is not None:
            other.delete_instance()
        row.vendor = kept
        row.save()
        if vendors.role_of(row.account, kept):
            _withdraw(row.account_id, kept)


def listen() -> None:
    """Follow what other domains record."""
    journal.subscribe("representative.accepted", follow_appointment)
    journal.subscribe("vendor.merged", follow_merge)
