"""What a server said it had stored: written down line by line as the answers come in.

A line is JSON: `at` (seconds since 1970 when the answer was here), `what` (`thread`, `post`,
`closed`, `reopened`), `thread` (its id), and for texts `sha256` of the text with LF line ends.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def sha256(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


class Log:
    """An append-only file that many threads write to; without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.file = path.open("a", encoding="utf-8") if path else None
        self.guard = threading.Lock()

    def add(self, what: str, thread: str, text: str | None = None) -> None:
        """Note an answer that has just come."""
        if self.file is None:
            return
        line: dict[str, Any] = {"at": time.time(), "what": what, "thread": thread}
        if text is not None:
            line["sha256"] = sha256(text)
        with self.guard:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def read(path: Path, before: float) -> Iterator[dict[str, Any]]:
    """The lines acknowledged before an instant, in seconds since 1970."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            if found["at"] < before:
                yield found
