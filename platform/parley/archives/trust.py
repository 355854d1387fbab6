"""Whose signature on an archive counts here: our own keys, and those that the operator trusts."""

from __future__ import annotations

import json
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from parley.archives.models import TrustedKey
from parley.kernel import clock, db, signing
from parley.kernel.errors import Invalid


def known() -> list[dict[str, Any]]:
    """The public keys that vouch for an archive, our own first."""
    own = signing.public_jwks()["keys"]
    return [*own, *(row.jwk for row in TrustedKey.select().order_by(TrustedKey.trusted_at))]


def own_kids() -> set[str]:
    return {key["kid"] for key in signing.public_jwks()["keys"]}


def trust(text: str) -> list[str]:
    """Let the Ed25519 keys of a JWK Set (RFC 7517) count from now on; their kids.

    The kid is the key's RFC 7638 thumbprint, whatever the set says it is.

    :raise Invalid: under `keys`: it is no such set
    """
    try:
        keys = json.loads(text)["keys"]
        public = [OKPKey.import_key({name: key[name] for name in ("kty", "crv", "x")})
                  for key in keys if key.get("crv") == "Ed25519"]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise Invalid({"keys": "This is no set of public keys (JWKS)."}) from None
    if not public:
        raise Invalid({"keys": "There is no Ed25519 key in it."})
    kids = []
    with db.write():
        for key in public:
            kid = key.thumbprint()
            jwk = {**key.as_dict(private=False), "kid": kid}
            TrustedKey.insert(kid=kid, jwk=jwk, trusted_at=clock.now()
                              ).on_conflict_ignore().execute()
            kids.append(kid)
    return kids


def distrust(kid: str) -> bool:
    """Take that back; False when there was no such key. What came in stays as it is."""
    with db.write():
        return bool(TrustedKey.delete().where(TrustedKey.kid == kid).execute())
