"""What becomes of a problem: steps, votes, and who hears of them."""

from __future__ import annotations

import pytest

from parley.journal.models import Entry
from parley.kernel import db
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.notifications.models import Notice
from parley.problems import actions, answering, counting, linking
from parley.problems.models import ProblemAnswer, ProblemStep
from parley.threads.actions import NewPost, write_post
from parley.threads.models import Post
from parley.vendors.models import Vendor
from tests.factories import make_member, make_representative
from tests.problems.factories import case, named
from tests.threads import factories as f
from tests.web.crowd import listening

pytestmark = pytest.mark.usefixtures("app", "travel")


def kinds(account) -> list[str]:
    rows = Notice.select().where(Notice.account == account.id, Notice.problem.is_null(False))
    return [row.kind for row in rows.order_by(Notice.at, Notice.kind)]


def test_most_of_those_who_answer_decide_and_a_new_fix_asks_anew(travel):
    found = case(5)
    found.move("fix_planned", planned_for="2026-12-01")
    found.move("fixed", "Thicker lids.")
    assert found.vote(True, False) == "fixed"  # too few, and a tie
    assert found.vote(True, False, False) == "acknowledged"
    last = Entry.select().where(Entry.kind == "problem.moved").order_by(Entry.id.desc()).get()
    assert last.refs.items() >= {"was": "fixed", "state": "acknowledged", "affected": 5}.items()
    with pytest.raises(Refused) as no:
        found.vote(True)
    assert no.value.refusal.code == "not_fixed"
    found.move("fixed", "Much thicker lids.")
    assert (found.problem.works, found.problem.broken) == (0, 0)
    assert found.vote(True, True, False) == "confirmed"
    actions.vote(found.authors[0], found.id, False)  # it broke again, after all
    assert found.problem.state == "acknowledged"
    assert [s.state for s in ProblemStep.select().order_by(ProblemStep.id)] == [
        "acknowledged", "fix_planned", "fixed", "acknowledged", "fixed", "confirmed",
        "acknowledged"]


def test_only_the_people_hit_say_whether_it_works():
    found = case(1)
    found.move("fixed")
    for person, code in ((make_member(), "not_hit"), (found.manager, "own_company")):
        with pytest.raises(Refused) as no:
            actions.vote(person, found.id, True)
        assert no.value.refusal.code == code
    assert found.vote(True) == "confirmed"


def test_an_answer_is_counted_without_counting_all():
    found = case(5)
    found.move("fixed")
    with listening() as heard:
        found.vote(True, False, True)
        actions.vote(found.authors[1], found.id, True)
        actions.vote(found.authors[1], found.id, True)
        actions.vote(found.authors[0], found.id, False)
    assert not [sql for sql, _ in heard if "GROUP BY" in sql]
    kept = found.problem.works, found.problem.broken
    assert kept == counting.answers(found.problem) == (2, 1)


def test_links_of_the_same_write_are_counted_before_an_answer():
    with db.write():
        found = case(3)
        found.move("fixed")
        assert found.vote(True, True) == "fixed"
        assert found.vote(True, True, True) == "confirmed"
    last = Entry.select().where(Entry.kind == "problem.moved").order_by(Entry.id.desc()).get()
    assert last.refs["affected"] == 3


def test_who_leaves_takes_their_word_along():
    found = case(3)
    found.move("fixed")
    found.vote(False, True)
    linking.not_mine(found.authors[0], found.link(0).id)
    assert (found.problem.works, found.problem.broken) == (1, 0)
    assert found.problem.state == "fixed"
    linking.not_mine(found.authors[2], found.link(2).id)
    assert found.problem.state == "confirmed"  # all of the one who is left


@pytest.mark.parametrize(("typed", "field"), [
    ({"to": "confirmed"}, "to"), ({"to": "fixed", "words": ""}, "words"),
    ({"to": "rejected", "words": " "}, "words"), ({"to": "fix_planned"}, "planned_for"),
    ({"to": "fix_planned", "planned_for": "31.2.2027"}, "planned_for"),
    ({"to": "fixed", "words": "x" * 5_001}, "words"), ({"to": "fixed", "words": "\x00"}, "words"),
])
def test_bad_input_is_named_by_its_field(typed, field):
    found = case(0)
    with pytest.raises(Invalid) as no:
        actions.move(found.manager, found.id, **typed)
    assert set(no.value.errors) == {field}


def test_who_may_move_what():
    found, other = case(0), case(0)
    responder = make_representative(found.vendor)
    with pytest.raises(NotFound):
        actions.move(other.manager, found.id, "fixed", "It is.")
    with pytest.raises(Refused) as no:
        actions.move(responder, found.id, "rejected", "It is not ours.")
    assert no.value.refusal.code == "managers_only"
    actions.move(responder, found.id, "fix_planned", planned_for="2026-12-01")
    with pytest.raises(Refused):
        actions.open_problem(responder, found.vendor, actions.NewProblem("Lids melt", "They do."))
    Vendor.update(lapsed_at=found.vendor.created_at).where(Vendor.id == found.vendor.id).execute()
    with pytest.raises(Refused):
        found.move("fixed")


def test_all_whom_it_hits_hear_of_every_step_and_of_a_fix_by_mail(mails, outbox_run):
    found, follower = case(2), make_member()
    actions.follow(follower, found.id)
    found.move("fix_planned", planned_for="2026-12-01")
    found.move("fixed", "Thicker **lids**.")
    outbox_run()
    found.vote(True, True)
    steps = ["problem_fix_planned", "problem_fixed", "problem_confirmed"]
    assert sorted(kinds(follower)) == sorted(steps)
    assert sorted(kinds(found.authors[0])) == sorted(["problem_linked", *steps])
    assert kinds(found.manager) == ["problem_confirmed"]
    fixed = [mail for mail in mails if mail.kind == "problem_fixed"]
    assert sorted(mail.to for mail in fixed) == sorted(a.email for a in found.authors)
    assert fixed[0].link == f"/problems/{found.id}"
    assert "Thicker lids." in fixed[0].text


def test_a_suspicion_is_told_to_the_company_and_to_the_authors():
    vendor = case(0).vendor
    threads, ours = [f.open_thread(vendor=vendor) for _ in "12"], make_representative(vendor)
    member = make_member()
    problem = named(threads[0].author, *threads)
    assert kinds(ours) == ["problem_named"]
    assert (kinds(threads[0].author), kinds(threads[1].author)) == ([], ["problem_suggested"])
    actions.move(ours, problem.id, "acknowledged")
    for author in (threads[0].author, threads[1].author):
        assert "problem_acknowledged" in kinds(author)
    assert kinds(member) == []


def test_thirty_threads_are_answered_once():
    """In each that awaits the company an answer, in the others an update; two hats wait for a
    colleague; sent again it changes nothing."""
    found = case(27)
    asked, closed, idea = (f.open_thread(vendor=found.vendor, kind=kind) for kind in (
        "question", "complaint", "idea"))
    f.answer(asked, "ask")
    f.confirm(closed, "myself")
    f.reply(found.threads[0], by=(colleague := make_member()))
    make_representative(found.vendor, colleague)
    linking.link_many(found.manager, found.id, [asked.id, closed.id, idea.id])
    for _ in "12":
        update = answering.publish(colleague, found.id, "New lids for all.", "k")
    assert (update.total, update.answered, update.updated, update.left) == (30, 26, 3, 1)
    assert update.finished_at
    [row] = answering.left(update)
    assert (row.thread_id, row.left) == (found.threads[0].id, "two_hats")
    answering.answer_the_rest(found.manager, found.id, update.id)
    purposes = [post.purpose for post in Post.select().where(Post.body == "New lids for all.")]
    assert (purposes.count("answer"), purposes.count("update")) == (27, 3)
    assert {f.now(thread).status for thread in found.threads} == {"awaiting_author"}
    assert ProblemAnswer.select().where(ProblemAnswer.claim == 1).count() == 27


def test_a_large_problem_is_answered_by_the_outbox_in_pieces(monkeypatch, outbox_run):
    monkeypatch.setattr(answering, "AT_ONCE", 2)
    found = case(5)
    update = answering.publish(found.manager, found.id, "New lids for all.")
    late = f.open_thread(vendor=found.vendor)
    assert (update.answered, update.finished_at) == (2, None)
    order = sorted(range(5), key=lambda n: found.threads[n].id)
    linking.not_mine(found.authors[order[-1]], found.link(order[-1]).id)  # before its turn
    outbox_run()
    update = type(update).get_by_id(update.id)
    assert (update.answered, update.left) == (4, 0)
    assert update.finished_at
    fourth, fifth = (found.threads[n] for n in order[3:])
    assert [f.now(thread).status for thread in (fourth, fifth, late)] == [
        "awaiting_author", "awaiting_vendor", "awaiting_vendor"]


def test_an_unknown_problem_is_answered_by_nobody():
    found = case(1)
    with pytest.raises(NotFound):
        answering.publish(make_member(), found.id, "Hello")
    with pytest.raises(Invalid):
        answering.publish(found.manager, found.id, "")
    problem = named(make_member(), *(f.open_thread(vendor=found.vendor) for _ in "12"))
    with pytest.raises(Refused) as no:
        answering.publish(found.manager, problem.id, "Hello")
    assert no.value.refusal.code == "not_taken_up"
    write_post(found.manager, found.threads[0].id, NewPost("By hand.", purpose="answer"))
