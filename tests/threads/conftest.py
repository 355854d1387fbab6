from __future__ import annotations

import pytest

from parley.threads import files


@pytest.fixture
def folder(tmp_path):
    files.configure(tmp_path)
    yield tmp_path
    files.configure(tmp_path)
