"""Archives as others might make them: unpacked, changed, hashed anew, signed by whoever."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey

from parley.accounts.models import Account
from parley.archives import actions
from parley.archives.bag import BagWriter
from parley.kernel import clock

STRANGER = OKPKey.generate_key("Ed25519", auto_kid=True)


def signed_by(key: OKPKey) -> Callable[[bytes], str]:
    def sign(payload: bytes) -> str:
        header = {"alg": "Ed25519", "kid": key.kid}
        return jws.detach_content(
            jws.serialize_compact(header, payload, key, algorithms=["Ed25519"]))

    return sign


def contents(account: Account, folder: Path) -> dict[str, bytes]:
    """The payload of a person's archive, by its path below `data/`."""
    target = folder / "source.zip"
    actions.build_to(account, target)
    with zipfile.ZipFile(target) as opened:
        found = {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}
    return {name.removeprefix("data/"): data for name, data in found.items()
            if name.startswith("data/")}


def elsewhere(files: dict[str, bytes], url: str = "https://other.example/",
              keys: dict[str, Any] | None = None) -> dict[str, bytes]:
    """The same as another server would have made it."""
    manifest = json.loads(files["manifest.json"])
    manifest["server"] = {"name": "Other", "url": url}
    keys = keys or {"keys": [STRANGER.as_dict(private=False)]}
    return files | {"manifest.json": json.dumps(manifest).encode(),
                    "keys/jwks.json": json.dumps(keys).encode()}


def changed(files: dict[str, bytes], path: str, change: Callable[[Any], Any]) -> dict[str, bytes]:
    """With one JSON file changed; `change` may work in place."""
    value = json.loads(files[path])
    value = change(value) or value
    return files | {path: json.dumps(value).encode()}


def packed(files: dict[str, bytes], target: Path,
           sign: Callable[[bytes], str] | None = None) -> Path:
    """A whole bag with right hashes of these files."""
    out = io.BytesIO()
    with BagWriter(out, base="parley-archive-x", now=clock.now(), info={}) as bag:
        for path, data in files.items():
            bag.add(path, data)
        bag.close(sign or signed_by(STRANGER))
    target.write_bytes(out.getvalue())
    return target
