#!/usr/bin/env python3
"""What it takes to build the archive of a member who wrote and attached very much, and to bring it
to another server.

    bench/archive.py [--database sqlite|postgresql|URL] [--posts N] [--files N] [--json PATH]

A process of its own does each, as the jobs do, so that its memory is that of the one thing alone.
The other server knows nothing of the first: it checks everything, and draws each picture anew.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from PIL import Image  # noqa: E402

from bench import load, people, servers  # noqa: E402
from bench.bench import SECRET, database, note  # noqa: E402
from parley.accounts.models import Account  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.config import Settings  # noqa: E402
from parley.kernel import clock, db, ids  # noqa: E402
from parley.threads import files  # noqa: E402
from parley.threads.actions import rendered  # noqa: E402
from parley.threads.models import File, Post, Restored, Thread  # noqa: E402

MEGABYTES = 200  # resident, at most
SIDE = 600  # pixels of a picture of noise, which makes about 200 kB
LONG = 0.3  # of the posts stand in one long thread


@dataclass(frozen=True)
class Cost:
    """`cpu_ms` is a post's share of user and system time, `peak_mb` resident memory."""

    seconds: float
    cpu_ms: float
    peak_mb: float


@dataclass(frozen=True)
class Result:
    """`size` is of the ZIP, in bytes."""

    posts: int
    files: int
    size: int
    built: Cost
    brought: Cost


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
    """A picture at each of these posts, of noise, which no packing makes smaller."""
    chance = random.Random(1)
    for post in posts:
        out = io.BytesIO()
        Image.frombytes("L", (SIDE, SIDE), chance.randbytes(SIDE * SIDE)).save(out, "JPEG")
        data = out.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        path = files.path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        with db.write():
            Post.update(file_count=1).where(Post.id == post["id"]).execute()
            File.create(account=member, post=post["id"], sha256=digest, media_type="image/jpeg",
                        name="photo.jpg", size=len(data), width=SIDE, height=SIDE,
                        added_at=clock.now())


def spent(environ: dict[str, str], posts: int, *command: str) -> Cost:
    """What a command of the archives takes, in a process of its own."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "archive", *command], cwd=ROOT,
        env=os.environ | environ, stdout=subprocess.DEVNULL)
    ended, peak = 0, 0.0
    while not ended:
        peak = max(peak, servers.use_of(process.pid).peak)  # its ru_maxrss begins with ours
        time.sleep(0.01)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    seconds = time.perf_counter() - begun
    if status:
        raise SystemExit(f"archive {command[0]} failed.")
    return Cost(seconds, 1000 * (used.ru_utime + used.ru_stime) / posts, peak)


def counts_of(target: Path) -> tuple[int, int]:
    """How many posts and files an archive says that it has."""
    with zipfile.ZipFile(target) as archive:
        base = archive.namelist()[0].partition("/")[0]
        counts = json.loads(archive.read(f"{base}/data/manifest.json"))["counts"]
    return counts["posts"], counts["files"]


def folder(place: Path, name: str) -> Path:
    (place / name).mkdir()
    return place / name


def settings(data: Path, url: str) -> dict[str, str]:
    return {"PARLEY_DATA": str(data), "PARLEY_DATABASE_URL": url, "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_CHEAP_PASSWORDS": "1", "PARLEY_BASE_URL": f"https://{data.name}.example"}


def build(which: str, place: Path, target: Path, posts: int, count: int) -> Cost:
    with database(which, folder(place, "first")) as (url, _):
        environ = settings(place / "first", url)
        create_app(Settings.from_env(environ))
        with db.database.connection_context():
            db.runner().up()
            made = people.make(members=2)
            load.load(made, posts // 20, 10)
            write_much(made.members[0], posts, count)
        return spent(environ, posts, "build", made.members[0].email, str(target))


def bring(which: str, place: Path, target: Path, posts: int) -> tuple[Cost, int, int]:
    """The cost, and how many posts and files are there then."""
    other = which if which == "postgresql" else "sqlite"  # a URL is of one database
    with database(other, folder(place, "second")) as (url, _):
        environ = settings(place / "second", url)
        create_app(Settings.from_env(environ))
        with db.database.connection_context():
            db.runner().up()
            member = people.make(members=2).members[1]
        cost = spent(environ, posts, "import", str(target), member.email)
        with db.database.connection_context():
            there = sum(not post.get("not_owned") for row in Restored.select().iterator()
                        for post in row.record["posts"])
            return cost, there, File.select().count()


def run(which: str, posts: int, count: int) -> Result:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        place, target = Path(name), Path(name) / "archive.zip"
        built = build(which, place, target, posts, count)
        brought, *there = bring(which, place, target, posts)
        found = counts_of(target)
        if not (posts, count) == found == tuple(there):
            raise SystemExit(f"{posts} posts and {count} files were written, {found} are in the "
                             f"archive, {there} came in.")
        return Result(posts, count, target.stat().st_size, built, brought)


def words(result: Result) -> str:
    lines = [f"archive of {result.posts:,} posts and {result.files:,} files, a ZIP of "
             f"{result.size / 1e6:.0f} MB:"]
    lines += [f"  {what}: {cost.seconds:.1f} s, {cost.cpu_ms:.2f} CPU ms a post, "
              f"{cost.peak_mb:.0f} MB at most"
              for what, cost in (("built", result.built), ("brought", result.brought))]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--json", type=Path, help="write the figures here as JSON")
    chosen = parser.parse_args()
    note("A member writes very much …")
    result = run(chosen.database, chosen.posts, chosen.files)
    print(words(result))
    if chosen.json:
        chosen.json.write_text(json.dumps(asdict(result), indent=2) + "\n")
    if max(result.built.peak_mb, result.brought.peak_mb) > MEGABYTES:
        raise SystemExit(f"That is more than {MEGABYTES} MB.")


if __name__ == "__main__":
    main()
