from __future__ import annotations

import pytest

from parley.threads import files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_folder", tmp_path)
    return tmp_path
