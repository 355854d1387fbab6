"""The author's word, the company's marks, time's doing, and what changes elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.models import Entry
from parley.kernel import clock, db, fulltext, versions
from parley.kernel.errors import Invalid, NotFound
from parley.moderation import actions as moderation
from parley.threads import files, following, outcomes
from parley.threads.models import Edit, Helped, MeToo, Post, Round, Thread
from parley.threads.outcomes import Said
from parley.threads.own_posts import edit_post, remove_post
from parley.threads.turns import own_state
from parley.vendors import actions as vendors
from tests.factories import (
    make_account,
    make_lapsed,
    make_manager,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("backend", "travel", "listening")


@pytest.fixture
def listening():
    following.install()


def told(thread):
    """The kinds of facts that the journal holds about a thread, in order."""
    return [e.kind for e in Entry.select().where(Entry.subject_id == thread.id).order_by(Entry.id)]


def answered(purpose="answer", kind="question"):
    thread = f.open_thread(kind=kind)
    f.answer(thread, purpose)
    return f.now(thread)


def give_back(thread, body="It is not.", **said):
    return outcomes.give_back(thread.author, thread.id, Said(body, **said))


def reopen(thread, body="It broke again.", **said):
    return outcomes.reopen(thread.author, thread.id, Said(body, **said))


# The author's word


def test_confirming_closes_the_round_and_counts_as_solved():
    thread = answered()
    f.confirm(thread, "vendor", body="Thanks!")
    thread = f.now(thread)
    assert (thread.status, thread.outcome, thread.solved_by) == ("closed", "confirmed", "vendor")
    assert (thread.remind_at, thread.silent_at, thread.post_count) == (None, None, 3)
    assert f.rounds(thread) == [("opening", "confirmed")]
    assert f.counts(thread.vendor) == (1, 0, 1)
    assert told(thread)[-2:] == ["thread.closed", "post.written"]


def test_the_community_solves_it_by_posts_that_are_named():
    thread = f.open_thread()
    helping, other = f.help_with(thread), f.reply(thread)
    assert f.refused(f.confirm, thread, "community") == "named"
    own = f.reply(thread, thread.author)
    assert f.refused(f.confirm, thread, "community", own) == "named"
    f.confirm(thread, "community", helping, own)
    assert Post.get_by_id(helping.id).solved_round == 1
    assert Post.get_by_id(other.id).solved_round is None
    assert Helped.get().helper_id == helping.author_id


@pytest.mark.parametrize("ids", [("a\x00b",), ("\ud800", "x" * 9000), ("nothing",) * 99])
def test_posts_that_are_none_are_named_in_vain(ids):
    thread = f.open_thread()
    assert f.refused(outcomes.confirm, thread.author, thread.id, "community", ids) == "named"


def test_who_solved_it_is_one_of_three():
    thread = f.open_thread()
    with pytest.raises(Invalid) as caught:
        f.confirm(thread, "fate")
    assert set(caught.value.errors) == {"solved_by"}


def test_saying_twice_that_it_is_solved_is_saying_it_once():
    thread = answered()
    for _ in range(2):
        f.confirm(thread, "vendor", body="Thanks!", form_key="k")
    for _ in range(2):
        f.confirm(thread, "vendor")
    assert f.now(thread).post_count == 3
    assert f.refused(f.confirm, thread, "myself") == "confirmed"
    assert told(thread).count("thread.closed") == 1


def test_a_claim_is_sent_back_in_the_same_round():
    thread = answered()
    for _ in range(2):
        give_back(thread, form_key="k")
    thread = f.now(thread)
    assert (thread.status, thread.round, thread.post_count) == ("awaiting_vendor", 1, 3)
    assert told(thread).count("thread.sent_back") == 1
    assert f.counts(thread.vendor) == (1, 1, 0)


def test_disputing_a_decline_ends_the_round_and_begins_one():
    thread = answered("decline")
    give_back(thread)
    assert f.rounds(thread) == [("opening", "declined"), ("dispute", None)]
    assert Round.get(Round.thread == thread.id, Round.number == 1).closed_at == clock.now()
    assert "thread.disputed" in told(thread)


def test_answering_an_ask_gives_the_turn_back():
    thread = answered("ask")
    give_back(thread)
    assert "turn.vendor" in told(thread)
    assert f.rounds(thread) == [("opening", None)]


def test_what_still_needs_the_company_needs_words():
    thread = answered()
    with pytest.raises(Invalid):
        give_back(thread, "  ")
    assert f.now(thread).status == "awaiting_author"


def test_files_need_a_few_words(folder):
    upload = files.Typed("a.pdf", b"%PDF-1.4\n%%EOF")
    with pytest.raises(Invalid) as caught:
        f.confirm(answered(), "vendor", uploads=(upload,))
    assert set(caught.value.errors) == {"body"}
    thread = f.confirm(answered(), "vendor", body="Here it is", uploads=(upload,))
    assert Post.get(Post.thread == thread.id, Post.number == 3).file_count == 1


def test_reopening_begins_a_round_and_takes_the_solved_away():
    thread = f.confirm(answered(), "vendor")
    for _ in range(2):
        reopen(thread, form_key="k")
    thread = f.now(thread)
    assert (thread.status, thread.round, thread.outcome) == ("awaiting_vendor", 2, None)
    assert f.rounds(thread) == [("opening", "confirmed"), ("reopening", None)]
    assert f.counts(thread.vendor) == (1, 1, 0)
    assert thread.post_count == 3


def test_reopening_needs_a_reason():
    thread = f.confirm(answered(), "vendor")
    assert f.refused(reopen, thread, " \r\n") == "reason"
    assert f.now(thread).status == "closed"


def test_nobody_else_decides():
    thread = answered()
    claim = Post.get(Post.thread == thread.id, Post.number == 2)
    for other in (make_member(), make_steward(), claim.author):
        for call in (lambda by: outcomes.confirm(by, thread.id, "vendor"),
                     lambda by: outcomes.withdraw(by, thread.id),
                     lambda by: outcomes.give_back(by, thread.id, Said("No")),
                     lambda by: outcomes.reopen(by, thread.id, Said("No")),
                     lambda by: outcomes.change_kind(by, thread.id, "praise")):
            with pytest.raises(NotFound):
                call(other)


def test_who_no_longer_pays_keeps_their_word(travel):
    thread = f.open_thread(make_account())
    f.answer(thread)
    give_back(thread)
    f.answer(thread)
    f.confirm(thread)
    reopen(thread)
    outcomes.withdraw(thread.author, thread.id)


# Withdrawing


def test_what_nobody_answered_goes_without_a_trace():
    thread = f.open_thread(title="Zebra crossing", body="Zebras", kind="complaint", wish="Stripes")
    edit_post(thread.author, Post.get().id, "More zebras")
    f.reply(thread, thread.author, "Zebra again")
    outcomes.withdraw(thread.author, thread.id)
    outcomes.withdraw(thread.author, thread.id)
    thread = f.now(thread)
    assert (thread.listed, thread.outcome, thread.wish) == (0, "withdrawn", "")
    assert {post.body for post in thread.posts} == {""}
    assert Edit.select().count() == 0
    assert fulltext.find("zebra", kind="thread") == []
    assert f.counts(thread.vendor) == (0, 0, 0)
    for call in (lambda: f.reply(thread), lambda: f.answer(thread)):
        with pytest.raises(NotFound):
            call()
    assert f.refused(f.reply, thread, thread.author) == "withdrawn"
    with pytest.raises(NotFound):
        outcomes.say_me_too(make_member(), thread.id, "affected")


def test_where_others_wrote_their_words_stay_below_the_title():
    thread = f.open_thread(title="Zebra crossing", body="giraffe")
    f.answer(thread, body="Painted today.")
    outcomes.withdraw(thread.author, thread.id)
    thread = f.now(thread)
    assert thread.listed == 1
    assert [post.body for post in thread.posts.order_by(Post.number)] == ["", "Painted today."]
    assert fulltext.find("giraffe", kind="thread") == []
    assert [hit.ref for hit in fulltext.find("zebra", kind="thread")] == [thread.id]
    assert f.counts(thread.vendor) == (1, 0, 0)
    assert f.refused(reopen, thread) == "withdrawn"


def test_a_closed_thread_is_not_withdrawn():
    thread = f.confirm(answered())
    assert f.refused(outcomes.withdraw, thread.author, thread.id) == "closed"


# Kinds


def test_changing_the_kind_begins_the_wait_anew(travel):
    thread = f.open_thread()
    later = travel(days=2)
    outcomes.change_kind(thread.author, thread.id, "complaint")
    assert f.now(thread).waiting_since == later
    outcomes.change_kind(thread.author, thread.id, "praise")
    assert f.now(thread).status == "nobody"
    assert f.counts(thread.vendor) == (1, 0, 0)
    with pytest.raises(Invalid):
        outcomes.change_kind(thread.author, thread.id, "rant")


def test_an_idea_is_marked_by_the_company_with_words():
    thread = f.open_thread(kind="idea")
    by = f.representative_of(thread)
    assert f.refused(outcomes.mark_idea, by, thread.id, "declined", " ") == "reason"
    for _ in range(2):
        outcomes.mark_idea(by, thread.id, "planned", "In spring.", "k")
    thread = f.now(thread)
    assert (thread.status, thread.idea_state, thread.post_count) == ("nobody", "planned", 2)
    post = Post.get(Post.thread == thread.id, Post.number == 2)
    assert (post.hat, post.moved) == ("representative", True)
    assert f.refused(remove_post, by, post.id) == "moved"
    with pytest.raises(NotFound):
        outcomes.mark_idea(make_member(), thread.id, "shipped", "")


def test_a_manager_closes_a_consultation_with_its_report():
    vendor = make_vendor()
    manager = make_manager(vendor)
    thread = f.open_thread(manager, vendor, "consultation")
    with pytest.raises(NotFound):
        outcomes.close_consultation(make_representative(vendor), thread.id, "Done")
    assert f.refused(outcomes.close_consultation, manager, thread.id, "") == "reason"
    for _ in range(2):
        outcomes.close_consultation(manager, thread.id, "We did it all.", "k")
    thread = f.now(thread)
    assert (thread.status, thread.outcome, thread.post_count) == ("closed", None, 2)
    with pytest.raises(NotFound):
        outcomes.withdraw(manager, thread.id)


# Me too


def test_each_member_says_me_too_in_one_word_and_may_change_it():
    thread, member = f.open_thread(kind="complaint"), make_member()
    for word, expected in (("affected", (1, 0, 0)), ("affected", (1, 0, 0)),
                           ("works_now", (0, 1, 0)), ("left_over", (0, 0, 1)), ("", (0, 0, 0))):
        outcomes.say_me_too(member, thread.id, word)
        row = f.now(thread)
        assert (row.affected, row.works_now, row.left_over) == expected
    assert MeToo.select().count() == 0
    with pytest.raises(Invalid):
        outcomes.say_me_too(member, thread.id, "whatever")


def test_me_too_is_for_members_who_are_not_the_companys():
    thread = f.open_thread(kind="complaint")
    say = outcomes.say_me_too
    assert f.refused(say, thread.author, thread.id, "affected") == "own_thread"
    assert f.refused(say, f.representative_of(thread), thread.id, "affected") == "own_vendor"
    assert f.refused(say, make_lapsed(), thread.id, "affected", status=403) == "lapsed"
    Thread.update(locked_at=clock.now()).execute()
    assert f.refused(say, make_member(), thread.id, "affected") == "locked"


# Time


def test_the_author_is_reminded_once_a_turn(travel):
    thread = answered()
    travel(days=6)
    assert outcomes.sweep_reminders() == 0
    travel(days=1)
    for _ in range(2):
        outcomes.sweep_reminders()
    assert told(thread).count("thread.reminded") == 1
    give_back(thread)
    f.answer(thread)
    travel(days=7)
    outcomes.sweep_reminders()
    assert told(thread).count("thread.reminded") == 2


@pytest.mark.parametrize(("purpose", "outcome"), [
    ("answer", "unconfirmed"), ("decline", "declined"), ("ask", "void")])
def test_silence_closes_at_its_own_instant_however_late_the_sweep(travel, purpose, outcome):
    thread = answered(purpose)
    ends = travel.now + timedelta(days=14)
    travel.to(ends - timedelta(microseconds=1))
    assert outcomes.sweep_silence() == 0
    travel.to(ends + timedelta(days=3))
    assert own_state(f.now(thread)).closed_at == ends
    assert outcomes.sweep_silence() == 1
    assert outcomes.sweep_silence() == 0
    thread = f.now(thread)
    assert (thread.outcome, thread.closed_at) == (outcome, ends)
    assert f.rounds(thread) == [("opening", outcome)]
    assert Round.get(Round.thread == thread.id).closed_at == ends
    assert f.counts(thread.vendor) == (1, 0, 0)


def test_whoever_acts_first_finds_the_thread_closed_by_time(travel):
    thread = answered()
    travel(days=15)
    assert f.refused(give_back, thread) == "closed"
    assert f.now(thread).status == "awaiting_author"  # what was refused stored nothing
    f.reply(thread)
    assert f.now(thread).outcome == "unconfirmed"
    f.confirm(thread)
    row = f.now(thread)
    assert (row.outcome, row.closed_at) == ("confirmed", thread.silent_at)
    assert f.rounds(thread) == [("opening", "confirmed")]
    assert "thread.confirmed_late" in told(thread)
    assert f.counts(thread.vendor) == (1, 0, 1)


def test_a_sweep_never_chews_on_a_stale_instant(travel):
    thread = f.open_thread()
    Thread.update(silent_at=clock.now()).execute()
    assert outcomes.sweep_silence() == 1
    assert outcomes.sweep_silence() == 0
    assert f.now(thread).status == "awaiting_vendor"


# What changes elsewhere


def hide(thread, steward=None):
    moderation.hide_thread(thread.id, steward or make_steward(), "unlawful")


def show(thread, steward=None):
    moderation.show_thread(thread.id, steward or make_steward(), "mistake")


def test_hiding_stops_the_clocks_and_takes_it_out_of_the_figures(travel):
    thread = answered()
    travel(days=5)
    hide(thread)
    assert f.counts(thread.vendor) == (0, 0, 0)
    row = f.now(thread)
    assert (row.remind_at, row.silent_at) == (None, None)
    travel(days=30)
    outcomes.sweep()
    assert f.now(thread).status == "awaiting_author"
    show(thread)
    row = f.now(thread)
    assert f.counts(thread.vendor) == (1, 0, 0)
    assert row.silent_at == thread.turn_since + timedelta(days=44)
    assert row.remind_at == thread.turn_since + timedelta(days=37)
    assert told(thread).count("turn.author") == 1


def test_a_reminder_sent_before_hiding_is_not_sent_again(travel):
    thread = answered()
    travel(days=8)
    outcomes.sweep_reminders()
    hide(thread)
    show(thread)
    outcomes.sweep_reminders()
    assert told(thread).count("thread.reminded") == 1


def test_hiding_a_waiting_and_a_solved_thread_counts_right():
    waiting = f.open_thread()
    solved = f.confirm(f.open_thread(vendor=waiting.vendor))
    for thread in (waiting, solved):
        hide(thread)
    assert f.counts(waiting.vendor) == (0, 0, 0)
    for thread in (waiting, solved):
        show(thread)
    assert f.counts(waiting.vendor) == (2, 1, 1)


def test_a_withdrawn_thread_does_not_come_back_by_being_shown():
    thread = f.open_thread(body="Zebras")
    f.reply(thread)
    hide(thread)
    post = Post.get(Post.thread == thread.id, Post.number == 2)
    Post.update(removed_at=clock.now()).where(Post.id == post.id).execute()
    Thread.update(status="closed", outcome="withdrawn", closed_at=clock.now(),
                  waiting_since=None).where(Thread.id == thread.id).execute()
    show(thread)
    assert f.now(thread).listed == 0
    assert f.counts(thread.vendor)[0] == 0


def leave(account, column="closed_at", kind="account.closed", back=False):
    with db.write():
        setattr(account, column, None if back else clock.now())
        account.save()
        journal.record(kind, "account", account.id, account.id)


def test_an_author_who_leaves_is_silent_at_once_in_their_turn(travel):
    thread = answered()
    waiting = f.open_thread(thread.author, thread.vendor)
    gone = travel(days=3)
    leave(thread.author)
    row = f.now(thread)
    assert (row.outcome, row.closed_at) == ("unconfirmed", gone)
    assert f.now(waiting).silent_at == gone + timedelta(days=14)
    travel(days=14)
    outcomes.sweep()
    assert f.now(waiting).outcome == "void"


def test_one_who_is_restored_is_owed_the_answer_as_before(travel):
    thread = f.open_thread()
    leave(thread.author, "suspended_at", "account.suspended")
    assert f.now(thread).silent_at
    travel(days=2)
    leave(thread.author, "suspended_at", "account.restored", back=True)
    assert f.now(thread).silent_at is None


def test_a_new_name_redraws_every_page_that_shows_it():
    thread, other = f.open_thread(), f.open_thread()
    post = f.reply(thread)
    outcomes.say_me_too(post.author, other.id, "affected")
    shown = [f"thread:{thread.id}", f"vendor:{thread.vendor_id}", f"thread:{other.id}", "front"]
    untouched = f"thread:{f.open_thread().id}"
    before = versions.read([*shown, untouched])
    with db.write():
        Account.update(display_name="New").where(Account.id == post.author_id).execute()
        journal.record("account.renamed", "account", post.author_id)
    after = versions.read([*shown, untouched])
    assert all(after[key] > before[key] for key in shown)
    assert after[untouched] == before[untouched]


def test_a_name_that_stands_nowhere_redraws_nothing():
    with db.write():
        journal.record("account.renamed", "account", make_account().id)


def test_older_threads_say_that_their_author_joined_the_company():
    thread = f.open_thread()
    elsewhere = f.open_thread(thread.author)
    row = vendors.appoint(thread.vendor, thread.author, "responder")
    assert f.now(thread).from_people is False
    before = versions.read([f"thread:{thread.id}"])
    vendors.accept(row, thread.author)
    assert f.now(thread).from_people is True
    assert f.now(elsewhere).from_people is False
    assert versions.read([f"thread:{thread.id}"]) != before


def test_threads_of_a_new_representative_leave_the_companys_figures():
    vendor, author = make_vendor(), make_member()
    solved, waiting, hidden = (f.open_thread(author, vendor) for _ in range(3))
    f.confirm(solved)
    moderation.hide_thread(hidden.id, make_steward(), "spam")
    assert f.counts(vendor) == (2, 1, 1)
    vendors.accept(vendors.appoint(vendor, author, "responder"), by=author)
    assert f.counts(vendor) == (0, 0, 0)
    f.confirm(waiting)
    outcomes.reopen(author, solved.id, Said("It came back."))
    moderation.show_thread(hidden.id, make_steward(), "mistake")
    assert f.counts(vendor) == (0, 0, 0)
    f.open_thread(vendor=vendor)
    assert f.counts(vendor) == (1, 1, 0)
