"""The directory: companies by name, in keyset pages of their own (a name is no instant)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from peewee import Expression, Tuple

from parley.kernel import fulltext
from parley.kernel.errors import Invalid
from parley.vendors import rules
from parley.vendors.models import Vendor

SIZE = 30
MOST_FOUND = 200  # companies that a search by words adds to those whose name begins so
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Listing:
    rows: list[Vendor]
    next: str | None


def encode(vendor: Vendor) -> str:
    raw = f"{vendor.id}.{vendor.name_key}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, str]:
    """The name key and id of a cursor.

    :raise Invalid: it was not made here
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        ref, key = base64.b64decode(padded, b"-_", validate=True).decode().split(".", 1)
        if not ref.isalnum() or len(ref) > 40 or len(key) > 400 or not key.isprintable():
            raise ValueError
        return key, ref
    except (ValueError, binascii.Error, UnicodeError):
        raise Invalid({"after": "That page address is not one of ours. Start from the first page."}
                      ) from None


def listing(query: str = "", category: str = "", after: str = "") -> Listing:
    """A page of companies by name: all, of one category, or those that a query finds.

    :raise Invalid: a made-up cursor
    """
    found = Vendor.select()
    if category:
        found = found.where(Vendor.category == category)
    if query.strip():
        found = found.where(_matches(query))
    if after:
        found = found.where(Tuple(Vendor.name_key, Vendor.id) > Tuple(*decode(after)))
    rows = list(found.order_by(Vendor.name_key, Vendor.id).limit(SIZE + 1))
    more = len(rows) > SIZE
    return Listing(rows[:SIZE], encode(rows[SIZE - 1]) if more else None)


def _matches(query: str) -> Expression:
    key = rules.name_key(query[:200])
    hits = [hit.ref for hit in fulltext.find(query[:200], kind="vendor", limit=MOST_FOUND)]
    begins = (Vendor.name_key >= key) & (Vendor.name_key < key + LAST)
    return Vendor.id.in_(hits) | begins if key else Vendor.id.in_(hits)
