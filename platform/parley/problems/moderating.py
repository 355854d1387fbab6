"""Reporting a problem, settling the report, and hiding and showing it, on the public log."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.safe_html import clean_text
from parley.members.actions import is_steward
from parley.members.rules import REASONS
from parley.problems import answering, counting, rules, search, steps
from parley.problems.actions import find
from parley.problems.models import Problem, ProblemAct, ProblemReport
from parley.vendors.actions import role_of


def report(problem_id: str, by: Account, reason: str, note: str = "") -> ProblemReport:
    """Tell the stewards that a problem breaks a rule. It hides nothing by itself.

    A report by somebody who answers for the company counts as the company's.

    :raise NotFound: there is no such problem that everybody can see
    :raise Invalid: under `reason` or `note`
    :raise Refused: they named it themselves, or reported it before
    """
    note = _explained(reason, REASONS, note, "note")
    with db.write():
        problem = find(problem_id)
        refuse(rules.may_report(named=problem.opened_by_id == by.id))
        row = ProblemReport(
            id=ids.unguessable(), problem=problem, reporter=by, reason=reason, note=note,
            vendor=problem.vendor_id if role_of(by, problem.vendor_id) else None, at=clock.now())
        ProblemReport.insert(row.__data__).on_conflict_ignore().execute()
        if ProblemReport.get_or_none(ProblemReport.id == row.id) is None:
            raise Refused(Refusal("reported", "You reported this problem before. The stewards "
                                  "have it."))
        journal.record("report.filed", "report", row.id, by=by.id, at=row.at, problem=problem.id,
                       reason=reason, vendor=row.vendor_id)
    return row


def _explained(reason: str, reasons: dict[str, str], words: str, field: str) -> str:
    if reason not in reasons:
        raise Invalid({"reason": "Choose one of the reasons listed."})
    return clean_text(words, field=field, least=0, most=rules.MOST_NOTE, what="note").strip()


def settle(report_id: str, by: Account, decision: str, words: str = "") -> ProblemReport:
    """Decide on a report: `hide_problem` or `reject`.

    :raise NotFound: `by` is no steward, or there is no such report
    :raise Invalid: there is no such decision
    :raise Refused: it was settled before, or this steward may not judge it
    """
    if decision not in ("hide_problem", "reject"):
        raise Invalid({"decision": "Choose what to do about this report."})
    with db.write():
        row = db.lock(ProblemReport.select().where(ProblemReport.id == report_id)).first()
        if row is None or not is_steward(by):
            raise NotFound
        if row.settled_at:
            raise Refused(Refusal("settled", "Another steward has settled this report."))
        if decision == "reject" or row.problem.hidden_at is not None:
            refuse(_may_judge(by, row.problem))
        else:
            act(decision, row.problem_id, by, row.reason, words)
        row.settled_at, row.upheld = clock.now(), decision != "reject"
        row.save()
        journal.record("report.settled", "report", row.id, by=by.id, at=row.settled_at,
                       problem=row.problem_id, upheld=row.upheld, vendor=row.vendor_id)
    return row


def _may_judge(by: Account, problem: Problem) -> Refusal | None:
    reported = ProblemReport.select().where(
        ProblemReport.problem == problem.id, ProblemReport.reporter == by.id).exists()
    return rules.may_judge(named=problem.opened_by_id == by.id, reported=reported,
                           represents=role_of(by, problem.vendor_id) is not None)


def act(kind: str, problem_id: str, by: Account, reason: str, words: str = "") -> ProblemAct:
    """Hide a problem from everybody but stewards and whoever named it, or show it again. Its links
    stay, but do nothing while it is hidden.

    `kind` is a key of `rules.ACTS`, `reason` one of `rules.reasons_for` it.

    :raise NotFound: `by` is no steward, or there is no such problem
    :raise Invalid: under `act`, `reason` or `words`
    :raise Refused: it would change nothing, or this steward may not judge it
    """
    if kind not in rules.ACTS:
        raise Invalid({"act": "Choose what to do."})
    words = _explained(reason, rules.reasons_for(kind), words, "words")
    with db.write():
        if not is_steward(by):
            raise NotFound
        problem = steps.hold(problem_id)
        refuse(_may_judge(by, problem))
        refuse(rules.may_do(kind, problem.hidden_at is not None))
        now = clock.now()
        problem.hidden_at = now if kind == "hide_problem" else None
        problem.save()
        search.index(problem)
        row = ProblemAct.create(id=ids.new(), kind=kind, steward=by, problem=problem,
                                reason=reason, words=words, at=now)
        journal.record(rules.FACTS[kind], "problem", problem.id, by=by.id, at=now,
                       vendor=problem.vendor_id, reason=reason)
        if problem.hidden_at is None:
            answering.go_on(problem.id)
            counting.later(problem.id)
        steps.shown_anew(problem)
        versions.touch("log")
    return row
