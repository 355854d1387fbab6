"""Drafts of several managers, versions that never change, and notice before they count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from parley.journal.models import Entry
from parley.kernel import clock, versions
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.promises import actions
from parley.promises.models import Promise, PromiseDraft
from parley.vendors import disputes
from parley.vendors.models import Vendor
from tests.factories import make_manager, make_representative, make_steward, make_vendor
from tests.promises.typed import typed

pytestmark = pytest.mark.usefixtures("app", "travel")

DAY = timedelta(days=1)


@pytest.fixture
def vendor():
    return make_vendor(name="Acme")


@pytest.fixture
def manager(vendor):
    return make_manager(vendor)


def publish(manager, vendor, day=None, note="", **fields):
    draft = actions.draft_of(vendor.id)
    draft = actions.save_draft(manager, vendor, draft.revision if draft else 0, typed(**fields))
    return actions.publish(manager, vendor, draft.revision, day, note)


def refused(action, *arguments):
    with pytest.raises(Refused) as caught:
        action(*arguments)
    return caught.value.refusal


def test_the_first_version_counts_at_once_and_later_ones_after_notice(vendor, manager, travel):
    first = publish(manager, vendor)
    assert (first.number, first.effective_from) == (1, travel.now)
    second = publish(manager, vendor, first_answer_question="4")
    assert second.effective_from == travel.now + 14 * DAY
    standing = actions.standing(vendor.id)
    assert (standing.in_force, standing.coming) == (first, [second])
    assert standing.changes_at == second.effective_from
    travel(days=14)
    assert actions.in_force(vendor.id, clock.now()) == second
    assert actions.in_force(vendor.id, clock.now() - DAY) == first
    assert actions.standing(vendor.id).coming == []


def test_a_later_day_begins_at_midnight_there(vendor, manager):
    row = publish(manager, vendor, day=date(2026, 12, 1))
    assert row.effective_from.isoformat() == "2026-11-30T23:00:00+00:00"
    assert actions.in_force(vendor.id, clock.now()) is None


@pytest.mark.parametrize(("number", "day", "counts"), [
    (1, date(2026, 11, 12), True), (1, date(2026, 11, 11), False), (1, date.min, False),
    (2, date.min, False), (2, date.max, False),
    (2, date(2026, 11, 26), False), (2, date(2026, 11, 27), True), (2, date(2027, 12, 1), False),
])
def test_days_from_which_a_version_may_count(vendor, manager, number, day, counts):
    if number == 2:
        publish(manager, vendor)
    if counts:
        assert publish(manager, vendor, day, first_answer_question="4").number == number
        return
    with pytest.raises(Invalid) as caught:
        publish(manager, vendor, day, first_answer_question="4")
    assert list(caught.value.errors) == ["effective_from"]
    assert Promise.select().count() == number - 1
    assert actions.draft_of(vendor.id).fields["first_answer_question"] == "4"


def test_a_promise_expires(vendor, manager, travel):
    row = publish(manager, vendor, expires="2026-11-30")
    assert actions.standing(vendor.id).changes_at == row.expires_at
    travel.to(row.expires_at)
    standing = actions.standing(vendor.id)
    assert (standing.in_force, standing.decided, standing.changes_at) == (None, row, None)


def test_withdrawing_is_a_version_with_notice(vendor, manager, travel):
    publish(manager, vendor)
    gone = actions.withdraw(manager, vendor, None, "We close the shop.")
    assert (gone.number, gone.terms, gone.note) == (2, None, "We close the shop.")
    assert actions.in_force(vendor.id, clock.now()) is not None
    assert refused(actions.withdraw, manager, vendor, None, "Again.").code == "withdrawn"
    travel(days=14)
    assert actions.in_force(vendor.id, clock.now()) is None
    again = publish(manager, vendor)
    assert (again.number, again.effective_from) == (3, travel.now + 14 * DAY)


def test_two_managers_who_edit_are_told_of_each_other(vendor, manager):
    other = make_manager(vendor, display_name="Bea")
    draft = actions.save_draft(manager, vendor, 0, typed())
    actions.save_draft(other, vendor, draft.revision, typed(monday="8–16"))
    told = refused(actions.save_draft, manager, vendor, draft.revision, typed(monday="7–15"))
    assert (told.code, told.field) == ("overtaken", "revision") and "Bea" in told.message
    assert refused(actions.publish, manager, vendor, draft.revision, None, "").code == "overtaken"
    kept = actions.draft_of(vendor.id)
    assert (kept.revision, kept.fields["monday"]) == (2, "8–16")
    assert Promise.select().count() == 0


def test_a_published_version_is_not_edited(vendor, manager):
    draft = actions.save_draft(manager, vendor, 0, typed())
    row = actions.publish(manager, vendor, draft.revision, None, "")
    told = refused(actions.save_draft, manager, vendor, draft.revision, typed(monday="7–15"))
    assert told.code == "published" and "version 1" in told.message
    actions.save_draft(manager, vendor, draft.revision + 1, typed(monday="7–15"))
    assert actions.terms_of(Promise.get_by_id(row.id)).week[0] == ((540, 1020),)


def test_the_same_again_is_no_new_version(vendor, manager):
    publish(manager, vendor)
    assert refused(publish, manager, vendor).code == "unchanged"


def test_a_draft_that_cannot_be_used_is_kept_and_not_published(vendor, manager):
    told = refused(lambda: publish(manager, vendor, monday="25–26"))
    assert told.code == "unreadable" and "Monday" in told.message
    assert actions.draft_of(vendor.id).fields["monday"] == "25–26"


def test_no_more_than_three_wait(vendor, manager):
    for hours in ("1", "2", "3", "4"):
        publish(manager, vendor, first_answer_question=hours)
    assert refused(lambda: publish(manager, vendor, first_answer_question="5")).code == "waiting"
    assert refused(actions.withdraw, manager, vendor, None, "Enough.").code == "waiting"
    newest = actions.newest(vendor.id)
    assert [row.number for row in newest] == [4, 3, 2, 1]
    assert actions.standing(vendor.id).coming == [newest[0]]  # 2 and 3 never count


def test_only_its_managers_promise_for_a_company(vendor, manager):
    draft = actions.save_draft(manager, vendor, 0, typed())
    for other in (make_representative(vendor), make_manager(make_vendor())):
        for verb, arguments in ((actions.save_draft, (draft.revision, typed())),
                                (actions.publish, (draft.revision, None, "")),
                                (actions.withdraw, (None, "Gone."))):
            with pytest.raises(NotFound):
                verb(other, vendor, *arguments)


def test_nothing_is_promised_while_the_proof_has_lapsed(vendor, manager):
    draft = actions.save_draft(manager, vendor, 0, typed())
    Vendor.update(lapsed_at=clock.now()).where(Vendor.id == vendor.id).execute()
    refused(actions.publish, manager, vendor, draft.revision, None, "")
    refused(actions.save_draft, manager, vendor, draft.revision, typed())


def test_what_is_recorded_and_drawn_anew(vendor, manager):
    before = versions.read([f"vendor:{vendor.id}"])
    row = publish(manager, vendor)
    assert versions.read([f"vendor:{vendor.id}"]) != before
    entry = Entry.get(Entry.kind == "promise.published")
    assert (entry.subject_id, entry.refs) == (vendor.id, {"promise": row.id, "number": 1})


def test_a_merged_page_keeps_its_versions_and_binds_nobody(vendor, manager, client):
    kept = make_vendor(name="Acme Group")
    other = make_manager(kept)
    theirs = publish(other, kept)
    ours = publish(manager, vendor, first_answer_question="4")
    disputes.merge(vendor, kept, make_steward(), "One company.")
    now = clock.now()
    assert actions.in_force(kept.id, now) == theirs
    assert actions.in_force(vendor.id, now) == ours  # for threads that keep it
    assert [d.vendor_id for d in PromiseDraft.select()] == [kept.id]
    assert client.get(f"/promises/{theirs.id}").location == (
        "/vendors/acme-group/promise/versions/1")
    page = client.get(f"/promises/{ours.id}")
    assert page.status_code == 200 and "4 opening hours" in page.text and "Acme" in page.text
    assert "within 8 opening hours" in client.get("/vendors/acme/promise",
                                                  follow_redirects=True).text
