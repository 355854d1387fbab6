"""Changing and removing what one wrote."""

from __future__ import annotations

import pytest

from parley.kernel import clock
from parley.kernel.errors import NotFound
from parley.threads.helped import mark_helped
from parley.threads.models import Edit, File, Helped, Post, Thread
from parley.threads.own_posts import edit_post, remove_post
from parley.vendors import actions as vendors
from parley.vendors.models import Representative
from tests.factories import make_member
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("backend", "travel")


def test_an_edit_keeps_what_was_there_before():
    thread = f.open_thread(title="First title", body="First words")
    post = Post.get(Post.thread == thread.id)
    edit_post(thread.author, post.id, "Second words", "Second title")
    edit = Edit.get()
    assert (edit.title, edit.body) == ("First title", "First words")
    assert f.now(thread).title == "Second title"
    edit_post(thread.author, post.id, "Second words", "Second title")
    assert Edit.select().count() == 1


def test_an_edit_changes_no_purpose():
    thread = f.open_thread()
    post = f.answer(thread, "ask")
    edited = edit_post(post.author, post.id, "Which one do you mean?")
    assert (edited.purpose, edited.moved) == ("ask", True)
    assert f.now(thread).title == thread.title


def test_only_ones_own_words_are_changed_and_only_where_one_still_speaks():
    thread = f.open_thread()
    post = f.reply(thread)
    with pytest.raises(NotFound):
        edit_post(thread.author, post.id, "Something else")
    with pytest.raises(NotFound):
        remove_post(make_member(), post.id)
    claim = f.answer(thread)
    vendors.remove(Representative.get(Representative.account == claim.author_id))
    assert f.refused(edit_post, claim.author, claim.id, "No", status=403) == "not_appointed"
    Thread.update(locked_at=clock.now()).execute()
    assert f.refused(edit_post, post.author, post.id, "Else") == "locked"


def test_who_no_longer_pays_edits_their_own_threads_only(travel):
    thread = f.open_thread()
    post = f.reply(thread)
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    travel(days=400)
    assert f.refused(edit_post, post.author, post.id, "Else", status=403) == "lapsed"
    edit_post(thread.author, opening.id, "Still mine")
    remove_post(post.author, post.id)


def test_a_removed_post_leaves_no_words_anywhere(folder):
    thread = f.open_thread()
    post = f.reply(thread, body="secret one", uploads=(f.picture(),))
    edit_post(post.author, post.id, "secret two")
    mark_helped(thread.author, post.id, True)
    remove_post(post.author, post.id)
    gone = Post.get_by_id(post.id)
    assert (gone.body, gone.html, gone.file_count, gone.helped_at) == ("", "", 0, None)
    assert gone.removed_at
    assert Edit.select().count() == File.select().count() == Helped.select().count() == 0
    assert f.refused(edit_post, post.author, post.id, "back") == "gone"
    assert f.refused(remove_post, post.author, post.id) == "gone"


def test_the_company_keeps_what_moved_a_thread():
    thread = f.open_thread()
    claim = f.answer(thread)
    assert f.refused(remove_post, claim.author, claim.id) == "moved"
    note = f.answer(thread, "update", by=claim.author)
    remove_post(claim.author, note.id)
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    assert f.refused(remove_post, thread.author, opening.id) == "opening"
