"""Reporting a problem, settling the report, and hiding and showing it, on the public log; and the
same for a part of it: what was said to a step, or one update."""

from __future__ import annotations

from datetime import datetime

import peewee

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.members.actions import explained, is_steward
from parley.members.rules import REASONS, reasons_for
from parley.problems import answering, counting, rules, search, steps
from parley.problems.actions import find
from parley.problems.models import (
    Problem,
    ProblemAct,
    ProblemAnswer,
    ProblemReport,
    ProblemStep,
    ProblemUpdate,
)
from parley.threads.models import Post, Thread
from parley.vendors.actions import role_of

Said = Problem | ProblemStep | ProblemUpdate


def said(problem: Problem, part: str) -> Said:
    """What words are meant: those of the problem itself, of `step-<id>` or of `update-<id>`.

    :raise NotFound: there are none
    """
    if not part:
        return problem
    kind, _, ref = part.partition("-")
    row: Said | None = None
    if kind == "step" and ref.isascii() and ref.isdecimal() and len(ref) < 19:
        row = ProblemStep.get_or_none(ProblemStep.id == ref, ProblemStep.problem == problem.id)
    elif kind == "update" and ref.isalnum():
        row = ProblemUpdate.get_or_none(
            ProblemUpdate.id == ref, ProblemUpdate.problem == problem.id)
    if row is None or not row.html:
        raise NotFound
    return row


def writer_of(words: Said) -> str:
    """The account by whom something was said."""
    writer: str = words.opened_by_id if isinstance(words, Problem) else words.by_id
    return writer


def shown(problem_id: str, part: str) -> tuple[Problem, Said]:
    """:raise NotFound: there are no such words that everybody can see"""
    problem = find(problem_id)
    words = said(problem, part)
    if words.hidden_at is not None:
        raise NotFound
    return problem, words


def report(problem_id: str, by: Account, reason: str, note: str = "",
           part: str = "") -> ProblemReport:
    """Tell the stewards that a problem breaks a rule, or a part of it. It hides nothing by itself.

    A report by somebody who answers for the company counts as the company's, but not one of what
    the company itself said.

    :raise NotFound: there are no such words that everybody can see
    :raise Invalid: under `reason` or `note`
    :raise Refused: they are their own, or they reported them before
    """
    note = explained(reason, REASONS, note, "note")
    with db.write():
        problem, words = shown(problem_id, part)
        refuse(rules.may_report(own=writer_of(words) == by.id))
        row = ProblemReport(
            id=ids.unguessable(), problem=problem, part=part, reporter=by, reason=reason,
            note=note, at=clock.now(),
            vendor=problem.vendor_id if not part and role_of(by, problem.vendor_id) else None)
        ProblemReport.insert(row.__data__).on_conflict_ignore().execute()
        if ProblemReport.get_or_none(ProblemReport.id == row.id) is None:
            raise Refused(Refusal("reported", "You reported this before. The stewards have it."))
        journal.record("report.filed", "report", row.id, by=by.id, at=row.at, problem=problem.id,
                       reason=reason, vendor=row.vendor_id)
    return row


def settle(report_id: str, by: Account, decision: str, words: str = "") -> ProblemReport:
    """Decide on a report: `hide` or `reject`.

    :raise NotFound: `by` is no steward, or there is no such report
    :raise Invalid: there is no such decision
    :raise Refused: it was settled before, or this steward may not judge it
    """
    if decision not in ("hide", "reject"):
        raise Invalid({"decision": "Choose what to do about this report."})
    with db.write():
        row = db.lock(ProblemReport.select().where(ProblemReport.id == report_id)).first()
        if row is None or not is_steward(by):
            raise NotFound
        if row.settled_at:
            raise Refused(Refusal("settled", "Another steward has settled this report."))
        words_meant = said(row.problem, row.part)
        if decision == "reject" or words_meant.hidden_at is not None:
            refuse(_may_judge(by, row.problem, row.part, words_meant))
        else:
            act(rules.possible(row.part, False), row.problem_id, by, row.reason, words, row.part)
        row.settled_at, row.upheld = clock.now(), decision != "reject"
        row.save()
        journal.record("report.settled", "report", row.id, by=by.id, at=row.settled_at,
                       problem=row.problem_id, upheld=row.upheld, vendor=row.vendor_id)
    return row


def _may_judge(by: Account, problem: Problem, part: str, words: Said) -> Refusal | None:
    reported = ProblemReport.select().where(
        ProblemReport.problem == problem.id, ProblemReport.part == part,
        ProblemReport.reporter == by.id).exists()
    return rules.may_judge(wrote=writer_of(words) == by.id, reported=reported,
                           represents=role_of(by, problem.vendor_id) is not None)


def act(kind: str, problem_id: str, by: Account, reason: str, words: str = "",
        part: str = "") -> ProblemAct:
    """Hide a problem, or a part of it, from everybody but stewards and its writer, or show it
    again. The links of a problem stay, but do nothing while it is hidden; the posts that an update
    became go and come with it.

    `kind` is a key of `rules.ACTS`, `reason` one of `reasons_for` it.

    :raise NotFound: `by` is no steward, or there are no such words
    :raise Invalid: under `act`, `reason` or `words`
    :raise Refused: it would change nothing, or this steward may not judge it
    """
    if kind not in rules.ACTS or kind.endswith("_words") != bool(part):
        raise Invalid({"act": "Choose what to do."})
    words = explained(reason, reasons_for(kind), words, "words")
    with db.write():
        if not is_steward(by):
            raise NotFound
        _hold_threads(said(Problem(id=problem_id), part))
        problem = steps.hold(problem_id)
        about = said(problem, part)
        refuse(_may_judge(by, problem, part, about))
        was, now = about.hidden_at, clock.now()
        refuse(rules.may_do(kind, part, was is not None))
        about.hidden_at = now if was is None else None
        about.save()
        if isinstance(about, ProblemUpdate):
            _posts_too(about, was)
        search.index(problem)
        row = ProblemAct.create(id=ids.new(), kind=kind, steward=by, problem=problem, part=part,
                                reason=reason, words=words, at=now)
        journal.record(rules.FACTS[kind], "problem", problem.id, by=by.id, at=now,
                       vendor=problem.vendor_id, reason=reason, **({"part": part} if part else {}))
        if about.hidden_at is None:
            answering.go_on(problem.id)
            counting.later(problem.id)
        steps.shown_anew(problem)
        versions.touch("log")
    return row


def _became(update: ProblemUpdate, what: peewee.Node) -> peewee.ModelSelect:
    return ProblemAnswer.select(what).where(ProblemAnswer.source == update.id)


def _hold_threads(words: Said) -> None:
    """Whoever carries an update on holds it, then threads, then a problem; so do those who hide
    it with its posts."""
    if isinstance(words, ProblemUpdate):
        db.lock(ProblemUpdate.select().where(ProblemUpdate.id == words.id)).get()
        theirs = Thread.select(Thread.id).where(
            Thread.id.in_(_became(words, ProblemAnswer.thread)))
        list(db.lock(theirs.order_by(Thread.id)))


def _posts_too(update: ProblemUpdate, was: datetime | None) -> None:
    """Hide the posts that an update became, or show those again that were hidden with it."""
    posts = _became(update, ProblemAnswer.post)
    Post.update(hidden_at=update.hidden_at).where(
        Post.id.in_(posts), Post.hidden_at == was).execute()
    versions.touch_all(f"thread: update {update.id}", _became(
        update, peewee.Value("thread:").concat(ProblemAnswer.thread)))
