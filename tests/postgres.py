"""A private PostgreSQL for one run of the tests: fast, unsafe, and gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from parley.kernel.db import MIGRATIONS

TEMPLATE = "parley_template"
SECONDS = 30

# The shell ends the server when its input closes, so that nothing stays behind however the
# tests end.
KEEPER = 'postgres="$1"; data="$2"; shift 2; "$postgres" -D "$data" "$@" & server=$!; read -r _; \
kill -INT "$server" 2>/dev/null; wait "$server"'

FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
    "jit": "off",
}


def binaries() -> Path | None:
    """The folder of the newest installed server, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _version(path: Path) -> int:
    name = path.parents[1].name
    return int(name) if name.isdigit() else 0


def _user() -> dict[str, str | int | list[int]]:
    """PostgreSQL refuses to run as root; it gets an ordinary user then."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A server with an empty data folder, on a free port of 127.0.0.1."""

    def __init__(self, bin_folder: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))
        self.port = free_port()
        user = _user()
        if user:
            os.chown(self.folder, user["user"], user["group"])
        data = self.folder / "data"
        common = {"cwd": self.folder, "stdout": subprocess.DEVNULL, **user}
        subprocess.run(
            [bin_folder / "initdb", "-D", data, "-U", "parley", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, **common)
        options = [part for name, value in FAST.items() for part in ("-c", f"{name}={value}")]
        self.keeper = subprocess.Popen(
            ["sh", "-c", KEEPER, "keeper", bin_folder / "postgres", data, "-p", str(self.port),
             *options],
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, **common)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > end or self.keeper.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.05)
            else:
                return

    def url(self, name: str) -> str:
        return f"postgresql://parley@127.0.0.1:{self.port}/{name}"

    def execute(self, sql: str) -> None:
        execute(self.url("postgres"), sql)

    def stop(self) -> None:
        self.keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.keeper.wait(SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def execute(url: str, sql: str) -> None:
    """Run one statement that bears no transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql)


def clone(template_url: str, name: str) -> str:
    """A new database with everything of the template; its URL.

    :raise psycopg.Error: somebody is connected to the template
    """
    server, _, template = template_url.rpartition("/")
    execute(f"{server}/postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return f"{server}/{name}"


def empty(url: str) -> bool:
    """Delete every row, faster than cloning anew; False when the tables are not as they were."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = [name for (name,) in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        steps = connection.execute("SELECT count(*) FROM schema_migration").fetchone()
        if steps != (len(list(MIGRATIONS.glob("[0-9]*.py"))),):
            return False
        connection.execute("SET session_replication_role = replica")  # no order to mind
        for name in names:
            if name != "schema_migration":
                connection.execute(f'DELETE FROM "{name}"')
    return True


def drop(url: str) -> None:
    server, _, name = url.rpartition("/")
    execute(f"{server}/postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
