"""Ask a server as fast as it answers: with wrk when it is installed, else with Python threads."""

from __future__ import annotations

import http.client
import secrets
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

WRK = shutil.which("wrk")
SCRIPT = Path(__file__).with_name("wrk.lua")
KEY = "@KEY@"  # in a body: what makes one form post differ from the next


@dataclass(frozen=True)
class Ask:
    """One request. A POST has a body, in which `KEY` may stand."""

    path: str
    cookie: str = ""
    body: str = ""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"


@dataclass(frozen=True)
class Answered:
    """How a server did: answers, seconds, bytes of all answers, milliseconds, failures."""

    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p99_ms: float
    failures: int

    @property
    def rps(self) -> float:
        return self.requests / self.seconds


def press(url: str, asks: list[Ask], seconds: float, people: int) -> Answered:
    """Send the requests in turn, over and over, on `people` connections at once."""
    return (_with_wrk if WRK else _with_python)(url, asks, seconds, people)


def _with_wrk(url: str, asks: list[Ask], seconds: float, people: int) -> Answered:
    # A POST needs a thread a person, so that each has a turn of their own in the list.
    threads = people if asks[0].body else 1
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(f"{a.method}\t{a.path}\t{a.cookie}\t{a.body}\n" for a in asks)
        file.flush()
        out = subprocess.run(
            [WRK, "-t", str(threads), "-c", str(people), "-d", f"{max(1, round(seconds))}s",
             "-s", SCRIPT, "--timeout", "30s", url, "--", file.name, str(threads),
             secrets.token_hex(4)],
            check=True, capture_output=True, text=True).stdout
    line = next(line for line in out.splitlines() if line.startswith("RESULT"))
    requests, micros, size, p50, p99, failures = map(int, line.split()[1:])
    return Answered(requests, micros / 1e6, size, p50 / 1000, p99 / 1000, failures)


def _with_python(url: str, asks: list[Ask], seconds: float, people: int) -> Answered:
    host, end, guard = urlsplit(url).netloc, time.perf_counter() + seconds, threading.Lock()
    took: list[float] = []
    tally = [0, 0]

    def person(number: int) -> None:
        connection = http.client.HTTPConnection(host, timeout=30)
        at, mine, size, failures = number * len(asks) // people, [], 0, 0
        while (begun := time.perf_counter()) < end:
            ask = asks[at % len(asks)]
            at += 1
            headers = {"Accept": "text/html", "Cookie": ask.cookie,
                       "Content-Type": "application/x-www-form-urlencoded"}
            body = ask.body.replace(KEY, secrets.token_hex(8)) or None
            connection.request(ask.method, ask.path, body, headers)
            answer = connection.getresponse()
            size += len(answer.read())
            failures += answer.status >= 400
            mine.append(time.perf_counter() - begun)
        with guard:
            took.extend(mine)
            tally[0] += size
            tally[1] += failures

    begun = time.perf_counter()
    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(took, n=100)
    return Answered(len(took), time.perf_counter() - begun, tally[0], cuts[49] * 1000,
                    cuts[98] * 1000, tally[1])
