"""Contacts outside, which count as an answer once the other side confirms them."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from parley.kernel.errors import Invalid, NotFound, Refused
from parley.notifications.models import Notice
from parley.threads import outside, thanking
from parley.threads.models import OutsideContact
from tests.archives.rows import archive_of
from tests.factories import make_member
from tests.threads import factories as threads


@pytest.fixture
def thread(travel, app):
    return threads.open_thread(kind="complaint")


@pytest.fixture
def jonas(thread):
    return threads.representative_of(thread)


def enter(by, thread, how="call", day="2026-11-12", words="They will send a new one."):
    return outside.enter(by, thread.id, how, day, words)


def heard(person) -> list[str]:
    return [n.kind for n in Notice.select().where(Notice.account == person.id).order_by(Notice.at)]


def test_the_author_enters_and_the_company_confirms(thread, jonas, travel, mails):
    row = enter(thread.author, thread)
    assert threads.now(thread).status == "awaiting_vendor"
    assert heard(jonas) == ["outside"]
    at = travel(hours=5)
    outside.confirm(jonas, row.id)
    after = threads.now(thread)
    assert (after.status, after.turn_claim) == ("awaiting_author", "answer")
    assert after.first_answer_at == after.turn_since == at
    assert heard(thread.author) == ["outside_yes"]
    (told,) = mails.to(thread.author.email)
    assert "They will send a new one." in told.text
    outside.confirm(jonas, row.id)
    assert OutsideContact.get().confirmed_at == at


def test_the_company_enters_and_the_author_confirms(thread, jonas, travel):
    row = enter(jonas, thread, "visit")
    assert heard(thread.author) == ["outside"]
    at = travel(days=1)
    outside.confirm(thread.author, row.id)
    assert threads.now(thread).turn_since == at
    assert heard(jonas) == ["outside_yes"]


@pytest.mark.parametrize("side", ["author", "vendor"])
def test_nobody_confirms_their_own_sides(thread, jonas, side):
    row = enter(thread.author if side == "author" else jonas, thread)
    same = thread.author if side == "author" else threads.representative_of(thread)
    for person in (same, make_member()):
        with pytest.raises(NotFound):
            outside.confirm(person, row.id)
    assert threads.now(thread).status == "awaiting_vendor"


def test_either_side_takes_an_unconfirmed_one_away(thread, jonas):
    for person in (thread.author, jonas):
        outside.drop(person, enter(thread.author, thread).id)
    row = enter(thread.author, thread)
    with pytest.raises(NotFound):
        outside.drop(make_member(), row.id)
    outside.confirm(jonas, row.id)
    with pytest.raises(NotFound):
        outside.drop(thread.author, row.id)
    assert OutsideContact.select().count() == 1


@pytest.mark.parametrize(("typed", "field"), [
    ({"how": "dream"}, "how"), ({"day": "yesterday"}, "day"), ({"day": "2026-02-30"}, "day"),
    ({"words": " "}, "outside_words"), ({"words": "x" * 1001}, "outside_words")])
def test_bad_input(thread, typed, field):
    with pytest.raises(Invalid) as caught:
        enter(thread.author, thread, **typed)
    assert list(caught.value.errors) == [field]


@pytest.mark.parametrize("day", ["2026-11-14", "2026-11-10", "1999-01-01"])
def test_a_day_that_cannot_be(thread, day):
    with pytest.raises(Refused):
        enter(thread.author, thread, day=day)


def test_others_and_other_kinds_have_none(thread, jonas):
    with pytest.raises(NotFound):
        enter(make_member(), thread)
    praise = threads.open_thread(kind="praise")
    with pytest.raises(Refused):
        enter(praise.author, praise)
    threads.confirm(thread)
    with pytest.raises(Refused):
        enter(thread.author, thread)


def test_what_nobody_confirms_does_not_pile_up(thread):
    for _ in range(outside.MOST_WAITING):
        enter(thread.author, thread)
    with pytest.raises(Refused, match="wait here"):
        enter(thread.author, thread)


def test_both_sides_find_it_in_their_archives(thread, jonas, tmp_path):
    outside.confirm(jonas, enter(thread.author, thread).id)
    thanking.thank(thread.author, threads.answer(thread, "update", jonas).id)
    for person, mine in ((thread.author, True), (jonas, False)):
        archive = archive_of(person, tmp_path)
        (row,), (thanks,) = archive.json("outside.json"), archive.json("thanks.json")
        assert (row["words"], row["entered_by_you"]) == ("They will send a new one.", mine)
        assert thanks["given"] is mine
        for name, value in (("outside", [row]), ("thanks", [thanks])):
            Draft202012Validator(archive.json(f"schemas/{name}.json")).validate(value)


def test_on_the_page(thread, jonas, client, client_of):
    page = f"/threads/{thread.id}"
    browser = client_of(thread.author)
    bad = browser.post_form(f"{page}/outside", {"how": "call", "day": "soon"}, page=page)
    assert bad.status_code == 422
    assert "year, month and day" in bad.text
    browser.post_form(f"{page}/outside", {
        "how": "call", "day": "2026-11-12", "outside_words": "They <b>said</b> soon."}, page=page)
    row = OutsideContact.get()
    assert "has not confirmed it" in client.get(page).text
    assert "They &lt;b&gt;said&lt;/b&gt; soon." in client.get(page).text
    client_of(jonas).post_form(f"/outside/{row.id}/confirmation", page=page)
    assert "counts as an answer from then on" in client.get(page).text
