"""Start the servers that the bench measures, account for what they use, and end them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent
SECONDS = 30  # within which a server has to answer
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Use:
    """What a server's processes have used: CPU seconds, and memory now and at its peak in MB."""

    cpu: float
    rss: float
    peak: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid: int) -> list[int]:
    """A process and everything it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += family(int(child))
    return found


def use_of(pid: int) -> Use:
    """From the processes' own accounting in /proc, summed over the family of `pid`."""
    cpu = rss = peak = 0.0
    for one in family(pid):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            cpu += (int(stat[11]) + int(stat[12])) / TICKS
            status = dict(line.split(":", 1) for line in
                          Path(f"/proc/{one}/status").read_text().splitlines())
            rss += _megabytes(status.get("VmRSS"))
            peak += _megabytes(status.get("VmHWM"))
    return Use(cpu, rss, peak)


def _megabytes(field: str | None) -> float:
    return int(field.split()[0]) / 1024 if field else 0.0


@dataclass
class Server:
    """A running server: where it answers, and the process that leads its family."""

    url: str
    process: subprocess.Popen[bytes]

    def use(self) -> Use:
        return use_of(self.process.pid)


@contextlib.contextmanager
def granian(
    target: str, port: int, environ: dict[str, str], ready: str, workers: int
) -> Iterator[Server]:
    """Serve `module:app` on 127.0.0.1 until the block ends, however it ends.

    Every server gets the same settings: `workers` processes with one blocking thread each.

    :raise RuntimeError: it does not answer on the path `ready`
    """
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(workers), "--blocking-threads", "1",
        "--no-access-log", "--log-level", "warning", "--http", "1", "--no-ws", target,
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environ)
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        _wait(server, ready)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, ready: str) -> None:
    end = time.monotonic() + SECONDS
    while server.process.poll() is None and time.monotonic() < end:
        try:
            urlopen(server.url + ready, timeout=5).close()
            return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError(f"{server.process.args} does not answer on {ready}.")
