"""Real browsers before a real server: Chromium, and the demo community over HTTP on loopback.

The server runs in threads of this process, so that a test sets the clock for both and carries
out the outbox when it wants to. Each test gets the community as it was seeded.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    Route,
    sync_playwright,
)
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

from parley.accounts.models import Account, Session
from parley.app import COOKIE, create_app
from parley.config import Settings
from parley.demo import seeding
from parley.kernel import clock, db, ids
from parley.outbox import actions as outbox
from parley.outbox import worker
from parley.outbox.models import Task
from tests.conftest import Travel, forget_pages, migrate
from tests.vendors.loopback import internet, servers

__all__ = ["internet", "servers"]  # of claims

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
PATIENCE = 10_000  # milliseconds that a page may take
PAGE_STATUS = "Failed to load resource"  # Chromium's word on 4xx; `watch` looks at those itself


@dataclass
class Site:
    """The running server, and the files of the community it serves."""

    app: Flask
    server: BaseWSGIServer
    data: Path
    seeded: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def reset(self) -> None:
        """Let the community be as it was seeded."""
        db.database.close()
        shutil.rmtree(self.data / "mail", ignore_errors=True)
        for file in self.data.glob("parley.sqlite*"):
            file.unlink()
        shutil.copy(self.seeded, self.data / "parley.sqlite")
        forget_pages(self.app)
        db.database.connect()


class Handler(WSGIRequestHandler):
    def log(self, *args: Any) -> None:
        """Say nothing: the tests look at what comes back."""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo at a free port, with its database seeded as of NOW."""
    data = tmp_path_factory.mktemp("served")
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True, request_handler=Handler)
    app = create_app(Settings(data=data, demo=True, port=server.server_port,
                              cheap_passwords=True, limits=100_000))
    server.app = lambda environ, start: ClosingIterator(
        app(environ, start), db.database.close)  # each request has a thread of its own
    url = f"sqlite:///{data}/parley.sqlite"
    migrate(url)
    with clock.standing_at(NOW):
        db.database.connect()
        seeding.seed(NOW)
        db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.database.close()
    site = Site(app, server, data, shutil.copy(data / "parley.sqlite", data / "seeded"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def _not_yet(environ: dict[str, Any], start: Callable) -> list[bytes]:
    start("503 NOT YET", [])
    return []


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    """The server with the community as seeded, at NOW."""
    db.connect(f"sqlite:///{served.data}/parley.sqlite")
    served.reset()
    yield served
    db.database.close()


@pytest.fixture
def travel(site: Site) -> Iterator[Travel]:
    """The clock of server and test stands at NOW; `travel(days=3)` moves it."""
    with ExitStack() as stack:
        yield Travel(stack, NOW)


@pytest.fixture
def jobs(site: Site) -> Callable[[], None]:
    """`jobs()`: what the jobs process does, once. A task that fails fails the test."""

    def run() -> None:
        worker.sweep_all()
        outbox.run_all()
        failed = [task.error for task in Task.select().where(Task.error != "")]
        assert not failed, failed

    return run


# Browsers


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Browsers:
    """Opens a browser for each person; notes what no page may do."""

    site: Site
    chromium: Browser
    wrong: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, email: str | None = None, **options: Any) -> Page:
        """A fresh browser, signed in as a person of the demo when `email` is given.

        `options` are playwright's, such as `java_script_enabled` or `color_scheme`.
        """
        context = self.chromium.new_context(
            base_url=self.site.base, viewport=options.pop("viewport", {"width": 1280,
                                                                       "height": 900}), **options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        self.watch(context)
        if email:
            self.sign_in(context, email)
        return context.new_page()

    def sign_in(self, context: BrowserContext, email: str) -> None:
        """Give the browser the cookie that it would have after signing in."""
        token, now = ids.unguessable(), clock.now()
        Session.create(token_hash=ids.digest(token), account=Account.get(email=email),
                       created_at=now, seen_at=now)
        cookies = SecureCookieSessionInterface().get_signing_serializer(self.site.app)
        context.add_cookies([{"name": COOKIE, "url": self.site.base,
                              "value": cookies.dumps({"_user_id": token, "_fresh": True})}])

    def watch(self, context: BrowserContext) -> None:
        context.route(lambda url: not url.startswith(self.site.base + "/"), self.stop)
        context.on("console", self.heard)
        context.on("weberror", lambda error: self.wrong.append(f"script: {error.error}"))
        context.on("response", self.came)

    def stop(self, route: Route) -> None:
        self.wrong.append(f"asked another host: {route.request.url}")
        route.abort()

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and PAGE_STATUS not in message.text:
            self.wrong.append(f"console: {message.text}")

    def came(self, response: Response) -> None:
        part = not response.request.is_navigation_request()
        if response.status >= 500 or (part and response.status >= 400):
            self.wrong.append(f"{response.status}: {response.url}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert not self.wrong, self.wrong


@pytest.fixture
def browsers(site: Site, travel: Travel, chromium: Browser) -> Iterator[Browsers]:
    """`browsers.open("member@demo.example")` is a page. Other hosts and errors fail the test."""
    found = Browsers(site, chromium)
    yield found
    found.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser that leaves a page drops what it was fetching; the test server then warns."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings(
                "ignore::pytest.PytestUnraisableExceptionWarning"))
