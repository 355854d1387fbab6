"""Opening threads, writing in them, following them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from parley.advocates import actions as advocates
from parley.journal.models import Entry
from parley.kernel import clock, versions
from parley.kernel.errors import Invalid, NotFound
from parley.threads import actions, files
from parley.threads.actions import NewPost, NewThread
from parley.threads.models import Draft, File, Follow, Post, Round, Thread
from parley.vendors.models import Vendor
from tests.factories import (
    make_account,
    make_lapsed,
    make_manager,
    make_member,
    make_vendor,
)
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("backend", "travel")


def invalid(*args, **kwargs):
    """The fields of which this call complains."""
    with pytest.raises(Invalid) as caught:
        args[0](*args[1:], **kwargs)
    return set(caught.value.errors)


def entries(thread, kind):
    return list(Entry.select().where(Entry.subject_id == thread.id, Entry.kind == kind))


# Opening


def test_opening_makes_the_thread_its_post_its_round_and_a_follow():
    by, vendor = make_member(), make_vendor()
    thread = f.open_thread(by, vendor, title="  Where  is it? ", body="Line\r\none @nobody\n")
    post = Post.get(Post.thread == thread.id)
    assert thread.title == "Where is it?"
    assert (post.number, post.hat, post.body) == (1, "author", "Line\none @nobody\n")
    assert (thread.status, thread.waiting_since) == ("awaiting_vendor", clock.now())
    assert f.rounds(thread) == [("opening", None)]
    assert Follow.get(Follow.thread == thread.id).account_id == by.id
    assert f.counts(vendor) == (1, 1, 0)
    assert len(entries(thread, "thread.opened")) == 1


def test_a_company_without_a_page_gets_an_unclaimed_one():
    new = NewThread("praise", "Thank you all", "Kind people.", vendor_name="Nordbahn",
                    website="https://www.nordbahn.example/")
    thread = actions.open_thread(make_member(), new)
    assert (thread.vendor.name, thread.vendor.claimed_at) == ("Nordbahn", None)
    again = actions.open_thread(make_member(), new)
    assert again.vendor_id == thread.vendor_id


def test_every_wrong_field_is_named_at_once():
    new = NewThread("rant", "Hey", " \n", vendor_name="")
    assert invalid(actions.open_thread, make_member(), new) == {
        "kind", "title", "body", "vendor_name"}
    far = NewThread("complaint", "x" * 121, "y" * 20_001, vendor="nobody", impact="doom")
    assert invalid(actions.open_thread, make_member(), far) == {"title", "body", "impact"}
    assert Thread.select().count() == 0


@pytest.mark.parametrize("slug", ["no-such-company", "a\x00b", "\ud800", "x" * 5000])
def test_an_unknown_company_is_a_message_beside_its_field(slug):
    new = NewThread("question", "Where is it?", "Text", vendor=slug)
    assert invalid(actions.open_thread, make_member(), new) == {"vendor"}


@pytest.mark.parametrize(("name", "website", "field"), [
    ("Good name", "not a site", "website"), ("\x00\x00\x00", "", "vendor_name")])
def test_a_company_that_cannot_be_made_is_a_message_beside_its_field(name, website, field):
    new = NewThread("question", "Where is it?", "Text", vendor_name=name, website=website)
    assert invalid(actions.open_thread, make_member(), new) == {field}


def test_only_a_complaint_keeps_what_would_put_it_right():
    details = {"wish": "My money back", "impact": "money_held", "product": "Season ticket",
               "happened_where": "Platform 4", "happened_when": "Monday"}
    complaint = f.now(f.open_thread(kind="complaint", **details))
    assert {name: getattr(complaint, name) for name in details} == details
    question = f.now(f.open_thread(kind="question", **details))
    assert (question.wish, question.impact) == ("", None)


def test_the_first_thread_is_free_and_only_the_first():
    person, vendor = make_account(), make_vendor()
    f.open_thread(person, vendor)
    assert f.refused(f.open_thread, person, vendor, status=403) == "free_thread_used"
    assert f.refused(f.open_thread, make_lapsed(), vendor, status=403) == "lapsed"
    assert f.counts(vendor)[0] == 1


def test_a_representative_opens_no_thread_about_their_company():
    vendor = make_vendor()
    assert f.refused(f.open_thread, make_manager(vendor), vendor) == "own_vendor"
    assert f.refused(f.open_thread, make_member(), vendor, "consultation") == "managers_only"


def test_a_manager_consults_customers_once_in_thirty_days(travel):
    vendor = make_vendor()
    manager = make_manager(vendor)
    thread = f.open_thread(manager, vendor, "consultation")
    post = Post.get(Post.thread == thread.id)
    assert (post.hat, post.purpose, post.title) == ("representative", "update", "Customer care")
    assert thread.status == "nobody"
    travel(days=29)
    assert f.refused(f.open_thread, manager, vendor, "consultation") == "too_soon"
    travel(days=1)
    f.open_thread(manager, vendor, "consultation")


def test_a_form_sent_twice_opens_one_thread():
    by, vendor = make_account(), make_vendor()
    first = f.open_thread(by, vendor, form_key="abc")
    assert f.open_thread(by, vendor, form_key="abc") == first
    assert f.counts(vendor) == (1, 1, 0)


@pytest.mark.parametrize("key", ["", "a\x00b", "\ud800", "x" * 65, "a b"])
def test_a_form_key_that_is_none_of_ours_counts_as_none(key):
    thread = f.open_thread(form_key=key)
    assert Post.get(Post.thread == thread.id).form_key is None


def test_sending_a_draft_lets_it_go():
    by = make_member()
    draft = Draft.create(account=by, place="new", updated_at=clock.now())
    f.open_thread(by, draft=draft.id)
    assert Draft.select().count() == 0
    f.open_thread(by, draft="a\x00b")


# Writing


def test_the_company_answers_under_its_hat_with_title_and_purpose():
    thread = f.open_thread()
    post = f.answer(thread, ai_assisted=True)
    assert (post.number, post.hat, post.purpose) == (2, "representative", "answer")
    assert (post.title, post.ai_assisted, post.moved) == ("Customer care", True, True)
    thread = f.now(thread)
    assert (thread.status, thread.turn_claim) == ("awaiting_author", "answer")
    assert (thread.post_count, thread.first_answer_at) == (2, clock.now())
    assert f.counts(thread.vendor) == (1, 0, 0)


def test_an_ask_in_the_authors_turn_moves_nothing():
    thread = f.open_thread()
    representative = f.representative_of(thread)
    f.answer(thread, by=representative)
    assert not f.answer(thread, "ask", by=representative).moved
    assert f.now(thread).turn_claim == "answer"


def test_the_company_says_what_its_post_does():
    thread = f.open_thread()
    by = f.representative_of(thread)
    assert invalid(f.answer, thread, "", by) == {"purpose"}
    assert f.refused(f.answer, thread, "propose_resolution", by) == "purpose"
    assert f.now(thread).post_count == 1


def test_an_advocate_shows_side_and_ties():
    thread = f.open_thread()
    advocate = f.advocate_of(thread, ("customer", "shareholder"))
    post = f.help_with(thread, advocate)
    assert (post.hat, post.side, post.ties) == (
        "advocate", "helping", ["customer", "shareholder"])
    assert invalid(f.reply, thread, advocate) == {"side"}
    assert f.now(thread).status == "awaiting_vendor"


def test_members_join_in_and_others_do_not():
    thread = f.open_thread()
    assert f.reply(thread).hat == "member"
    assert f.refused(f.reply, thread, make_account(), status=403) == "members_only"
    assert f.refused(f.reply, thread, make_lapsed(), status=403) == "lapsed"


def test_who_no_longer_pays_finishes_what_they_began():
    author = make_account()
    thread = f.open_thread(author)
    assert f.reply(thread, author, "One more thing").hat == "author"


def test_a_form_sent_twice_makes_one_post():
    thread, member = f.open_thread(), make_member()
    first = f.reply(thread, member, form_key="k1")
    assert f.reply(thread, member, form_key="k1") == first
    assert f.now(thread).post_count == 2
    assert f.reply(thread, member, form_key="k2").number == 3


def test_a_mention_becomes_a_link_to_a_person_there_is():
    person = make_member(handle="anna")
    thread = f.open_thread()
    post = f.reply(thread, body="Ask @Anna or @nobody_here <b>now</b>")
    assert '<a href="/members/anna"' in post.html
    assert "/members/nobody_here" not in post.html
    assert "<b>" not in post.html
    (entry,) = entries(thread, "post.written")
    assert len(entry.refs["mentions"]) == 1
    assert person.id not in str(entry.refs)  # the journal keeps pseudonyms


def test_a_duplicate_names_another_thread_of_the_company_that_is_open_or_confirmed():
    thread = f.open_thread()
    by = f.representative_of(thread)
    other = f.open_thread(vendor=thread.vendor)
    elsewhere = f.open_thread()
    for wrong in (elsewhere.id, thread.id, "nothing", "a\x00b",
                  f.open_thread(vendor=thread.vendor, kind="praise").id):
        assert invalid(f.answer, thread, "decline", by, duplicate_of=wrong) == {"duplicate_of"}
    f.answer(thread, "decline", by, duplicate_of=f"http://localhost/threads/{other.id}#post-1")
    assert f.now(thread).duplicate_of_id == other.id
    assert invalid(f.answer, other, "decline", by, duplicate_of=thread.id) == {"duplicate_of"}
    f.answer(thread, "answer", by)
    assert f.now(thread).duplicate_of_id is None


def test_a_hidden_or_locked_thread_takes_no_posts():
    thread = f.open_thread()
    Thread.update(locked_at=clock.now()).where(Thread.id == thread.id).execute()
    assert f.refused(f.reply, thread) == "locked"
    Thread.update(hidden_at=clock.now(), listed=0).where(Thread.id == thread.id).execute()
    with pytest.raises(NotFound):
        f.reply(thread)
    assert f.refused(f.reply, thread, thread.author) == "hidden"


def test_an_unknown_thread_is_not_found():
    with pytest.raises(NotFound):
        actions.write_post(make_member(), "nothing", NewPost("Hello"))


@pytest.mark.parametrize("body", ["", " \n", "x" * 20_001, "a\x00b", "\ud800"])
def test_a_text_that_cannot_be_kept_is_a_message_beside_it(body):
    thread = f.open_thread()
    assert invalid(f.reply, thread, body=body) == {"body"}


def test_text_is_kept_as_typed_but_for_line_ends():
    body = "  לא \u202ehidden\u202c  \r\n\tend <script>alert(1)</script>  "
    assert f.reply(f.open_thread(), body=body).body == body.replace("\r\n", "\n")


def test_writing_raises_the_version_of_what_shows_it(travel):
    thread = f.open_thread()
    keys = (f"thread:{thread.id}", f"vendor:{thread.vendor_id}", "front")
    before = versions.read(keys)
    f.answer(thread)
    after = versions.read(keys)
    assert all(after[key] > before[key] for key in keys)


# Files


def test_files_lie_on_the_disk_before_their_post_is_made(folder):
    thread = f.open_thread(uploads=(f.picture(), f.picture("blue")))
    rows = list(File.select().order_by(File.position))
    assert [row.name for row in rows] == ["a b.png", "a b.png"]
    assert Post.get(Post.thread == thread.id).file_count == 2
    assert all(len(files.path_of(row.sha256).read_bytes()) == row.size for row in rows)


def test_a_file_that_cannot_be_used_leaves_nothing_behind(folder):
    thread = f.open_thread()
    assert invalid(f.reply, thread, uploads=(files.Typed("x.png", b"no"),)) == {"files"}
    assert invalid(f.reply, thread, uploads=(f.picture(),) * 4) == {"files"}
    assert f.now(thread).post_count == 1


def test_a_file_is_seen_where_its_post_is_seen(folder):
    thread = f.open_thread(uploads=(f.picture(),))
    file = File.get()
    assert files.visible(file.id, None, False) == file
    Thread.update(hidden_at=clock.now(), listed=0).execute()
    with pytest.raises(NotFound):
        files.visible(file.id, None, False)
    assert files.visible(file.id, thread.author_id, False) == file
    assert files.visible(file.id, None, True) == file


def test_bytes_stored_anew_while_old_ones_are_swept_stay(folder, monkeypatch):
    (upload,) = files.take_in([f.picture()])
    path, stat, writers = files.path_of(upload.sha256), Path.stat, []
    os.utime(path, (0, 0))

    def stored_in_between(self, **how):
        found = stat(self, **how)
        if self == path and not writers:
            writers.append(threading.Thread(target=files.take_in, args=([f.picture()],)))
            writers[0].start()
            writers[0].join(0.5)
        return found

    monkeypatch.setattr(Path, "stat", stored_in_between)
    files.sweep()
    writers[0].join()
    assert path.exists()


def test_bytes_that_nothing_names_go_after_a_day(folder):
    f.open_thread(uploads=(f.picture(),))
    kept = File.get()
    (upload,) = files.take_in([f.picture("green")])
    part = files.path_of(kept.sha256).with_name(f"{kept.sha256}.half")
    part.write_bytes(b"half")
    assert files.sweep() == 0
    for path in folder.glob("??/*"):
        os.utime(path, (0, 0))
    files.take_in([f.picture("green")])
    assert files.sweep() == 1
    assert files.path_of(kept.sha256).exists()
    assert files.path_of(upload.sha256).exists()
    assert not part.exists()


# Following


def test_following_twice_is_following_once():
    thread, member = f.open_thread(), make_member()
    for _ in range(2):
        actions.follow(member, thread)
    assert Follow.select().where(Follow.account == member.id).count() == 1
    actions.unfollow(member, thread)
    assert Follow.select().where(Follow.account == member.id).count() == 0


def test_withdrawing_a_declaration_leaves_what_was_said_with_its_ties():
    thread = f.open_thread()
    post = f.help_with(thread)
    advocates.withdraw(post.author, thread.vendor)
    assert Post.get_by_id(post.id).ties == ["customer"]
    assert f.reply(thread, post.author).hat == "member"


def test_rounds_begin_with_the_thread():
    thread = f.open_thread()
    assert Round.get(Round.thread == thread.id).opened_at == thread.opened_at
    assert Vendor.get_by_id(thread.vendor_id).thread_count == 1
