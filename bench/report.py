"""What a replay saw: a bar while it runs, and the totals and surprises at its end."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass

from bench.client import Page

WIDTH = 30
BAR_EVERY, LINE_EVERY = 0.2, 15.0  # seconds; a file gets a line now and then
SECRET = re.compile(r"/[0-9a-hjkmnp-tv-z]{26}(?=/|$)")
ID = re.compile(r"/[0-9a-hjkmnp-tv-z]{20}(?=/|$)")


@dataclass(frozen=True)
class Surprise:
    """A response that should not have come, or a text that did not come back."""

    status: int
    url: str
    excerpt: str


def route_of(method: str, path: str) -> str:
    """The route behind a path: ids become `<id>`, queries go."""
    plain = SECRET.sub("/<secret>", path.partition("?")[0].partition("#")[0])
    return f"{method} {ID.sub('/<id>', plain)}"


class Report:
    """Counts answers from many threads; `cases` is how many texts there are to play."""

    def __init__(self, cases: int) -> None:
        self.cases = cases
        self.done = 0
        self.begun = time.perf_counter()
        self.seconds = 0.0
        self.shown = 0.0
        self.routes: Counter[str] = Counter()
        self.took: dict[str, float] = {}
        self.events: Counter[str] = Counter()
        self.unexpected: list[Surprise] = []
        self.guard = threading.Lock()

    def answered(self, page: Page) -> None:
        route = route_of(page.method, page.path)
        with self.guard:
            self.routes[route] += 1
            self.took[route] = self.took.get(route, 0.0) + page.seconds

    def surprise(self, status: int, url: str, excerpt: str) -> None:
        with self.guard:
            self.unexpected.append(Surprise(status, url, excerpt))

    def event(self, what: str) -> None:
        with self.guard:
            self.events[what] += 1

    def case_done(self) -> None:
        with self.guard:
            self.done += 1
            self._bar()

    def _bar(self) -> None:
        now, last = time.perf_counter(), self.done == self.cases
        live = sys.stderr.isatty()
        if not last and now - self.shown < (BAR_EVERY if live else LINE_EVERY):
            return
        self.shown = now
        filled = WIDTH * self.done // max(1, self.cases)
        line = (f"[{'#' * filled}{'.' * (WIDTH - filled)}] {self.done:,} of {self.cases:,} texts, "
                f"{sum(self.routes.values()) / (now - self.begun):.0f} requests/s, "
                f"{len(self.unexpected)} unexpected")
        print(f"\r{line}" if live else line, end="\n" if last or not live else "",
              file=sys.stderr, flush=True)

    def finished(self) -> None:
        self.seconds = time.perf_counter() - self.begun

    def show(self) -> None:
        total = sum(self.routes.values())
        print(f"{self.done:,} texts, {total:,} requests in {self.seconds:.1f} s: "
              f"{total / self.seconds:.0f} requests/s")
        print("Done: " + ", ".join(f"{n:,} {what}" for what, n in self.events.most_common()))
        for route, count in self.routes.most_common():
            print(f"  {count:8,}  {1000 * self.took[route] / count:7.0f} ms  {route}")
        print(f"Unexpected responses: {len(self.unexpected)}")
        for surprise in self.unexpected:
            print(f"  {surprise.status} {surprise.url}\n      {surprise.excerpt}")
