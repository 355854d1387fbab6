"""The internet of these tests: see `loopback`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from parley.vendors import lookups
from parley.vendors.lookups import Policy
from tests.vendors.loopback import Names, NameServer, Site, Zone


@dataclass
class Internet:
    zone: Zone
    site: Site
    names: Names
    dns: str


@pytest.fixture(scope="session")
def servers(tmp_path_factory: Any) -> Iterator[tuple[NameServer, Site]]:
    names, site = NameServer(), Site(tmp_path_factory.mktemp("site"))
    yield names, site
    names.stop()
    site.stop()


@pytest.fixture
def internet(servers: tuple[NameServer, Site], monkeypatch: Any) -> Iterator[Internet]:
    """A name server and a web server that know nothing yet; loopback may be reached."""
    server, site = servers
    server.zone.forget()
    site.forget()
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    lookups.configure(server.address, Policy(loopback=True, port=site.port, ca=str(site.ca)))
    yield Internet(server.zone, site, names, server.address)
    lookups.configure()
