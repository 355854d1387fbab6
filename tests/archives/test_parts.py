"""A part of what is somebody's: of one company, of one year, or without files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from parley.archives import actions
from parley.kernel.errors import Invalid
from parley.kernel.parts import Part
from parley.threads.models import Post, Thread
from tests import factories as make
from tests.archives.rows import PIXEL, Rich, make_thread
from tests.archives.rows import archive_of as whole

OLD = datetime(2024, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def archive_of(life: Rich, folder, **part):
    return whole(life.ada, folder, Part(**part))


def test_of_one_company_only_what_concerns_it(life, tmp_path):
    elsewhere = make_thread(life.ada, make.make_vendor(name="South Rail"), "Somewhere else")
    archive = archive_of(life, tmp_path, vendor=life.vendor.id)
    assert f"threads/{life.own.id}.json" in archive
    assert archive.mentions("Somewhere else") == archive.mentions(elsewhere.id) == []
    assert archive.mentions("South Rail") == []
    assert archive.json("representations.json")[0]["vendor"] == "North Rail"
    assert "payments.csv" not in archive
    assert "sessions.json" not in archive
    assert archive.json("problems.json")["named"][0]["title"] == "Gates close early"
    assert archive.json("manifest.json")["part"]["vendor"]["name"] == "North Rail"
    assert archive_of(life, tmp_path, vendor=elsewhere.vendor_id).mentions("North Rail") == []


def test_of_one_year_only_what_is_of_it(life, tmp_path):
    Thread.update(opened_at=OLD).where(Thread.id == life.own.id).execute()
    Post.update(created_at=OLD).where(Post.id == life.reply.id).execute()
    of_2024, of_2026 = (archive_of(life, tmp_path, year=year) for year in (2024, 2026))
    assert of_2024.below("threads/", ".json") == [f"threads/{life.own.id}.json"]
    assert of_2024.below("replies/", ".json") == [f"replies/{life.other.id}.json"]
    assert of_2026.below("threads/", ".json") == of_2026.below("replies/", ".json") == []
    assert (of_2024.json("me-too.json"), len(of_2026.json("me-too.json"))) == ([], 1)
    assert of_2026.json("manifest.json")["part"]["year"] == 2026


def test_without_files_they_are_named_only(life, tmp_path):
    archive = archive_of(life, tmp_path, text_only=True)
    assert archive.below("media/", "") == []
    assert archive.mentions((PIXEL + b"ada").decode(errors="replace")) == []
    assert archive.json("media.json")[0]["sha256"] == life.own_file.sha256
    assert archive.json(f"replies/{life.other.id}.json")["posts"][0]["files"][0]["path"] is None
    assert "<img" not in archive.text(f"replies/{life.other.id}.html")


def test_a_part_says_what_it_leaves_out(life, tmp_path):
    archive = archive_of(life, tmp_path, vendor=life.vendor.id, year=2026, text_only=True)
    left_out = {item["what"] for item in archive.json("manifest.json")["left_out"]}
    assert {"what is not of 2026", "your files; they are named with their SHA-256"} <= left_out
    assert "A part of what Parley keeps of you, what concerns North Rail" in (
        archive.text("index.html"))


def test_a_part_is_named_in_words(life):
    assert actions.part_of(" north rail ", "2026", False) == Part(life.vendor.id, 2026)
    assert actions.part_of("", " ", True) == Part(text_only=True)


@pytest.mark.parametrize("year", ["2027", "1969", "20260", "two", "²026", "-1", "9" * 5000])
def test_a_year_that_is_none_is_told(life, year):
    with pytest.raises(Invalid) as told:
        actions.part_of("nobody has this name", year, False)
    assert set(told.value.errors) == {"company", "year"}


def test_the_page_asks_for_a_part_and_keeps_what_was_typed(life, client_of, outbox_run):
    browser = client_of(life.ada)
    typed = {"company": "North Rail", "year": "20x", "text_only": "1"}
    wrong = browser.post_form("/account/archive", typed)
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)
    assert "Name a year" in page
    assert 'value="North Rail"' in page
    assert 'value="20x"' in page
    browser.post_form("/account/archive", {"company": "North Rail", "year": "2026"})
    (archive,) = actions.of(life.ada)
    assert archive.part == Part(life.vendor.id, 2026)
    outbox_run()
    page = browser.get("/account/archive").get_data(as_text=True)
    assert "North Rail, 2026" in " ".join(page.split())
