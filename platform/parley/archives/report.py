"""What an archive would bring, or brought: counts for all of it, and lines for what matters."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from parley.archives.incoming import Incoming
from parley.kernel.canonical import iso
from parley.kernel.records import Fate, Found
from parley.kernel.safe_html import excerpt

MOST_LINES = 200  # told one by one for each fate; the counts are of all
NAME = 120
WORTH_TELLING = (Fate.REFUSED, Fate.LEFT, Fate.KEPT, Fate.CHANGED, Fate.NEW)


@dataclass
class Report:
    """`source`: whose archive it is. `counts[what][fate]`; `lines[fate]` are [what, name, why]."""

    source: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(
        lambda: defaultdict(int)))
    lines: dict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, source: Incoming) -> Report:
        report = cls({
            "kind": source.kind, "server": source.server, "server_url": source.server_url,
            "handle": source.handle, "made_at": iso(source.made_at),
            "signed_by": source.signed_by, "checked": source.checked, "here": source.here,
            "same_person": source.same_person})
        for what, why in source.skipped:
            report.lines[Fate.LEFT].append(["", what, why])
        return report

    def add(self, found: Found) -> None:
        self.counts[found.what][found.fate] += 1
        lines = self.lines[found.fate]
        if found.fate in WORTH_TELLING and len(lines) < MOST_LINES:
            lines.append([found.what, excerpt(found.name, NAME), found.why])

    def end(self) -> Report:
        """All was added. Files come with the words that they stand with: where none are new,
        neither are they."""
        files, new = self.counts["file"], self.total(Fate.NEW, Fate.CHANGED)
        if files and new == files[Fate.NEW]:
            files[Fate.SAME] += files.pop(Fate.NEW)
            self.lines[Fate.NEW].clear()
        self.counts = {what: {fate: count for fate, count in of.items() if count}
                       for what, of in self.counts.items() if any(of.values())}
        return self

    def total(self, *fates: Fate) -> int:
        return sum(of.get(fate, 0) for of in self.counts.values() for fate in fates)

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {"source": self.source, "counts": self.counts,
                "lines": {k: v for k, v in self.lines.items() if v}}
