"""What people do about problems: name them, move them, follow them, say whether a fix works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from parley.accounts.models import Account
from parley.advocates.actions import declaration_of
from parley.journal import actions as journal
from parley.kernel import clock, db, ids
from parley.kernel.errors import Invalid, NotFound, refuse
from parley.kernel.safe_html import clean_text
from parley.problems import counting, linking, rules, search, steps
from parley.problems.models import SHOWN, Problem, ProblemFollow, ProblemVote
from parley.problems.rules import PLACE, State
from parley.threads.actions import FORM_KEY, Checked, rendered, sent_before
from parley.threads.rules import Hat
from parley.threads.turns import may_join_in, needs
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor


@dataclass(frozen=True)
class NewProblem:
    """A problem as it was typed; `threads` are ids of those that share it."""

    title: str
    body: str
    threads: tuple[str, ...] = ()
    form_key: str | None = None


def find(problem_id: str) -> Problem:
    """:raise NotFound: there is no such problem, or a steward hid it"""
    problem = Problem.select(Problem, Vendor).join(Vendor).where(
        Problem.id == problem_id, SHOWN).first()
    if problem is None:
        raise NotFound
    return problem


def open_problem(by: Account, vendor: Vendor, new: NewProblem) -> Problem:
    """Name the cause behind threads. A manager opens it as acknowledged, with or without threads;
    members as suspected, with at least two. The same form again gives the same problem.

    :raise Invalid: under `title`, `body` or `threads`
    :raise Refused: the person's role or standing forbids it, or see `linking.link`
    """
    check = Checked()
    check.line("title", new.title, *rules.TITLE, "title")
    check.text("body", new.body, *rules.BODY, "text")
    values, wanted = check.values, sorted(set(new.threads))
    with db.write():
        sent_before(by, None)  # holds the person, so that of two forms at once one waits
        if again := _made(by, new.form_key):
            return again
        hat = _hat_to_open(by, vendor)
        if words := _threads_missing(hat, len(wanted)):
            check.errors["threads"] = words
        check.done()
        threads = linking.hold_all(wanted)
        if len(threads) < len(wanted):
            raise Invalid({"threads": "One of these threads is gone. Choose again."})
        problem = _create(by, vendor, hat, values, new.form_key)
        for thread in threads:
            linking.join(problem, thread, by)
    return problem


def _made(by: Account, form_key: str | None) -> Problem | None:
    key = _usable(form_key)
    return Problem.get_or_none(Problem.opened_by == by.id, Problem.form_key == key) if key else None


def _usable(form_key: str | None) -> str | None:
    return form_key if form_key and FORM_KEY.fullmatch(form_key) else None


def _hat_to_open(by: Account, vendor: Vendor) -> Hat:
    role = vendors.role_of(by, vendor)
    refuse(rules.may_open(role))
    if role:
        refuse(vendors.may_write(vendor.id))
        return Hat.REPRESENTATIVE
    needs(may_join_in(by))
    return Hat.ADVOCATE if declaration_of(by, vendor.id) else Hat.MEMBER


def _threads_missing(hat: Hat, chosen: int) -> str:
    if hat is not Hat.REPRESENTATIVE and chosen < rules.FEWEST_THREADS:
        return "Choose at least two threads that share this cause."
    return "" if chosen <= rules.MOST_THREADS else (
        f"Choose {rules.MOST_THREADS} threads at most; others can be linked afterwards.")


def _create(by: Account, vendor: Vendor, hat: Hat, values: dict[str, str],
            form_key: str | None) -> Problem:
    now, standing = clock.now(), rules.opened(hat is Hat.REPRESENTATIVE)
    problem = Problem.create(
        id=ids.new(), vendor=vendor, title=values["title"], body=values["body"],
        html=rendered(values["body"]), opened_by=by, hat=hat, opened_at=now, moved_at=now,
        form_key=_usable(form_key), state=standing.state, place=PLACE[standing.state])
    steps.note(problem, by)
    if hat is not Hat.REPRESENTATIVE:
        ProblemFollow.create(account=by, problem=problem, since=now)
    search.index(problem)
    journal.record("problem.opened", "problem", problem.id, by.id, now, vendor=vendor.id,
                   state=problem.state)
    steps.shown_anew(problem)
    return problem


def move(by: Account, problem_id: str, to: str, words: str = "", planned_for: str = "") -> Problem:
    """The company says where its problem stands: `acknowledged`, `fix_planned` with a day,
    `fixed` with what changed, or `rejected` with a reason.

    :raise NotFound: there is no such problem at a company of this person
    :raise Invalid: under `to`, `words` or `planned_for`
    :raise Refused: see `rules.step`
    """
    if to not in (State.ACKNOWLEDGED, State.FIX_PLANNED, State.FIXED, State.REJECTED):
        raise Invalid({"to": "Choose where it stands."})
    state = State(to)
    needed = {State.FIXED: "what changed", State.REJECTED: "reason"}.get(state)
    words = clean_text(words, field="words", least=rules.WORDS[0] if needed else 0,
                       most=rules.WORDS[1], what=needed or "text").strip()
    day = _day(planned_for) if state is State.FIX_PLANNED else None
    with db.write():
        problem = steps.hold_shown(problem_id)
        role = steps.role_at(problem, by)
        if state is State.REJECTED:
            refuse(rules.may_reject(role))
        steps.take(problem, _event(state, problem, day), by, words)
        counting.later(problem.id)
    return problem


def _event(state: State, problem: Problem, day: date | None) -> rules.Event:
    if day is not None:
        return rules.Plans(day, clock.now().date())
    if state is State.ACKNOWLEDGED:
        return rules.Acknowledges()
    return rules.Fixes() if state is State.FIXED else rules.Rejects(problem.linked)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid({"planned_for": "Give the day as year, month and day, such as 2027-05-04."}
                      ) from None


def vote(by: Account, problem_id: str, works: bool) -> Problem:
    """Somebody hit by a problem says whether its fix works; the last word of each counts.

    :raise NotFound: there is no such problem
    :raise Refused: see `rules.may_answer`
    """
    with db.write():
        counting.catch_up(problem_id)
        problem = steps.hold_shown(problem_id)
        represents = vendors.role_of(by, problem.vendor_id) is not None
        refuse(rules.may_answer(State(problem.state), counting.hits(problem.id, by), represents))
        now, vote = clock.now(), {"problem": problem.id, "fix": problem.fix, "account": by.id}
        before = ProblemVote.get_or_none(**vote)
        ProblemVote.insert(**vote, works=works, at=now).on_conflict(
            conflict_target=[ProblemVote.problem, ProblemVote.fix, ProblemVote.account],
            update={ProblemVote.works: works, ProblemVote.at: now}).execute()
        journal.record("problem.voted", "problem", problem.id, by.id, now,
                       vendor=problem.vendor_id, fix=problem.fix)
        counting.answered(problem, before and before.works, works)
    return problem


def follow(by: Account, problem_id: str, affected: bool = False) -> Problem:
    """Hear of every step of a problem; with `affected` also say that it hits oneself.

    :raise NotFound: there is no such problem
    :raise Refused: with `affected`: the person answers for the company, or is no member (403)
    """
    with db.write():
        problem = find(problem_id)
        if affected:
            refuse(rules.may_be_hit(vendors.role_of(by, problem.vendor_id) is not None))
            needs(may_join_in(by))
        ProblemFollow.insert(
            account=by.id, problem=problem.id, affected=affected, since=clock.now()).on_conflict(
            conflict_target=[ProblemFollow.account, ProblemFollow.problem],
            update={ProblemFollow.affected: affected}).execute()
        journal.record("problem.followed", "problem", problem.id, by.id,
                       vendor=problem.vendor_id, affected=affected)
        counting.later(problem.id)
    return problem


def unfollow(by: Account, problem_id: str) -> Problem:
    """Hear of it no longer, and take back that it hits oneself."""
    with db.write():
        problem = find(problem_id)
        ProblemFollow.delete().where(
            ProblemFollow.account == by.id, ProblemFollow.problem == problem.id).execute()
        journal.record("problem.unfollowed", "problem", problem.id, by.id,
                       vendor=problem.vendor_id)
        counting.later(problem.id)
    return problem
