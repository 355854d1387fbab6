"""Members who declared for a vendor, and the ties they declared."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.vendors.models import Vendor

TIES = {
    "customer": "customer",
    "former_customer": "former customer",
    "employee": "employee",
    "supplier": "supplier",
    "partner": "partner",
    "shareholder": "shareholder",
    "competitor": "competitor",
    "none": "no ties",
}


class Declaration(db.Model):
    """One member's word about one vendor. `received` says what they ever got from it."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, backref="declarations")
    vendor = peewee.ForeignKeyField(Vendor, backref="declarations")
    ties = db.JSONField(default=list)
    since_year = peewee.IntegerField(null=True)
    received = peewee.TextField(default="")
    declared_at = db.InstantField()
    withdrawn_at = db.InstantField(null=True)

    class Meta:
        indexes = ((("account", "vendor"), True),)
