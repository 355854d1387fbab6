#!/usr/bin/env python3
"""What pages cost when a community has grown: CPU a request at a few thousand threads and at many.

    bench/multitude.py [--database sqlite|postgresql|URL] [--seconds N] [--json PATH]

The first measurement is with the threads that the bench loads; then the database copies them by
the hundred, some under the same company's page, most under pages of their own, and the same pages
are measured again. All readers are signed in, so no page comes whole from the cache.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import bench, load, people, servers  # noqa: E402
from bench.bench import SECRET, WRITERS, Result, Site, note  # noqa: E402
from bench.copies import Copies, multiply  # noqa: E402
from bench.pressure import KEY, Ask  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.config import Settings  # noqa: E402
from parley.kernel import db  # noqa: E402
from parley.scorecards import actions as scorecards  # noqa: E402
from parley.threads.models import Thread  # noqa: E402
from tests.web.crowd import listening  # noqa: E402
from tests.web.test_query_plans import faults, plan  # noqa: E402

MOST = 1.3  # times the CPU of a small community
POSTS = 20
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
        environ = {
            "PARLEY_DATA": folder, "PARLEY_DATABASE_URL": url, "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_LIMITS": "100000", "PARLEY_CHEAP_PASSWORDS": "1"}
        made, thread_ids = filled(environ, options.threads)
        small = measured(environ, made, thread_ids, options, database_pid)
        with db.database.connection_context():
            began = time.perf_counter()
            count = multiply(made.vendor.id, options.copies or MORE[db.is_sqlite()])
            note(f"{count:,} threads after {time.perf_counter() - began:.0f} s of copying")
            found = plans(made)
        large = measured(environ, made, thread_ids, options, database_pid)
    rows = [Row(one.name, one, other) for one, other in zip(small, large, strict=True)]
    return rows, count, found


def filled(environ: dict[str, str], threads: int) -> tuple[people.People, list[str]]:
    create_app(Settings.from_env(environ))
    with db.database.connection_context():
        db.runner().up()
        made = people.make(members=40)
        thread_ids = load.load(made, threads, POSTS)
        with db.write():
            for start in range(0, len(thread_ids), 500):
                scorecards.settle(thread_ids[start:start + 500])
        if not db.is_sqlite():
            db.database.execute_sql("ANALYZE")
    return made, thread_ids


def paths(made: people.People) -> dict[str, str]:
    slug = made.vendor.slug
    return {"front": "/", "vendor": f"/vendors/{slug}", "late": f"/vendors/{slug}?show=late",
            "scorecard": f"/vendors/{slug}/scorecard", "desk": f"/desk/{slug}"}


def measured(environ: dict[str, str], made: people.People, thread_ids: list[str],
             options: argparse.Namespace, database_pid: int | None) -> list[Result]:
    port = servers.free_port()
    environ = environ | {"PARLEY_PORT": str(port), "PARLEY_BASE_URL": f"http://127.0.0.1:{port}"}
    with servers.granian("wsgi:app", port, environ, "/readyz", options.workers) as server:
        site = Site(server, made, thread_ids, database_pid)
        reader, answers = bench.cookie(site.browser(0)), site.browser_of(made.representative)
        found = [
            bench.measure_pages(
                name, site, [Ask(path, bench.cookie(answers) if name == "desk" else reader)],
                options.seconds)
            for name, path in paths(made).items()]
        found.append(bench.measure(
            "answer", server, list(_answers(site, answers)), WRITERS, options.seconds,
            database_pid))
    return found


def _answers(site: Site, browser: Any) -> Iterator[Ask]:
    """The company answers open threads, each of them again and again: all of them claims."""
    with db.database.connection_context():
        rows = Thread.select(Thread.id).where(
            Thread.vendor == site.people.vendor.id, Thread.status != "closed",
            Thread.id.in_(site.thread_ids[-900:])).limit(300)
        ids = [thread.id for thread in rows]
    form = browser.get(f"/threads/{ids[0]}").form(f"/threads/{ids[0]}/posts", "send")
    fields = form.filled({"body": "We looked into it, and it is on its way.", "form_key": KEY,
                          "purpose": "answer", "do": "send"})
    for thread_id in ids:
        yield Ask(f"/threads/{thread_id}/posts", bench.cookie(browser), bench.encoded(fields))


def plans(made: people.People) -> list[str]:
    """What the queries of these pages do that they should not: read a big table whole, or sort
    it."""
    app = create_app(Settings.from_env(_in_process()))
    heard: dict[str, Any] = {}
    for name, path in paths(made).items():
        browser = app.test_client()
        who = made.representative if name == "desk" else made.members[0]
        browser.post("/sign-in", data={"email": who.email, "password": made.password})
        with listening() as statements:
            browser.get(path)
        heard |= {sql: (name, params) for sql, params in statements}
    return [f"{name}: {fault}\n  {sql}" for sql, (name, params) in heard.items()
            if sql.startswith("SELECT") for fault in faults(sql, plan(sql, params))]
