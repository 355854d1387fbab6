"""The pages' tests share one scene."""

from __future__ import annotations

import pytest

from tests.web.scene import Scene, make_scene


@pytest.fixture
def scene(app, travel) -> Scene:
    return make_scene()
