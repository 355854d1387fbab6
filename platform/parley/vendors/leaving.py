"""What a person leaves behind at companies: what they did for one stays, as somebody's of it."""

from __future__ import annotations

from collections.abc import Iterator

import peewee

from parley.accounts import leaving as accounts
from parley.accounts.models import Leaving
from parley.kernel import db, versions
from parley.vendors.models import (
    Claim,
    ContactAddress,
    Dispute,
    Invitation,
    Representative,
    Vendor,
    VendorAlias,
    VendorFollow,
)


def erase(leaving: Leaving) -> Iterator[None]:
    yield from accounts.delete(leaving, "follows", VendorFollow.account)
    yield from accounts.hand_over(
        leaving, "acts", accounts.numbered("Former steward"), ContactAddress.decided_by,
        VendorAlias.steward, Dispute.steward)
    yield from accounts.hand_over(
        leaving, "addresses", accounts.numbered("Customer"), ContactAddress.entered_by)
    with db.write():
        Representative.update(title="").where(Representative.account == leaving.account).execute()
        Invitation.delete().where(Invitation.email == leaving.email).execute()
    yield from for_companies(leaving, Representative.account, Claim.by, Invitation.by)


def for_companies(leaving: Leaving, *owners: peewee.ForeignKeyField) -> Iterator[None]:
    """Point what somebody did for companies at “Someone of …”; each row names its `vendor`."""
    for owner in owners:
        rows = owner.model.select(owner.model.vendor).where(owner == leaving.account).distinct()
        for vendor in list(Vendor.select().where(Vendor.id.in_(rows))):
            with db.write():
                other = accounts.stand_in(leaving, f"Someone of {vendor.name}")
                moved = owner.model.update({owner: other.id}).where(
                    owner == leaving.account, owner.model.vendor == vendor.id).execute()
                accounts.noted(leaving, "for_companies", moved)
                versions.touch(f"vendor:{vendor.id}")
            yield
