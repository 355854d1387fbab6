"""Two people name the same company in the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from parley.kernel import db
from parley.vendors import actions
from parley.vendors.models import Vendor


@pytest.mark.parametrize("website", [None, "acme.example"])
def test_one_page_comes_of_it(own_database, website):
    at_once = Barrier(4)

    def make(_: int) -> str:
        db.database.connect(reuse_if_open=True)
        try:
            at_once.wait()
            return actions.find_or_make("Acme", website, None).id
        finally:
            db.database.close()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(make, range(4)))
    db.database.connect(reuse_if_open=True)
    assert made == {vendor.id for vendor in Vendor.select()}
    assert len(made) == 1
