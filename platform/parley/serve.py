"""The web server and the jobs process, started together and stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from parley.config import Settings

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 15  # a request under way is finished; a task that is not is leased again later
ANSWER_SECONDS = 2
TICK_SECONDS = 0.1
SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)


class Busy(click.ClickException):
    """Something else listens on this address already."""


def check_port(host: str, port: int) -> None:
    """Look whether this address is free, before anything is started.

    :raise Busy: it is not, or this machine does not have it; the text says what to do
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise Busy(
                f"Parley cannot listen on {host}:{port} ({error.strerror}). Stop what is running "
                f"there, or choose another port: PARLEY_PORT={port + 1}."
            ) from None


def web_command(settings: Settings) -> list[str]:
    """Granian with a worker per core; more threads in one would only fight for the GIL."""
    workers = settings.workers or os.cpu_count() or 1
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws",
        "--host", settings.host.strip("[]"), "--port", str(settings.port),
        "--workers", str(workers), "--blocking-threads", "1", "--log-level", "warning",
        "--workers-kill-timeout", str(STOP_SECONDS - 3), "wsgi:app",
    ]


def jobs_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "jobs"]


def mail_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "mail-in"]


def serve(settings: Settings, ready: Callable[[], None]) -> int:
    """Run web and jobs until a signal comes or one of them dies.

    Calls `ready` when the first page can be asked for. Returns the exit status: 0 after a
    signal, 1 when one died by itself (the other is stopped then).
    """
    commands = {"web": web_command(settings), "jobs": jobs_command()}
    if settings.mail_in:
        commands["mail-in"] = mail_command()
    return supervise(commands, lambda: announce(settings, ready))


def announce(settings: Settings, ready: Callable[[], None]) -> bool:
    """Whether the server answers by now; tells so the first time."""
    asking = HTTPConnection(settings.host.strip("[]"), settings.port, timeout=ANSWER_SECONDS)
    with contextlib.closing(asking), contextlib.suppress(OSError, HTTPException):
        asking.request("GET", "/healthz", headers={"Host": settings.hostname})
        asking.getresponse()
        ready()
        return True
    return False


def supervise(commands: dict[str, list[str]], is_ready: Callable[[], bool]) -> int:
    """Run these commands, and stop all of them on SIGTERM or SIGINT, or when one ends.

    The first starts at once, the others when `is_ready`, so that they do not slow it down.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running: dict[str, subprocess.Popen] = {}
    waiting = list(commands)
    try:
        start(running, commands, [waiting.pop(0)])
        while not stop.wait(TICK_SECONDS):
            if died(running):
                return 1
            if waiting and is_ready():
                start(running, commands, waiting)
                waiting = []
        return 0
    finally:
        end(list(running.values()))


def start(
    running: dict[str, subprocess.Popen], commands: dict[str, list[str]], names: list[str]
) -> None:
    for name in names:
        running[name] = subprocess.Popen(
            commands[name], env=environment(), preexec_fn=_die_with_us)


def died(running: dict[str, subprocess.Popen]) -> bool:
    """Whether one ended by itself; says which."""
    for name, process in running.items():
        if process.poll() is not None:
            print(f"The {name} process ended with status {process.returncode}; stopping.",
                  file=sys.stderr, flush=True)
            return True
    return False


def end(processes: list[subprocess.Popen]) -> None:
    """Ask each to stop, wait, and end by force what did not."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def environment() -> dict[str, str]:
    """Ours, with `wsgi` to be found from any folder."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def _die_with_us() -> None:
    """Let Linux stop a child whose supervisor was killed, so that its port is free again."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
