"""Web and jobs start together and stop together, whichever way it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from parley import serve
from parley.config import Settings
from tests.conftest import migrate
from tests.postgres import free_port

pytestmark = pytest.mark.drill
SECONDS = 30
SUPERVISE = """
import sys
sys.path.insert(0, "platform")
from parley import serve

def ready():
    print("ready", flush=True)
    return True

commands = {str(n): [sys.executable, "-c", code] for n, code in enumerate(sys.argv[1:])}
sys.exit(serve.supervise(commands, ready))
"""
WAIT = "import time; time.sleep(60)"
# In one write: the supervisor's own word may come between two.
PRINT_PID = r"import os, time; os.write(1, b'pid %d\n' % os.getpid()); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


@contextlib.contextmanager
def supervising(*codes: str):
    """A supervisor of Python processes that run this code."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, *codes], cwd=serve.ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen, word: str) -> list[str]:
    lines = []
    while line := process.stdout.readline():
        lines.append(line.strip())
        if word in line:
            return lines
    raise AssertionError(f"{word!r} never came: {lines} {process.stderr.read()}")


def lives(pid: int) -> bool:
    """Whether this process runs; one that ended and was not waited for does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def gone(pid: int) -> bool:
    end = time.monotonic() + SECONDS
    while lives(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not lives(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_and_is_no_error(number):
    with supervising(PRINT_PID, WAIT) as process:
        pid = int(read_until(process, "pid")[-1].split()[1])
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        assert not lives(pid)


@pytest.mark.parametrize("ending", ["import sys; sys.exit(3)", "pass",
                                    "import os; os.kill(os.getpid(), 9)"])
def test_when_one_dies_the_other_is_stopped_and_that_is_an_error(ending):
    with supervising(PRINT_PID, f"import time; time.sleep(0.5); {ending}") as process:
        pid = int(read_until(process, "pid")[-1].split()[1])
        assert process.wait(SECONDS) == 1
        assert not lives(pid)
        assert "The 1 process ended with status" in process.stderr.read()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave the children alone")
def test_when_the_supervisor_is_killed_nothing_is_left():
    with supervising(PRINT_PID, WAIT) as process:
        pid = int(read_until(process, "pid")[-1].split()[1])
        process.kill()
        assert gone(pid)


def test_what_does_not_stop_is_ended_by_force(monkeypatch):
    monkeypatch.setattr(serve, "STOP_SECONDS", 0.2)
    process = subprocess.Popen([sys.executable, "-c", STUBBORN])
    time.sleep(0.3)
    serve.end([process])
    assert process.returncode in (-signal.SIGKILL, -signal.SIGTERM)


def test_readiness_is_told_once():
    with supervising(WAIT, WAIT) as process:
        read_until(process, "ready")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert "ready" not in process.communicate(timeout=SECONDS)[0]


def test_a_busy_port_is_noticed_before_anything_starts():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(serve.Busy, match=f"PARLEY_PORT={port + 1}"):
            serve.check_port("127.0.0.1", port)
    serve.check_port("127.0.0.1", port)
    with pytest.raises(serve.Busy, match="cannot listen"):
        serve.check_port("192.0.2.1", port)


def test_a_worker_per_core_with_one_thread_each():
    command = " ".join(serve.web_command(Settings(host="127.0.0.1", port=1234)))
    assert f"--workers {os.cpu_count()} --blocking-threads 1" in command
    assert "--port 1234" in command
    assert "--workers 7" in " ".join(serve.web_command(Settings(workers=7)))


def test_the_real_thing_answers_and_stops(tmp_path):
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if "PARLEY" not in name}
    environ |= {
        "PARLEY_DATA": str(tmp_path), "PARLEY_PORT": str(port),
        "PARLEY_SECRET_KEY": "a secret of the tests, forty characters long",
        "PARLEY_WORKERS": "1"}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    run = {"cwd": serve.ROOT, "env": environ, "text": True}
    migrate(f"sqlite:///{tmp_path}/parley.sqlite")
    process = subprocess.Popen([*flask, "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               **run)
    try:
        assert f"answers at http://127.0.0.1:{port}" in read_until(process, "answers")[-1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert b'"status":"ready"' in answer.read()
        second = subprocess.run([*flask, "serve"], capture_output=True, check=False, **run)
        assert (second.returncode, f"PARLEY_PORT={port + 1}" in second.stderr) == (1, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        serve.check_port("127.0.0.1", port)
    finally:
        process.kill()
        process.communicate()
