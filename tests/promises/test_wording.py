"""A promise in plain words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from parley.kernel.rulebook import Rulebook
from parley.promises import calendars, drafting, measures, published, wording
from parley.promises.clocks import Terms
from parley.promises.models import Promise
from parley.promises.rules import KINDS
from tests.promises.typed import WEEKDAYS, typed

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)  # a Thursday
FULL = typed(
    first_answer_complaint="1:30", resolution_complaint="2", resolution_complaint_unit="days",
    saturday="10–14", country="DE", region="Berlin", closed="2026-12-24\n2026-12-27 to 2026-12-31",
    languages="de, en", who_answers=["employee", "agency"],
    responders_may_decide="refunds up to 100 euros", after_1="36", after_1_unit="hours",
    to_1="the head of care", scope="parcels\nletters", out_of_scope="customs", data_within="30",
    data_formats="csv, json")


def read(fields):
    return drafting.read(fields, NOW)


def test_every_part_is_said():
    assert wording.words(read(FULL)) == [
        "We give a first answer to questions within 8 opening hours. That is about one of our "
        "days.",
        "We give a first answer to complaints within 1 opening hour and 30 minutes. That is a "
        "small part of one of our days.",
        "We propose a resolution to complaints within 2 days, nights and weekends counted.",
        "We are open Monday to Friday 9:00 to 17:00; Saturday 10:00 to 14:00, as clocks show it "
        "in Berlin.",
        "We are closed on the public holidays of Germany (Berlin).",
        "We are also closed on 24 December 2026 and 27 December 2026 to 31 December 2026.",
        "We answer in German and English.",
        "Answers come from our own employees and an agency.",
        "Those who answer may decide themselves: refunds up to 100 euros.",
        "36 hours after it was opened, you can pass a thread on to: the head of care.",
        "If you ask for your own data, you get them within 30 days, as csv or json.",
        "This is about: parcels; letters.",
        "It is not about: customs.",
        "This holds until the end of 31 December 2027.",
    ]


@pytest.mark.parametrize(("hours", "length", "expected"), [
    ("9–17", 8, "one of our days"), ("9–17", 16, "2 of our days"), ("9–17", 4, "half of one"),
    ("9–17", 20, "2.5 of our days"), ("9–17", 9, "about one of our days"),
    ("22–6", 16, "2 of our days"), ("9–17", 1, "a small part"), ("0–24", 24, "one of our days"),
    ("9–17", 30, "about 4 of our days"),
])
def test_opening_hours_in_the_companys_own_days(hours, length, expected):
    week = read(typed(**dict.fromkeys(WEEKDAYS, hours))).week
    assert wording.in_own_days(timedelta(hours=length), week).startswith(expected)


def test_what_changed_between_two_versions():
    old, new = read(FULL), read(FULL | {
        "sunday": "10–12", "first_answer_question": "4", "resolution_complaint": "",
        "languages": "de, en, fr"})
    assert [(d.heading, d.before[:30], d.after[:30]) for d in wording.differences(old, new)] == [
        ("First answer to questions", "We give a first answer to ques",
         "We give a first answer to ques"),
        ("Opening hours", "We are open Monday to Friday 9", "We are open Monday to Friday 9"),
        ("Languages", "We answer in German and Englis", "We answer in German, English a"),
        ("Resolution of complaints", "We propose a resolution to com", "nothing promised"),
    ]
    assert wording.differences(old, old) == []
    assert {d.after for d in wording.differences(old, None)} == {"nothing promised"}


def test_examples_skip_nights_weekends_and_holidays():
    """Friday 13 November and Tuesday 17 November; by hand. On the 18th Saxony has a holiday."""
    terms = read(typed(first_answer_question="8", country="DE", region="Sachsen",
                       first_answer_complaint="1", first_answer_complaint_unit="days"))
    measured = {kind: Terms(*(measures.target(getattr(terms, name), kind, calendars.hours_of(terms))
                              for name in drafting.TARGETS)) for kind in KINDS}
    assert wording.examples(terms, measured, NOW) == [
        "A question asked on Friday 13 November, 17:00 has its first answer by Monday 16 "
        "November, 17:00.",
        "A question asked on Tuesday 17 November, 10:00 has its first answer by Thursday "
        "19 November, 10:00.",
        "A complaint made on Friday 13 November, 17:00 has its first answer by Saturday 14 "
        "November, 17:00.",
        "A complaint made on Tuesday 17 November, 10:00 has its first answer by Wednesday 18 "
        "November, 10:00.",
    ]


def test_where_a_promise_is_silent_the_expectation_is_said():
    book = Rulebook(first_answer_days=3, resolution_days=1)
    assert wording.expected(read(typed()), book) == [
        "First answer to complaints: 3 business days", "Resolution of questions: 1 business day",
        "Resolution of complaints: 1 business day"]
    assert len(wording.expected(None, book)) == 4


def test_the_document_for_programs():
    terms = read(FULL | {"friday": "22:00–6:00"})
    row = Promise(number=3, terms=drafting.rules.to_json(terms), effective_from=NOW,
                  expires_at=drafting.expires_at(terms))
    found = published.document(row, "acme.example", "https://parley.example/vendors/acme")
    assert json.loads(json.dumps(found)) == {
        "version": 3, "vendor_domain": "acme.example",
        "channel": "https://parley.example/vendors/acme",
        "effective_from": "2026-11-12T12:00:00Z", "expires": "2027-12-31T23:00:00Z",
        "languages": ["de", "en"], "time_zone": "Europe/Berlin", "holidays": "DE-BE",
        "hours": [
            {"@type": "OpeningHoursSpecification", "opens": "09:00", "closes": "17:00",
             "dayOfWeek": [f"https://schema.org/{day}" for day in
                           ("Monday", "Tuesday", "Wednesday", "Thursday")]},
            {"@type": "OpeningHoursSpecification", "opens": "22:00", "closes": "06:00",
             "dayOfWeek": ["https://schema.org/Friday"]},
            {"@type": "OpeningHoursSpecification", "opens": "10:00", "closes": "14:00",
             "dayOfWeek": ["https://schema.org/Saturday"]},
            *({"@type": "OpeningHoursSpecification", "opens": "00:00", "closes": "00:00",
               "validFrom": f"2026-12-{day}", "validThrough": f"2026-12-{day}"}
              for day in (24, 27, 28, 29, 30, 31)),
        ],
        "first_response": {"question": {"duration": "PT8H", "clock": "business"},
                           "complaint": {"duration": "PT1H30M", "clock": "business"}},
        "resolution": {"complaint": {"duration": "P2D", "clock": "calendar"}},
        "scope": ["parcels", "letters"], "out_of_scope": ["customs"],
        "escalation": [{"after": "P1DT12H", "to": "the head of care"}],
        "responders_may_decide": "refunds up to 100 euros",
        "who_answers": ["employee", "agency"],
        "data_return": {"within": "P30D", "formats": ["csv", "json"]},
    }


@pytest.mark.parametrize(("length", "days", "expected"), [
    (timedelta(hours=8), True, "PT8H"), (timedelta(days=3), True, "P3D"),
    (timedelta(days=3), False, "PT72H"), (timedelta(minutes=90), True, "PT1H30M"),
    (timedelta(days=1, minutes=5), True, "P1DT5M"),
])
def test_durations(length, days, expected):
    assert published.duration(length, days) == expected
