"""What anybody may read, as lines of the community's archive: one thing a line.

Whose licence keeps others from passing their words on is not named, and their words are left out;
the thread or post stays as a line, so that figures come out as here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.accounts.rules import ALL_RIGHTS, may_be_passed_on
from parley.advocates.models import Declaration
from parley.desk.models import Briefing, BriefingAct
from parley.journal.models import Entry
from parley.kernel.canonical import iso
from parley.kernel.ids import derived
from parley.kernel.rulebook import Rulebook, RulebookVersion
from parley.moderation.models import Act, RestoredReport
from parley.outbox.mail import url
from parley.problems.models import (
    SHOWN,
    Problem,
    ProblemAct,
    ProblemLink,
    ProblemStep,
    ProblemUpdate,
)
from parley.problems.rules import Link
from parley.promises import records as promises
from parley.promises.models import Promise
from parley.scorecards import days, figures, reading
from parley.scorecards.models import ScorecardComment
from parley.threads import records as threads
from parley.threads.models import (
    Clock,
    Edit,
    File,
    OutsideContact,
    Post,
    Round,
    Thanks,
    Thread,
)
from parley.vendors.models import Dispute, Vendor, VendorAlias

BATCH = 500  # rows in memory at a time
Rows = Iterator[dict[str, Any]]


def by(account: Account) -> dict[str, Any] | None:
    """Whom to name for words, and under which licence; None when they may not be passed on."""
    if not may_be_passed_on(account.licence):
        return None
    return {"handle": None if account.closed_at else account.handle, "name": account.display_name,
            "licence": account.licence}


def words(account: Account, text: str) -> str | None:
    return text if may_be_passed_on(account.licence) else None


def _about(vendor: Vendor) -> dict[str, Any]:
    return {"id": vendor.id, "name": vendor.name, "url": url(f"/vendors/{vendor.slug}")}


def _iso(instant: Any) -> str | None:
    return iso(instant) if instant else None


def _paged(query: peewee.ModelSelect, *keys: peewee.Field) -> Iterator[list[Any]]:
    """The rows of a query in the order of these fields, which no two share, `BATCH` at a time."""
    page = query.order_by(*keys).limit(BATCH)
    while rows := list(page):
        yield rows
        last = peewee.Tuple(*(key.db_value(getattr(rows[-1], key.safe_name)) for key in keys))
        page = query.where(peewee.Tuple(*keys) > last).order_by(*keys).limit(BATCH)


def _of(rows: Iterable[Any], name: str) -> dict[str, list[Any]]:
    """Rows by the id of what they belong to."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row)
    return found


# Companies


def _vendors() -> Rows:
    for rows in _paged(Vendor.select(), Vendor.id):
        ids = [row.id for row in rows]
        aliases = _of(VendorAlias.select().where(VendorAlias.vendor.in_(ids)), "vendor_id")
        for row in rows:
            yield {
                **_about(row), "domain": row.domain, "controls": row.controls,
                "category": row.category, "about": row.about, "created_at": iso(row.created_at),
                "claimed_at": _iso(row.claimed_at),
                "also_known_as": [{"name": alias.name, "domain": alias.domain}
                                  for alias in aliases.get(row.id, ())]}


def _promises() -> Rows:
    for rows in _paged(Promise.select(Promise, Vendor).join(Vendor), Promise.id):
        yield from map(promises.version, rows)


def _scorecards() -> Rows:
    today = days.today()
    for rows in _paged(Vendor.select().where(Vendor.thread_count > 0), Vendor.id):
        for vendor in rows:
            for window in figures.WINDOWS:
                found = days.figures_of(vendor.id, window)
                yield {"vendor": _about(vendor), "window": window, "enough": figures.ENOUGH,
                       "as_of": f"{days.midnight(today):%Y-%m-%d}",
                       "figures": {one.key: one.record()
                                   for one in reading.lines(found).values()}}


def _comments() -> Rows:
    query = ScorecardComment.select(ScorecardComment, Vendor, Account).join(Vendor).join_from(
        ScorecardComment, Account)
    for rows in _paged(query.where(ScorecardComment.sealed_at.is_null()), ScorecardComment.id):
        for row in rows:
            yield {"id": row.id, "vendor": _about(row.vendor), "by": by(row.by),
                   "text": words(row.by, row.text), "at": iso(row.at)}


def _briefings() -> Rows:
    query = Briefing.select(Briefing, Vendor, Account).join(Vendor).join_from(Briefing, Account)
    for rows in _paged(query.where(Briefing.removed_at.is_null()), Briefing.id):
        for row in rows:
            yield {"id": row.id, "vendor": _about(row.vendor), "by": by(row.by),
                   "title": None if row.hidden_at else words(row.by, row.title),
                   "body": None if row.hidden_at else words(row.by, row.body),
                   "hidden_at": _iso(row.hidden_at), "at": iso(row.at)}


def _declarations() -> Rows:
    query = Declaration.select(Declaration, Vendor, Account).join(Vendor).join_from(
        Declaration, Account).where(
        Declaration.withdrawn_at.is_null(), Account.closed_at.is_null(),
        Account.suspended_at.is_null(), Account.licence != ALL_RIGHTS)
    for rows in _paged(query, Declaration.id):
        for row in rows:
            yield {"id": row.id, "vendor": _about(row.vendor), "by": by(row.account),
                   "ties": row.ties, "since_year": row.since_year, "received": row.received,
                   "declared_at": iso(row.declared_at)}


# Threads


def _threads() -> Rows:
    query = Thread.select(Thread, Vendor, Account).join(Vendor).join_from(
        Thread, Account).where(Thread.listed == 1)
    for rows in _paged(query, Thread.id):
        ids = [row.id for row in rows]
        rounds = _of(Round.select().where(Round.thread.in_(ids)).order_by(
            Round.thread, Round.number), "thread_id")
        clocks = _of(Clock.select().where(Clock.thread.in_(ids)).order_by(
            Clock.thread, Clock.number), "thread_id")
        history = _of(Entry.select().where(
            Entry.subject_id.in_(ids), Entry.kind.in_(threads.HISTORY)).order_by(
            Entry.subject_id, Entry.id), "subject_id")
        doubled = {row.id for row in Thread.select(Thread.id).where(
            Thread.id.in_([row.duplicate_of_id for row in rows]), Thread.listed == 1)}
        for row in rows:
            yield {**_thread(row),
                   "duplicate_of": row.duplicate_of_id if row.duplicate_of_id in doubled else None,
                   "rounds": list(map(threads.round_record, rounds.get(row.id, ()))),
                   "clocks": list(map(threads.clock_record, clocks.get(row.id, ()))),
                   "history": [{"at": iso(entry.at), "event": entry.kind,
                                **threads.refs_of(entry)} for entry in history.get(row.id, ())]}


def _thread(row: Thread) -> dict[str, Any]:
    free = may_be_passed_on(row.author.licence)
    return {
        "id": row.id, "url": url(f"/threads/{row.id}"), "kind": row.kind,
        "title": row.title if free else None, "vendor": _about(row.vendor), "by": by(row.author),
        "opened_at": iso(row.opened_at), "closed_at": _iso(row.closed_at), "status": row.status,
        "outcome": row.outcome, "solved_by": row.solved_by, "idea_state": row.idea_state,
        "round": row.round, "first_answer_at": _iso(row.first_answer_at),
        "waiting_since": _iso(row.waiting_since), "escalated_at": _iso(row.escalated_at),
        "from_people": row.from_people, "locked_at": _iso(row.locked_at), "impact": row.impact,
        "details": {"product": row.product, "where": row.happened_where,
                    "when": row.happened_when, "wish": row.wish} if free else None,
        "me_too": {"affected": row.affected, "works_now": row.works_now,
                   "left_over": row.left_over},
        "promise_version": row.promise_id,
    }


def _posts() -> Rows:
    query = Post.select(Post, Account, Thread.id).join(Account).join_from(Post, Thread).where(
        Thread.listed == 1)
    for rows in _paged(query, Post.thread, Post.number):
        files = _of(File.select().where(
            File.post.in_([row.id for row in rows if row.file_count])).order_by(
            File.position, File.id), "post_id")
        edits = _of(Edit.select().where(
            Edit.post.in_([row.id for row in rows if row.edited_at])).order_by(
            Edit.at, Edit.id), "post_id")
        thanked = {row.post_id for row in Thanks.select(Thanks.post).where(
            Thanks.post.in_([row.id for row in rows]))}
        for row in rows:
            yield {**_post(row, files.get(row.id, []), edits.get(row.id, [])),
                   "thanked": row.id in thanked}


def _post(row: Post, files: list[File], edits: list[Edit]) -> dict[str, Any]:
    free = may_be_passed_on(row.author.licence)
    shown = free and not (row.removed_at or row.hidden_at)
    return {
        "id": row.id, "thread": row.thread_id, "number": row.number,
        "url": url(f"/threads/{row.thread_id}#post-{row.number}"), "by": by(row.author),
        "hat": row.hat, "title": row.title if free else "", "purpose": row.purpose,
        "side": row.side, "ties": row.ties, "saved_reply": row.saved_reply,
        "ai_assisted": row.ai_assisted, "body": row.body if shown else None,
        "created_at": iso(row.created_at), "edited_at": _iso(row.edited_at),
        "removed_at": _iso(row.removed_at), "hidden_at": _iso(row.hidden_at), "moved": row.moved,
        "claim": row.claim, "explains_delay": row.explains_delay,
        "helped_at": _iso(row.helped_at), "solved_round": row.solved_round,
        "files": [{"name": file.name, "sha256": file.sha256, "media_type": file.media_type,
                   "size": file.size} for file in files] if shown else [],
        "edits": [{"at": iso(edit.at), "title": edit.title, "body": edit.body}
                  for edit in edits] if shown else [],
    }


def _outside() -> Rows:
    query = OutsideContact.select(OutsideContact, Thread.id, Account).join(Thread).join_from(
        OutsideContact, Account, on=OutsideContact.entered_by).where(Thread.listed == 1)
    for rows in _paged(query, OutsideContact.id):
        for row in rows:
            yield {"id": row.id, "thread": row.thread_id, "side": row.side, "how": row.how,
                   "day": row.day, "words": words(row.entered_by, row.words),
                   "by": by(row.entered_by), "entered_at": iso(row.entered_at),
                   "confirmed_at": _iso(row.confirmed_at)}


# Problems


def _problems() -> Rows:
    query = Problem.select(Problem, Vendor, Account).join(Vendor).join_from(
        Problem, Account).where(SHOWN)
    for rows in _paged(query, Problem.id):
        ids = [row.id for row in rows]
        for row, steps, updates in _with_words(rows, ids):
            yield {
                "id": row.id, "url": url(f"/problems/{row.id}"), "vendor": _about(row.vendor),
                "title": words(row.opened_by, row.title), "body": words(row.opened_by, row.body),
                "by": by(row.opened_by), "hat": row.hat, "opened_at": iso(row.opened_at),
                "state": row.state, "moved_at": iso(row.moved_at), "fix": row.fix,
                "fixed_at": _iso(row.fixed_at), "planned_for": row.planned_for,
                "linked": row.linked, "affected": row.affected, "works": row.works,
                "broken": row.broken, "weeks": row.weeks, "steps": steps, "updates": updates}


def _with_words(rows: list[Problem], ids: list[str]) -> Iterator[tuple[Problem, list, list]]:
    """Problems with how they moved and what was told of them."""
    steps = _of(ProblemStep.select(ProblemStep, Account).join(
        Account, peewee.JOIN.LEFT_OUTER).where(ProblemStep.problem.in_(ids)).order_by(
        ProblemStep.problem, ProblemStep.id), "problem_id")
    updates = _of(ProblemUpdate.select(ProblemUpdate, Account).join(Account).where(
        ProblemUpdate.problem.in_(ids)).order_by(
        ProblemUpdate.problem, ProblemUpdate.at, ProblemUpdate.id), "problem_id")
    for row in rows:
        yield (row, list(map(_step, steps.get(row.id, ()))),
               [{"at": iso(one.at), "by": by(one.by), "threads": one.total,
                 "hidden_at": _iso(one.hidden_at),
                 "body": None if one.hidden_at else words(one.by, one.body)}
                for one in updates.get(row.id, ())])


def _step(row: ProblemStep) -> dict[str, Any]:
    said = words(row.by, row.words) if row.by_id else row.words
    return {"at": iso(row.at), "state": row.state, "fix": row.fix, "planned_for": row.planned_for,
            "words": None if row.hidden_at else said, "hidden_at": _iso(row.hidden_at),
            "by": by(row.by) if row.by_id else None}


def _links() -> Rows:
    query = ProblemLink.select(ProblemLink, Thread.id).join(Thread).join_from(
        ProblemLink, Problem).where(
        ProblemLink.state == Link.LINKED, Thread.listed == 1, SHOWN)
    for rows in _paged(query, ProblemLink.id):
        for row in rows:
            yield {"problem": row.problem_id, "thread": row.thread_id, "since": iso(row.since)}


# Decisions


def _moderation() -> Rows:
    """The public log. What is hidden stands in it without saying which it is."""
    query = Act.select(Act, Account, Thread.listed).join(Account).join_from(Act, Thread)
    for rows in _paged(query, Act.id):
        for row in rows:
            about = {"thread": row.thread_id, "post": row.post_id} if row.thread.listed else {}
            yield _act(row, **about)
    of_problems = ProblemAct.select(ProblemAct, Account, Problem.hidden_at).join(
        Account).join_from(ProblemAct, Problem)
    for rows in _paged(of_problems, ProblemAct.id):
        for row in rows:
            about = {} if row.problem.hidden_at else {"problem": row.problem_id, "part": row.part}
            yield _act(row, **about)
    for rows in _paged(BriefingAct.select(BriefingAct, Account).join(Account), BriefingAct.id):
        for row in rows:
            yield _act(row, briefing=row.briefing_id)
    of_restored = RestoredReport.select(RestoredReport, Account).join(
        Account, on=RestoredReport.steward).where(RestoredReport.upheld)
    for rows in _paged(of_restored, RestoredReport.id):
        for row in rows:
            yield from _restored_acts(row)


def _act(row: Act | ProblemAct | BriefingAct, **about: str | None) -> dict[str, Any]:
    return _logged(row.id, row.kind, row.reason, row.at) | about | {
        "words": words(row.steward, row.words), "by": by(row.steward)}


def _restored_acts(row: RestoredReport) -> Rows:
    """The ids of reports are known to stewards alone."""
    hid = _logged(derived(f"hide {row.id}"), "hide_restored", row.reason, row.settled_at)
    yield hid | {"words": words(row.steward, row.words), "by": by(row.steward)}
    if row.lifted_at:
        yield _logged(derived(f"show {row.id}"), "show_restored", row.reason, row.lifted_at)


def _logged(act_id: str, kind: str, reason: str, at: datetime) -> dict[str, Any]:
    return {"id": act_id, "kind": kind, "reason": reason, "at": iso(at), "words": "", "by": None,
            "thread": None, "post": None, "problem": None, "part": "", "briefing": None}


def _decisions() -> Rows:
    """What stewards decided about companies' claims."""
    query = Dispute.select(Dispute, Vendor, Account).join(Vendor, on=Dispute.vendor).join_from(
        Dispute, Account, on=Dispute.steward).where(Dispute.decided_at.is_null(False))
    for rows in _paged(query, Dispute.id):
        for row in rows:
            yield {"id": row.id, "kind": row.kind, "vendor": _about(row.vendor),
                   "opened_at": iso(row.opened_at), "decided_at": iso(row.decided_at),
                   "decision": row.decision, "words": words(row.steward, row.words),
                   "by": by(row.steward)}


def _merges() -> Rows:
    query = VendorAlias.select(VendorAlias, Vendor, Account).join(Vendor).join_from(
        VendorAlias, Account)
    for rows in _paged(query, VendorAlias.slug):
        for row in rows:
            yield {"vendor": _about(row.vendor), "name": row.name, "domain": row.domain,
                   "words": words(row.steward, row.words), "by": by(row.steward),
                   "at": iso(row.at)}


def _rules() -> Rows:
    """The book as Parley comes with it, and each version that members made of it."""
    yield {"number": 0, "at": None, "values": asdict(Rulebook())}
    for row in RulebookVersion.select().order_by(RulebookVersion.number):
        yield {"number": row.number, "at": iso(row.at), "values": row.values}


FILES: dict[str, Callable[[], Rows]] = {
    "vendors": _vendors, "promises": _promises, "threads": _threads, "posts": _posts,
    "problems": _problems, "problem-links": _links, "scorecards": _scorecards,
    "scorecard-comments": _comments, "declarations": _declarations, "briefings": _briefings,
    "moderation": _moderation, "vendor-decisions": _decisions, "vendor-merges": _merges,
    "outside-contacts": _outside, "rules": _rules,
}
