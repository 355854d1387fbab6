"""Settings: read from the environment, refused when they would be unsafe."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.config import DEMO_SECRET, ConfigError, Settings

SECRET = "x" * 40


def settings(**environ: str) -> Settings:
    return Settings.from_env({f"PARLEY_{name}": value for name, value in environ.items()})


def test_the_defaults_are_those_of_the_docs():
    found = settings()
    assert found.data == Path("var").absolute()
    assert found.database_url == f"sqlite:///{found.data}/parley.sqlite"
    assert (found.host, found.port) == ("127.0.0.1", 8000)
    assert found.base_url == "http://127.0.0.1:8000"
    assert not found.demo
    assert not found.secure


def test_each_kind_of_value_is_read():
    found = settings(PORT="9000", LIMITS="2.5", DEMO="1", SIGN_UP="closed", DATA="/srv/parley",
                     BASE_URL="https://parley.example/", SITE_NAME="Käsekreis")
    assert (found.port, found.limits, found.demo, found.sign_up) == (9000, 2.5, True, False)
    assert found.data == Path("/srv/parley")
    assert found.base_url == "https://parley.example"
    assert (found.secure, found.hostname, found.site_name) == (True, "parley.example", "Käsekreis")


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "http"), ("LIMITS", "many"), ("DEMO", "maybe"), ("WORKERS", "1.5")])
def test_what_cannot_be_read_is_named(name, value):
    with pytest.raises(ConfigError, match=f"PARLEY_{name}="):
        settings(**{name: value})


@pytest.mark.parametrize(("environ", "words"), [
    ({}, "PARLEY_SECRET_KEY is not set"),
    ({"SECRET_KEY": "short"}, "too short"),
    ({"SECRET_KEY": SECRET, "DEBUG": "1"}, "refuses to run with debug"),
    ({"SECRET_KEY": DEMO_SECRET}, "the demo's"),
    ({"SECRET_KEY": SECRET, "DNS": "resolver.example"}, "PARLEY_DNS is an address and a port"),
    ({"SECRET_KEY": SECRET, "DNS": "127.0.0.1"}, "PARLEY_DNS is an address and a port"),
    ({"DEMO": "1", "HOST": "0.0.0.0"}, "only runs on this machine"),
    ({"DEMO": "1", "BASE_URL": "https://parley.example"}, "only runs on this machine"),
    ({"DEMO": "1", "TRUSTED_PROXIES": "1"}, "no forwarding headers"),
])
def test_unsafe_settings_are_refused_in_words(environ, words):
    with pytest.raises(ConfigError, match=words):
        settings(**environ).check()


@pytest.mark.parametrize("environ", [
    {"SECRET_KEY": SECRET}, {"DEMO": "1"}, {"DEMO": "1", "HOST": "localhost"},
    {"SECRET_KEY": SECRET, "HOST": "0.0.0.0", "BASE_URL": "https://parley.example",
     "TRUSTED_PROXIES": "1"}])
def test_sound_settings_pass(environ):
    settings(**environ).check()
