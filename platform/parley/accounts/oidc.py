"""Sign-in at an outside OpenID Connect provider (authorization code with PKCE), by authlib.

What authlib leaves open is closed here: the issuer and the audience are exactly ours, the
algorithms are pinned, and every address of the provider is as safe as its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, current_app
from joserfc.errors import JoseError

from parley.config import LOOPBACK, ConfigError, Settings
from parley.kernel.errors import NotFound, Refusal, Refused

ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SECONDS = 8  # a provider that takes longer counts as away
KEPT = "parley.oidc"
TROUBLE = (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError,
           TypeError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class Provider:
    name: str
    issuer: str
    client: Any


@dataclass(frozen=True)
class Person:
    """Whom the provider named. Only issuer and subject identify; the rest is hearsay."""

    issuer: str
    subject: str
    label: str
    email: str
    handle: str
    name: str


def install(app: Flask, settings: Settings) -> None:
    """Make the client of the operator's provider, if there is one.

    :raise ConfigError: the provider would be asked over an open line
    """
    if not settings.oidc_issuer:
        app.extensions[KEPT] = None
        return
    issuer = settings.oidc_issuer
    if not _safe(issuer, loopback=True):
        raise ConfigError("PARLEY_OIDC_ISSUER must be an https address.")
    if not settings.oidc_client_id:
        raise ConfigError("PARLEY_OIDC_ISSUER is set; set PARLEY_OIDC_CLIENT_ID as well.")
    client = OAuth(app).register(
        "oidc", client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret or None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile", "code_challenge_method": "S256",
            "default_timeout": SECONDS,
            "token_endpoint_auth_method":
                "client_secret_basic" if settings.oidc_client_secret else "none"})
    name = settings.oidc_name or urlsplit(issuer).hostname or issuer
    app.extensions[KEPT] = Provider(name, issuer, client)


def provider() -> Provider:
    """The operator's provider.

    :raise NotFound: there is none
    """
    found: Provider | None = current_app.extensions.get(KEPT)
    if found is None:
        raise NotFound
    return found


def offered() -> str:
    """The name of the provider; empty when there is none."""
    found: Provider | None = current_app.extensions.get(KEPT)
    return found.name if found else ""


def start(callback: str) -> Response:
    """Send the browser to the provider, which sends it back to the address `callback`.

    :raise Refused: the provider does not answer, or not as it should
    """
    there = provider()
    try:
        _load(there)
        response: Response = there.client.authorize_redirect(callback)
    except TROUBLE as error:
        _refuse(there, error)
    return response


def finish() -> Person:
    """Whom the provider sent back, from the request under way.

    :raise Refused: the answer was not for this browser, does not hold, or the person said no
    """
    there = provider()
    exactly = {
        "iss": {"essential": True, "value": there.issuer},
        "aud": {"essential": True, "value": there.client.client_id},
    }
    try:
        _load(there)
        token = there.client.authorize_access_token(claims_options=exactly)
        return _person(there, token["userinfo"])
    except TROUBLE as error:
        _refuse(there, error)


def _load(there: Provider) -> None:
    """Fetch the provider's description once, and take nothing from it that is less than safe."""
    metadata = there.client.load_server_metadata()
    same = metadata.get("issuer") == there.issuer
    loopback = there.issuer.startswith("http://")
    if not same or not all(_safe(str(metadata[name]), loopback) for name in ENDPOINTS):
        metadata.pop("_loaded_at", None)
        raise ValueError("the provider describes itself as somebody else, or unsafely")
    said = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    pinned = [name for name in ALGORITHMS if name in said]
    if not pinned:
        raise ValueError("the provider signs with none of our algorithms")
    metadata["id_token_signing_alg_values_supported"] = pinned


def _person(there: Provider, claims: dict[str, Any]) -> Person:
    subject = claims["sub"]  # at most 255 ASCII characters: OpenID Connect Core 1.0, section 2
    if not (0 < len(subject) <= 255 and subject.isascii() and subject.isprintable()):
        raise ValueError("the provider named nobody")
    email, handle, name = (
        "".join(filter(str.isprintable, str(claims.get(key) or "")))[:200]
        for key in ("email", "preferred_username", "name"))
    return Person(there.issuer, subject, email or handle or name, email, handle, name)


def _safe(address: str, loopback: bool) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        loopback and parts.scheme == "http" and parts.hostname in LOOPBACK)


def _refuse(there: Provider, error: Exception) -> NoReturn:
    current_app.logger.warning("oidc: %s: %s", type(error).__name__, error)
    words = (
        f"{there.name} does not answer just now. Try again in a minute, or sign in with your "
        "password." if isinstance(error, requests.RequestException) else
        f"The sign-in at {there.name} did not come to an end. Begin again, or sign in with your "
        "password.")
    raise Refused(Refusal("provider", words), 400) from error
