"""Two managers of one company at the same instant."""

from __future__ import annotations

import pytest

from parley.kernel import db
from parley.kernel.errors import Refused
from parley.promises import actions
from parley.promises.models import Promise
from tests.factories import make_manager, make_vendor
from tests.promises.typed import typed
from tests.vendors.test_people_races import at_once

pytestmark = pytest.mark.usefixtures("built", "own_database")


def test_of_two_who_publish_at_once_one_wins_and_the_draft_stays():
    vendor = make_vendor()
    managers = [make_manager(vendor) for _ in range(3)]
    draft = actions.save_draft(managers[0], vendor, 0, typed())
    db.database.close()
    found = at_once(*(
        lambda by=by: actions.publish(by, vendor, draft.revision, None, "") for by in managers))
    won = [one for one in found if isinstance(one, Promise)]
    told = [one.refusal for one in found if isinstance(one, Refused)]
    assert len(won) == 1 and [refusal.code for refusal in told] == ["published"] * 2
    assert all("published version 1" in refusal.message for refusal in told)
    assert [row.number for row in Promise.select()] == [1]
    assert actions.draft_of(vendor.id).fields == draft.fields


def test_of_two_first_drafts_at_once_one_is_kept():
    vendor = make_vendor()
    managers = [make_manager(vendor) for _ in range(2)]
    db.database.close()
    found = at_once(*(
        lambda by=by: actions.save_draft(by, vendor, 0, typed(monday=by.handle))
        for by in managers))
    assert sum(isinstance(one, Refused) for one in found) == 1
    kept = actions.draft_of(vendor.id)
    assert kept.fields["monday"] == kept.edited_by.handle


def test_publishing_and_withdrawing_at_once_are_two_versions():
    vendor = make_vendor()
    one, other = make_manager(vendor), make_manager(vendor)
    first = actions.save_draft(one, vendor, 0, typed())
    actions.publish(one, vendor, first.revision, None, "")
    draft = actions.save_draft(one, vendor, 2, typed(first_answer_question="4"))
    db.database.close()
    at_once(lambda: actions.publish(one, vendor, draft.revision, None, ""),
            lambda: actions.withdraw(other, vendor, None, "We stop."))
    numbers = [row.number for row in Promise.select().order_by(Promise.number)]
    assert numbers == [1, 2, 3]
