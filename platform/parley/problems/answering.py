"""One update, published as the answer to all threads of a problem.

The first hundred get it in the request's own write, the rest from the outbox, a write for each
hundred; a thread has it once, however often any of this is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable

import peewee

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids
from parley.kernel.errors import NotFound, Refusal, Refused, refuse
from parley.kernel.safe_html import clean_text
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.problems import counting, rules, steps
from parley.problems.actions import find
from parley.problems.models import Problem, ProblemAnswer, ProblemLink, ProblemUpdate
from parley.problems.rules import TAKEN_UP
from parley.threads.actions import FORM_KEY, NewPost, rendered, sent_before, write_post
from parley.threads.models import Thread
from parley.threads.rules import WITH_CLAIMS, Hat, Purpose, Status
from parley.threads.turns import hold

AT_ONCE = 100
NOT_TAKEN_UP = Refusal("not_taken_up", "Acknowledge the problem first; then you can answer its "
                       "threads.")


def publish(by: Account, problem_id: str, body: str, form_key: str | None = None) -> ProblemUpdate:
    """Write an update that is the answer to all threads linked now: an `answer` where the company
    owes the next word, an `update` in the others. The same form again gives the same update.

    :raise NotFound: there is no such problem at a company of this person
    :raise Invalid: under `body`
    :raise Refused: the company has not taken the problem up, or its proof has lapsed
    """
    body = clean_text(body, field="body", least=rules.BODY[0], most=rules.BODY[1], what="text")
    key = form_key if form_key and FORM_KEY.fullmatch(form_key) else None
    with db.write():
        sent_before(by, None)  # holds the person, as every post of theirs does
        again = key and ProblemUpdate.get_or_none(
            ProblemUpdate.by == by.id, ProblemUpdate.form_key == key)
        if again:
            return again
        problem = find(problem_id)
        steps.role_at(problem, by)
        refuse(None if problem.state in TAKEN_UP else NOT_TAKEN_UP)
        update = ProblemUpdate.create(
            id=ids.new(), problem=problem, by=by, body=body, html=rendered(body), at=clock.now(),
            form_key=key, total=counting.linked_threads(problem.id).count())
        journal.record("problem.answered", "problem", problem.id, by.id, update.at,
                       vendor=problem.vendor_id, update=update.id, threads=update.total)
        _go_on(update, problem)
    return update


def carry(task: Task) -> None:
    """Answer the next threads of an update; a task of the outbox. While it or its problem is hidden
    it stands still."""
    with db.write():
        update = ProblemUpdate.get_or_none(ProblemUpdate.id == task.data["update"])
        if update is None:
            return
        sent_before(update.by, None)
        update = db.lock(ProblemUpdate.select().where(ProblemUpdate.id == update.id)).get()
        problem = Problem.get_by_id(update.problem_id)
        hidden = update.hidden_at is not None or problem.hidden_at is not None
        if update.finished_at is None and not hidden:
            _go_on(update, problem)


def go_on(problem_id: str) -> None:
    """Carry on with what stood still while a problem was hidden. Inside a write."""
    for update in ProblemUpdate.select(ProblemUpdate.id).where(
            ProblemUpdate.problem == problem_id, ProblemUpdate.finished_at.is_null()):
        outbox.put("problem_update", update=update.id)


def _go_on(update: ProblemUpdate, problem: Problem) -> None:
    waiting = counting.linked_threads(problem.id).where(
        ProblemLink.thread > update.reached, ProblemLink.since <= update.at)
    ids_here = [row.thread_id for row in waiting.order_by(ProblemLink.thread).limit(AT_ONCE)]
    _answer_all(update, update.by, ids_here)
    if ids_here:
        update.reached = ids_here[-1]
    if len(ids_here) < AT_ONCE:
        update.finished_at = clock.now()
    else:
        outbox.put("problem_update", update=update.id)
    update.save()
    steps.shown_anew(problem)


def answer_the_rest(by: Account, problem_id: str, update_id: str) -> ProblemUpdate:
    """A colleague answers, with the same words, threads in which its writer may not speak.

    :raise NotFound: there is no such update at a company of this person
    :raise Refused: the company's proof has lapsed
    """
    with db.write():
        sent_before(by, None)
        update = db.lock(ProblemUpdate.select().where(
            ProblemUpdate.id == update_id, ProblemUpdate.problem == problem_id,
            ProblemUpdate.hidden_at.is_null())).first()
        if update is None:
            raise NotFound
        problem = find(problem_id)
        steps.role_at(problem, by)
        rows = left(update).order_by(ProblemAnswer.thread).limit(AT_ONCE)
        here = [row.thread_id for row in rows]
        update.left -= len(here)
        _answer_all(update, by, here)
        update.save()
        steps.shown_anew(problem)
    return update


def left(update: ProblemUpdate) -> peewee.ModelSelect:
    """What waits for a colleague: answers of an update that could not be written."""
    return ProblemAnswer.select(ProblemAnswer, Thread).join(Thread).join_from(
        ProblemAnswer, ProblemLink, on=ProblemLink.only == ProblemAnswer.thread).where(
        ProblemAnswer.source == update.id, ProblemAnswer.left != "", Thread.listed == 1,
        ProblemLink.problem == update.problem_id)


def _answer_all(update: ProblemUpdate, by: Account, thread_ids: Iterable[str]) -> None:
    # Writers hold a thread, then its vendor; so all threads come before the first answer.
    wanted = Thread.select(Thread.id).where(Thread.id.in_(list(thread_ids)))
    for thread_id in [thread.id for thread in db.lock(wanted.order_by(Thread.id))]:
        values = _answer(update, by, thread_id)
        ProblemAnswer.insert(source=update.id, thread=thread_id, **values).on_conflict(
            conflict_target=[ProblemAnswer.source, ProblemAnswer.thread], update=values).execute()
        update.answered += values["claim"] is not None
        update.updated += values["claim"] is None and not values["left"]
        update.left += bool(values["left"])


def _answer(update: ProblemUpdate, by: Account, thread_id: str) -> dict[str, object]:
    try:
        with db.write():
            owed = hold(thread_id).state
            answers = owed.kind in WITH_CLAIMS and owed.status is Status.AWAITING_VENDOR
            post = write_post(by, thread_id, NewPost(
                update.body, purpose=Purpose.ANSWER if answers else Purpose.UPDATE,
                only_as=Hat.REPRESENTATIVE, form_key=f"{update.id}-{thread_id}"))
    except (Refused, NotFound) as no:
        code = no.refusal.code if isinstance(no, Refused) else "gone"
        return {"post": None, "claim": None, "left": code}
    return {"post": post.id, "claim": post.claim, "left": ""}


def of(problem_id: str, limit: int) -> list[ProblemUpdate]:
    """The updates of a problem, newest first, with who wrote them."""
    rows = ProblemUpdate.select(ProblemUpdate, Account).join(Account).where(
        ProblemUpdate.problem == problem_id)
    return list(rows.order_by(ProblemUpdate.at.desc(), ProblemUpdate.id.desc()).limit(limit))
