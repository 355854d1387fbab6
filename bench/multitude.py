#!/usr/bin/env python3
"""What pages cost when a community has grown: CPU a request at a few thousand threads and at many.

    bench/multitude.py [--database sqlite|postgresql|URL] [--seconds N] [--json PATH]

The first measurement is with the threads that the bench loads, spread over a year; then the
database copies them by the hundred, some under the same company's page, most under pages of their
own, and the same pages are measured again. All readers are signed in, so no page comes whole from
the cache.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from flask import Flask  # noqa: E402

from bench import bench, load, people, servers  # noqa: E402
from bench.bench import SECRET, Result, Site, note  # noqa: E402
from bench.copies import Copies, multiply, settled  # noqa: E402
from bench.pressure import KEY, Ask  # noqa: E402
from parley.accounts.models import Account, Session  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.config import Settings  # noqa: E402
from parley.kernel import clock, db, ids  # noqa: E402
from parley.threads.models import Thread  # noqa: E402
from tests.web.crowd import listening  # noqa: E402
from tests.web.test_query_plans import faults, plan  # noqa: E402

MOST = 1.3  # times the CPU of a small community
POSTS = 20
OVER = timedelta(days=360)
MORE = {  # by database: how often the threads are copied here, and elsewhere
    True: Copies(here=49, elsewhere=50), False: Copies(here=49, elsewhere=450)}


@dataclass(frozen=True)
class Row:
    """One page at both sizes; CPU milliseconds a request, the database's own share included."""

    name: str
    small: Result
    large: Result

    @property
    def ratio(self) -> float:
        return cpu(self.large) / cpu(self.small)


def cpu(result: Result) -> float:
    return result.cpu_ms + result.database_ms


def run(options: argparse.Namespace) -> tuple[list[Row], int, list[str]]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, bench.database(
            options.database, Path(folder)) as (url, database_pid):
        port = servers.free_port()
        environ = {
            "PARLEY_DATA": folder, "PARLEY_DATABASE_URL": url, "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_LIMITS": "100000", "PARLEY_CHEAP_PASSWORDS": "1", "PARLEY_PORT": str(port),
            "PARLEY_BASE_URL": f"http://127.0.0.1:{port}"}
        town = filled(environ, options.threads, database_pid)
        small = measured(town, options)
        with db.database.connection_context():
            began = time.perf_counter()
            count = multiply(town.people.vendor.id, options.copies or MORE[db.is_sqlite()])
            note(f"{count:,} threads after {time.perf_counter() - began:.0f} s of copying")
            found = plans(town)
        large = measured(town, options)
    rows = [Row(one.name, one, other) for one, other in zip(small, large, strict=True)]
    return rows, count, found


@dataclass
class Town:
    """A community, and how to start a server on it."""

    app: Flask
    environ: dict[str, str]
    people: people.People
    thread_ids: list[str]
    database_pid: int | None

    @contextlib.contextmanager
    def served(self, workers: int) -> Iterator[Site]:
        port = int(self.environ["PARLEY_PORT"])
        with servers.granian("wsgi:app", port, self.environ, "/readyz", workers) as server:
            yield Site(server, self.people, self.thread_ids, self.database_pid)

    def pages(self) -> dict[str, str]:
        slug = self.people.vendor.slug
        return {"front": "/", "vendor": f"/vendors/{slug}",
                "scorecard": f"/vendors/{slug}/scorecard", "desk": f"/desk/{slug}"}

    def reader(self, name: str) -> Account:
        """Who looks at a page: at the desk somebody of the company, elsewhere a member."""
        if name != "desk":
            return self.people.members[0]
        assert self.people.representative is not None
        return self.people.representative


def filled(environ: dict[str, str], threads: int, database_pid: int | None) -> Town:
    app = create_app(Settings.from_env(environ))
    with db.database.connection_context():
        db.runner().up()
        made = people.make(members=40)
        thread_ids = load.load(made, threads, POSTS, over=OVER)
        settled()
    return Town(app, environ, made, thread_ids, database_pid)


def measured(town: Town, options: argparse.Namespace) -> list[Result]:
    with town.served(options.workers) as site:
        found = [
            bench.measure_pages(
                name, site, [Ask(path, bench.cookie(site.browser_of(town.reader(name))))],
                options.seconds)
            for name, path in town.pages().items()]
        found.append(bench.measure(
            "answer", site.server, _answers(site), 1, options.seconds, town.database_pid))
    return found


def _answers(site: Site) -> list[Ask]:
    """The company answers open threads, each of them again and again: all of them claims."""
    with db.database.connection_context():
        rows = Thread.select(Thread.id).where(
            Thread.status != "closed", Thread.id.in_(site.thread_ids[-900:])).limit(300)
        ids = [thread.id for thread in rows]
    browser = site.browser_of(site.people.representative)
    form = browser.get(f"/threads/{ids[0]}").form(f"/threads/{ids[0]}/posts", "send")
    assert form is not None
    fields = form.filled({"body": "We looked into it, and it is on its way.", "form_key": KEY,
                          "purpose": "answer", "do": "send"})
    body = urlencode(fields, safe="@")
    return [Ask(f"/threads/{thread_id}/posts", bench.cookie(browser), body) for thread_id in ids]


def plans(town: Town) -> list[str]:
    """What the queries of these pages do that they should not: read a big table whole, or sort
    it."""
    heard: dict[str, Any] = {}
    base = town.environ["PARLEY_BASE_URL"]
    for name, path in town.pages().items():
        browser, token = town.app.test_client(), ids.unguessable()
        now = clock.now()
        Session.create(token_hash=ids.digest(token), account=town.reader(name), created_at=now,
                       seen_at=now)
        with browser.session_transaction(base_url=base) as session:
            session["_user_id"], session["_fresh"] = token, True
        with listening() as statements:
            assert browser.get(path, base_url=base).status_code == 200, path
        heard |= {sql: (name, params) for sql, params in statements}
    return [f"{name}: {fault}\n  {sql}" for sql, (name, params) in heard.items()
            if sql.startswith("SELECT") for fault in faults(sql, plan(sql, params))]


def show(rows: list[Row], count: int, found: list[str]) -> None:
    print(f"{'CPU ms a request':18}{'small':>10}{f'at {count:,}':>18}{'ratio':>8}")
    for row in rows:
        print(f"{row.name:18}{cpu(row.small):10.2f}{cpu(row.large):18.2f}{row.ratio:8.2f}")
    print(f"plans that read or sort a big table whole: {len(found)}")
    for fault in found:
        print(f"  {fault}")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures here as JSON")
    parser.add_argument("--database", default="sqlite",
                        help="sqlite (default), postgresql (a private one), or the URL of an "
                        "empty database")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--threads", type=int, default=2000, help="before they are copied")
    parser.add_argument("--copies", type=_copies, metavar="HERE,ELSEWHERE",
                        help="how often they are copied under the same page, and elsewhere; by "
                        "default 49,50 (200,000 threads) on SQLite and 49,450 (1,000,000) else")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _copies(text: str) -> Copies:
    return Copies(*map(int, text.split(",")))


def main() -> int:
    chosen = options()
    rows, count, found = run(chosen)
    show(rows, count, found)
    if chosen.json:
        chosen.json.write_text(json.dumps({
            "threads": count, "plans": found,
            "rows": [{"name": row.name, "small_cpu_ms": round(cpu(row.small), 3),
                      "large_cpu_ms": round(cpu(row.large), 3), "ratio": round(row.ratio, 2)}
                     for row in rows]}, indent=2) + "\n")
    return int(bool(found) or any(row.ratio > MOST for row in rows))


if __name__ == "__main__":
    sys.exit(main())
