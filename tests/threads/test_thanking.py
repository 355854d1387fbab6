"""Thanks to a representative by name."""

from __future__ import annotations

import pytest

from parley.kernel.errors import NotFound, Refused
from parley.notifications.models import Notice
from parley.threads import thanking
from parley.threads.models import Thanks, Thread
from tests.factories import make_member
from tests.threads import factories as threads


@pytest.fixture
def thread(travel, app):
    return threads.open_thread()


def test_thanks_stand_on_the_post_and_on_the_persons_page(thread, client, client_of):
    jonas = threads.representative_of(thread)
    first, second = (threads.answer(thread, "update", jonas) for _ in range(2))
    page = f"/threads/{thread.id}"
    words = f"{thread.author.display_name} thanks {jonas.display_name}"
    assert words not in client.get(page).text
    client_of(thread.author).post_form(f"/posts/{first.id}/thanks", page=page)
    thanking.thank(thread.author, second.id)
    assert Thanks.select().count() == 1
    assert client.get(page).text.count(words) == 1
    member = client.get(f"/members/{jonas.handle}").text
    assert "thank-you from an author" in member
    assert thread.title in member
    assert Notice.select().where(Notice.kind == "thanked", Notice.account == jonas.id).count() == 1
    client_of(thread.author).post_form(f"/posts/{first.id}/thanks/undo", page=page)
    assert words not in client.get(page).text
    assert "thank-you" not in client.get(f"/members/{jonas.handle}").text


def test_only_the_author_and_only_representatives(thread):
    post = threads.answer(thread)
    with pytest.raises(Refused):
        thanking.thank(make_member(), post.id)
    with pytest.raises(Refused):
        thanking.thank(thread.author, threads.reply(thread).id)
    with pytest.raises(NotFound):
        thanking.take_back(make_member(), post.id)
    assert not Thanks.select().exists()


def test_a_hidden_thread_is_not_named(thread):
    post = threads.answer(thread)
    thanking.thank(thread.author, post.id)
    assert thanking.received(post.author)[0] == 1
    Thread.update(listed=0).where(Thread.id == thread.id).execute()
    assert thanking.received(post.author) == (0, [])
    with pytest.raises(NotFound):
        thanking.thank(thread.author, post.id)
