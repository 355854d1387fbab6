"""Looking for a claim's token where its domain should show it: a DNS record, or a file.

Both lookups answer in words for the claimant. They write nothing, and they reach nothing that is
not on the public internet: the address that is checked is the address that is connected to, a
redirect leads nowhere but between `example.com` and `www.example.com`, and time and size are
bounded.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import threading
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.resolver
import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from parley.vendors import domains
from parley.vendors.claim_rules import FILE, LABEL, holds, verdict

DNS_SECONDS = 5.0
FILE_SECONDS = 10.0  # from the connection to the last byte, however slowly they drip
MOST_RECORDS = 200
MOST_BYTES = 16 * 1024
MOST_HOPS = 2
MOST_SHOWN = 120  # characters of what was found instead
AGENT = "Parley (checks who controls a domain)"


@dataclass(frozen=True)
class Policy:
    """Where files may be fetched from. Only tests use another than this one."""

    loopback: bool = False
    port: int = 443
    ca: str | None = None


@dataclass(frozen=True)
class Finding:
    """What was seen in one place: a stable code, and words for the claimant."""

    code: str
    words: str

    @property
    def proves(self) -> bool:
        return self.code == "yes"


@dataclass(frozen=True)
class Seen:
    """What was seen in both places; the file is not looked for when the record proves it."""

    dns: Finding
    file: Finding | None

    @property
    def method(self) -> str | None:
        """`dns` or `file`, whichever shows the token; None when neither does."""
        if self.dns.proves:
            return "dns"
        return "file" if self.file and self.file.proves else None

    def as_json(self) -> dict[str, Any]:
        return {"dns": asdict(self.dns), "file": self.file and asdict(self.file)}


class _Place:
    """Where to look: set once at start."""

    dns = ""
    policy = Policy()


def configure(dns: str = "", policy: Policy | None = None) -> None:
    """`dns` is the resolver to ask, as `host:port`; empty for the machine's own."""
    _Place.dns, _Place.policy = dns, policy or Policy()


def look(domain: str, token: str, today: date) -> Seen:
    """Look for a token at a domain, as a DNS record first, then as a file."""
    record = look_up(domain, token, today)
    return Seen(record, None if record.proves else fetch(domain, token, today))


# The DNS record


def look_up(domain: str, token: str, today: date) -> Finding:
    """Look for the token in the TXT records of `_parley-challenge.<domain>`."""
    name = f"{LABEL}.{domain}"
    try:
        answer = _resolver().resolve(name, "TXT", search=False, lifetime=DNS_SECONDS)
    except dns.resolver.NXDOMAIN:
        return Finding("none", f"There is no name {name} yet.")
    except dns.resolver.NoAnswer:
        return Finding("none", f"The name {name} exists, but has no TXT record.")
    except dns.resolver.LifetimeTimeout:
        return Finding("timeout", f"The name servers of {domain} did not answer in time.")
    except (dns.exception.DNSException, OSError, ValueError):
        return Finding("failed", f"The name servers of {domain} could not say what stands at "
                       f"{name}.")
    texts = [_joined(record) for record in list(answer)[:MOST_RECORDS]]
    return _among(texts, len(answer), name, token, today)


def _resolver() -> dns.resolver.Resolver:
    if not _Place.dns:
        return dns.resolver.Resolver()
    host, _, port = _Place.dns.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [host.strip("[]")]
    resolver.port = int(port)
    return resolver


def _joined(record: Any) -> str:
    """A record may consist of several strings; they are one text without anything between."""
    return b"".join(record.strings).decode("utf-8", "replace")


def _among(texts: list[str], count: int, name: str, token: str, today: date) -> Finding:
    verdicts = {holds(text, token, today) for text in texts}
    if "yes" in verdicts:
        return Finding("yes", f"Your token stands at {name}.")
    if "expired" in verdicts:
        return Finding("expired", f"Your token stands at {name}, but its expiry date has passed.")
    if "unclear" in verdicts:
        return Finding("unclear", f"Your token stands at {name}, but without an expiry that we can "
                       "read. Add expiry=never, or a date like expiry=2030-12-31.")
    if count > MOST_RECORDS:
        return Finding("other", f"There are {count} TXT records at {name}, and the first "
                       f"{MOST_RECORDS} do not hold your token. Please remove some.")
    some = "a TXT record" if count == 1 else f"{count} TXT records"
    return Finding("other", f"We found {some} at {name}, but not with your token. It reads: "
                   f"{_shown(texts[0])}")


def _shown(text: str) -> str:
    plain = "".join(c if c.isprintable() else "�" for c in text)
    return f"“{plain[:MOST_SHOWN]}{'…' if len(plain) > MOST_SHOWN else ''}”"


# The file


class _Refused(Exception):
    """The file is not one that we read; the text says why."""


class _Inside(Exception):
    """The address is not on the public internet. No OSError, which urllib3 would wrap."""


class _Guard:
    """Ends a connection after `FILE_SECONDS`, whatever still comes in over it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected.dup()
        self._timer = threading.Timer(FILE_SECONDS, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        with contextlib.suppress(OSError):  # it was over already
            self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self._timer.cancel()
        self._socket.close()


class _Guards(threading.local):
    """Those of the fetch under way in this thread."""

    def __init__(self) -> None:
        self.open: list[_Guard] = []

    def end(self) -> None:
        while self.open:
            self.open.pop().end()


_guards = _Guards()


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address lies on the public internet, in a part that is given out."""
    local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or local)


class _Connection(HTTPSConnection):
    """Connects to no address that is not public, and not for long."""

    def _new_conn(self) -> socket.socket:
        address = ipaddress.ip_address(self._dns_host.strip("[]"))
        if not (is_public(address) or (_Place.policy.loopback and address.is_loopback)):
            raise _Inside
        connected = super()._new_conn()
        _guards.open.append(_Guard(connected))
        return connected


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Adapter(IPFilterAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}


def fetch(domain: str, token: str, today: date) -> Finding:
    """Look for the token in `https://<domain>/.well-known/parley.json`."""
    where = f"https://{domain}{FILE}"
    try:
        data = _read(_address(domain))
    except (InvalidIPAddress, _Inside):
        return Finding("private", f"{domain} leads to an address that is not on the public "
                       "internet.")
    except _Refused as error:
        return Finding("refused", f"{where}: {error}")
    except requests.exceptions.SSLError:
        return Finding("tls", f"{domain} has no certificate that we can trust.")
    except requests.Timeout:
        return Finding("timeout", f"{domain} did not answer in time.")
    except (requests.RequestException, HTTPError, OSError, ValueError):
        return Finding("failed", f"We could not fetch {where}: {domain} does not answer, or not "
                       "in a way that we understand.")
    finally:
        _guards.end()
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return Finding("other", f"What stands at {where} is no JSON.")
    return _in_file(said, where, token, today)


def _address(host: str) -> str:
    port = _Place.policy.port
    return f"https://{host}{'' if port == 443 else f':{port}'}{FILE}"


def _read(address: str) -> bytes:
    with HTTPSession(Config(
        ip_filter_enable=True, ip_filter_allow_loopback_ips=_Place.policy.loopback,
        never_redirect=True, default_timeout=(DNS_SECONDS, DNS_SECONDS), user_agent_override=AGENT,
    )) as session:
        session.trust_env = False  # a proxy would connect to what nobody checked
        session.mount("https://", _Adapter(
            is_https_proto=True, allow_loopback=_Place.policy.loopback))
        for _ in range(MOST_HOPS):
            with session.get(address, stream=True, verify=_Place.policy.ca or True,
                             headers={"Accept-Encoding": "identity"}) as response:
                if not response.is_redirect:
                    return _body(response)
                address = _next(address, response.headers["Location"])
    raise _Refused("it redirects too often.")


def _body(response: requests.Response) -> bytes:
    if response.status_code != 200:
        raise _Refused(f"the server answers {response.status_code}.")
    data: bytes = response.raw.read(MOST_BYTES + 1, decode_content=False)
    if len(data) > MOST_BYTES:
        raise _Refused(f"the file is larger than {MOST_BYTES // 1024} kB.")
    return data


def _next(address: str, location: str) -> str:
    """Where a redirect leads, when that is the same site.

    :raise _Refused: it is another one, or not HTTPS
    """
    try:
        target, here = urlsplit(urljoin(address, location)), urlsplit(address)
        ours = target.scheme == "https" and target.port == here.port and not target.username
        if ours and domains.same_site(target.hostname or "", here.hostname or ""):
            return target.geturl()
    except ValueError:
        pass
    raise _Refused(f"it redirects to {_shown(location)}, and we do not follow that to another "
                   "site. Put the file where it is asked for.")


def _in_file(said: Any, where: str, token: str, today: date) -> Finding:
    entries = [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, dict)]
    verdicts = {verdict(one.get("token"), one.get("expiry"), token, today) for one in entries}
    if "yes" in verdicts:
        return Finding("yes", f"Your token stands at {where}.")
    if "expired" in verdicts:
        return Finding("expired", f"Your token stands at {where}, but its expiry date has passed.")
    if "unclear" in verdicts:
        return Finding("unclear", f"Your token stands at {where}, but without an expiry that we "
                       "can read. Add \"expiry\": \"never\".")
    return Finding("other", f"There is a file at {where}, but not with your token.")
