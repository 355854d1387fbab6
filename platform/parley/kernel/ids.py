"""Identifiers: time-ordered ones for public rows, unguessable ones for private rows."""

from __future__ import annotations

import hashlib
import secrets

from parley.kernel import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: no i, l, o, u


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new() -> str:
    """20 characters: 48 bits of milliseconds, then 52 random bits. Later ids sort later."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return _base32(milliseconds << 52 | secrets.randbits(52), 20)


def unguessable() -> str:
    """26 random characters (130 bits), for addresses that only their owner may know."""
    return _base32(secrets.randbits(130), 26)


def derived(text: str) -> str:
    """The 20 characters that a text from elsewhere always gets: an id for what has none here."""
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return _base32(int.from_bytes(digest, "big") >> 156, 20)


def digest(token: str) -> str:
    """What is stored of a secret token: its SHA-256 in hex. Tokens carry 130 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
