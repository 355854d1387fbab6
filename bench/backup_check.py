#!/usr/bin/env python3
"""Whether a restored database holds everything that was acknowledged before the backup began.

    bench/backup_check.py --log acknowledged.jsonl --before SECONDS --database URL
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import acknowledged  # noqa: E402
from parley.journal.models import Entry  # noqa: E402
from parley.kernel import db  # noqa: E402
from parley.threads.models import Post, Thread  # noqa: E402

KINDS = {"closed": ("thread.closed", "thread.confirmed_late"), "reopened": ("thread.reopened",)}


def holds(line: dict[str, Any]) -> bool:
    """Whether the database has what one line says."""
    thread = line["thread"]
    if line["what"] in KINDS:
        return Entry.select().where(
            Entry.subject_id == thread, Entry.kind.in_(KINDS[line["what"]])).exists()
    if not Thread.select().where(Thread.id == thread).exists():
        return False
    bodies = Post.select(Post.body).where(Post.thread == thread)
    return line["sha256"] in {acknowledged.sha256(post.body) for post in bodies}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--log", type=Path, required=True, help="as bench/replay.py --log wrote it")
    parser.add_argument("--before", type=float, required=True,
                        help="when the backup began, in seconds since 1970 (`date +%%s.%%N`)")
    parser.add_argument("--database", required=True, help="URL of the restored database")
    chosen = parser.parse_args()
    db.connect(chosen.database)
    lines = list(acknowledged.read(chosen.log, chosen.before))
    with db.database.connection_context():
        lost = [line for line in lines if not holds(line)]
    counts = Counter(line["what"] for line in lines)
    print("Acknowledged before: " + ", ".join(f"{n:,} {what}" for what, n in counts.items()))
    print(f"Missing from the restored database: {len(lost)}")
    for line in lost[:20]:
        print("  ", line)
    sys.exit(bool(lost) or not lines)


if __name__ == "__main__":
    main()
