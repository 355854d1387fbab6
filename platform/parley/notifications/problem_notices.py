"""Who hears of problems: the people hit by one, those who follow it, and the company's people."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import db
from parley.kernel.safe_html import excerpt, plain
from parley.notifications.actions import SHOWN_IN_MAIL, representatives, silencing, tell
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.problems import counting, moderating
from parley.problems.models import Problem, ProblemFollow, ProblemStep
from parley.problems.rules import State
from parley.threads.models import Thread
from parley.vendors.models import Vendor

AT_ONCE = 100  # mails written in one transaction


def listen() -> None:
    """Follow what is recorded of problems."""
    for kind, subscriber in HEARD.items():
        journal.subscribe(kind, subscriber)


def opened(fact: Fact) -> None:
    if fact.refs["state"] == State.SUSPECTED:
        tell("problem_named", representatives(fact), fact.by, problem=fact.subject_id)


def suggested(fact: Fact) -> None:
    """The author decides, and so does the company; of those that came with the problem it has
    heard by then."""
    thread, problem = fact.refs["thread"], Problem.get_by_id(fact.subject_id)
    tell("problem_suggested", _author(thread), fact.by, thread=thread, problem=problem.id)
    if fact.at > problem.opened_at:
        tell("problem_suggested", representatives(fact), fact.by, thread=thread,
             problem=problem.id)


def linked(fact: Fact) -> None:
    thread = fact.refs["thread"]
    tell("problem_linked", _author(thread), fact.by, thread=thread, problem=fact.subject_id)


def unlinked(fact: Fact) -> None:
    tell("problem_unlinked", representatives(fact), fact.by, thread=fact.refs["thread"],
         problem=fact.subject_id)


def moved(fact: Fact) -> None:
    """All whom it hits hear of every step, and so do those who follow it or may belong to it; the
    company's people of what others decided. A fix is told by mail too."""
    state = fact.refs["state"]
    back = state == State.ACKNOWLEDGED and fact.refs.get("was") in (State.FIXED, State.CONFIRMED)
    kind = "problem_back" if back else f"problem_{state}"
    hear = counting.hearers(fact.subject_id)
    if fact.by is None:
        hear |= representatives(fact)
    tell(kind, hear, fact.by, problem=fact.subject_id)
    if state == State.FIXED:
        outbox.put("problem_mail", step=fact.refs["step"])


def answered(fact: Fact) -> None:
    """Authors and followers of the threads hear there; this is for those without one."""
    following = ProblemFollow.select(ProblemFollow.account).where(
        ProblemFollow.problem == fact.subject_id)
    tell("problem_update", following, fact.by, problem=fact.subject_id)


def hidden(fact: Fact) -> None:
    """The writer hears, with no word of it: the notice leads to the log."""
    problem = Problem.get_by_id(fact.subject_id)
    writer = moderating.writer_of(moderating.said(problem, fact.refs.get("part", "")))
    tell("hidden", Account.select(Account.id).where(Account.id == writer), fact.by)


def shown(fact: Fact) -> None:
    """Mails about a fix that stood still while it was hidden go on."""
    step = ProblemStep.select(ProblemStep.id).where(
        ProblemStep.problem == fact.subject_id).order_by(ProblemStep.id.desc()).first()
    if Problem.get_by_id(fact.subject_id).state == State.FIXED:
        outbox.put("problem_mail", step=step.id)


HEARD = {
    "problem.opened": opened,
    "problem.suggested": suggested,
    "problem.linked": linked,
    "problem.unlinked": unlinked,
    "problem.moved": moved,
    "problem.answered": answered,
    "problem.hidden": hidden,
    "problem.shown": shown,
    "problem.words_hidden": hidden,
}


def _author(thread_id: str) -> peewee.ModelSelect:
    return Thread.select(Thread.author).where(Thread.id == thread_id)


def carry(task: Task) -> None:
    """Write the mails about a fix, a write for each hundred; a task of the outbox. The step
    remembers whom it told, so that doing this twice writes no mail twice. While the problem is
    hidden nobody is told."""
    with db.write():
        step = db.lock(ProblemStep.select().where(ProblemStep.id == task.data["step"])).first()
        if step is None:
            return
        problem = Problem.select(Problem, Vendor).join(Vendor).where(
            Problem.id == step.problem_id).get()
        if problem.hidden_at is not None:
            return
        for person in _next(step):
            step.told = person.id
            mail.send(
                person.email, "problem_fixed", name=person.display_name, title=problem.title,
                company=problem.vendor.name, path=f"/problems/{problem.id}",
                text="" if step.hidden_at else excerpt(plain(step.html), SHOWN_IN_MAIL))
        if step.save():
            outbox.put("problem_mail", step=step.id)


def _next(step: ProblemStep) -> list[Account]:
    """The next of the people hit to hear of a step by mail, in the order of their ids."""
    people = Account.select().where(
        Account.id.in_(counting.people(step.problem_id)), Account.id > step.told,
        Account.email.is_null(False), Account.closed_at.is_null(),
        Account.suspended_at.is_null(), Account.id.not_in(silencing(step.by_id or "")))
    return list(people.order_by(Account.id).limit(AT_ONCE))
