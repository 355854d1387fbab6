"""Somebody with something of everything."""

from __future__ import annotations

import pytest

from tests.archives.rows import Rich, rich


@pytest.fixture
def life(app, frozen) -> Rich:
    return rich()
