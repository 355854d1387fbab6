"""Assigning, answering side by side, going on to the next, saved texts, and many at once."""

from __future__ import annotations

import pytest

from parley.desk import actions, bulk, notes, queue, texts
from parley.desk.models import Answering, Bulk
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.notifications.models import Notice
from parley.problems.actions import NewProblem, open_problem
from parley.problems.models import Problem
from parley.threads import actions as threads
from parley.threads.actions import NewPost
from parley.threads.models import Post, Thread
from parley.vendors import actions as vendors
from parley.vendors import people
from parley.vendors.models import Vendor
from tests.problems import factories as problems
from tests.threads import factories as f


def with_whom(thread: Thread) -> str:
    return f.now(thread).assignee


def answer(team, by, thread, seen=1, **typed):
    return actions.answer(by, team.vendor, thread.id, NewPost(
        **{"body": "It is here.", "purpose": "answer"} | typed), seen=seen)


def test_a_thread_goes_from_hand_to_hand(team):
    thread = team.thread()
    actions.assign(team.kim, team.vendor, thread.id, "kim", "")
    assert with_whom(thread) == team.kim.id
    actions.assign(team.lou, team.vendor, thread.id, "LOU", team.kim.id)
    assert with_whom(thread) == team.lou.id
    actions.assign(team.kim, team.vendor, thread.id, "", team.lou.id)
    assert with_whom(thread) == ""


def test_whoever_is_given_a_thread_hears_of_it(team):
    thread = team.thread()
    actions.assign(team.kim, team.vendor, thread.id, "lou", "")
    actions.assign(team.kim, team.vendor, thread.id, "kim", team.lou.id)
    rows = Notice.select().where(Notice.kind == "assigned")
    assert [(row.account, row.thread) for row in rows] == [(team.lou, thread)]


def test_what_a_colleague_changed_meanwhile_is_not_changed_back(team):
    thread = team.thread()
    actions.assign(team.lou, team.vendor, thread.id, "lou", "")
    with pytest.raises(Refused, match="Lou takes care"):
        actions.assign(team.kim, team.vendor, thread.id, "kim", "")
    actions.assign(team.kim, team.vendor, thread.id, "lou", "")  # the same wish is no conflict
    assert with_whom(thread) == team.lou.id


@pytest.mark.parametrize("handle", ["nobody_here", "x" * 200])
def test_only_colleagues_take_care_of_threads(team, handle):
    with pytest.raises(Invalid) as problem:
        actions.assign(team.kim, team.vendor, team.thread().id, handle, "")
    assert set(problem.value.errors) == {"to"}


def test_the_threads_of_one_who_was_removed_are_free_again(team, outbox_run):
    thread, other = team.thread(), team.thread()
    actions.assign(team.kim, team.vendor, thread.id, "kim", "")
    actions.assign(team.kim, team.vendor, other.id, "lou", "")
    actions.begin(team.kim, team.vendor, thread.id)
    people.remove(team.vendor, "kim", team.manager)
    outbox_run()
    assert (with_whom(thread), with_whom(other)) == ("", team.lou.id)
    assert actions.answering([thread.id]) == {}


def test_the_next_one_is_nobodys_and_not_being_answered(team, travel):
    first, second, third, fourth = (team.thread() for _ in range(4) if travel(seconds=1))
    actions.assign(team.lou, team.vendor, second.id, "lou", "")
    actions.begin(team.lou, team.vendor, first.id)
    assert actions.take_next(team.kim, team.vendor) == third
    assert actions.take_next(team.manager, team.vendor) == fourth
    assert actions.take_next(team.lou, team.vendor) == first
    place = queue.place_of(f.now(third))
    assert actions.take_next(team.kim, team.vendor, place) is None
    travel(minutes=11)
    assert actions.take_next(team.kim, team.vendor, place) == fourth


def test_a_locked_thread_and_ones_own_are_passed_over(team, travel):
    locked, own, free = (team.thread() for _ in range(3) if travel(seconds=1))
    Thread.update(locked_at=locked.opened_at).where(Thread.id == locked.id).execute()
    Thread.update(author=team.kim).where(Thread.id == own.id).execute()
    assert actions.take_next(team.kim, team.vendor) == free


def test_that_somebody_answers_is_known_for_ten_minutes_or_until_it_is_sent(team, travel):
    thread = team.thread()
    actions.begin(team.kim, team.vendor, thread.id)
    began = travel.now
    travel(minutes=9)
    actions.begin(team.kim, team.vendor, thread.id)
    (row,) = actions.answering([thread.id])[thread.id]
    assert (row.account, row.since) == (team.kim, began)
    travel(minutes=9)
    assert actions.answering([thread.id])
    answer(team, team.kim, thread)
    assert actions.answering([thread.id]) == {}
    actions.begin(team.lou, team.vendor, thread.id)
    actions.stop(team.lou, team.vendor, thread.id)
    assert Answering.select().count() == 0
    actions.begin(team.lou, team.vendor, thread.id)
    travel(minutes=10)
    assert actions.answering([thread.id]) == {}
    actions.sweep()
    assert Answering.select().count() == 0


def test_an_answer_beside_another_is_looked_at_again(team):
    thread = team.thread()
    answer(team, team.lou, thread)
    with pytest.raises(Refused, match="Lou wrote"):
        answer(team, team.kim, thread, seen=1)
    assert f.now(thread).post_count == 2
    answer(team, team.kim, thread, seen=2, purpose="update")
    answer(team, team.kim, thread, seen=2, purpose="update")  # one's own post is no surprise
    assert f.now(thread).post_count == 4


def test_a_form_sent_twice_answers_once_even_after_a_colleague(team):
    thread = team.thread()
    first = answer(team, team.kim, thread, form_key="k")
    answer(team, team.lou, thread, seen=2, purpose="update")
    assert answer(team, team.kim, thread, form_key="k") == first


def test_a_post_that_began_as_a_saved_reply_says_so(team):
    saved = texts.save_reply(team.manager, team.vendor, "Parcels", "answer", "It comes.")
    foreign = "0" * 26
    for reply, marked in ((saved.id, True), ("", False), (foreign, False)):
        thread = team.thread()
        post = actions.answer(team.kim, team.vendor, thread.id, NewPost(
            "It comes tomorrow.", purpose="answer"), seen=1, saved=reply)
        assert post.saved_reply is marked


@pytest.mark.parametrize(("typed", "wrong"), [
    ({"title": "ab"}, {"title"}), ({"purpose": "please"}, {"purpose"}), ({"body": " "}, {"body"}),
    ({"body": "Dear {name}"}, {"body"}), ({"body": "{whose}", "title": ""}, {"body", "title"}),
])
def test_a_saved_reply_that_cannot_be_used_is_refused_in_words(team, typed, wrong):
    values = {"title": "Parcels", "purpose": "answer", "body": "Dear {author}"} | typed
    with pytest.raises(Invalid) as problem:
        texts.save_reply(team.manager, team.vendor, **values)
    assert set(problem.value.errors) == wrong
    assert texts.replies(team.vendor) == []


def test_managers_keep_the_texts_and_all_use_them(team):
    row = texts.save_reply(team.manager, team.vendor, "Parcels", "answer", "It comes.")
    with pytest.raises(NotFound):
        texts.save_reply(team.kim, team.vendor, "Parcels", "answer", "No", row.id)
    changed = texts.save_reply(team.manager, team.vendor, "Lids", "update", "Soon.", row.id)
    assert (changed.id, texts.reply(team.kim, team.vendor, row.id).body) == (row.id, "Soon.")
    texts.remove_reply(team.manager, team.vendor, row.id)
    with pytest.raises(NotFound):
        texts.reply(team.kim, team.vendor, row.id)


def test_notes_are_changed_and_removed_by_who_wrote_them(team):
    thread = team.thread()
    note = notes.write(team.kim, team.vendor, thread.id, "Ask the **depot**")
    assert "<strong>" in note.html
    notes.edit(team.kim, team.vendor, note.id, "Asked <script>")
    (shown,) = notes.of(team.vendor, thread.id)
    assert shown.edited_at
    assert "<script" not in shown.html
    notes.remove(team.kim, team.vendor, note.id)
    assert notes.of(team.vendor, thread.id) == []


def asked(act, *chosen, key="k", **more):
    return bulk.Asked(act, tuple(t.id for t in chosen), key, **more)


def test_many_are_given_to_a_colleague_and_taken_back(team, travel):
    first, second, third = (team.thread() for _ in range(3))
    actions.assign(team.kim, team.vendor, first.id, "kim", "")
    actions.assign(team.kim, team.vendor, third.id, "lou", "")
    row = bulk.carry_out(team.kim, team.vendor, asked("assign", first, second, third, to="lou"))
    assert {t.id: with_whom(t) for t in (first, second, third)} == dict.fromkeys(
        (first.id, second.id, third.id), team.lou.id)
    assert [each["thread"] for each in row.done if each["why"]] == [third.id]
    actions.assign(team.lou, team.vendor, second.id, "mel", team.lou.id)
    assert bulk.undo(team.kim, team.vendor, row.id) == (1, 1)  # one has moved on since
    assert [with_whom(t) for t in (first, second, third)] == [
        team.kim.id, team.manager.id, team.lou.id]
    with pytest.raises(Refused):
        bulk.undo(team.kim, team.vendor, row.id)


def test_nothing_is_given_back_to_who_went_meanwhile(team, outbox_run):
    thread = team.thread()
    actions.assign(team.kim, team.vendor, thread.id, "kim", "")
    row = bulk.carry_out(team.manager, team.vendor, asked("assign", thread, to="lou"))
    vendors.remove(people.one_of(team.vendor, "kim"), team.manager)
    assert bulk.undo(team.manager, team.vendor, row.id) == (0, 1)
    assert with_whom(thread) == team.lou.id


def test_many_are_acknowledged_and_what_was_not_says_why(team, travel):
    open_one = f.open_thread(vendor=team.vendor, title="Where is [my](http://x.example) lid?")
    closed, locked = team.thread(), team.thread()
    f.confirm(closed, "myself")
    Thread.update(locked_at=travel.now).where(Thread.id == locked.id).execute()
    form = asked("acknowledge", open_one, closed, locked, body="About {title}: we read it. {me}")
    row = bulk.carry_out(team.kim, team.vendor, form)
    why = {each["thread"]: each["why"] for each in row.done}
    assert why[open_one.id] == ""
    assert "closed" in why[closed.id]
    assert "locked" in why[locked.id]
    post = Post.get(Post.thread == open_one.id, Post.number == 2)
    assert (post.purpose, post.saved_reply, post.moved) == ("acknowledge", True, False)
    assert "<a" not in post.html
    again = bulk.carry_out(team.kim, team.vendor, form)
    assert (again, f.now(open_one).post_count) == (row, 2)
    assert bulk.undo(team.kim, team.vendor, row.id) == (1, 0)
    assert Post.get_by_id(post.id).removed_at


def test_many_are_linked_to_a_problem_and_what_was_not_says_why(team, travel):
    first, second = team.thread(), team.thread()
    praise = team.thread(kind="praise")
    problem = open_problem(team.manager, team.vendor, NewProblem("Lids break", "All of them."))
    form = asked("link", first, second, praise, problem=problem.id)
    row = bulk.carry_out(team.kim, team.vendor, form)
    assert bulk.carry_out(team.kim, team.vendor, form) == row
    assert {each["thread"] for each in row.done if each["why"]} == {praise.id}
    assert Problem.get_by_id(problem.id).linked == 2
    again = bulk.carry_out(team.lou, team.vendor, asked("link", first, problem=problem.id))
    assert "belongs to the problem already" in again.done[0]["why"]
    assert bulk.undo(team.kim, team.vendor, row.id) == (2, 0)
    assert Problem.get_by_id(problem.id).linked == 0


def test_threads_are_linked_to_no_problem_of_another_company(team):
    case = problems.case(1)
    thread = team.thread()
    for other in (case.id, "0" * 20, ""):
        with pytest.raises(Invalid) as wrong:
            bulk.carry_out(team.kim, team.vendor, asked("link", thread, problem=other))
        assert set(wrong.value.errors) == {"problem"}
    assert case.problem.linked == 1


def test_it_is_too_late_to_take_back_after_ten_minutes(team, travel):
    thread = team.thread()
    row = bulk.carry_out(team.kim, team.vendor, asked("assign", thread, to="lou"))
    with pytest.raises(NotFound):
        bulk.undo(team.lou, team.vendor, row.id)
    travel(minutes=10)
    with pytest.raises(Refused):
        bulk.undo(team.kim, team.vendor, row.id)
    assert with_whom(thread) == team.lou.id
    travel(days=1, minutes=1)
    actions.sweep()
    assert Bulk.select().count() == 0


@pytest.mark.parametrize(("form", "field"), [
    ({"act": "delete"}, "act"), ({"form_key": "no key"}, "act"), ({"threads": ()}, "thread"),
    ({"threads": tuple(f"{n:020}" for n in range(101))}, "thread"), ({"to": "stranger"}, "to"),
    ({"act": "acknowledge", "body": " "}, "body"), ({"act": "acknowledge", "body": "{x}"}, "body"),
    ({"act": "acknowledge", "body": "\x00"}, "body"),
    ({"act": "acknowledge", "body": "x" * 20_001}, "body"),
])
def test_many_at_once_that_cannot_be_is_refused_whole(team, form, field):
    thread = team.thread()
    values = {"act": "assign", "threads": (thread.id,), "form_key": "k", "to": "kim"} | form
    with pytest.raises(Invalid) as problem:
        bulk.carry_out(team.kim, team.vendor, bulk.Asked(**values))
    assert set(problem.value.errors) == {field}
    assert (with_whom(thread), f.now(thread).post_count) == ("", 1)
    assert Bulk.select().count() == 0


def test_nobody_writes_from_the_desk_while_the_proof_has_lapsed(team, travel):
    thread = team.thread()
    Vendor.update(lapsed_at=travel.now).where(Vendor.id == team.vendor.id).execute()
    with pytest.raises(Refused):
        answer(team, team.kim, thread)
    row = bulk.carry_out(team.kim, team.vendor, asked("acknowledge", thread, body="Read."))
    assert row.done[0]["why"]
    assert threads.Post.select().where(threads.Post.thread == thread.id).count() == 1
    with pytest.raises(Refused):
        texts.publish_briefing(team.manager, team.vendor, "How to help", "Say where we are.")
