"""An OpenID Connect provider of the tests' own, over real HTTP on this machine.

It checks what a provider checks (client, redirect address, single-use code, PKCE), and can be
told to answer as an attacker would.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
import threading
import time
from typing import Any

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jws, jwt
from joserfc.jwk import KeySet, OKPKey, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "parley-tests", "a secret between two"
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa", "alg": "RS256"})
ED25519 = OKPKey.generate_key("Ed25519", parameters={"kid": "ed", "alg": "Ed25519"})
STRANGER = RSAKey.generate_key(2048, parameters={"kid": "rsa", "alg": "RS256"})
KEYS = {"RS256": RSA, "Ed25519": ED25519}


class Provider:
    """Serves in a thread. Set `person` to who signs in there, `claims` and the rest to attack."""

    def __init__(self) -> None:
        self.server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.reset()

    def reset(self) -> None:
        self.person: dict[str, Any] = {"sub": "248289761001"}
        self.claims: dict[str, Any] = {}  # replace what an honest ID token says; None leaves out
        self.metadata: dict[str, Any] = {}
        self.alg = "RS256"
        self.key: Any = None
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.down = False

    def start(self) -> Provider:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.thread.start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.discovery)
        app.add_url_rule("/jwks", view_func=self.jwks)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        return app

    def discovery(self) -> Any:
        if self.down:
            return "", 503
        return jsonify({
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "Ed25519", "HS256", "none"],
        } | self.metadata)

    def jwks(self) -> Response:
        return jsonify(KeySet([RSA, ED25519]).as_dict(private=False))

    def authorize(self) -> Any:
        """The person agrees at once."""
        asked = request.args.to_dict()
        self.asked.append(asked)
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    def token(self) -> Any:
        asked = self.codes.pop(request.form["code"], None)
        verifier = request.form.get("code_verifier", "").encode()
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        login = request.authorization
        known = login is not None and (login.username, login.password) == (CLIENT_ID, CLIENT_SECRET)
        if (not known or asked is None or proof != asked["code_challenge"]
                or request.form["redirect_uri"] != asked["redirect_uri"]):
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token=secrets.token_urlsafe(8), token_type="Bearer", expires_in=60,
                       id_token=self.id_token(asked["nonce"]))

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
                  "nonce": nonce} | self.person | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.alg == "none":
            return unsigned(claims)
        key = self.key or KEYS[self.alg]
        header = {"alg": self.alg, "kid": "ed" if self.alg == "Ed25519" else "rsa"}
        return jwt.encode(header, claims, key, registry=jws.JWSRegistry(algorithms=[self.alg]))


def unsigned(claims: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'kid': 'rsa'})}.{part(claims)}."
