"""The people of a company: inviting them, what they may, and letting them go."""

from __future__ import annotations

from datetime import timedelta

from parley.accounts.models import Account
from parley.accounts.rules import email_address
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import clock, db, ids
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.safe_html import clean_line
from parley.outbox import mail
from parley.vendors import actions, rules
from parley.vendors.claims import hold
from parley.vendors.models import Invitation, Representative, Vendor

INVITED_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=30)  # an address that nobody answers from is not ours to keep
MOST_INVITED = 50  # links of one company that wait; more would be mail to strangers


def of(vendor: Vendor) -> list[Representative]:
    """Who answers for a company or was asked to, with their accounts, longest serving first."""
    rows = Representative.select(Representative, Account).join(Account).where(
        Representative.vendor == vendor.id, Representative.removed_at.is_null())
    return list(rows.order_by(
        Representative.accepted_at.is_null(), Representative.accepted_at, Representative.id))


def one_of(vendor: Vendor, handle: str) -> Representative:
    """Somebody who answers for a company, with their account.

    :raise NotFound: nobody of this handle does
    """
    row = Representative.select(Representative, Account).join(Account).where(
        Representative.vendor == vendor.id, Account.handle == handle.lower(),
        Representative.accepted_at.is_null(False), Representative.removed_at.is_null()).first()
    if row is None:
        raise NotFound
    return row


def manage(vendor: Vendor, by: Account) -> None:
    """:raise NotFound: `by` is no manager there"""
    if actions.role_of(by, vendor) != "manager":
        raise NotFound


def open_invitations(vendor: Vendor) -> list[Invitation]:
    """Links that can still be used, newest first."""
    rows = Invitation.select().where(
        Invitation.vendor == vendor.id, Invitation.used_at.is_null(),
        Invitation.expires_at > clock.now())
    return list(rows.order_by(Invitation.created_at.desc(), Invitation.id))


def invite(vendor: Vendor, by: Account, email: str, role: str, title: str = "") -> Invitation:
    """Send a link by which one person can begin to answer for a company. It works once, for 7
    days; an earlier one to the same address stops working.

    :raise NotFound: `by` is no manager there
    :raise Invalid: under `email`, `role` or `title`
    :raise Refused: too many wait, or the company's proof has lapsed
    """
    manage(vendor, by)
    address, title = _address(email), _checked(role, title)
    token, now = ids.unguessable(), clock.now()
    with db.write():
        hold(vendor.id)
        manage(vendor, by)
        refuse(actions.may_write(vendor.id))
        Invitation.delete().where(
            Invitation.vendor == vendor.id, Invitation.email == address,
            Invitation.used_at.is_null()).execute()
        if len(open_invitations(vendor)) >= MOST_INVITED:
            raise Refused(Refusal("too_many", f"{MOST_INVITED} invitations wait for an answer. "
                                  "Take some of them back first."))
        row = Invitation.create(
            digest=ids.digest(token), vendor=vendor, email=address, role=role, title=title, by=by,
            created_at=now, expires_at=now + INVITED_FOR)
        mail.send(address, "invitation", company=vendor.name, inviter=by.display_name,
                  role=role, title=title, token=token, days=INVITED_FOR.days)
        journal.record("representative.invited", "vendor", vendor.id, by=by.id, role=role)
    return row


def _address(email: str) -> str:
    address = email_address(email)
    if address is None:
        raise Invalid({"email": "This does not look like an e-mail address, such as "
                       "anna@example.org."})
    return address


def _checked(role: str, title: str) -> str:
    if role not in rules.ROLES:
        raise Invalid({"role": "Choose what the person may do."})
    return clean_line(title, field="title", least=0, most=80, what="title")


def take_back(invitation_id: str, vendor: Vendor, by: Account) -> None:
    """Make a link stop working.

    :raise NotFound: there is none that waits, or `by` is no manager there
    """
    with db.write():
        manage(vendor, by)
        gone = Invitation.delete().where(
            Invitation.id == invitation_id, Invitation.vendor == vendor.id,
            Invitation.used_at.is_null()).execute()
        if not gone:
            raise NotFound


def invitation(token: str) -> Invitation | None:
    """The invitation of a link, with its company and who sent it; None when it was used, ran out,
    or is none of ours."""
    row: Invitation | None = (
        Invitation.select(Invitation, Vendor, Account).join_from(Invitation, Vendor)
        .join_from(Invitation, Account)
        .where(Invitation.digest == ids.digest(token), Invitation.used_at.is_null(),
               Invitation.expires_at > clock.now()).first()
    )
    return row


def use(token: str, by: Account) -> Representative:
    """Begin to answer for the company that sent this link. Whoever holds it may, once.

    Somebody who answers there already keeps the higher of the two roles.

    :raise NotFound: it was used, ran out, or is none of ours
    """
    with db.write():
        row = invitation(token)
        used = row and Invitation.update(used_at=clock.now()).where(
            Invitation.id == row.id, Invitation.used_at.is_null()).execute()
        if not row or not used:
            raise NotFound
        hold(row.vendor_id)
        role = "manager" if actions.role_of(by, row.vendor_id) == "manager" else row.role
        found = actions.appoint(row.vendor, by, role, row.title, by=row.by)
        return actions.accept(found, by=by)


def change(vendor: Vendor, handle: str, by: Account, role: str, title: str) -> Representative:
    """Set what one of a company's people may, and what they are called.

    :raise NotFound: nobody of this handle answers there, or `by` is no manager there
    :raise Invalid: under `role` or `title`
    :raise Refused: the company would be left without a manager
    """
    title = _checked(role, title)
    with db.write():
        hold(vendor.id)
        manage(vendor, by)
        row = one_of(vendor, handle)
        others = [r.role for r in actions.serving(vendor.id) if r.id != row.id]
        if row.role == "manager" and role != "manager":
            refuse(rules.may_remove(row.role, others.count("manager"), len(others) + 1))
        return actions.appoint(vendor, row.account, role, title, by=by)


def remove(vendor: Vendor, handle: str, by: Account) -> None:
    """Let one of a company's people go; the hat is gone with their next request.

    :raise NotFound: nobody of this handle answers there, or `by` is no manager there
    :raise Refused: the company would be left without a manager
    """
    with db.write():
        hold(vendor.id)
        manage(vendor, by)
        actions.remove(one_of(vendor, handle), by=by)


def sweep() -> int:
    """Forget the addresses of invitations that ran out long ago; how many that were."""
    with db.write():
        return Invitation.delete().where(
            Invitation.expires_at < clock.now() - KEPT_FOR).execute()


def _left(fact: Fact) -> None:
    """Whoever closes their account answers for nobody any longer."""
    rows = Representative.select().where(
        Representative.account == fact.subject_id, Representative.removed_at.is_null())
    for row in db.lock(rows.order_by(Representative.id)):
        actions.leave(row)


def listen() -> None:
    """Follow what other domains record."""
    journal.subscribe("account.closed", _left)
