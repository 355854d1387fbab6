from __future__ import annotations

import pytest

from tests.problems.factories import Case, case


@pytest.fixture
def found(app, travel) -> Case:
    """A problem with three threads that its company linked."""
    return case(3)
