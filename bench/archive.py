#!/usr/bin/env python3
"""What it takes to build the archive of a member who wrote and attached very much, and to bring it
to another server.

    bench/archive.py [--database sqlite|postgresql|URL] [--posts N] [--files N] [--json PATH]

Processes of their own build it and bring it in, as the jobs do, so that their memory is of that
alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import load, people  # noqa: E402
from bench.bench import SECRET, database, note  # noqa: E402
from parley.accounts.models import Account  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.archives import trust  # noqa: E402
from parley.config import Settings  # noqa: E402
from parley.kernel import clock, db, ids  # noqa: E402
from parley.threads import files  # noqa: E402
from parley.threads.actions import rendered  # noqa: E402
from parley.threads.models import File, Post, Restored, Thread  # noqa: E402

MEGABYTES = 200  # resident, at most
FILE_SIZE = 200_000  # bytes of each; pictures are drawn anew to about this
JPEG = b"\xff\xd8\xff"  # how one begins
LONG = 0.3  # of the posts stand in one long thread


@dataclass(frozen=True)
class Result:
    """`cpu_ms` is a post's share of user and system time; `size` is of the ZIP, in bytes."""

    posts: int
    files: int
    seconds: float
    cpu_ms: float
    peak_mb: float
    size: int


def write_much(member: Account, posts: int, count: int) -> None:
    """Let the member have so many posts, part of them in one long thread, and so many files."""
    threads = list(Thread.select().order_by(Thread.id))
    body = " ".join(load.SENTENCES)[:load.CHARACTERS]
    missing = posts - Post.select().where(Post.author == member.id).count()
    places = [threads[0]] * int(missing * LONG)
    places += [threads[n % len(threads)] for n in range(missing - len(places))]
    numbers = {thread.id: thread.post_count for thread in threads}
    rows, html = [], rendered(body)
    for thread in places:
        numbers[thread.id] += 1
        rows.append({"id": ids.new(), "thread": thread.id, "number": numbers[thread.id],
                     "author": member.id, "hat": "member", "body": body, "html": html,
                     "created_at": clock.now()})
    with db.write():
        for start in range(0, len(rows), load.AT_ONCE):
            Post.insert_many(rows[start:start + load.AT_ONCE]).execute()
        for thread in threads:
            Thread.update(post_count=numbers[thread.id]).where(Thread.id == thread.id).execute()
    attach(member, rows[:count])


def attach(member: Account, posts: list[dict[str, object]]) -> None:
    """A file at each of these posts; noise, since pictures do not get smaller either."""
    chance = random.Random(1)
    for post in posts:
        data = JPEG + chance.randbytes(FILE_SIZE)
        digest = hashlib.sha256(data).hexdigest()
        path = files.path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        with db.write():
            Post.update(file_count=1).where(Post.id == post["id"]).execute()
            File.create(account=member, post=post["id"], sha256=digest, media_type="image/jpeg",
                        name="photo.jpg", size=len(data), width=1, height=1, added_at=clock.now())


def build(member: Account, target: Path, environ: dict[str, str]) -> Result:
    """Build it in a process of its own, and look whether all of it is there."""
    command = ["archive", "build", member.email, str(target)]
    seconds, used = timed(command, environ)
    counts = json.loads(inside(target, "manifest.json"))["counts"]
    return Result(counts["posts"], counts["files"], seconds,
                  1000 * (used.ru_utime + used.ru_stime) / counts["posts"],
                  used.ru_maxrss / 1024, target.stat().st_size)


def inside(archive: Path, path: str) -> str:
    with zipfile.ZipFile(archive) as opened:
        base = opened.namelist()[0].partition("/")[0]
        return opened.read(f"{base}/data/{path}").decode()


def timed(command: list[str], environ: dict[str, str]) -> tuple[float, resource.struct_rusage]:
    """How long a command of Parley takes, and what it uses."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", *command],
                               cwd=ROOT, env=os.environ | environ)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command[:2])} failed.")
    return time.perf_counter() - begun, used


def bring(archive: Path, built: Result, place: Path) -> Result:
    """Bring it to a person on an empty server that trusts the first, with all that is in it."""
    environ = {"PARLEY_DATA": str(place), "PARLEY_SECRET_KEY": SECRET,
               "PARLEY_CHEAP_PASSWORDS": "1", "PARLEY_BASE_URL": "http://second.localhost:8000"}
    create_app(Settings.from_env(environ))
    with db.database.connection_context():
        db.runner().up()
        person = people.make(members=1).members[0]
        trust.trust(inside(archive, "keys/jwks.json"))
    seconds, used = timed(["archive", "import", str(archive), person.email], environ)
    with db.database.connection_context():
        posts = sum(len(row.record["posts"]) for row in Restored.select())
        count = File.select().where(File.account == person.id).count()
    return Result(posts, count, seconds, 1000 * (used.ru_utime + used.ru_stime) / posts,
                  used.ru_maxrss / 1024, built.size)


def run(which: str, posts: int, count: int) -> tuple[Result, Result]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as place, \
            database(which, Path(place)) as (url, _):
        environ = {"PARLEY_DATA": place, "PARLEY_DATABASE_URL": url, "PARLEY_SECRET_KEY": SECRET,
                   "PARLEY_CHEAP_PASSWORDS": "1"}
        create_app(Settings.from_env(environ))
        with db.database.connection_context():
            db.runner().up()
            made = people.make(members=2)
            load.load(made, posts // 20, 10)
            write_much(made.members[0], posts, count)
        archive = Path(place) / "archive.zip"
        built = build(made.members[0], archive, environ)
        brought = bring(archive, built, Path(place) / "second")
    for result in (built, brought):
        if result.posts < posts or result.files != count:
            raise SystemExit(f"{result} lacks some of the {posts} posts and {count} files.")
    return built, brought


def words(what: str, result: Result) -> str:
    return (f"{what} an archive of {result.posts:,} posts and {result.files:,} files: "
            f"{result.seconds:.1f} s, {result.cpu_ms:.2f} CPU ms a post, "
            f"{result.peak_mb:.0f} MB at most, a ZIP of {result.size / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--json", type=Path, help="write the figures here as JSON")
    chosen = parser.parse_args()
    note("A member writes very much …")
    built, brought = run(chosen.database, chosen.posts, chosen.files)
    print(words("building", built))
    print(words("bringing", brought))
    if chosen.json:
        figures = {"build": asdict(built), "import": asdict(brought)}
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")
    if max(built.peak_mb, brought.peak_mb) > MEGABYTES:
        raise SystemExit(f"That is more than {MEGABYTES} MB.")


if __name__ == "__main__":
    main()
