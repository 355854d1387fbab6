"""Somebody with something of everything, and their archive."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.archives.rows import Opened, Rich, archive_of, bring_to, rich


def a_life() -> tuple[Rich, Opened]:
    found = rich()
    bring_to(found.ada, found.vendor)
    with TemporaryDirectory() as folder:
        return found, archive_of(found.ada, Path(folder))


@pytest.fixture
def begun(app, frozen, staged) -> tuple[Rich, Opened]:
    return staged(a_life)


@pytest.fixture
def life(begun) -> Rich:
    return begun[0]


@pytest.fixture
def archive(begun) -> Opened:
    """Ada's, before the test changed anything."""
    return begun[1]
