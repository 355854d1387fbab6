from __future__ import annotations

import pytest

from tests.problems.factories import Case, case


def three_linked() -> Case:
    return case(3)


@pytest.fixture
def found(app, travel, staged) -> Case:
    """A problem with three threads that its company linked."""
    return staged(three_linked)
