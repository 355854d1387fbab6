"""The server's signatures, its keys at rest, and canonical JSON that is signed."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone

import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey
from joserfc.util import json_b64encode

from parley.kernel import canonical, clock, db, signing
from parley.kernel.signing import SignatureError, SigningError, SigningKey

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    """An empty table of keys in a database of its own, under a secret of its own."""
    monkeypatch.setattr(signing, "_fernet", None)
    before = db.database.obj
    own = peewee.SqliteDatabase(":memory:")
    db.database.initialize(own)
    own.create_tables([SigningKey])
    signing.configure("a secret for the tests")
    yield
    own.close()
    db.database.initialize(before)


def test_what_is_signed_verifies_against_the_published_keys():
    signature = signing.sign_detached(b"the words")
    assert signature.split(".")[1] == ""
    assert signing.verify_detached(b"the words", signature, signing.public_jwks()) == (
        signing.current_key().kid
    )


def test_the_first_key_is_made_once():
    assert signing.current_key() == signing.current_key()
    assert SigningKey.select().count() == 1


def test_the_private_part_is_neither_published_nor_stored_in_the_clear():
    signing.current_key()
    (public,) = signing.public_jwks()["keys"]
    assert set(public) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert public["x"] not in SigningKey.get().jwk_private


def test_another_secret_is_told_to_the_operator():
    signing.current_key()
    signing.configure("another secret")
    with pytest.raises(SigningError, match="PARLEY_SECRET_KEY"):
        signing.sign_detached(b"the words")


def test_public_keys_are_read_without_the_secret():
    signature = signing.sign_detached(b"the words")
    signing.configure("another secret")
    assert signing.verify_detached(b"the words", signature, signing.public_jwks())


def test_an_empty_secret_is_refused():
    with pytest.raises(ValueError, match="empty"):
        signing.configure("")


def test_a_retired_key_still_verifies_but_signs_no_more():
    with clock.standing_at(NOON):
        old = signing.sign_detached(b"old")
    SigningKey.update(retired_at=NOON).execute()
    with clock.standing_at(NOON + timedelta(days=1)):
        new = signing.sign_detached(b"new")
    jwks = signing.public_jwks()
    first = signing.verify_detached(b"old", old, jwks)
    second = signing.verify_detached(b"new", new, jwks)
    assert [key["kid"] for key in jwks["keys"]] == [second, first]


@given(payload=st.binary(max_size=200), at=st.integers(0), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_signature_is_found(payload, at, bit):
    signature = signing.sign_detached(payload).encode()
    at %= len(signature)
    changed = bytes([*signature[:at], signature[at] ^ 1 << bit, *signature[at + 1 :]])
    with pytest.raises(SignatureError):
        signing.verify_detached(payload, changed.decode("latin-1"), signing.public_jwks())


@given(payload=st.binary(), other=st.binary())
def test_a_signature_holds_for_its_own_bytes_only(payload, other):
    signature = signing.sign_detached(payload)
    if payload == other:
        return
    with pytest.raises(SignatureError):
        signing.verify_detached(other, signature, signing.public_jwks())


def test_a_payload_beyond_the_library_s_usual_limit_is_signed():
    payload = b"p" * 1_000_000
    signature = signing.sign_detached(payload)
    assert signing.verify_detached(payload, signature, signing.public_jwks())


def attached() -> str:
    row = signing.current_key()
    header = {"alg": "Ed25519", "kid": row.kid}
    return jws.serialize_compact(header, b"other words", row.private(), algorithms=["Ed25519"])


def without_kid() -> str:
    key = signing.current_key().private()
    whole = jws.serialize_compact({"alg": "Ed25519"}, b"the words", key, algorithms=["Ed25519"])
    return jws.detach_content(whole)


def unsigned() -> str:
    header = {"alg": "none", "kid": signing.current_key().kid}
    return f"{json_b64encode(header).decode()}.."


def by_a_stranger() -> str:
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    header = {"alg": "Ed25519", "kid": signing.current_key().kid}
    whole = jws.serialize_compact(header, b"the words", key, algorithms=["Ed25519"])
    return jws.detach_content(whole)


def with_the_public_key_as_a_shared_secret() -> str:
    row = signing.current_key()
    key = OctKey.import_key(row.private().as_dict(private=False)["x"])
    header = {"alg": "HS256", "kid": row.kid}
    return jws.detach_content(jws.serialize_compact(header, b"the words", key))


def with_a_header_that_is_no_object() -> str:
    return f"{json_b64encode('alg').decode()}..AAAA"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "forge",
    [
        attached,
        without_kid,
        unsigned,
        by_a_stranger,
        with_the_public_key_as_a_shared_secret,
        with_a_header_that_is_no_object,
        lambda: "",
        lambda: "a.b",
        lambda: "é..é",
        lambda: "\ud800..\ud800",
        lambda: signing.sign_detached(b"the words") + "\n",
    ],
)
def test_forged_signatures_are_refused(forge):
    with pytest.raises(SignatureError):
        signing.verify_detached(b"the words", forge(), signing.public_jwks())


@pytest.mark.parametrize("jwks", [{}, {"keys": []}, {"keys": None}, {"keys": ["x"]}, {"keys": 3}])
def test_garbage_for_keys_is_refused(jwks):
    with pytest.raises(SignatureError):
        signing.verify_detached(b"the words", signing.sign_detached(b"the words"), jwks)


def test_keys_of_other_kinds_beside_ours_do_no_harm():
    signature = signing.sign_detached(b"the words")
    jwks = signing.public_jwks()
    jwks["keys"] = [{"kty": "OKP", "crv": "X25519"}, {"kty": "AKP"}, *jwks["keys"]]
    assert signing.verify_detached(b"the words", signature, jwks)


@pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("basenc")), reason="openssl or basenc is missing"
)
def test_the_documented_commands_check_a_signature(tmp_path):
    lines = signing.__doc__.split("type:\n")[1].split("or with joserfc")[0].splitlines()
    script = "set -e\n" + "\n".join(line.removeprefix("    ") for line in lines)
    (tmp_path / "FILE").write_bytes(b"the words")
    (tmp_path / "FILE.jws").write_text(signing.sign_detached(b"the words"))
    environment = {"PATH": "/usr/bin:/bin", "X": signing.public_jwks()["keys"][0]["x"]}

    def checked() -> int:
        command = ["/bin/sh", "-c", script]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, check=False
        ).returncode

    assert checked() == 0
    (tmp_path / "FILE").write_bytes(b"the word.")
    assert checked() != 0


def test_canonical_json_sorts_keys_and_writes_instants_in_utc():
    berlin = timezone(timedelta(hours=2))
    value = {"b": (NOON, NOON.astimezone(berlin)), "a": "ä\n", "c": NOON.replace(microsecond=5)}
    assert canonical.dumps(value).decode() == (
        '{"a":"ä\\n","b":["2026-05-03T12:00:00Z","2026-05-03T12:00:00Z"],'
        '"c":"2026-05-03T12:00:00.000005Z"}'
    )


@pytest.mark.parametrize(
    "value", [{1: 2}, {"a": "\ud800"}, [float("nan")], 2**53, object(), NOON.replace(tzinfo=None)]
)
def test_what_has_no_place_in_json_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        canonical.dumps(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(value=json_values)
def test_canonical_json_loses_nothing(value):
    assert json.loads(canonical.dumps(value)) == value
