"""What people do about problems at the same instant: committed for real."""

from __future__ import annotations

import pytest

from parley.kernel import db
from parley.outbox.models import Task
from parley.problems import actions, answering, linking, moderating
from parley.problems import following as problems_following
from parley.problems.actions import NewProblem
from parley.problems.models import Problem, ProblemAnswer, ProblemLink
from parley.threads import following, outcomes
from parley.threads.models import Post
from tests.factories import make_member, make_steward
from tests.problems.factories import case
from tests.threads import factories as f
from tests.threads.test_races import at_once

pytestmark = pytest.mark.usefixtures("own_database", "open_connection")


@pytest.fixture
def open_connection(own_database):
    following.install()
    problems_following.install()
    db.database.connect(reuse_if_open=True)


def test_a_thread_linked_by_many_at_once_belongs_to_one_problem():
    found = case(0)
    thread = f.open_thread(vendor=found.vendor)
    others = [actions.open_problem(found.manager, found.vendor, NewProblem(f"Cause {n} of it", "x"))
              for n in range(3)]
    results = at_once(*[lambda p=p: linking.link(found.manager, p.id, thread.id) for p in others])
    assert results.count("other_problem") == 2
    assert ProblemLink.select().where(ProblemLink.only == thread.id).count() == 1


def test_an_update_that_is_hidden_while_it_goes_on_leaves_no_post_in_sight(monkeypatch):
    monkeypatch.setattr(answering, "AT_ONCE", 4)
    found, steward = case(12), make_steward()
    for number in range(4):
        update = answering.publish(found.manager, found.id, f"New lids {number}.")
        task = Task.select().where(Task.kind == "problem_update").order_by(Task.id.desc()).first()
        results = at_once(
            lambda task=task: answering.carry(task),
            lambda update=update: moderating.act("hide_words", found.id, steward, "spam",
                                                 part=f"update-{update.id}"))
        assert results[0] is None, results
        posts = Post.select().where(Post.body == update.body)
        assert posts.count() in (4, 8)
        assert not posts.where(Post.hidden_at.is_null()).exists()


def test_answers_votes_and_me_toos_at_once_neither_block_nor_get_lost():
    found = case(4)
    members = [make_member() for _ in range(3)]
    at_once(
        lambda: answering.publish(found.manager, found.id, "New lids.", "k"),
        lambda: answering.publish(found.manager, found.id, "New lids.", "k"),
        *[lambda m=m, t=t: outcomes.say_me_too(m, t.id, "affected")
          for m, t in zip(members, found.threads, strict=False)],
        lambda: actions.follow(make_member(), found.id, affected=True),
        lambda: outcomes.withdraw(found.authors[3], found.threads[3].id))
    problem = Problem.get_by_id(found.id)
    assert (problem.linked, problem.affected) == (3, 7)
    assert ProblemAnswer.select().count() in (3, 4)  # the fourth was withdrawn before, or after
    found.move("fixed")
    at_once(*[lambda a=a: actions.vote(a, found.id, True) for a in found.authors[:3]])
    assert Problem.get_by_id(found.id).state == "confirmed"
