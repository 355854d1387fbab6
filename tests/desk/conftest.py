"""A company with people of its own, and a thread that waits for them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from parley.accounts.models import Account
from parley.threads.models import Thread
from parley.vendors.models import Vendor
from tests.factories import make_manager, make_representative, make_vendor
from tests.threads import factories as f
from tests.web.scene import Scene, make_scene


@dataclass
class Team:
    vendor: Vendor
    manager: Account
    kim: Account
    lou: Account

    def thread(self, **typed) -> Thread:
        return f.open_thread(vendor=self.vendor, **typed)


@pytest.fixture
def scene(app, travel, staged) -> Scene:
    return staged(make_scene)


@pytest.fixture
def team(app) -> Team:
    vendor = make_vendor(name="Acme")
    return Team(vendor, make_manager(vendor, handle="mel"),
                make_representative(vendor, handle="kim"),
                make_representative(vendor, handle="lou"))
