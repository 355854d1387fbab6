"""The page cache: whole bytes for readers without an account, before Flask.

A view that can be kept calls `reads(keys)` before it loads what it shows. The page is stored
with those version numbers; it is served again only while the database still says the same
numbers, and before `fresh_until`, the instant at which time alone would change it. A write
raises the versions in its own transaction, so no reader on any worker sees a page older than
what was acknowledged before.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee
from flask import g, has_request_context

from parley.kernel import clock, db, versions

MOST_BYTES = 64 * 1024 * 1024  # per worker


@dataclass(frozen=True)
class Kept:
    numbers: dict[str, int]
    fresh_until: datetime | None
    headers: list[tuple[str, str]]
    body: bytes
    etag: str


def reads(*keys: str) -> None:
    """Say which versions the page under way shows. Call it before loading them."""
    numbers = g.setdefault("reads", {})
    for key, number in versions.read(k for k in keys if k not in numbers).items():
        numbers[key] = number


def fresh_until(*instants: datetime | None) -> None:
    """The page under way changes by itself at the earliest of these."""
    for instant in instants:
        if instant is not None and (g.get("fresh_until") is None or instant < g.fresh_until):
            g.fresh_until = instant


def offered() -> tuple[dict[str, int], datetime | None] | None:
    """What the view said with `reads` and `fresh_until`, None when the page is not to be kept."""
    if has_request_context() and "reads" in g:
        return g.reads, g.get("fresh_until")
    return None


class Fragments:
    """Rendered parts of pages for signed-in readers, kept like whole pages: by versions.

    They may hold nothing that belongs to one session, such as a CSRF token.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.kept: OrderedDict[Any, tuple[dict[str, int], Any]] = OrderedDict()
        self.guard = threading.Lock()

    def get(self, key: Any, numbers: dict[str, int]) -> Any:
        """What was put for these very version numbers, or None."""
        found = self.kept.get(key)
        return found[1] if found is not None and found[0] == numbers else None

    def put(self, key: Any, numbers: dict[str, int], value: Any) -> None:
        """Keep a value made from data that was loaded after `numbers` were read."""
        with self.guard:
            self.kept.pop(key, None)
            self.kept[key] = (numbers, value)
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)


class PageCache:
    """WSGI middleware. The app puts `offered()` into `environ["parley.offer"]`."""

    def __init__(self, app: Callable, cookie: str) -> None:
        self.app = app
        self.cookie = cookie + "="
        self.pages: OrderedDict[str, Kept] = OrderedDict()
        self.bytes = 0
        self.guard = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or self.cookie in environ.get("HTTP_COOKIE", "")
        ):
            return self.app(environ, start_response)
        key = f"{environ.get('HTTP_HOST')} {environ['PATH_INFO']}?{environ.get('QUERY_STRING')}"
        kept = self.pages.get(key)
        if kept is not None and self.still_true(kept):
            return self.serve(kept, environ, start_response)
        return self.fill(key, environ, start_response)

    @staticmethod
    def still_true(kept: Kept) -> bool:
        if kept.fresh_until is not None and clock.now() >= kept.fresh_until:
            return False
        try:
            db.database.connect(reuse_if_open=True)
            return versions.read(kept.numbers) == kept.numbers
        except peewee.OperationalError:
            return False  # the app will find the same, and say it in words

    @staticmethod
    def serve(kept: Kept, environ: dict[str, Any], start_response: Callable) -> list[bytes]:
        if kept.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            small = [h for h in kept.headers if h[0] not in ("Content-Type", "Content-Length")]
            start_response("304 NOT MODIFIED", small)
            return []
        start_response("200 OK", kept.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [kept.body]

    def fill(self, key: str, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        seen: dict[str, Any] = {}

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable:
            seen.update(status=status, headers=headers)
            return lambda data: None

        result = self.app(environ, note)
        offer = environ.get("parley.offer")
        keep = (
            offer is not None
            and environ["REQUEST_METHOD"] == "GET"
            and seen["status"].startswith("200")
            and not any(name == "Set-Cookie" for name, _ in seen["headers"])
        )
        if not keep:
            start_response(seen["status"], seen["headers"])
            return result
        body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
        etag = '"' + hashlib.sha256(body).hexdigest()[:32] + '"'
        headers = [*seen["headers"], ("ETag", etag)]
        page = Kept(offer[0], offer[1], headers, body, etag)
        self.store(key, page)
        return self.serve(page, environ, start_response)

    def store(self, key: str, page: Kept) -> None:
        with self.guard:
            before = self.pages.pop(key, None)
            self.bytes += len(page.body) - (len(before.body) if before else 0)
            self.pages[key] = page
            while self.bytes > MOST_BYTES:
                _, oldest = self.pages.popitem(last=False)
                self.bytes -= len(oldest.body)
