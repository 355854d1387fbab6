"""The internet of these tests: see `loopback`."""

from __future__ import annotations

from tests.vendors.loopback import internet, servers

__all__ = ["internet", "servers"]
