"""Drafts survive signing up and an ended session."""

from __future__ import annotations

import pytest

from parley.kernel.errors import NotFound
from parley.threads import drafts
from parley.threads.models import Draft
from tests.factories import make_account

pytestmark = pytest.mark.usefixtures("backend", "travel")


def test_what_was_typed_is_kept_even_if_it_could_not_be_sent():
    by = make_account()
    draft = drafts.keep(by, "new", {"title": "x", "body": "y" * 30_000 + "\x00\ud800", "csrf": "t"})
    kept = drafts.find(draft.id, by).fields
    assert kept == {"title": "x", "body": "y" * 30_000}


def test_keeping_it_again_changes_the_same_draft(travel):
    by = make_account()
    draft = drafts.keep(by, "new", {"body": "one"})
    later = travel(hours=1)
    drafts.keep(by, "new", {"body": "two"}, draft.id)
    (row,) = drafts.of(by)
    assert (row.fields, row.updated_at) == ({"body": "two"}, later)


def test_a_visitors_draft_becomes_that_of_the_person_who_arrives():
    draft = drafts.keep(None, "new", {"body": "before"})
    by = make_account()
    assert drafts.adopt(draft.id, by).account_id == by.id
    assert drafts.adopt(draft.id, make_account()) is None
    with pytest.raises(NotFound):
        drafts.find(draft.id, None)


def test_a_visitors_draft_that_a_person_goes_on_with_is_theirs():
    draft = drafts.keep(None, "new", {"body": "before"})
    by = make_account()
    drafts.keep(by, "new", {"body": "after"}, draft.id)
    drafts.used(draft.id, by)
    assert Draft.select().count() == 0


def test_a_draft_that_is_gone_is_kept_anew():
    by = make_account()
    draft = drafts.keep(by, "new", {"body": "one"})
    assert drafts.keep_anyway(by, "new", {"body": "two"}, draft.id).id == draft.id
    drafts.drop(draft.id, by)
    assert drafts.keep_anyway(by, "new", {"body": "three"}, draft.id).fields == {"body": "three"}


@pytest.mark.parametrize("draft_id", ["nothing", "a\x00b", "", "\ud800"])
def test_a_draft_that_is_none_is_not_found(draft_id):
    with pytest.raises(NotFound):
        drafts.find(draft_id, make_account())


def test_nobody_sees_drops_or_overwrites_the_draft_of_another():
    draft = drafts.keep(make_account(), "new", {"body": "mine"})
    other = make_account()
    for call in (lambda: drafts.find(draft.id, other), lambda: drafts.find(draft.id, None),
                 lambda: drafts.drop(draft.id, other),
                 lambda: drafts.keep(other, "new", {"body": "theirs"}, draft.id)):
        with pytest.raises(NotFound):
            call()
    drafts.used(draft.id, other)
    assert Draft.get().fields == {"body": "mine"}


def test_the_oldest_of_too_many_gives_way(travel):
    by = make_account()
    for number in range(drafts.MOST_DRAFTS + 2):
        travel(minutes=1)
        drafts.keep(by, "new", {"body": str(number)})
    kept = [draft.fields["body"] for draft in drafts.of(by)]
    assert len(kept) == drafts.MOST_DRAFTS
    assert kept[-1] == "2"


def test_only_what_visitors_left_behind_is_forgotten(travel):
    drafts.keep(None, "new", {"body": "left"})
    kept = drafts.keep(make_account(), "new", {"body": "kept"})
    travel(days=31)
    drafts.sweep()
    assert [draft.id for draft in Draft.select()] == [kept.id]
