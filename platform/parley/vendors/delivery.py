"""The public mail address of a company that nobody claimed: entered by members, approved by a
steward, stopped by a bounce or by the company's wish."""

from __future__ import annotations

from parley.accounts import rules as accounts
from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, versions
from parley.kernel.errors import Invalid, NotFound, Refused, refuse
from parley.kernel.safe_html import clean_line
from parley.members import rules as members
from parley.members.actions import standing_of
from parley.vendors import rules
from parley.vendors.actions import was_here
from parley.vendors.models import ContactAddress, Vendor

DESK = 50  # addresses that the stewards' page shows at once


def enter(vendor: Vendor, by: Account, email: str, source: str) -> ContactAddress:
    """Name a public address of a company, and where it is published.

    :raise Invalid: under `email` or `source`
    :raise Refused: `by` is no member (403), or see `rules.may_enter_contact`
    """
    errors = {}
    address = accounts.email_address(email)
    if address is None:
        errors["email"] = "This is no e-mail address. It looks like help@example.com."
    try:
        source = clean_line(source, field="source", least=5, most=300, what="source")
    except Invalid as problem:
        errors |= problem.errors
    if errors:
        raise Invalid(errors)
    no = members.may_join_in(standing_of(by))
    if no:
        raise Refused(no, 403)
    with db.write():
        held = _hold(vendor)
        known = _of(held)
        states = {row.state for row in known if row.email == address}
        refuse(rules.may_enter_contact(
            claimed=held.claimed_at is not None, wish=_wished(known), states=states,
            waiting=sum(row.state == "waiting" for row in known)))
        row = ContactAddress.create(
            vendor=held, email=address, source=source, entered_by=by, entered_at=clock.now())
        journal.record("contact.entered", "vendor", held.id, by.id, contact=row.id)
    return row


def approve(contact_id: str, by: Account) -> ContactAddress:
    """A steward lets mail go to an address; an earlier one of that company is replaced.

    :raise NotFound: there is no such address
    :raise Refused: it was decided, or the company does not want mail, or is here itself
    """
    with db.write():
        row, vendor, known = _held(contact_id)
        refuse(rules.may_decide_contact(
            state=row.state, own=row.entered_by_id == by.id))
        refuse(rules.may_write_to(claimed=vendor.claimed_at is not None, wish=_wished(known)))
        ContactAddress.update(state="replaced").where(
            ContactAddress.vendor == vendor.id, ContactAddress.state == "approved").execute()
        _decide(row, "approved", by, "")
        journal.record("contact.approved", "vendor", vendor.id, by.id, contact=row.id)
        versions.touch(f"vendor:{vendor.id}")
    return row


def turn_down(contact_id: str, by: Account, words: str) -> ContactAddress:
    """A steward does not let mail go to an address, and says why.

    :raise Invalid: under `words`
    :raise NotFound: there is no such address
    :raise Refused: it was decided already
    """
    words = clean_line(words, field="words", least=3, most=300, what="reason")
    with db.write():
        row, vendor, _ = _held(contact_id)
        refuse(rules.may_decide_contact(state=row.state, own=row.entered_by_id == by.id))
        _decide(row, "refused", by, words)
        journal.record("contact.refused", "vendor", vendor.id, by.id, contact=row.id)
    return row


def stop(address: ContactAddress, why: str) -> None:
    """No more mail to an address (`why`: `bounce`), or to its company at all (`wish`)."""
    with db.write():
        row = db.lock(ContactAddress.select().where(ContactAddress.id == address.id)).get()
        if row.stopped_why == why or row.stopped_why == "wish":
            return
        row.state, row.stopped_at, row.stopped_why = "stopped", clock.now(), why
        row.save()
        journal.record("contact.stopped", "vendor", row.vendor_id, contact=row.id, why=why)
        versions.touch(f"vendor:{row.vendor_id}")


def _decide(row: ContactAddress, state: str, by: Account, words: str) -> None:
    row.state, row.decided_by, row.decided_at, row.words = state, by, clock.now(), words
    row.save()


def _hold(vendor: Vendor) -> Vendor:
    return db.lock(Vendor.select().where(Vendor.id == vendor.id)).get()


def _held(contact_id: str) -> tuple[ContactAddress, Vendor, list[ContactAddress]]:
    """An address with its company, whose row this write holds, and all addresses of that one."""
    found = ContactAddress.get_or_none(ContactAddress.id == contact_id)
    if found is None:
        raise NotFound
    vendor = _hold(found.vendor)
    known = _of(vendor)
    return next(row for row in known if row.id == contact_id), vendor, known


def _of(vendor: Vendor) -> list[ContactAddress]:
    return list(ContactAddress.select().where(ContactAddress.vendor == vendor.id).order_by(
        ContactAddress.entered_at))


def _wished(known: list[ContactAddress]) -> bool:
    return any(row.stopped_why == "wish" for row in known)


def wants_no_mail(vendor_id: str) -> bool:
    """Whether a company asked not to be written to."""
    return ContactAddress.select().where(
        ContactAddress.vendor == vendor_id, ContactAddress.stopped_why == "wish").exists()


def reached_by(vendor: Vendor) -> str | None:
    """Why a company counts as knowing what is written about it: it is or was `claimed`, or had the
    `wish` for no more mail. None while it need not know."""
    if was_here(vendor):
        return "claimed"
    return "wish" if wants_no_mail(vendor.id) else None


def address_of(vendor_id: str) -> ContactAddress | None:
    """Where mail to a company that nobody claimed goes now; None when there is no such place."""
    row = ContactAddress.select().where(
        ContactAddress.vendor == vendor_id, ContactAddress.state == "approved"
    ).order_by(ContactAddress.decided_at.desc()).first()  # two, where pages were merged
    return None if row is None or wants_no_mail(vendor_id) else row


def addresses_of(vendor: Vendor) -> list[ContactAddress]:
    """All that were entered for a company, newest first."""
    return _of(vendor)[::-1]


def waiting() -> list[ContactAddress]:
    """What stewards have to decide, longest waiting first, with companies and who entered it."""
    rows = (
        ContactAddress.select(ContactAddress, Vendor, Account)
        .join_from(ContactAddress, Vendor)
        .join_from(ContactAddress, Account, on=ContactAddress.entered_by)
        .where(ContactAddress.state == "waiting")
    )
    return list(rows.order_by(ContactAddress.entered_at, ContactAddress.id).limit(DESK))
