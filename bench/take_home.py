"""Ask for one member's archive, wait for it, and compare every text with what was sent."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from typing import Any

from bench.client import Browser, Page
from bench.play import Case, Person, Unexpected
from bench.report import Report

SECONDS = 300  # the longest that an archive may take
EVERY = 1.0
FILE = re.compile(r'href="(/account/archive/[0-9a-z]{26}/file)"')
THREAD = re.compile(r"[^/]+/data/threads/[0-9a-z]{20}\.json")


def check_archive(url: str, sign_ins: dict[str, Any], cases: list[Case], report: Report) -> str:
    """Take the first member's archive home; one line about it. What differs is a surprise."""
    person = Person("archive", sign_ins["members"][0], Browser(url, report.answered))
    mine = [case for case in cases if case.number % len(sign_ins["members"]) == 0 and case.path]
    try:
        person.sign_in(sign_ins["password"])
        page = download(person)
        differences = compare(page.body, mine)
    except Unexpected as problem:
        page = problem.page
        report.surprise(page.status, f"{page.method} {page.path}",
                        f"wanted {problem.wanted}: {page.excerpt()}")
        return "it could not be taken home"
    for difference in differences:
        report.surprise(page.status, page.path, difference)
    return (f"{len(page.body) / 1e6:.1f} MB, {len(mine) - len(differences)} of {len(mine)} texts "
            "unchanged in it")


def download(person: Person) -> Page:
    """The ZIP, once the server has made it.

    :raise Unexpected: it did not within `SECONDS`
    """
    page = person.page("/account/archive")
    known = set(FILE.findall(page.text))
    person.sent(person.browser.submit(person.form(page, "/account/archive"), {}))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        page = person.page("/account/archive")
        if made := [path for path in FILE.findall(page.text) if path not in known]:
            return person.page(made[0])
        time.sleep(EVERY)
    raise Unexpected(page, f"an archive within {SECONDS} s")


def compare(data: bytes, cases: list[Case]) -> list[str]:
    """What of these texts is not in the archive as it was sent, a line each."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        broken = archive.testzip()
        if broken:
            return [f"{broken} in the archive is damaged"]
        records = [json.loads(archive.read(name)) for name in archive.namelist()
                   if THREAD.fullmatch(name)]
    found = {record["id"]: record for record in records}
    return [difference for case in cases if (difference := _differs(case, found))]


def _differs(case: Case, found: dict[str, dict[str, Any]]) -> str:
    record = found.get(case.thread_id)
    if record is None:
        return f"{case.path} is not in the archive"
    if record["title"] != case.title:
        return f"{case.path}: the title {case.title!r} became {record['title']!r}"
    body = record["posts"][0]["body"]
    if body != case.text.replace("\r\n", "\n"):
        return f"{case.path}: the text {case.text[:80]!r} became {str(body)[:80]!r}"
    return ""
