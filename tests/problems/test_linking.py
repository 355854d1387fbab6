"""Which threads belong to a problem, and whom it hits."""

from __future__ import annotations

import pytest

from parley.kernel import fulltext
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.moderation import actions as moderation
from parley.problems import actions, answering, linking
from parley.problems.actions import NewProblem
from parley.problems.models import Problem, ProblemLink
from parley.threads import outcomes
from parley.threads.models import Clock
from parley.vendors import actions as vendors
from parley.vendors import disputes
from tests.factories import (
    make_account,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.problems.factories import case, named
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("app", "travel")


def test_a_member_names_a_cause_with_two_threads_of_one_company():
    vendor, member = make_vendor(), make_member()
    threads = [f.open_thread(vendor=vendor) for _ in "12"]
    with pytest.raises(Invalid) as no:
        named(member, threads[0])
    assert set(no.value.errors) == {"threads"}
    with pytest.raises(Refused) as refused:
        named(member, threads[0], f.open_thread())
    assert refused.value.refusal.code == "other_company"
    with pytest.raises(Refused) as refused:
        named(make_account(), *threads)
    assert refused.value.status == 403
    problem = named(member, *threads)
    assert (problem.state, problem.hat) == ("suspected", "member")
    assert {row.state for row in ProblemLink.select()} == {"suggested"}
    assert Problem.get_by_id(problem.id).affected == 0  # nobody said yes
    assert [h.ref for h in fulltext.find("heat", kind="problem", scope=vendor.id)] == [problem.id]


def test_the_same_form_names_one_problem():
    found = case(0)
    new = NewProblem("Lids are lost", "All of them.", form_key="k")
    first, again = (actions.open_problem(found.manager, found.vendor, new) for _ in "12")
    assert first.id == again.id


def test_either_side_accepts_and_the_other_can_leave_again():
    vendor = make_vendor()
    threads = [f.open_thread(vendor=vendor) for _ in "12"]
    ours, problem = make_representative(vendor), named(make_member(), *threads)
    rows = {row.thread_id: row.id for row in ProblemLink.select()}
    with pytest.raises(NotFound):
        linking.accept(make_member(), rows[threads[0].id])
    linking.accept(threads[0].author, rows[threads[0].id])
    linking.accept(ours, rows[threads[1].id])
    assert Problem.get_by_id(problem.id).affected == 2
    linking.not_mine(threads[1].author, rows[threads[1].id])
    assert Problem.get_by_id(problem.id).affected == 1
    with pytest.raises(Refused) as no:  # the author's word stands
        linking.link(ours, problem.id, threads[1].id)
    assert no.value.refusal.code == "refused"


def test_the_company_accepts_all_that_waits_but_what_belongs_elsewhere():
    found, member = case(1), make_member()
    threads = [f.open_thread(vendor=found.vendor) for _ in "123"]
    problem = named(member, *threads)
    linking.link(found.manager, found.id, threads[0].id)
    with pytest.raises(NotFound):
        linking.accept_all(member, problem.id)
    assert linking.accept_all(found.manager, problem.id) == 2
    assert Problem.get_by_id(problem.id).linked == 2
    assert found.problem.linked == 2


def test_a_thread_belongs_to_one_problem():
    found = case(2)
    other = actions.open_problem(found.manager, found.vendor, NewProblem("Lids melt", "They do."))
    with pytest.raises(Refused) as no:
        linking.link(found.manager, other.id, found.threads[0].id)
    assert no.value.refusal.code == "other_problem"
    fresh = f.open_thread(vendor=found.vendor)
    ids = [found.threads[1].id, fresh.id, f.open_thread().id]
    assert [row.thread_id for row in linking.link_many(found.manager, other.id, ids)] == [fresh.id]
    assert ProblemLink.select().where(ProblemLink.problem == other.id).count() == 1


def test_an_authors_own_link_waits_until_the_company_took_it_up():
    vendor, mine = make_vendor(), None
    problem = named(make_member(), *(f.open_thread(vendor=vendor) for _ in "12"))
    mine = f.open_thread(vendor=vendor)
    row = linking.link(mine.author, problem.id, mine.id)
    assert row.state == "suggested"
    with pytest.raises(NotFound):  # nobody accepts their own
        linking.accept(mine.author, row.id)
    manager = make_representative(vendor, role="manager")
    actions.move(manager, problem.id, "acknowledged")
    assert linking.link(mine.author, problem.id, mine.id).state == "linked"


def test_a_rejected_problem_takes_no_thread_and_the_company_no_fresh_breath():
    found = case(0)
    thread = f.open_thread(vendor=found.vendor)
    found.move("rejected", "It is the weather.")
    with pytest.raises(Refused) as no:
        linking.link(thread.author, found.id, thread.id)
    assert no.value.refusal.code == "rejected"


def test_the_company_cannot_choose_who_votes():
    found = case(2)
    linking.unlink(found.manager, found.link(1).id)
    assert found.problem.linked == 1
    found.move("fixed")
    with pytest.raises(Refused) as no:
        linking.unlink(found.manager, found.link(0).id)
    assert no.value.refusal.code == "rests"


def test_people_hit_are_counted_once_and_only_where_it_can_be_seen():
    found = case(2)
    both = make_member()
    for thread in found.threads:
        outcomes.say_me_too(both, thread.id, "affected")
    outcomes.say_me_too(make_member(), found.threads[0].id, "works_now")
    actions.follow(make_member(), found.id, affected=True)
    actions.follow(make_account(), found.id)
    assert (found.problem.linked, found.problem.affected) == (2, 4)
    steward = make_steward()
    moderation.hide_thread(found.threads[0].id, steward, "unlawful")
    assert (found.problem.linked, found.problem.affected) == (1, 3)
    moderation.show_thread(found.threads[0].id, steward, "mistake")
    assert (found.problem.linked, found.problem.affected) == (2, 4)
    outcomes.withdraw(found.authors[1], found.threads[1].id)
    assert (found.problem.linked, found.problem.affected) == (1, 3)
    joined = vendors.appoint(found.vendor, found.authors[0], "responder")
    vendors.accept(joined, found.authors[0])
    assert (found.problem.linked, found.problem.affected) == (1, 2)
    with pytest.raises(Refused):
        actions.follow(found.manager, found.id, affected=True)


def test_not_mine_counts_the_answer_as_never_posted():
    found = case(2)
    waited = found.threads[0].waiting_since
    answering.publish(found.manager, found.id, "New lids for all.")
    assert f.now(found.threads[0]).status == "awaiting_author"
    with pytest.raises(NotFound):
        linking.not_mine(found.authors[1], found.link(0).id)
    for _ in "12":
        linking.not_mine(found.authors[0], found.link(0).id)
    left, stayed = (f.now(thread) for thread in found.threads)
    assert (left.status, left.waiting_since, left.first_answer_at) == (
        "awaiting_vendor", waited, None)
    assert {c.stopped_at for c in Clock.select().where(Clock.thread == left.id)} == {None}
    assert stayed.status == "awaiting_author"
    assert (found.problem.linked, found.problem.affected) == (1, 1)


def test_problems_move_with_their_companys_page():
    gone, kept = case(1), make_vendor()
    disputes.merge(gone.vendor, kept, make_steward(), "One company.")
    assert gone.problem.vendor_id == kept.id
    assert [h.ref for h in fulltext.find("lids", kind="problem", scope=kept.id)] == [gone.id]
