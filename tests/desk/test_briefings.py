"""A briefing is reported, hidden and shown again on the road that posts go."""

from __future__ import annotations

import json

import pytest

from parley.archives import public_lines
from parley.desk import moderating, records, rules, texts
from parley.desk.models import BriefingAct, BriefingReport
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.notifications import records as notices
from parley.scorecards import days
from tests.archives.rows import exported
from tests.factories import make_member, make_representative, make_steward
from tests.threads import factories as f
from tests.web.scene import text

PRIVATE = "Call Jo Bloggs at home."
PLACE = "/vendors/acme/advocates"


@pytest.fixture
def briefing(team):
    return texts.publish_briefing(team.manager, team.vendor, "How to help", PRIVATE)


@pytest.fixture
def oda(app):
    return make_steward(handle="oda")


def test_it_is_reported_hidden_and_shown_again(team, briefing, oda, client, client_of):
    member, page = make_member(), f"/briefings/{briefing.id}"
    thread, reader, steward = team.thread(), client_of(member), client_of(oda)
    advocate, beside = client_of(f.advocate_of(thread)), f"/threads/{thread.id}"
    assert f"{page}/report" in text(reader.get(PLACE))
    assert f"{page}/report" not in text(client.get(PLACE))
    sent = reader.post_form(f"{page}/report", {"reason": "personal_data"}, page=f"{page}/report")
    assert sent.location == PLACE
    assert reader.post_form(f"{page}/report", {"reason": "spam"}).status_code == 409
    assert PRIVATE in text(client.get(PLACE))
    assert "Uphold, hide the briefing" in text(steward.get("/moderation"))
    row = BriefingReport.get()
    steward.post_form(f"/moderation/briefings/reports/{row.id}",
                      {"decision": "hide", "words": "A private number"}, page="/moderation")
    for browser, place in ((client, PLACE), (reader, PLACE), (advocate, PLACE), (advocate, beside)):
        shown = text(browser.get(place))
        assert "A steward hid what stood here" in shown
        assert PRIVATE not in shown and "How to help" not in shown
    log = text(client.get("/moderation/log"))
    assert "Briefing hidden" in log and "A private number" in log and PLACE in log
    (line,) = public_lines.FILES["briefings"]()
    assert (line["title"], line["body"], bool(line["hidden_at"])) == (None, None, True)
    assert [one["briefing"] for one in public_lines.FILES["moderation"]()] == [briefing.id]
    for seer, place in ((steward, PLACE), (client_of(team.manager), "/desk/acme/briefings")):
        assert PRIVATE in text(seer.get(place))
    mine = exported(records, team.manager)["desk.json"]
    assert PRIVATE in json.dumps(mine["briefings"])
    assert [act["kind"] for act in mine["acts"]] == ["hide_briefing"]
    assert "hidden" in {one["kind"] for one in exported(notices, team.manager)["notices.json"]}
    assert [one["upheld"] for one in exported(records, member)["desk.json"]["reports"]] == [True]
    assert reader.get(f"{page}/report").status_code == 404
    steward.post_form(f"{page}/moderate", {"act": "show_briefing", "reason": "mended"},
                      page=f"{page}/moderate")
    assert PRIVATE in text(client.get(PLACE))


def test_nobody_judges_their_own_cause(team, briefing, oda):
    ours, reporter = make_steward(), make_steward()
    make_representative(team.vendor, ours)
    row = moderating.report(briefing.id, reporter, "spam")
    for steward, code in ((ours, "own_company"), (reporter, "own_report")):
        for decision in ("hide", "reject"):
            with pytest.raises(Refused) as caught:
                moderating.settle(row.id, steward, decision)
            assert caught.value.refusal.code == code
        with pytest.raises(Refused):
            moderating.act("hide_briefing", briefing.id, steward, "spam")
    with pytest.raises(Refused):
        moderating.report(briefing.id, team.manager, "spam")
    with pytest.raises(NotFound):
        moderating.act("hide_briefing", briefing.id, team.manager, "spam")
    moderating.report(briefing.id, team.kim, "spam")
    moderating.settle(row.id, oda, "reject")
    assert days.figures_of(team.vendor.id, "all").reports == (0, 0, 0)
    assert not BriefingAct.select().exists()


@pytest.mark.parametrize(("kind", "reason", "error"), [
    ("hide_briefing", "mistake", Invalid), ("show_briefing", "spam", Invalid),
    ("delete", "spam", Invalid), ("show_briefing", "mistake", Refused)])
def test_acts_and_reasons_come_from_closed_lists(briefing, oda, kind, reason, error):
    with pytest.raises(error):
        moderating.act(kind, briefing.id, oda, reason)


def test_what_its_company_removed_meanwhile_can_still_be_settled(team, briefing, oda, client_of):
    row = moderating.report(briefing.id, make_member(), "spam")
    texts.remove_briefing(team.manager, team.vendor, briefing.id)
    assert "Its company removed it since" in text(client_of(oda).get("/moderation"))
    assert moderating.settle(row.id, oda, "hide").upheld
    with pytest.raises(NotFound):
        moderating.report(briefing.id, make_member(), "spam")


def test_a_change_by_the_company_does_not_bring_it_back(team, briefing, oda, client):
    moderating.act("hide_briefing", briefing.id, oda, "personal_data")
    texts.publish_briefing(team.manager, team.vendor, "How to help", "Again.", briefing.id)
    assert "Again." not in text(client.get(PLACE))


def test_every_act_has_words_and_a_fact():
    assert rules.ACTS.keys() == rules.DONE.keys() == rules.FACTS.keys()
