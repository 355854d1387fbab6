"""Granting and revoking membership and offices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, rulebook, versions
from parley.kernel.errors import Invalid
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import clean_text
from parley.members import rules
from parley.members.models import Membership, Office

OFFICES = ("steward", "treasurer", "operator")

_membership = Prepared(lambda account: Membership.select().where(Membership.account == account))
_offices = Prepared(
    lambda account, since, until: Office.select(Office.role).where(
        Office.account == account, Office.since <= since,
        Office.until.is_null() | (Office.until > until)))


def standing_of(account: Account) -> rules.Standing:
    row, now = _membership.first(account.id), clock.now()
    if row is None or now < row.paid_until:  # then the rule book need not be asked
        return rules.standing(row and row.paid_until, now)
    return rules.standing(row.paid_until, now, rulebook.current().grace)


def offices_of(account: Account) -> frozenset[str]:
    """The offices a person holds now."""
    now = clock.now()
    return frozenset(row.role for row in _offices(account.id, now, now))


def is_steward(account: Account) -> bool:
    return "steward" in offices_of(account)


def explained(reason: str, reasons: Mapping[str, str], words: str, field: str) -> str:
    """The words beside a reason of a closed list, in a report or for an act of a steward.

    :raise Invalid: under `reason` or `field`
    """
    if reason not in reasons:
        raise Invalid({"reason": "Choose one of the reasons listed."})
    return clean_text(words, field=field, least=0, most=rules.MOST_WORDS, what="note").strip()


def grant(account: Account, paid_until: datetime) -> Membership:
    """Make somebody a member until an instant, instead of the one before."""
    with db.write():
        now = clock.now()
        row = Membership.get_or_none(Membership.account == account.id)
        if row is None:
            row = Membership.create(account=account, since=now, paid_until=paid_until)
        else:
            row.paid_until = paid_until
            row.save()
        journal.record("member.granted", "account", account.id)
    return row


def revoke(account: Account) -> None:
    """End a membership now, without the days of grace."""
    with db.write():
        ended = clock.now() - rulebook.current().grace
        Membership.update(paid_until=ended).where(
            Membership.account == account.id, Membership.paid_until > ended
        ).execute()
        journal.record("member.revoked", "account", account.id)


def give_office(account: Account, role: str) -> Office:
    """Put somebody into an office from now on; they may hold it already.

    :raise Invalid: there is no such office
    """
    if role not in OFFICES:
        raise Invalid({"role": f"There is no office “{role}”. Offices: {', '.join(OFFICES)}."})
    with db.write():
        now = clock.now()
        held = Office.get_or_none(
            Office.account == account.id, Office.role == role,
            Office.until.is_null() | (Office.until > now))
        if held:
            return held
        journal.record("office.granted", "account", account.id, role=role)
        versions.touch(f"member:{account.id}")
        return Office.create(account=account, role=role, since=now)


def take_office(account: Account, role: str) -> int:
    """End somebody's office now; how many terms that ended (0 or 1)."""
    with db.write():
        now = clock.now()
        ended = Office.update(until=now).where(
            Office.account == account.id, Office.role == role,
            Office.until.is_null() | (Office.until > now),
        ).execute()
        if ended:
            journal.record("office.revoked", "account", account.id, role=role)
            versions.touch(f"member:{account.id}")
    return ended
