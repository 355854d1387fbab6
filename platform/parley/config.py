"""Settings from the environment, with their defaults, and what is checked at start."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlparse

import click

LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}
RESOLVER = re.compile(r"(?:[0-9.]+|\[[0-9a-f:]+\]):[0-9]{1,5}", re.IGNORECASE)
CURRENCIES = (  # those whose unit has a hundred parts
    "EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "RON", "CAD", "AUD")
DEMO_SECRET = "the demo community keeps no secrets; it listens on this machine only"


class ConfigError(click.ClickException):
    """The server cannot start with these settings; the message says what to change."""


@dataclass(frozen=True)
class Settings:
    """Every setting; each is read from `PARLEY_<NAME>`. docs/operators.md explains them."""

    data: Path = Path("var")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    site_name: str = "Parley"
    secret_key: str = ""
    smtp_url: str = ""
    mail_from: str = "Parley <parley@localhost>"
    reply_address: str = ""
    mail_in: str = ""
    mail_in_secret: str = ""
    limits: float = 1.0
    demo: bool = False
    sign_up: bool = True
    trusted_proxies: int = 0
    workers: int = 0
    source_url: str = ""
    currency: str = "EUR"
    stripe_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api: str = ""
    oidc_name: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    dns: str = ""
    debug: bool = False
    cheap_passwords: bool = False

    @classmethod
    def from_env(cls, environ: dict[str, str] | None = None) -> Settings:
        """Read the environment.

        :raise ConfigError: a value cannot be read
        """
        env = os.environ if environ is None else environ
        found = {}
        for field in fields(cls):
            raw = env.get(f"PARLEY_{field.name.upper()}")
            if raw:
                found[field.name] = _parse(field.name, type(field.default), raw)
        return cls(**found).completed()

    def completed(self) -> Settings:
        """The same with derived defaults filled in."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["data"] = self.data.absolute()
        values["database_url"] = self.database_url or f"sqlite:///{values['data']}/parley.sqlite"
        values["base_url"] = (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")
        if self.demo and not self.secret_key:
            values["secret_key"] = DEMO_SECRET
        return Settings(**values)

    def check(self) -> None:
        """Refuse settings that would be unsafe to serve with.

        :raise ConfigError: says which setting, and what to do
        """
        if not self.secret_key:
            raise ConfigError(
                "PARLEY_SECRET_KEY is not set. Make one with "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'` and keep it."
            )
        if len(self.secret_key) < 32:
            raise ConfigError("PARLEY_SECRET_KEY is too short; use at least 32 characters.")
        self._check_mail()
        if self.debug and not self.demo:
            raise ConfigError("Debug is on. Outside the demo Parley refuses to run with debug.")
        if self.dns and not RESOLVER.fullmatch(self.dns):
            raise ConfigError("PARLEY_DNS is an address and a port, like 127.0.0.1:53 or "
                              "[::1]:53.")
        if self.demo and (self.host not in LOOPBACK or self.hostname not in LOOPBACK):
            raise ConfigError(
                "PARLEY_DEMO=1 shows everybody's mail, so it only runs on this machine: "
                "set PARLEY_HOST and PARLEY_BASE_URL to a loopback address."
            )
        if self.currency not in CURRENCIES:
            raise ConfigError(f"PARLEY_CURRENCY is one of {', '.join(CURRENCIES)}.")
        if self.stripe_key and not self.stripe_webhook_secret:
            raise ConfigError(
                "PARLEY_STRIPE_KEY is set, but not PARLEY_STRIPE_WEBHOOK_SECRET: without it "
                "nobody could tell Stripe's word from a stranger's.")
        if self.demo and self.trusted_proxies:
            raise ConfigError(
                "The demo accepts no forwarding headers: unset PARLEY_TRUSTED_PROXIES.")
        if not self.demo and self.secret_key == DEMO_SECRET:
            raise ConfigError(
                "PARLEY_SECRET_KEY is the demo's, which anybody can read. Make your own.")

    def _check_mail(self) -> None:
        local, at, domain = self.reply_address.partition("@")
        if self.reply_address and not (local and "+" not in local and "." in domain and at):
            raise ConfigError("PARLEY_REPLY_ADDRESS is one plain address without a “+”, such as "
                              "reply@parley.example.org.")
        if (self.mail_in or self.mail_in_secret) and not self.reply_address:
            raise ConfigError("PARLEY_MAIL_IN and PARLEY_MAIL_IN_SECRET take in answers by mail; "
                              "say with PARLEY_REPLY_ADDRESS where those go.")
        host, _, port = self.mail_in.rpartition(":")
        if self.mail_in and not (host and port.isascii() and port.isdigit()):
            raise ConfigError("PARLEY_MAIL_IN is host:port, such as 127.0.0.1:8025.")
        if self.mail_in_secret and len(self.mail_in_secret) < 32:
            raise ConfigError("PARLEY_MAIL_IN_SECRET is too short; use at least 32 characters.")

    @property
    def hostname(self) -> str:
        return urlparse(self.base_url).hostname or ""

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def _parse(name: str, kind: type, raw: str) -> object:
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "on": True, "open": True,
                    "0": False, "false": False, "no": False, "off": False,
                    "closed": False}[raw.lower()]
        return Path(raw) if issubclass(kind, Path) else kind(raw)
    except (KeyError, ValueError):
        raise ConfigError(f"PARLEY_{name.upper()}={raw!r} cannot be read.") from None
