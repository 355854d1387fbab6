"""Instants in canonical JSON: what is written is read back, and nothing that cannot be told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel.canonical import instant, iso

TOLD = st.datetimes(datetime(1970, 1, 1), datetime(8999, 12, 31), timezones=st.just(UTC))


@given(TOLD)
def test_what_is_written_is_read_back(at):
    assert instant(iso(at)) == at


@pytest.mark.parametrize("text", [
    "", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+14:00", "9000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00"])
def test_what_cannot_be_told_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        instant(text)
