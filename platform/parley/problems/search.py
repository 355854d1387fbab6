"""Finding problems by words, within one company."""

from __future__ import annotations

from parley.kernel import fulltext, safe_html
from parley.problems.models import SHOWN, Problem
from parley.problems.rules import State
from parley.vendors.models import Vendor

SIMILAR = 3


def index(problem: Problem) -> None:
    """Make a problem findable, or renew its words; a hidden one is found by nobody."""
    if problem.hidden_at is not None:
        fulltext.drop("problem", problem.id)
        return
    fulltext.put("problem", problem.id, problem.title, problem.body, problem.opened_at,
                 scope=problem.vendor_id)


def similar(vendor: Vendor | None, title: str, body: str) -> list[Problem]:
    """Known problems that somebody about to open a thread should see first."""
    if vendor is None:
        return []
    return matching(vendor.id, f"{title} {safe_html.excerpt(body, 200)}", SIMILAR)


def matching(vendor_id: str, words: str, limit: int) -> list[Problem]:
    """Problems of a company that hold any of the words, best first, but for rejected ones."""
    hits = fulltext.find(words, kind="problem", scope=vendor_id, any_word=True, limit=limit)
    refs = [hit.ref for hit in hits]
    found = {p.id: p for p in Problem.select().where(
        Problem.id.in_(refs), Problem.state != State.REJECTED, SHOWN)} if refs else {}
    return [found[ref] for ref in refs if ref in found]
