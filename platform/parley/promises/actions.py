"""Drafting, publishing and withdrawing what a company promises."""

from __future__ import annotations

from datetime import datetime

from parley.kernel.prepared import Prepared
from parley.promises import rules
from parley.promises.models import Promise


def in_force(vendor_id: str, at: datetime) -> Promise | None:
    """The version of a company's promise that binds at an instant; see `rules.in_force`."""
    newest = _newest.first(vendor_id, at)
    return newest if newest is not None and rules.binds(newest, at) else None


_newest = Prepared(lambda page, at: Promise.select().where(
    Promise.page == page, Promise.effective_from <= at).order_by(Promise.number.desc()).limit(1))
