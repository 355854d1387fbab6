"""The server's Ed25519 keys, and what it signs with them: detached JWS (RFC 7515, appendix F).

The algorithm is named `Ed25519`, after RFC 9864, and no other is made or accepted. Public keys
stay published after a key retires, so that an old archive can still be checked.

To check FILE against FILE.jws without Parley, take the key whose `kid` stands in the header of
FILE.jws from /.well-known/jwks.json, put its `x` into X, and type:

    # the public key as PEM: the fixed start of an Ed25519 key (RFC 8410), then its 32 bytes
    (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
     printf '%s=' "$X" | basenc --base64url -d) | openssl pkey -pubin -inform DER -out key.pem
    # what was signed: the header, a dot, the file in base64url
    printf '%s.%s' "$(cut -d. -f1 FILE.jws)" \\
        "$(basenc --base64url -w0 FILE | tr -d =)" > signed
    printf '%s==' "$(cut -d. -f3 FILE.jws)" | basenc --base64url -d > signature
    openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed -sigfile signature

or with joserfc in Python:

    jws.deserialize_compact(open("FILE.jws").read(), KeySet.import_key_set(jwks),
                            algorithms=["Ed25519"], payload=open("FILE", "rb").read())
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import peewee
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from parley.kernel import clock, db

ALGORITHM = "Ed25519"
PURPOSE = b"parley: signing keys at rest"


class SigningError(Exception):
    """The server's own keys cannot be used; the text tells the operator why."""


class SignatureError(Exception):
    """The signature does not hold for these bytes and these keys."""


class SigningKey(db.Model):
    """One Ed25519 key of the server; `kid` is its RFC 7638 thumbprint.

    The public part stands in the clear, so that publishing it needs no secret.
    """

    kid = peewee.TextField(primary_key=True)
    jwk_public = db.JSONField()
    jwk_private = peewee.TextField()
    created_at = db.InstantField()
    retired_at = db.InstantField(null=True)

    @classmethod
    def in_use(cls) -> SigningKey | None:
        """The newest key that has not retired."""
        living = cls.select().where(cls.retired_at.is_null())
        newest: SigningKey | None = living.order_by(cls.created_at.desc(), cls.kid).first()
        return newest

    def private(self) -> OKPKey:
        """The key with its private part.

        :raise SigningError: it was encrypted under another secret
        """
        try:
            jwk = json.loads(_vault().decrypt(self.jwk_private))
        except InvalidToken as error:
            raise SigningError(
                "The signing keys were encrypted with another PARLEY_SECRET_KEY. "
                "Start with the secret that made them."
            ) from error
        return OKPKey.import_key(jwk)


_fernet: Fernet | None = None


def configure(secret: str) -> None:
    """Set the secret under which private keys are encrypted at rest.

    :raise ValueError: the secret is empty
    """
    global _fernet
    if not secret:
        raise ValueError("the secret for signing keys is empty")
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    _fernet = Fernet(base64.urlsafe_b64encode(derived))


def _vault() -> Fernet:
    if _fernet is None:
        raise SigningError("signing.configure(secret) has not been called.")
    return _fernet


def current_key() -> SigningKey:
    """The key that signs now; the first call ever makes it."""
    found = SigningKey.in_use()
    if found:
        return found
    with db.write():
        return SigningKey.in_use() or _make_key()


def _make_key() -> SigningKey:
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    jwk = json.dumps(key.as_dict(private=True)).encode()
    return SigningKey.create(
        kid=key.kid,
        jwk_public=key.as_dict(private=False),
        jwk_private=_vault().encrypt(jwk).decode(),
        created_at=clock.now(),
    )


def sign_detached(payload: bytes) -> str:
    """A compact JWS over the payload with the payload left out: `header..signature`.

    :raise SigningError: the key cannot be read
    """
    row = current_key()
    header = {"alg": ALGORITHM, "kid": row.kid}
    return jws.detach_content(
        jws.serialize_compact(header, payload, row.private(), algorithms=[ALGORITHM])
    )


def verify_detached(payload: bytes, signature: str, jwks: Mapping[str, Any]) -> str:
    """The `kid` of the key in `jwks` with which exactly these bytes were signed.

    :raise SignatureError: on any mismatch, an unknown key, another algorithm, or garbage
    """
    try:
        keys = [key for key in jwks["keys"] if key.get("crv") == "Ed25519" and key.get("kid")]
        # A payload inside the JWS would be checked instead of the bytes at hand.
        _, inside, _ = signature.split(".")
        if inside:
            raise SignatureError("The signature is not detached: it brings its own content.")
        checked = jws.deserialize_compact(
            signature,
            KeySet.import_key_set({"keys": keys}),
            algorithms=[ALGORITHM],
            payload=payload,
        )
        return str(checked.headers()["kid"])
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SignatureError(f"The signature does not hold: {error}") from error


def public_jwks() -> dict[str, Any]:
    """The public keys as a JWK Set (RFC 7517), newest first, retired ones among them."""
    rows = SigningKey.select().order_by(SigningKey.created_at.desc(), SigningKey.kid)
    return {"keys": [row.jwk_public for row in rows]}
