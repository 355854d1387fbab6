"""What tests stand on: both databases, the app, people at browsers, a clock, and the mail.

A test that asks for `backend` (or `app`, `client` …) runs once on SQLite and once on
PostgreSQL, inside a transaction that is rolled back. What many tests begin with is made once
and kept by `staged`. A test of what committing does asks for `own_database` instead. Rules
need none of it.
"""

from __future__ import annotations

import copy
import gc
import importlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import peewee
import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from parley.accounts.models import Account, Session
from parley.config import Settings
from parley.kernel import clock, db, ids, rulebook
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.web.pagecache import PageCache
from tests import postgres

SECRET = "the tests keep no secrets, but the server wants a long one"
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
SERVER = postgres.binaries()
ON = os.environ.get("PARLEY_TEST_ON", "sqlite,postgres" if SERVER else "sqlite").split(",")
# Of tests that go through everything `make test` asks SQLite, and `make test-drills` PostgreSQL.
everything = pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=pytest.mark.drill) if k == "postgres" else k for k in ON],
    indirect=True, scope="session")
CLUSTER = pytest.StashKey[postgres.Cluster]()


# The databases


def pytest_configure(config: pytest.Config) -> None:
    if SERVER is None and os.environ.get("CI") == "true":
        raise pytest.UsageError("PostgreSQL is not installed, and CI tests on both databases.")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Collecting thousands of tests leaves no garbage to look for; later, look beside them."""
    gc.disable()
    result = yield
    gc.enable()
    gc.freeze()
    gc.set_threshold(700, 10, 40)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The controller starts the server; each xdist worker is told where it is."""
    node.workerinput["postgres"] = _template(node.config) if "postgres" in ON else None


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(CLUSTER, None)
    if cluster is not None:
        cluster.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if "postgres" not in ON:
        why = "is not installed" if SERVER is None else "was left out by PARLEY_TEST_ON"
        terminalreporter.write_line(
            f"PostgreSQL {why}: everything ran on SQLite only.", yellow=True, bold=True)


def _template(config: pytest.Config) -> str:
    """The URL of the migrated template; the server starts with the first who asks."""
    if hasattr(config, "workerinput"):
        return config.workerinput["postgres"]
    if CLUSTER not in config.stash:
        cluster = config.stash[CLUSTER] = postgres.Cluster(SERVER)
        cluster.execute(f"CREATE DATABASE {postgres.TEMPLATE}")
        migrate(cluster.url(postgres.TEMPLATE))
    return config.stash[CLUSTER].url(postgres.TEMPLATE)


def migrate(url: str) -> peewee.Database:
    """Connect Parley to a database, bring it up to date, and leave no connection open."""
    db.connect(url)
    db.database.connect(reuse_if_open=True)
    db.runner().up()
    db.database.close()
    return db.database.obj


@dataclass
class Stage:
    """What many tests begin with: the rows, what their maker returned, and the files."""

    real: peewee.Database
    made: Any
    files: dict[Path, bytes]

    def lay_files(self) -> None:
        """Write those anew that a test deleted."""
        for path, content in self.files.items():
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)


def _files(folder: Path) -> set[tuple[Path, int]]:
    """The files below it, each with when it was written."""
    return {(path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@dataclass
class Stores:
    """Where this process keeps its databases; each kind is made when first needed."""

    config: pytest.Config
    folder: Path
    known: dict[str, peewee.Database]
    spare: list[str]  # clean PostgreSQL databases; cloning one takes a third of a second
    stages: dict[tuple[str, Callable[[], Any]], Stage]

    def of(self, kind: str) -> peewee.Database:
        if kind not in self.known:
            self.known[kind] = self.connected(self.copy(kind, "tests"))
        return self.known[kind]

    def stage(self, kind: str, make: Callable[[], Any], data: Path) -> Stage:
        """What `make` leaves behind. It writes its files below `data`."""
        if (kind, make) not in self.stages:
            real, before = self.connected(self.copy(kind, f"stage{len(self.stages)}")), _files(data)
            with real.connection_context(), real.atomic():
                made = make()
            new = _files(data) - before
            new |= _files(data / "files")  # whose names go by their bytes: another test's, too
            files = {path: path.read_bytes() for path, _ in new}
            self.stages[kind, make] = Stage(real, made, files)
        return self.stages[kind, make]

    def take(self, kind: str) -> str:
        """The URL of a database with the tables and nothing in them, to be given back."""
        if kind == "postgres" and self.spare:
            return self.spare.pop()
        return self.copy(kind, f"own_{ids.new()}")

    def give_back(self, url: str) -> None:
        """Nobody is connected to it any more."""
        if url.startswith("postgres"):
            if postgres.empty(url):
                self.spare.append(url)
            else:
                postgres.drop(url)

    def copy(self, kind: str, name: str) -> str:
        if kind == "postgres":
            return postgres.clone(_template(self.config), f"parley_{os.getpid()}_{name}")
        template = self.folder / "template.sqlite"
        if not template.exists():
            migrate(f"sqlite:///{template}")
        shutil.copy(template, self.folder / f"{name}.sqlite")
        return f"sqlite:///{self.folder}/{name}.sqlite"

    @staticmethod
    def connected(url: str) -> peewee.Database:
        db.database.initialize(None)  # the one before may be in the middle of a test
        db.connect(url)
        return db.database.obj

    def close(self) -> None:
        for real in (*self.known.values(), *(stage.real for stage in self.stages.values())):
            real.close()


@pytest.fixture(scope="session")
def stores(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Stores]:
    found = Stores(request.config, tmp_path_factory.mktemp("databases"), {}, [], {})
    yield found
    found.close()


@pytest.fixture(scope="session", params=ON)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def backend(kind: str, stores: Stores) -> Iterator[str]:
    """`sqlite` or `postgres`: Parley's database for this test, undone afterwards."""
    with _undone(stores.of(kind)):
        yield kind


@contextmanager
def _undone(real: peewee.Database) -> Iterator[None]:
    """Parley works on this database meanwhile, and nothing of it stays."""
    db.database.initialize(real)
    db.database.connect(reuse_if_open=True)
    rulebook.forget()
    with db.database.transaction() as undone:
        yield
        undone.rollback()


@pytest.fixture
def staged(
    app: Flask, backend: str, stores: Stores
) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """`staged(make)`: what `make` returned, its rows and its files, as if it had run in this test.

    It runs once in this process, with its rows in a database of its own; each test gets a copy
    of what it returned. Rows that the test wrote before are out of sight.
    """
    data = app.extensions["parley.settings"].data
    with ExitStack() as stack:
        def enter(make: Callable[[], Any]) -> Any:
            stage = stores.stage(backend, make, data)
            stage.lay_files()
            stack.enter_context(_undone(stage.real))
            return copy.deepcopy(stage.made)

        yield enter
    db.database.initialize(stores.of(backend))


@pytest.fixture
def own_database(kind: str, stores: Stores) -> Iterator[str]:
    """The URL of an empty database of this test's own, where writes are really committed."""
    url = stores.take(kind)
    real = stores.connected(url)
    yield url
    real.close()
    if db.database.obj is not real:
        db.database.close()
    stores.give_back(url)


# The app, and people at browsers


class Form(HTMLParser):
    """The hidden fields of each form of a page, by the path it is sent to."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: dict[str, dict[str, str]] = {}
        self.open: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form" and of.get("method", "").lower() == "post":
            target = urlsplit(urljoin(self.address, of.get("action") or self.address)).path
            self.open = self.forms.setdefault(target, {})
        elif tag == "input" and of.get("type") == "hidden" and self.open is not None:
            self.open[of.get("name", "")] = of.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


class Client(FlaskClient):
    """A browser. An unexpected error fails the test at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tokens: dict[str, tuple[str, str]] = {}  # by the cookie: the one to hold, and a token

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        assert response.status_code != 500, f"500: {response.get_data(as_text=True)[:2000]}"
        return response

    def sign_in(self, account: Account) -> Client:
        """Let this browser hold a session of `account`, as after signing in."""
        token, now = ids.unguessable(), clock.now()
        Session.create(token_hash=ids.digest(token), account=account, created_at=now, seen_at=now)
        with self.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
        return self

    def twin(self) -> Client:
        """Another browser that holds the same session."""
        other = self.application.test_client()
        other.tokens = self.tokens
        if self.cookie:
            other.set_cookie("parley", self.cookie)
        return other

    def sign_out(self) -> Client:
        with self.session_transaction() as session:
            session.clear()
        return self

    @property
    def cookie(self) -> str:
        held = self.get_cookie("parley")
        return held.value if held else ""

    def token(self) -> str:
        """A CSRF token that holds for this browser."""
        before = self.cookie
        if not before or before not in self.tokens:
            with self.session_transaction() as session:
                raw = session.setdefault("csrf_token", secrets.token_hex(20))
            token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(raw)
            self.tokens[before] = self.tokens[self.cookie] = self.cookie, token
        after, token = self.tokens[before]
        self.set_cookie("parley", after)
        return token

    def post_form(
        self, url: str, data: dict[str, Any] | None = None, page: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Send a form. With `page` its hidden fields are read from the form on that page."""
        hidden = {"csrf_token": self.token()} if page is None else self.hidden(page, url)
        return self.post(url, data=hidden | (data or {}), **kwargs)

    def hidden(self, page: str, url: str) -> dict[str, str]:
        """The hidden fields of the form on `page` that is sent to `url`."""
        shown = self.get(page)
        assert shown.status_code == 200, f"{page}: {shown.status}"
        forms = Form(shown.get_data(as_text=True), page).forms
        target = urlsplit(url).path
        assert target in forms, f"{page} has no form for {target}, only for {sorted(forms)}"
        return dict(forms[target])


@pytest.fixture(scope="session")
def built(stores: Stores, tmp_path_factory: Any) -> Flask:
    """The app of this process. `backend` puts the database under it."""
    module = importlib.import_module("parley.app")  # rules are tested without it
    data = tmp_path_factory.mktemp("data")
    app = module.create_app(Settings(
        data=data, database_url=f"sqlite:///{data}/unused.sqlite", base_url="http://localhost",
        secret_key=SECRET, cheap_passwords=True, limits=10_000))
    app.test_client_class = Client
    return app


def forget_pages(app: Flask) -> None:
    """Forget pages and their parts: undoing a test lowers the versions that they are kept by."""
    importlib.import_module("parley.threads.thread_pages")._fragments.kept.clear()
    cache = app.wsgi_app
    assert isinstance(cache, PageCache)
    cache.pages.clear()
    cache.bytes = 0


@pytest.fixture
def app(built: Flask, backend: str) -> Flask:
    forget_pages(built)
    return built


@pytest.fixture
def client(app: Flask) -> Client:
    """A visitor's browser."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask) -> Callable[[Account], Client]:
    """`client_of(account)`: a browser in which that person is signed in."""
    return lambda account: app.test_client().sign_in(account)


@pytest.fixture
def run(app: Flask) -> Callable[..., str]:
    """`run("members", "grant", …)` gives the output; `fails=True` expects a refusal."""

    def run(*words: str, typed: str | None = None, fails: bool = False) -> str:
        result = app.test_cli_runner().invoke(args=list(words), input=typed)
        assert bool(result.exit_code) is fails, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.output

    return run


# The clock


class Travel:
    """A clock that stands still until told to move."""

    def __init__(self, stack: ExitStack, start: datetime) -> None:
        self._stack = stack
        self.to(start)

    def __call__(self, **delta: float) -> datetime:
        """`travel(days=3)`: that much later. Returns the new instant."""
        return self.to(self.now + timedelta(**delta))

    def to(self, instant: datetime) -> datetime:
        self._stack.close()
        self._stack.enter_context(clock.standing_at(instant))
        self.now = instant
        return instant


@pytest.fixture
def travel() -> Iterator[Travel]:
    """The clock stands at noon on 12 November 2026 (UTC); `travel(days=3)` moves it."""
    with ExitStack() as stack:
        yield Travel(stack, NOON)


@pytest.fixture
def frozen(travel: Travel) -> datetime:
    """The instant at which the clock stands."""
    return travel.now


# The outbox, and the mail in it


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    kind: str

    @property
    def links(self) -> list[str]:
        """The paths of this server's addresses in the text."""
        return re.findall(r"http://localhost(/\S*)", self.text)

    @property
    def link(self) -> str:
        return self.links[0]


class Mails:
    """All mail written in this test, oldest first, whether it went out yet or not."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def deliver(self, task: Task) -> None:
        self.message(task)
        self.sent.append(self._of(task))

    @staticmethod
    def message(task: Task) -> EmailMessage:
        return mail.message(task)

    @staticmethod
    def _of(task: Task) -> Mail:
        data = task.data
        return Mail(data["to"], data["subject"], data["text"], data["mail"])

    def all(self) -> list[Mail]:
        waiting = Task.select().where(Task.kind == "mail", Task.done_at.is_null())
        return self.sent + [self._of(task) for task in waiting.order_by(Task.id)]

    def to(self, address: str) -> list[Mail]:
        return [one for one in self.all() if one.to == address]

    def __iter__(self) -> Iterator[Mail]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __getitem__(self, index: int) -> Mail:
        return self.all()[index]


@pytest.fixture
def mails(app: Flask) -> Iterator[Mails]:
    """The mail of this test; `mails[-1].link` is the path to follow in the newest."""
    found = Mails()
    outbox.handle("mail", found.deliver)
    yield found
    outbox.handle("mail", mail.deliver)


@pytest.fixture
def outbox_run(app: Flask) -> Callable[[], int]:
    """`outbox_run()` carries out what is due, and fails when a task did."""

    def run() -> int:
        count = outbox.run_all()
        failed = [task.error for task in Task.select().where(Task.error != "")]
        assert not failed, failed
        return count

    return run
