"""An archive is checked by others, without Parley, and by Parley in words."""

from __future__ import annotations

import io
import re
import subprocess
import textwrap
import zipfile
from pathlib import Path

import bagit
import pytest

from parley.archives import telling
from parley.kernel import signing
from tests.archives.test_bag import JWKS, entries, written, zipped

NOBODY = {"keys": []}


@pytest.fixture
def folder(archive, tmp_path):
    """It, unpacked."""
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        opened.extractall(tmp_path)
    return tmp_path / archive.base


def commands(readme: str) -> str:
    """The indented lines of README.txt."""
    return textwrap.dedent("\n".join(re.findall(r"^    .*$", readme, re.MULTILINE)))


def test_bagit_and_the_commands_of_the_readme_find_it_whole(folder):
    bagit.Bag(str(folder)).validate()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands((folder / "README.txt").read_text())],
        cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout


def test_the_commands_of_the_readme_find_a_change(folder):
    with (folder / "tagmanifest-sha512.txt").open("a") as manifest:
        manifest.write("\n")
    signature = commands((folder / "README.txt").read_text()).partition("\nX=")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "X=" + signature[2]],
        cwd=folder, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Verification Failure" in done.stdout + done.stderr


def told(content: bytes, tmp_path: Path, jwks: dict) -> telling.Told:
    path = tmp_path / "told.zip"
    path.write_bytes(content)
    return telling.tell(path, jwks)


def test_the_command_says_what_is_in_it(app, archive, tmp_path):
    file = tmp_path / "demo.zip"
    file.write_bytes(archive.content)
    done = app.test_cli_runner().invoke(args=["archive", "check", str(file)])
    assert done.exit_code == 0, done.output
    manifest = archive.json("manifest.json")
    handle = manifest["account"]["handle"]
    assert f"Archive of @{handle} at Parley (http://localhost/)" in done.output
    assert re.search(rf"^ +{manifest['counts']['threads']}  threads of their own$", done.output,
                     re.MULTILINE)
    assert "It is whole" in done.output
    assert f"a key that this server knows, {signing.current_key().kid}" in done.output


def test_a_changed_file_and_a_missing_signature_are_told(app, archive, tmp_path):
    contents = entries(archive.content)
    base = archive.base
    contents[f"{base}/data/account.json"] += b" "
    del contents[f"{base}/tagmanifest-sha512.txt.jws"]
    file = tmp_path / "changed.zip"
    file.write_bytes(zipped(contents))
    done = app.test_cli_runner().invoke(args=["archive", "check", str(file)])
    assert done.exit_code == 1
    assert "It is not whole:\n  data/account.json was changed.\n" in done.output
    assert "Nobody vouches for it." in done.output


def test_a_key_of_elsewhere_is_named_and_not_vouched_for(archive, tmp_path):
    found = told(archive.content, tmp_path, NOBODY)
    assert found.whole
    assert "which this server does not know" in found.lines[-1]
    assert "http://localhost/.well-known/jwks.json" in found.lines[-1]


def test_another_bag_says_nothing_of_itself(tmp_path):
    found = told(written({"index.html": b"", "manifest.json": b"[" * 100_000}), tmp_path, JWKS)
    assert found.whole
    assert found.lines[0] == "It does not say that it is of the format parley-archive/1."


def test_what_it_says_of_itself_does_not_move_a_terminal(tmp_path):
    manifest = b'{"account": {"handle": "\\u001b[2J\\u202e\\n"}, "counts": {"threads": "\\u0007"}}'
    found = told(written({"manifest.json": manifest}), tmp_path, JWKS)
    assert all(line.isprintable() for line in found.lines)


def test_what_is_no_archive_is_told(tmp_path):
    assert told(b"PK", tmp_path, JWKS) == telling.Told(
        ("This is no archive that can be read: This is not a whole ZIP file.",), False)
