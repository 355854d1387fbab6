"""The operator's pages: markdown in a folder, drafted once, never overwritten."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from parley.web import own_pages


@pytest.fixture
def folder(client, tmp_path, monkeypatch):
    monkeypatch.setattr(own_pages, "_folder", tmp_path / "pages")
    monkeypatch.setattr(own_pages, "_listed", (0, []))
    own_pages._kept.clear()
    (tmp_path / "pages").mkdir()
    (tmp_path / "secret.md").write_text("# Secret")
    yield tmp_path / "pages"
    own_pages._kept.clear()
    own_pages._listed = (0, [])


def put(folder, name, text, second=0):
    path = folder / f"{name}.md"
    path.write_text(text)
    at = datetime(2026, 5, 4, 12, 0, second, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    os.utime(folder, (at, at))


def test_drafts_are_written_once_and_never_over_anything(folder):
    (folder / "imprint.md").write_text("# Ours")
    assert own_pages.write_missing(folder, "Parley", "http://localhost") == [
        "privacy", "rules", "contact"]
    assert own_pages.write_missing(folder, "Parley", "http://localhost") == []
    assert (folder / "imprint.md").read_text() == "# Ours"
    assert "http://localhost/moderation/log" in (folder / "rules.md").read_text()


def test_pages_are_shown_and_linked_in_the_footer(folder, client):
    own_pages.write_missing(folder, "Parley", "http://localhost")
    put(folder, "about-us", "# Who we *are*\n\n## Why\n\nBecause <b>so</b>.")
    for name, title in (("imprint", "Imprint"), ("privacy", "Privacy"), ("rules", "Rules"),
                        ("contact", "Contact"), ("about-us", "Who we are")):
        page = client.get(f"/pages/{name}")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert f'<li><a href="/pages/{name}">{title}</a></li>' in page.text
    assert '<h2 dir="auto">Why</h2>' in page.text
    assert "&lt;b&gt;so&lt;/b&gt;" in page.text


def test_a_changed_file_is_shown_at_once_and_a_removed_one_is_gone(folder, client):
    put(folder, "rules", "# First")
    assert "<h1>First</h1>" in client.get("/pages/rules").text
    put(folder, "rules", "# Second", second=1)
    page = client.get("/pages/rules").text
    assert "<h1>Second</h1>" in page
    assert ">First<" not in page
    (folder / "rules.md").unlink()
    assert client.get("/pages/rules").status_code == 404


@pytest.mark.parametrize("name", [
    "nothing", "..%2fsecret", "%2e%2e/secret", "../secret", "rules.md", "RULES", ".hidden", "a/b",
    "%00", "x" * 81, "-", "..%5csecret", "link"])
def test_nothing_else_is_there(folder, client, name):
    (folder / ".hidden.md").write_text("# Hidden")
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    page = client.get(f"/pages/{name}")
    assert page.status_code == 404
    assert "Secret" not in page.text


def test_odd_files_do_no_harm(folder, client):
    (folder / "empty.md").write_text("")
    (folder / "latin.md").write_bytes(b"# Caf\xe9\n\nA \xff B")
    (folder / "large.md").write_text("x" * 300_000)
    (folder / "folder.md").mkdir()
    put(folder, "script", "# <script>alert(1)</script>\n\n<script>alert(1)</script>")
    assert "<h1>Empty</h1>" in client.get("/pages/empty").text
    assert client.get("/pages/latin").status_code == 200
    assert client.get("/pages/large").status_code == 404
    assert client.get("/pages/folder").status_code == 404
    assert "<script>" not in client.get("/pages/script").text


def test_without_the_folder_there_are_none(folder, client, monkeypatch):
    monkeypatch.setattr(own_pages, "_folder", folder / "missing")
    assert own_pages.listed() == []
    assert client.get("/help").status_code == 200
