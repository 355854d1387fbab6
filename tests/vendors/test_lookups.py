"""Looking for tokens on a name server and a web server on loopback, and where not to look."""

from __future__ import annotations

import json
import socket
import time
from datetime import date

import pytest

from parley.vendors import lookups
from parley.vendors.lookups import Policy, fetch, look, look_up

TOKEN = "0123456789abcdefghjkmnpqrs"
GOOD = f"token={TOKEN} expiry=never"
TODAY = date(2026, 11, 12)
FILE = json.dumps({"token": TOKEN, "expiry": "never"})


def record(internet, *records):
    internet.zone.say("acme.example", *records)
    return look_up("acme.example", TOKEN, TODAY)


def test_a_record_proves(internet):
    assert record(internet, GOOD).proves
    seen = look("acme.example", TOKEN, TODAY)
    assert (seen.method, seen.file) == ("dns", None)


def test_several_strings_are_one_text(internet):
    whole = GOOD.encode()
    assert record(internet, [whole[:9], whole[9:20], whole[20:]]).proves


def test_it_stands_among_others(internet):
    assert record(internet, "v=spf1 -all", f"token={'x' * 26} expiry=never", GOOD).proves


@pytest.mark.parametrize(("records", "code", "words"), [
    ((), "none", "no TXT record"),
    (("v=spf1 -all",), "other", "“v=spf1 -all”"),
    ((f"token={TOKEN[::-1]} expiry=never",), "other", "not with your token"),
    ((f"token={TOKEN} expiry=2026-01-01",), "expired", "expiry date has passed"),
    ((f"token={TOKEN}",), "unclear", "expiry=never"),
    (([b"\xff\xfe\x00<b>"],), "other", "�"),
    (([b"x" * 255] * 8,), "other", "…"),
])
def test_what_does_not_prove_is_said_in_words(internet, records, code, words):
    found = record(internet, *records)
    assert found.code == code
    assert words in found.words


def test_no_name_no_answer_and_a_broken_server_are_told_apart(internet, monkeypatch):
    assert look_up("acme.example", TOKEN, TODAY).code == "none"
    internet.zone.broken.add("_parley-challenge.acme.example")
    assert look_up("acme.example", TOKEN, TODAY).code == "failed"
    monkeypatch.setattr(lookups, "DNS_SECONDS", 0.3)
    internet.zone.silent.add("_parley-challenge.acme.example")
    assert look_up("acme.example", TOKEN, TODAY).code == "timeout"


def test_a_flood_of_records_is_bounded(internet):
    found = record(internet, *[f"{n}" for n in range(2_000)])
    assert found.code == "other"
    assert "the first 200" in found.words
    assert "2000" in found.words


def test_ten_thousand_records_fit_no_answer_and_harm_nobody(internet, monkeypatch):
    monkeypatch.setattr(lookups, "DNS_SECONDS", 1.0)
    began = time.monotonic()
    found = record(internet, *[f"{n:06}" for n in range(10_000)])
    assert not found.proves
    assert time.monotonic() - began < 3 * lookups.DNS_SECONDS


def test_a_file_proves(internet):
    internet.site.say("acme.example", FILE)
    seen = look("acme.example", TOKEN, TODAY)
    assert (seen.method, seen.dns.code) == ("file", "none")
    assert internet.site.asked == ["acme.example/.well-known/parley.json"]


def test_a_file_may_hold_several(internet):
    other = {"token": "x", "expiry": "never"}
    internet.site.say("acme.example", json.dumps([other, json.loads(FILE)]))
    assert fetch("acme.example", TOKEN, TODAY).proves


@pytest.mark.parametrize(("body", "code"), [
    ("", "other"), ("<html>", "other"), ("[" * 16_000, "other"), ("null", "other"),
    ('{"token": {"a": 1}}', "other"), (json.dumps({"token": TOKEN}), "unclear"),
    (json.dumps({"token": TOKEN, "expiry": "2020-01-01"}), "expired"), (b"\xff\xfe\xfd", "other"),
    (" " * 20_000 + FILE, "refused"), ("x" * 5_000_000, "refused"),
])
def test_a_file_that_does_not_prove(internet, body, code):
    internet.site.say("acme.example", body)
    assert fetch("acme.example", TOKEN, TODAY).code == code


def test_a_status_is_told(internet):
    assert "answers 404" in fetch("acme.example", TOKEN, TODAY).words


def test_a_redirect_leads_to_www_and_no_further(internet):
    port = internet.site.port
    internet.site.redirect("acme.example", f"https://www.acme.example:{port}/.well-known/x")
    internet.site.say("www.acme.example", FILE)
    assert fetch("acme.example", TOKEN, TODAY).proves
    internet.site.redirect("www.acme.example", f"https://acme.example:{port}/")
    assert "redirects too often" in fetch("acme.example", TOKEN, TODAY).words


@pytest.mark.parametrize("location", [
    "https://evil.example:{port}/", "//evil.example:{port}/", "http://acme.example/",
    "https://acme.example.evil.example/", "https://acme.example@evil.example:{port}/",
    "https://127.0.0.1:{port}/", "https://acme.example:1/", "https://[::1", "file:///etc/passwd",
    "https://evil-acme.example/",
])
def test_no_redirect_leads_to_another_site(internet, location):
    internet.site.say("evil.example", FILE)
    internet.site.redirect("acme.example", location.format(port=internet.site.port))
    assert fetch("acme.example", TOKEN, TODAY).code in ("refused", "failed")
    assert internet.site.asked == ["acme.example/.well-known/parley.json"]


def test_dripping_bytes_do_not_hold_us(internet, monkeypatch):
    monkeypatch.setattr(lookups, "FILE_SECONDS", 0.5)
    internet.site.drip("acme.example", 6)
    began = time.monotonic()
    assert not fetch("acme.example", TOKEN, TODAY).proves
    assert time.monotonic() - began < 5


def test_a_certificate_of_nobody_is_refused(internet):
    internet.site.say("acme.example", FILE)
    lookups.configure(internet.dns, Policy(loopback=True, port=internet.site.port))
    assert fetch("acme.example", TOKEN, TODAY).code == "tls"
    internet.names.known["other.example"] = ["127.0.0.1"]
    lookups.configure(internet.dns, Policy(loopback=True, port=internet.site.port,
                                           ca=str(internet.site.ca)))
    assert fetch("other.example", TOKEN, TODAY).code == "tls"


PRIVATE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fc00::1", "fd00::1", "ff02::1", "fec0::1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1",
]


@pytest.fixture
def no_sockets(monkeypatch):
    """Every connection that is tried, none of which comes about."""
    tried = []

    def connect(self, address):
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_opens_no_socket(internet, no_sockets, address):
    lookups.configure(internet.dns)
    internet.names.known["acme.example"] = [address]
    assert fetch("acme.example", TOKEN, TODAY).code == "private"
    assert no_sockets == []


def test_the_address_that_is_checked_is_the_one_connected_to(internet, no_sockets):
    lookups.configure(internet.dns)
    internet.names.known["acme.example"] = ["93.184.215.14", "127.0.0.1"]
    assert fetch("acme.example", TOKEN, TODAY).code == "failed"
    assert set(no_sockets) == {"93.184.215.14"}
    assert internet.names.asked == ["acme.example"]


def test_no_proxy_of_the_environment_is_asked(internet, no_sockets, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    lookups.configure(internet.dns)
    internet.names.known["acme.example"] = ["93.184.215.14"]
    assert fetch("acme.example", TOKEN, TODAY).code == "failed"
    assert set(no_sockets) == {"93.184.215.14"}
