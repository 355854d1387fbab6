"""Reports and the acts of stewards."""

from __future__ import annotations

import pytest

from parley.journal.models import Entry
from parley.kernel import fulltext, versions
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.moderation import actions, records
from parley.moderation.models import Act, Report
from parley.threads.models import Post, Thread
from tests.archives.rows import exported
from tests.factories import make_account, make_manager, make_representative, make_steward


def facts() -> list[str]:
    return [entry.kind for entry in Entry.select().order_by(Entry.id)]


def test_a_report_hides_nothing(scene):
    row = actions.report(scene.reply.id, scene.author, "spam", " An advertisement. ")
    assert (row.reason, row.note, row.vendor_id) == ("spam", "An advertisement.", None)
    assert Post.get_by_id(scene.reply.id).hidden_at is None
    assert facts()[-1] == "report.filed"


def test_one_report_of_a_person_and_post(scene):
    actions.report(scene.reply.id, scene.author, "spam")
    with pytest.raises(Refused) as caught:
        actions.report(scene.reply.id, scene.author, "threat")
    assert caught.value.refusal.code == "reported"
    assert Report.select().count() == 1


def test_who_answers_for_the_company_reports_for_it(scene):
    manager = make_manager(scene.vendor)
    assert actions.report(scene.reply.id, manager, "spam").vendor_id == scene.vendor.id


def test_what_cannot_be_reported(scene):
    with pytest.raises(NotFound):
        actions.report("0" * 20, scene.author, "spam")
    with pytest.raises(Refused):
        actions.report(scene.reply.id, scene.other, "spam")
    with pytest.raises(Invalid):
        actions.report(scene.reply.id, scene.author, "ugly")
    with pytest.raises(Invalid):
        actions.report(scene.reply.id, scene.author, "spam", "x" * 1001)
    actions.hide_post(scene.reply.id, scene.steward, "spam")
    with pytest.raises(NotFound):
        actions.report(scene.reply.id, scene.author, "spam")


def test_an_upheld_report_hides_the_post(scene):
    row = actions.report(scene.reply.id, scene.author, "spam")
    actions.settle(row.id, scene.steward, "hide_post", "A parcel shop")
    assert Post.get_by_id(scene.reply.id).hidden_at
    act = Act.get()
    assert (act.kind, act.reason, act.words) == ("hide_post", "spam", "A parcel shop")
    assert Report.get_by_id(row.id).upheld
    assert facts()[-2:] == ["post.hidden", "report.settled"]
    with pytest.raises(Refused):
        actions.settle(row.id, scene.steward, "reject")


def test_a_second_report_of_a_hidden_post_needs_no_second_act(scene):
    first = actions.report(scene.reply.id, scene.author, "spam")
    second = actions.report(scene.reply.id, make_account(), "off_topic")
    for row in (first, second):
        actions.settle(row.id, scene.steward, "hide_post")
    assert Act.select().count() == 1
    assert Report.select().where(Report.upheld).count() == 2


def test_a_report_turned_down_leaves_the_post(scene):
    row = actions.report(scene.reply.id, scene.author, "spam")
    actions.settle(row.id, scene.steward, "reject")
    assert Post.get_by_id(scene.reply.id).hidden_at is None
    assert not Report.get_by_id(row.id).upheld
    assert not Act.select().exists()


def test_only_the_opening_post_takes_its_thread_along(scene):
    row = actions.report(scene.reply.id, scene.author, "spam")
    with pytest.raises(Invalid):
        actions.settle(row.id, scene.steward, "hide_thread")
    row = actions.report(scene.opening.id, scene.other, "unlawful")
    actions.settle(row.id, scene.steward, "hide_thread")
    hidden = Thread.get_by_id(scene.thread.id)
    assert hidden.listed == 0
    assert hidden.hidden_at


def test_hiding_and_showing_a_thread(travel, scene):
    keys = [f"thread:{scene.thread.id}", f"vendor:{scene.vendor.id}", "front", "log"]
    before = versions.read(keys)
    actions.hide_thread(scene.thread.id, scene.steward, "unlawful")
    assert not fulltext.find("parcel", kind="thread")
    assert all(number > before[key] for key, number in versions.read(keys).items())
    travel(days=2)
    actions.show_thread(scene.thread.id, scene.steward, "mistake")
    shown = Thread.get_by_id(scene.thread.id)
    assert (shown.listed, shown.hidden_at) == (1, None)
    assert fulltext.find("parcel week", kind="thread")
    entry = Entry.select().where(Entry.kind == "thread.shown").get()
    assert entry.refs["hidden_for"] == 2 * 24 * 3600 * 1_000_000


def test_a_hidden_opening_is_not_found_by_its_words(scene):
    actions.hide_post(scene.opening.id, scene.steward, "personal_data")
    assert not fulltext.find("week", kind="thread")
    actions.hide_thread(scene.thread.id, scene.steward, "personal_data")
    actions.show_thread(scene.thread.id, scene.steward, "mended")
    assert not fulltext.find("week", kind="thread")
    actions.show_post(scene.opening.id, scene.steward, "mistake")
    assert fulltext.find("week", kind="thread")


def test_locking_and_unlocking(scene):
    actions.lock(scene.thread.id, scene.steward, "threat")
    assert Thread.get_by_id(scene.thread.id).locked_at
    actions.unlock(scene.thread.id, scene.steward, "mended")
    assert Thread.get_by_id(scene.thread.id).locked_at is None
    assert facts()[-2:] == ["thread.locked", "thread.unlocked"]


@pytest.mark.parametrize(("verb", "reason"), [
    (actions.show_thread, "mistake"), (actions.unlock, "mistake")])
def test_an_act_that_changes_nothing_is_refused(scene, verb, reason):
    with pytest.raises(Refused) as caught:
        verb(scene.thread.id, scene.steward, reason)
    assert caught.value.refusal.code == "nothing_to_do"


@pytest.mark.parametrize(("kind", "reason"), [
    ("hide_thread", "mistake"), ("hide_thread", ""), ("show_thread", "spam"), ("delete", "spam")])
def test_acts_and_reasons_come_from_closed_lists(scene, kind, reason):
    with pytest.raises(Invalid):
        actions.act(kind, scene.thread.id, scene.steward, reason)


def test_a_company_can_never_hide_a_thread_about_itself(scene):
    manager = make_manager(scene.vendor)
    steward = make_steward()
    make_representative(scene.vendor, steward)
    row = actions.report(scene.opening.id, manager, "unlawful")
    for verb in (actions.hide_thread, actions.lock):
        with pytest.raises(NotFound):
            verb(scene.thread.id, manager, "unlawful")
        with pytest.raises(Refused) as caught:
            verb(scene.thread.id, steward, "unlawful")
        assert caught.value.refusal.code == "own_company"
    for decision in ("reject", "hide_post", "hide_thread"):
        with pytest.raises(Refused):
            actions.settle(row.id, steward, decision)
        with pytest.raises(NotFound):
            actions.settle(row.id, manager, decision)
    assert not Act.select().exists()


def test_a_steward_does_not_judge_their_own_words(scene, app):
    steward = make_steward()
    scene.thread.author = steward
    scene.thread.save()
    with pytest.raises(Refused) as caught:
        actions.hide_post(scene.reply.id, steward, "spam")
    assert caught.value.refusal.code == "own_words"


def test_a_steward_does_not_judge_their_own_report(scene):
    reporter = make_steward()
    row = actions.report(scene.opening.id, reporter, "spam")
    acts = [(actions.settle, row.id, "hide_post"), (actions.settle, row.id, "hide_thread"),
            (actions.settle, row.id, "reject"), (actions.hide_post, scene.opening.id, "spam"),
            (actions.hide_thread, scene.thread.id, "spam"), (actions.lock, scene.thread.id, "spam")]
    for verb, about, choice in acts:
        with pytest.raises(Refused) as caught:
            verb(about, reporter, choice)
        assert caught.value.refusal.code == "own_report"
    with pytest.raises(Refused):
        actions.act("hide_thread", scene.thread.id, reporter, "spam", post_id=scene.reply.id)
    actions.hide_post(scene.reply.id, reporter, "spam")
    actions.settle(row.id, scene.steward, "hide_post")


def test_posts_of_another_thread_are_not_reached(scene):
    with pytest.raises(NotFound):
        actions.act("hide_post", scene.thread.id, scene.steward, "spam", post_id="0" * 20)
    with pytest.raises(NotFound):
        actions.hide_post("0" * 20, scene.steward, "spam")
    with pytest.raises(Refused):
        actions.act("hide_post", scene.thread.id, scene.steward, "spam")


def test_the_archive_holds_own_reports_and_acts_about_own_words(scene):
    actions.report(scene.reply.id, scene.author, "spam", "Look")
    actions.hide_post(scene.reply.id, scene.steward, "spam", "A shop")
    filed = exported(records, scene.author)["reports.json"]
    assert [one["reason"] for one in filed["filed"]] == ["spam"]
    assert filed["acts"] == []
    told = exported(records, scene.other)["reports.json"]
    assert told["filed"] == []
    assert [(one["kind"], one["steward"]) for one in told["acts"]] == [("hide_post", "oda")]
