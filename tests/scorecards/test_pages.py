"""The scorecard as a page, JSON, CSV and badge, and the commands behind it."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from xml.etree import ElementTree

import pytest

from parley.kernel.versions import Version
from parley.problems import moderating
from parley.problems.actions import NewProblem, follow, open_problem
from parley.scorecards import actions, days, figures
from parley.scorecards.models import ClosedDay, Tally
from tests.factories import make_manager, make_member, make_steward, make_vendor
from tests.problems.factories import case
from tests.threads import factories as f

PAGE = "/vendors/acme/scorecard"
COUNTS = {
    "kind.question": 20, "kind.praise": 3, "counted": 20, "answered": 15, "calendar.60": 9,
    "calendar.2880": 6, "business.60": 15, "kept.promise": 11, "missed.promise": 4,
    "outcome.confirmed_by_vendor": 8, "outcome.unconfirmed": 4, "claims": 14, "sent_back": 2,
    "problems.confirmed": 1, "problems.people": 40,
    "hidden": 1, "reports": 3, "reports.settled": 2, "reports.right": 1,
}


@pytest.fixture
def acme(app, travel):
    vendor = make_vendor(name="Acme", slug="acme")
    Tally.insert_many([
        {"vendor": vendor.id, "period": period, "key": key, "count": count}
        for period in figures.periods_of(days.today()) for key, count in COUNTS.items()]).execute()
    return vendor


def test_the_page_says_each_figure_with_its_size(acme, client):
    page = client.get(PAGE).get_data(as_text=True)
    for words in ("75 %", "From 53 to 89 % with 95 % certainty; 15 of 20", "73 %", "11 of 15",
                  "48 hours", "within 2 days", "3 times", "1 hidden by a steward",
                  "A cause that was fixed: it hit 40 people"):
        assert words in page, words
    assert page.count("<svg class=\"chart\"") == 2 and "style=" not in page


def test_the_causes_that_hit_most_people_are_drawn_with_their_table(client, app, travel):
    found = case(3)
    few = open_problem(found.manager, found.vendor, NewProblem("Hinges <squeak>", "All do."))
    follow(make_member(), few.id, affected=True)
    nobody = open_problem(found.manager, found.vendor, NewProblem("Boxes are blue", "All are."))
    page = f"/vendors/{found.vendor.slug}/scorecard"
    part = client.get(page).get_data(as_text=True).partition("The causes that hit most people")[2]
    table = part.partition("</table>")[0]
    assert re.findall(r'/problems/(\w+)">.*?class="number">(\d+)<', table, re.DOTALL) == [
        (found.id, "3"), (few.id, "1")]
    assert "Hinges &lt;squeak&gt;" in table and "Acknowledged" in table
    assert nobody.id not in part
    moderating.act("hide_problem", found.id, make_steward(), "spam")
    assert found.id not in client.get(page).get_data(as_text=True)


def test_json_csv_and_badge_say_the_same(acme, client):
    found = client.get(f"{PAGE}.json?window=all").get_json()
    assert (found["window"], found["as_of"], found["enough"]) == ("all", "2026-11-12", 10)
    answered = found["figures"]["answered"]
    assert answered == {"value": 0.75, "unit": "share", "low": 0.5313, "high": 0.8881, "part": 15,
                        "of": 20, "enough": True}
    assert found["figures"]["first_answer_p90_calendar"]["value"] is None
    assert found["figures"]["expectation_met"]["enough"] is False
    sheet = list(csv.DictReader(io.StringIO(
        client.get(f"{PAGE}.csv?window=all").get_data(as_text=True))))
    assert {row["figure"]: row["value"] for row in sheet}["answered"] == "0.75"
    badge = client.get("/vendors/acme/badge.svg?show=promises")
    assert "73 % promises kept" in badge.get_data(as_text=True)
    assert badge.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert ElementTree.fromstring(badge.data).tag.endswith("svg")


def test_the_code_of_the_badge_is_code_for_any_name(client, app, travel):
    make_vendor(name='Ann" onerror="alert(1)', slug="ann")
    code = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", client.get(
        "/vendors/ann/scorecard").get_data(as_text=True))[1])
    picture = ElementTree.fromstring(code.replace("></a>", "/></a>")).find("img")
    assert picture.attrib.keys() == {"src", "alt", "width", "height"}
    assert picture.attrib["alt"] == 'How Ann" onerror="alert(1) answers'


def test_a_name_that_is_a_formula_is_none_in_a_cell(client, app, travel):
    make_vendor(name="=1+1", slug="sum")
    first = client.get("/vendors/sum/scorecard.csv").get_data(as_text=True).splitlines()[1]
    assert first.startswith("'=1+1,12m,")


@pytest.mark.parametrize(("query", "words"), [
    ("window=week", "There is nothing here"), ("as_of=2026-11-13", "lies ahead"),
    ("as_of=2026-02-30", "Name the day as in"), ("as_of=yesterday", "Name the day as in"),
    ("as_of=1999-01-01", "no figures before"), ("as_of=9999-12-31", "lies ahead"),
    ("as_of=0001-01-01", "no figures before")])
@pytest.mark.parametrize("kind", ["scorecard", "scorecard.json", "scorecard.csv", "badge.svg"])
def test_what_cannot_be_shown_is_said(acme, client, query, words, kind):
    sent = client.get(f"/vendors/acme/{kind}?{query}")
    assert sent.status_code == 404 and words in sent.get_data(as_text=True)


def test_a_day_that_is_over_shows_what_stood_then(acme, client, travel):
    ClosedDay.create(day=days.today())
    travel(days=2)
    Tally.update(count=Tally.count + 5).where(Tally.key.in_(["answered", "counted"])).execute()
    page = client.get(f"{PAGE}?as_of=2026-11-12").get_data(as_text=True)
    assert "at the end of" in page and "Nobody has written in this time." in page


def test_a_company_nobody_waits_for_is_not_said_to_have_median_waits(app, client, travel):
    make_vendor(name="Acme", slug="acme")
    page = client.get(PAGE).get_data(as_text=True)
    assert "in opening time" not in page and "Still waiting" not in page
    assert 'min="2026-11-12" max="2026-11-12"' in page


def test_a_page_kept_for_visitors_follows_each_event(app, client, travel):
    vendor = make_vendor(name="Acme", slug="acme")
    assert "Nobody has written" in client.get(PAGE).get_data(as_text=True)
    f.open_thread(vendor=vendor)
    assert "Nobody has written" not in client.get(PAGE).get_data(as_text=True)


def test_the_company_says_a_word(acme, client_of, client):
    browser = client_of(make_manager(acme))
    sent = browser.post_form(f"{PAGE}/comment", {"text": "x" * 1_001}, page=f"{PAGE}/comment")
    assert sent.status_code == 422 and "x" * 1_001 in sent.get_data(as_text=True)
    browser.post_form(f"{PAGE}/comment", {"text": "A <b>strike</b>."}, page=f"{PAGE}/comment")
    assert "A &lt;b&gt;strike&lt;/b&gt;." in client.get(PAGE).get_data(as_text=True)
    assert len(actions.comments(acme.id, 9)) == 1


def test_the_vendors_page_opens_with_the_figures(acme, client):
    page = client.get("/vendors/acme").get_data(as_text=True)
    assert "promises kept" in page and "never answered" in page
    assert "problem fixed and confirmed" in page and ">40 people hit<" in page
    Tally.delete().execute()
    Version.delete().execute()
    assert "The whole scorecard" not in client.get("/vendors/acme?show=newest").get_data(
        as_text=True)


def test_commands(app, travel):
    vendor = make_vendor(name="Acme")
    f.answer(f.open_thread(vendor=vendor))
    runner = app.test_cli_runner()
    assert "All figures are those of the record" in runner.invoke(
        args=["scorecards", "verify"]).output
    Tally.update(count=3).where(Tally.key == "answered").execute()
    wrong = runner.invoke(args=["scorecards", "verify", "Acme"])
    assert wrong.exit_code == 1 and "answered: 1 by the record, but 3 is kept" in wrong.output
    assert "anew from 1 " in runner.invoke(args=["scorecards", "rebuild"]).output
    assert runner.invoke(args=["scorecards", "verify"]).exit_code == 0
    shown = runner.invoke(args=["scorecards", "show", "Acme", "--as-of", "2026-11-11T12:00"])
    assert "Questions                              0" in shown.output
    assert "Questions                              1" in runner.invoke(
        args=["scorecards", "show", "Acme"]).output
    assert runner.invoke(args=["scorecards", "show", "nobody"]).exit_code == 1
