"""The parts of a replay that need no server: titles, routes, the log, and the archive compared."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from typing import Any

from bench import acknowledged
from bench.acknowledged import Log
from bench.play import PLANS, Case
from bench.report import route_of
from bench.take_home import compare

ID = "06h00fw925gskff01caq"


def played(text: str, **changed: Any) -> tuple[Case, bytes]:
    """A case that was played, and an archive with its thread."""
    case = Case(0, text, "card_arrival", path=f"/threads/{ID}")
    record = {"id": ID, "title": case.title, "posts": [{"body": text}]} | changed
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(f"parley-archive/data/threads/{ID}.json", json.dumps(record))
        archive.writestr("parley-archive/data/schemas/thread.json", "{}")
    return case, data.getvalue()


def test_the_title_is_the_beginning_of_the_text():
    assert Case(0, "Where is my\ncard? " + "x" * 200, "card").title == (
        "Where is my card? " + "x" * 102)


def test_a_very_short_text_gets_a_title_that_says_more():
    assert Case(0, "Help", "card_arrival").title == "Help (card arrival)"


def test_ids_and_queries_go_from_a_route():
    assert route_of("GET", f"/threads/{ID}?from=51") == "GET /threads/<id>"
    assert route_of("GET", f"/account/archive/{'a' * 26}/file") == (
        "GET /account/archive/<secret>/file")


def test_forty_in_a_hundred_are_answered_and_twenty_get_help():
    steps = [[who for who, _ in plan] for plan in PLANS]
    assert sum("representative" in who for who in steps) == len(PLANS) * 0.4
    assert sum("advocate" in who for who in steps) == len(PLANS) * 0.2


def test_an_archive_that_holds_the_text_has_no_difference():
    case, data = played("Where is my card?\n\nI ordered it on Monday.")
    assert compare(data, [case]) == []


def test_a_changed_text_a_changed_title_and_a_missing_thread_are_found():
    case, data = played("Where is my card?", posts=[{"body": "Where is my card"}])
    assert "became 'Where is my card'" in compare(data, [case])[0]
    case, data = played("Where is my card?", title="Other")
    assert "became 'Other'" in compare(data, [case])[0]
    case.path = f"/threads/{ID[::-1]}"
    assert "is not in the archive" in compare(data, [case])[0]


def test_the_log_gives_back_what_was_acknowledged_before_an_instant(tmp_path):
    path = tmp_path / "log.jsonl"
    with closing(Log(path)) as log:
        log.add("thread", ID, "a\r\nb")
    line = next(acknowledged.read(path, before=9e9))
    assert (line["what"], line["thread"]) == ("thread", ID)
    assert line["sha256"] == acknowledged.sha256("a\nb")
    assert list(acknowledged.read(path, before=line["at"])) == []
