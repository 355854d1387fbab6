"""One hat in each thread, and who may write under it."""

from __future__ import annotations

import pytest

from parley.accounts import ties
from parley.kernel import clock
from parley.kernel.errors import Refused
from parley.threads import actions
from parley.threads.actions import NewPost
from parley.vendors.models import Representative
from tests.factories import make_member, make_representative
from tests.threads import factories as f

pytestmark = pytest.mark.usefixtures("backend", "travel")


def test_nobody_speaks_for_the_company_and_for_themselves_in_one_thread():
    thread, member = f.open_thread(), make_member()
    f.reply(thread, member)
    make_representative(thread.vendor, member)
    assert f.refused(f.answer, thread, by=member) == "two_hats"
    other = f.open_thread(vendor=thread.vendor)
    f.answer(other, by=member)
    Representative.update(removed_at=clock.now()).execute()
    assert f.refused(f.reply, other, member) == "two_hats"


def test_an_author_who_joined_the_company_stays_the_author_in_older_threads():
    thread = f.open_thread()
    make_representative(thread.vendor, thread.author)
    assert f.reply(thread, thread.author).hat == "author"


def test_somebody_blocked_does_not_write_in_the_threads_of_who_blocked_them(backend):
    author, member, other = make_member(), make_member(), make_member()
    thread = f.open_thread(author)
    ties.silence(author, member.handle, "block")
    ties.silence(author, other.handle, "mute")
    with pytest.raises(Refused, match="blocked you"):
        actions.write_post(member, thread.id, NewPost(body="Listen to me"))
    assert actions.write_post(other, thread.id, NewPost(body="Muted, not blocked")).number == 2
    ties.clear(author, member.handle)
    assert actions.write_post(member, thread.id, NewPost(body="Thank you")).number == 3
