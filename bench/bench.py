#!/usr/bin/env python3
"""How fast Parley is beside a Flask hello-world on the same server settings.

    bench/bench.py [--database sqlite|postgresql|URL] [--seconds N] [--json PATH]
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
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import load, people, pressure, servers  # noqa: E402
from bench.client import Browser  # noqa: E402
from bench.pressure import Answered, Ask  # noqa: E402
from parley.accounts.models import Account  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.config import Settings  # noqa: E402
from parley.kernel import db  # noqa: E402
from parley.threads.models import Post  # noqa: E402
from tests import postgres  # noqa: E402

READERS = 8  # connections at once on pages
WRITERS = 4
PAGES = 50  # distinct thread pages asked for in turn: more than one, and all stay warm
DISTINCT_REPLIES = 500  # threads that each writer replies in, over and over
SECRET = "the bench keeps no secrets, but the server wants a long one"
AIMS = {"vendor_anon": 1.0, "thread_anon": 1.0, "thread_signed_in": 0.1}


@dataclass(frozen=True)
class Result:
    """One line of the table; CPU in milliseconds a request, `database_ms` PostgreSQL's share."""

    name: str
    answered: Answered
    cpu_ms: float
    database_ms: float


@dataclass(frozen=True)
class Site:
    """A running Parley with the bench's threads in it."""

    server: servers.Server
    people: people.People
    thread_ids: list[str]
    database_pid: int | None

    def browser(self, number: int) -> Browser:
        """A member who has just signed in."""
        return self.browser_of(self.people.members[number])

    def browser_of(self, person: Account) -> Browser:
        """Somebody who has just signed in."""
        browser = Browser(self.server.url)
        form = browser.get("/sign-in").form("/sign-in")
        assert form is not None
        page = browser.submit(
            form, {"email": person.email, "password": self.people.password})
        if page.status not in (302, 303):
            raise SystemExit(f"Signing in as {person.email} answered {page.status}.")
        browser.get(f"/threads/{self.thread_ids[0]}")  # the first form puts its token into a cookie
        return browser


@contextlib.contextmanager
def database(which: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """The URL of an empty database, and the process that leads its server if we started one."""
    if which == "sqlite":
        yield f"sqlite:///{folder}/parley.sqlite", None
    elif which == "postgresql":
        binaries = postgres.binaries()
        if binaries is None:
            raise SystemExit("PostgreSQL is not installed here; give --database a URL.")
        # What a test may forget after a crash, a bench may not.
        postgres.FAST.update(fsync="on", full_page_writes="on", shared_buffers="128MB")
        cluster = postgres.Cluster(binaries)
        try:
            cluster.execute("CREATE DATABASE bench")
            yield cluster.url("bench"), cluster.keeper.pid
        finally:
            cluster.stop()
    else:
        yield which, None


@contextlib.contextmanager
def parley(options: argparse.Namespace, folder: Path) -> Iterator[Site]:
    with database(options.database, folder) as (url, database_pid):
        port = servers.free_port()
        environ = {
            "PARLEY_DATA": str(folder), "PARLEY_DATABASE_URL": url, "PARLEY_PORT": str(port),
            "PARLEY_BASE_URL": f"http://127.0.0.1:{port}", "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_LIMITS": "100000", "PARLEY_CHEAP_PASSWORDS": "1"}
        made, thread_ids = filled(environ, options)
        with servers.granian("wsgi:app", port, environ, "/readyz", options.workers) as server:
            yield Site(server, made, thread_ids, database_pid)


def filled(environ: dict[str, str], options: argparse.Namespace) -> tuple[people.People, list[str]]:
    begun = time.perf_counter()
    create_app(Settings.from_env(environ))
    with db.database.connection_context():
        db.runner().up()
        made = people.make(members=40)
        thread_ids = load.load(made, options.threads, options.posts)
        if not db.is_sqlite():
            db.database.execute_sql("ANALYZE")  # else the server begins with it while we measure
    note(f"{len(thread_ids):,} threads of {options.posts} posts in "
         f"{time.perf_counter() - begun:.1f} s")
    return made, thread_ids


def measure(name: str, server: servers.Server, asks: list[Ask], at_once: int, seconds: float,
            database_pid: int | None = None) -> Result:
    """Warm up, then press, with the CPU that the server's processes used meanwhile."""
    note(f"{name} …")
    pressure.press(server.url, asks, 1, at_once)
    before, database_before = server.use().cpu, _cpu(database_pid)
    answered = pressure.press(server.url, asks, seconds, at_once)
    used, database_used = server.use().cpu - before, _cpu(database_pid) - database_before
    if answered.failures or not answered.requests:
        raise SystemExit(f"{name}: {answered.failures} of {answered.requests} requests failed.")
    return Result(name, answered, 1000 * used / answered.requests,
                  1000 * database_used / answered.requests)


def _cpu(pid: int | None) -> float:
    return servers.use_of(pid).cpu if pid else 0.0


def measure_pages(name: str, site: Site, asks: list[Ask], seconds: float) -> Result:
    """Measure pages that are each looked at before, and whose sizes are compared afterwards."""
    expected = sum(_looked_at(site, ask) for ask in asks) / len(asks)
    result = measure(name, site.server, asks, READERS, seconds, site.database_pid)
    size = result.answered.bytes / result.answered.requests
    if not 0.9 * expected < size < 1.1 * expected + 2000:  # the load counts the headers too
        raise SystemExit(f"{name}: answers of {size:.0f} bytes where {expected:.0f} were expected.")
    return result


def _looked_at(site: Site, ask: Ask) -> int:
    browser = Browser(site.server.url)
    if ask.cookie:
        browser.cookies = dict(part.split("=", 1) for part in ask.cookie.split("; "))
    page = browser.get(ask.path)
    browser.close()
    if page.status != 200:
        raise SystemExit(f"{ask.path} answered {page.status}:\n{page.text[:500]}")
    return len(page.body)


def measure_replies(site: Site, seconds: float) -> Result:
    """Four members reply in threads of others; every answer must have become a post."""
    asks = [ask for number in range(WRITERS) for ask in _replies(site, number)]
    before = _posts()
    result = measure("reply", site.server, asks, WRITERS, seconds, site.database_pid)
    # The warm-up's posts are extra, so there is at least one for each answer.
    if _posts() - before < result.answered.requests:
        raise SystemExit("reply: there are fewer posts than answers.")
    return result


def _posts() -> int:
    with db.database.connection_context():
        return Post.select().count()


def _replies(site: Site, number: int) -> list[Ask]:
    browser = site.browser(number)
    author = len(site.people.members)
    others = [i for n, i in enumerate(site.thread_ids) if n % author >= WRITERS]
    mine = others[number::WRITERS][:DISTINCT_REPLIES]
    form = browser.get(f"/threads/{mine[0]}").form(f"/threads/{mine[0]}/posts", "send")
    if form is None:
        raise SystemExit("A member finds no form to reply with on a thread's page.")
    words = " ".join(load.SENTENCES[:6])[: load.CHARACTERS]
    fields = form.filled({"body": words, "form_key": pressure.KEY, "do": "send"})
    body = urlencode(fields, safe="@")
    return [Ask(f"/threads/{i}/posts", cookie(browser), body) for i in mine]


def cookie(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def run(options: argparse.Namespace) -> tuple[list[Result], dict[str, servers.Use]]:
    port = servers.free_port()
    with servers.granian("bench.hello:app", port, {}, "/", options.workers) as hello:
        results = [measure("hello", hello, [Ask("/")], READERS, options.seconds)]
        memory = {"hello": hello.use()}
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, \
            parley(options, Path(folder)) as site:
        pages = [f"/threads/{i}" for i in site.thread_ids[-PAGES:]]
        member = cookie(site.browser(0))
        vendor = f"/vendors/{site.people.vendor.slug}"
        for name, asks in (
            ("vendor_anon", [Ask(vendor)]),
            ("thread_anon", [Ask(path) for path in pages]),
            ("thread_signed_in", [Ask(path, member) for path in pages]),
        ):
            results.append(measure_pages(name, site, asks, options.seconds))
        results.append(measure_replies(site, options.seconds))
        memory["parley"] = site.server.use()
    return results, memory


def as_json(results: list[Result]) -> list[dict[str, object]]:
    hello = results[0].answered.rps
    return [
        {"name": r.name, "rps": round(r.answered.rps, 1), "p50_ms": round(r.answered.p50_ms, 3),
         "p99_ms": round(r.answered.p99_ms, 3), "cpu_ms": round(r.cpu_ms, 3),
         "ratio": round(r.answered.rps / hello, 3)}
        for r in results
    ]


def show(results: list[Result], memory: dict[str, servers.Use]) -> None:
    hello = results[0].answered.rps
    print(f"{'':18}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'db CPU ms':>11}"
          f"{'of hello':>10}")
    for r in results:
        a = r.answered
        print(f"{r.name:18}{a.rps:11,.0f}{a.p50_ms:9.2f}{a.p99_ms:9.2f}{r.cpu_ms:9.2f}"
              f"{r.database_ms:11.2f}{a.rps / hello:10.2f}")
    for name, use in memory.items():
        print(f"memory of {name}: {use.rss:.0f} MB, at most {use.peak:.0f} MB")


def note(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures here as JSON")
    parser.add_argument("--database", default="sqlite",
                        help="sqlite (default), postgresql (a private one), or the URL of an "
                        "empty database")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--threads", type=int, default=2000)
    parser.add_argument("--posts", type=int, default=20, help="in each thread")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def main() -> None:
    chosen = options()
    note(f"{chosen.database}, {chosen.workers} workers with one thread each, load from "
         f"{'wrk' if pressure.WRK else 'Python (install wrk for a lighter hand)'}")
    results, memory = run(chosen)
    show(results, memory)
    if chosen.json:
        chosen.json.write_text(json.dumps(as_json(results), indent=2) + "\n")


if __name__ == "__main__":
    main()
