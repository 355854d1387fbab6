"""Somebody with something of everything."""

from __future__ import annotations

import pytest

from tests.archives.rows import Rich, bring_to, rich


@pytest.fixture
def life(app, frozen) -> Rich:
    found = rich()
    bring_to(found.ada, found.vendor)
    return found
