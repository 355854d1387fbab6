"""The author says which posts helped."""

from __future__ import annotations

import pytest

from parley.threads.helped import mark_helped
from parley.threads.models import Helped
from tests.factories import make_manager, make_vendor
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("backend", "travel")


def test_the_author_says_what_helped_and_takes_it_back():
    thread = f.open_thread()
    post = f.help_with(thread)
    for _ in range(2):
        mark_helped(thread.author, post.id, True)
    row = Helped.get()
    assert (row.helper_id, row.author_id, row.vendor_id) == (
        post.author_id, thread.author_id, thread.vendor_id)
    for _ in range(2):
        mark_helped(thread.author, post.id, False)
    assert Helped.select().count() == 0


def test_nobody_else_says_what_helped():
    thread = f.open_thread()
    post = f.help_with(thread)
    assert f.refused(mark_helped, post.author, post.id, True) == "not_yours"
    own = f.reply(thread, thread.author)
    assert f.refused(mark_helped, thread.author, own.id, True) == "own_post"


def test_a_company_grants_no_recognition_in_its_consultation():
    vendor = make_vendor()
    manager = make_manager(vendor)
    thread = f.open_thread(manager, vendor, "consultation")
    post = f.help_with(thread)
    assert f.refused(mark_helped, manager, post.id, True) == "kind"
