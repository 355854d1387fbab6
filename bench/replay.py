#!/usr/bin/env python3
"""Play customers' texts through the pages of a running server, and check what comes back.

    bench/replay.py --prepare 20            makes the people, in the server's environment
    bench/replay.py --url URL FILE.csv      plays the column `text`; exit status 1 on any surprise
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import people  # noqa: E402
from bench.acknowledged import Log  # noqa: E402
from bench.play import Case, Play  # noqa: E402
from bench.report import Report  # noqa: E402
from bench.take_home import check_archive  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.kernel import db  # noqa: E402

PEOPLE = Path("people.json")


def cases(path: Path, most: int | None) -> list[Case]:
    """One case for each text of the file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:most]
    return [Case(number, row["text"], row.get("category") or "question")
            for number, row in enumerate(rows)]


def prepare(members: int, path: Path) -> None:
    """Make the people in the database of the environment, and write down how they sign in."""
    create_app()
    with db.database.connection_context():
        db.runner().up()
        made = people.make(members)
    path.write_text(json.dumps(made.sign_ins(), indent=2) + "\n")
    path.chmod(0o600)
    print(f"{members} members, a representative and an advocate of {made.vendor.name}: {path}")


def replay(chosen: argparse.Namespace) -> bool:
    """Whether everything went as expected."""
    sign_ins = json.loads(chosen.people.read_text())
    sign_ins["members"] = sign_ins["members"][: chosen.at_once]
    played = cases(chosen.file, chosen.first)
    report = Report(len(played))
    with closing(Log(chosen.log)) as log:
        Play(chosen.url, sign_ins, played, report, log).run()
    report.finished()
    kept = check_archive(chosen.url, sign_ins, played, report)
    report.show()
    print(f"Archive of {sign_ins['members'][0]}: {kept}")
    return not report.unexpected


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--prepare", type=int, metavar="N", help="make N members, and stop")
    parser.add_argument("--url", help="of the running server, such as http://127.0.0.1:8000")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.csv")
    parser.add_argument("--people", type=Path, default=PEOPLE, help=f"default {PEOPLE}")
    parser.add_argument("--at-once", type=int, default=20, help="members at once (20)")
    parser.add_argument("--first", type=int, metavar="N", help="only the first N texts")
    parser.add_argument("--log", type=Path, help="append what the server acknowledged")
    chosen = parser.parse_args()
    if chosen.prepare is None and not (chosen.url and chosen.file):
        parser.error("give --prepare N, or --url URL and a FILE.csv")
    return chosen


def main() -> None:
    chosen = options()
    if chosen.prepare is not None:
        prepare(chosen.prepare, chosen.people)
    else:
        sys.exit(not replay(chosen))


if __name__ == "__main__":
    main()
