#!/usr/bin/env python3
"""What pages cost when a community has grown: CPU a request at a few thousand threads and at many.

    bench/multitude.py [--database sqlite|postgresql] [--seconds N] [--json PATH]

Two communities are served side by side. Both have the threads that the bench loads, spread over a
year; in the large one the database has copied them by the hundred, some under the same company's
page, most under pages of their own. Each page is measured in turn here and there, several times,
and the least counts: whatever else runs on the machine only adds. All readers are signed in, so no
page comes whole from the cache.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
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
from tests import postgres  # noqa: E402
from tests.web.crowd import listening  # noqa: E402
from tests.web.test_query_plans import faults, plan  # noqa: E402

MOST = 1.3  # times the CPU of a small community
POSTS = 20
OVER = timedelta(days=360)
ROUNDS = 3
MORE = {  # by database: how often the threads are copied here, and elsewhere
    "sqlite": Copies(here=49, elsewhere=50), "postgresql": Copies(here=49, elsewhere=450)}


@dataclass(frozen=True)
class Row:
    """One page at both sizes; CPU milliseconds a request, the database's own share included."""

    name: str
    small: float
    large: float

    @property
    def ratio(self) -> float:
        return self.large / self.small


@dataclass(frozen=True)
class Found:
    """What one database did: the pages, how many threads there were, and plans that are bad."""

    rows: list[Row]
    threads: int
    plans: list[str]

    @property
    def good(self) -> bool:
        return not self.plans and all(row.ratio <= MOST for row in self.rows)


def run(which: str, options: argparse.Namespace) -> Found:
    with contextlib.ExitStack() as stack:
        towns = [stack.enter_context(town(which, options.threads)) for _ in range(2)]
        large = towns[1]
        with db.database.connection_context():
            began = time.perf_counter()
            count = multiply(large.people.vendor.id, options.copies or MORE[which])
            note(f"{count:,} threads after {time.perf_counter() - began:.0f} s of copying")
            found = plans(large)
        small, big = ([*measures(one, stack.enter_context(one.served(options.workers)))]
                      for one in towns)
        rows = [Row(one.name, *least(one, other, options.seconds))
                for one, other in zip(small, big, strict=True)]
    return Found(rows, count, found)


@dataclass(frozen=True)
class Measure:
    """What is asked for, and how one asks it of one server for some seconds."""

    name: str
    take: Callable[[float], Result]


def least(small: Measure, large: Measure, seconds: float) -> list[float]:
    """The least CPU a request at both sizes, in turn."""
    rounds = [[cpu(one.take(seconds)) for one in (small, large)] for _ in range(ROUNDS)]
    return [min(column) for column in zip(*rounds, strict=True)]


def cpu(result: Result) -> float:
    return result.cpu_ms + result.database_ms


@dataclass
class Town:
    """A community, and how to start a server on it."""

    app: Flask
    environ: dict[str, str]
    people: people.People
    thread_ids: list[str]
    open_ids: list[str]
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


@contextlib.contextmanager
def town(which: str, threads: int) -> Iterator[Town]:
    """A community of its own database, which the models are pointed at."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, bench.database(
            which, Path(folder)) as (url, database_pid):
        port = servers.free_port()
        environ = {
            "PARLEY_DATA": folder, "PARLEY_DATABASE_URL": url, "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_LIMITS": "100000", "PARLEY_CHEAP_PASSWORDS": "1", "PARLEY_PORT": str(port),
            "PARLEY_BASE_URL": f"http://127.0.0.1:{port}"}
        app = create_app(Settings.from_env(environ))
        with db.database.connection_context():
            db.runner().up()
            made = people.make(members=40)
            thread_ids = load.load(made, threads, POSTS, over=OVER)
            settled()
            rows = Thread.select(Thread.id).where(
                Thread.status != "closed", Thread.id.in_(thread_ids[-900:])).limit(300)
            open_ids = [thread.id for thread in rows]
        yield Town(app, environ, made, thread_ids, open_ids, database_pid)


def measures(town: Town, site: Site) -> Iterator[Measure]:
    for name, path in town.pages().items():
        asks = [Ask(path, bench.cookie(site.browser_of(town.reader(name))))]
        yield Measure(name, partial(bench.measure_pages, name, site, asks))
    answers = _answers(town, site)
    yield Measure("answer", lambda seconds: bench.measure(
        "answer", site.server, answers, 1, seconds, town.database_pid))


def _answers(town: Town, site: Site) -> list[Ask]:
    """The company answers open threads, each of them again and again: all of them claims."""
    browser = site.browser_of(town.people.representative)
    first = f"/threads/{town.open_ids[0]}"
    form = browser.get(first).form(f"{first}/posts", "send")
    assert form is not None
    fields = form.filled({"body": "We looked into it, and it is on its way.", "form_key": KEY,
                          "purpose": "answer", "do": "send"})
    body = urlencode(fields, safe="@")
    return [Ask(f"/threads/{thread_id}/posts", bench.cookie(browser), body)
            for thread_id in town.open_ids]


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


def show(which: str, found: Found) -> None:
    print(f"{which:18}{'small':>10}{f'at {found.threads:,}':>18}{'ratio':>8}")
    for row in found.rows:
        print(f"{row.name:18}{row.small:10.2f}{row.large:18.2f}{row.ratio:8.2f}")
    print(f"plans that read or sort a big table whole: {len(found.plans)}")
    for fault in found.plans:
        print(f"  {fault}")


def here() -> list[str]:
    """The databases that can be measured on this machine."""
    if postgres.binaries():
        return list(MORE)
    note("PostgreSQL is not installed here; measuring SQLite only.")
    return ["sqlite"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures here as JSON")
    parser.add_argument("--database", choices=MORE,
                        help="only this one; postgresql means two private servers")
    parser.add_argument("--seconds", type=float, default=4,
                        help=f"of each measurement; {ROUNDS} at each size")
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
    found = {}
    for which in [chosen.database] if chosen.database else here():
        found[which] = run(which, chosen)
        show(which, found[which])
    if chosen.json:
        chosen.json.write_text(json.dumps({which: {
            "threads": one.threads, "plans": one.plans,
            "rows": [{"name": row.name, "small_cpu_ms": round(row.small, 3),
                      "large_cpu_ms": round(row.large, 3), "ratio": round(row.ratio, 2)}
                     for row in one.rows]} for which, one in found.items()}, indent=2) + "\n")
    return int(not all(one.good for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
