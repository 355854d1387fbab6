"""A name server and an HTTPS server on loopback, as the internet of the tests."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dnslib import QTYPE, RCODE, RR, TXT, DNSError
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from parley.vendors import lookups
from parley.vendors.lookups import Policy

NAMES = ("acme.example", "www.acme.example", "evil.example", "oslo-light.example")
REAL = socket.getaddrinfo


class Zone(BaseResolver):
    """What the name server says: `texts` by name, each record a list of strings.

    `silent` names get no answer, `broken` ones SERVFAIL.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.texts: dict[str, list[list[bytes]]] = {}
        self.silent: set[str] = set()
        self.broken: set[str] = set()

    def say(self, domain: str, *records: str | list[bytes]) -> None:
        """Put TXT records at the challenge of a domain."""
        self.texts[f"_parley-challenge.{domain}"] = [
            [r.encode()] if isinstance(r, str) else r for r in records]

    def resolve(self, request: Any, handler: Any) -> Any:
        name = str(request.q.qname).rstrip(".").lower()
        reply = request.reply()
        if name in self.silent:
            raise DNSError("no answer")
        if name in self.broken:
            reply.header.rcode = RCODE.SERVFAIL
        elif name not in self.texts:
            reply.header.rcode = RCODE.NXDOMAIN
        elif QTYPE[request.q.qtype] == "TXT":
            for strings in self.texts[name]:
                reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT(strings), ttl=1))
        return reply


class NameServer:
    def __init__(self) -> None:
        self.zone = Zone()
        quiet = DNSLogger("-request,-reply,-truncated,-error")
        self.tcp = DNSServer(self.zone, address="127.0.0.1", port=0, tcp=True, logger=quiet)
        self.port = self.tcp.server.server_address[1]
        self.udp = DNSServer(self.zone, address="127.0.0.1", port=self.port, logger=quiet)
        for server in (self.udp, self.tcp):
            server.start_thread()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        for server in (self.udp, self.tcp):
            server.stop()
            server.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        self.server.asked.append(f"{host}{self.path}")
        answer = self.server.answers.get(host)
        if answer is None:
            self.send_error(404)
        else:
            answer(self)

    def log_message(self, *args: Any) -> None:
        pass


Answer = Callable[[BaseHTTPRequestHandler], None]


class Site(ThreadingHTTPServer):
    """Answers for each host of `NAMES` as told; 404 otherwise."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ca = folder / "ca.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(folder, self.ca))
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.forget()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def forget(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients hang up on purpose here

    def say(self, host: str, body: bytes | str, status: int = 200) -> None:
        data = body.encode() if isinstance(body, str) else body

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)

        self.answers[host] = answer

    def redirect(self, host: str, location: str) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", location)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        self.answers[host] = answer

    def drip(self, host: str, seconds: float) -> None:
        """Send one byte now and then, each well before a reader would lose patience."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            for _ in range(int(seconds / 0.1)):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)

        self.answers[host] = answer

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


def _certificate(folder: Path, ca: Path) -> Path:
    """A certificate for `NAMES`, signed by an authority of our own whose own one goes to `ca`."""
    now = datetime.datetime.now(datetime.UTC)
    root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Loopback authority")])

    def build(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(authority)
            .public_key(public).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)))

    signed = build(authority, root.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(root, hashes.SHA256())
    ca.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    names = [x509.DNSName(name) for name in NAMES]
    leaf = build(x509.Name([]), key.public_key()).add_extension(
        x509.SubjectAlternativeName(names), critical=True).sign(root, hashes.SHA256())
    file = folder / "site.pem"
    file.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return file


class Names:
    """Stands in for the system's resolver: `known` names give these addresses, one an asking."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {name: ["127.0.0.1"] for name in NAMES}
        self.asked: list[str] = []

    def getaddrinfo(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        try:
            ipaddress.ip_address(name)
            return REAL(host, port, *args, **kwargs)
        except ValueError:
            pass
        self.asked.append(name)
        if name not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown here")
        addresses = self.known[name]
        return REAL(addresses.pop(0) if len(addresses) > 1 else addresses[0], port,
                    *args, **kwargs)


# As fixtures


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
