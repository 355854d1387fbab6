"""What companies of the demo promise: each version as its manager typed it."""

from __future__ import annotations

from parley.demo.shapes import Pledge

_RAIL_WEEK = dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday"), "8:00–18:00")
_RAIL = {
    **_RAIL_WEEK, "zone": "Europe/Berlin", "country": "DE", "region": "",
    "first_answer_question": "10", "first_answer_question_unit": "open_hours",
    "first_answer_complaint": "10", "first_answer_complaint_unit": "open_hours",
    "resolution_complaint": "14", "resolution_complaint_unit": "days",
    "languages": "en, de", "who_answers": ["employee"],
    "responders_may_decide": "refunds up to 200 euros, and a new ticket for a missed connection",
    "after_1": "10", "after_1_unit": "days", "to_1": "the head of the customer office",
    "scope": "Night trains and regional lines that we run ourselves",
    "out_of_scope": "Tickets of other railways",
}
_KITCHEN = {
    "monday": "9:00–12:30, 13:30–17:00", "tuesday": "9:00–12:30, 13:30–17:00",
    "wednesday": "9:00–12:30, 13:30–17:00", "thursday": "9:00–12:30, 13:30–19:00",
    "friday": "9:00–13:00", "zone": "Europe/Stockholm", "country": "SE",
    "first_answer_question": "3", "first_answer_question_unit": "days",
    "first_answer_complaint": "13", "first_answer_complaint_unit": "open_hours",
    "resolution_question": "10", "resolution_question_unit": "days",
    "languages": "en, sv", "who_answers": ["employee", "ai-assisted"],
    "data_within": "14", "data_formats": "csv, pdf",
}

PLEDGES = (
    Pledge("northwind", "jonas", 89, 500, _RAIL, "Our first promise here."),
    Pledge(
        "northwind", "jonas", 36, 500,
        {**_RAIL, "saturday": "9:00–14:00", "first_answer_question": "8",
         "resolution_complaint": "10"},
        "The office now opens on Saturdays, and we answer sooner.",
    ),
    Pledge("halden", "sven", 86, 400, _KITCHEN, ""),
    Pledge(
        "halden", "sven", 4, 400,
        {**_KITCHEN, "resolution_complaint": "45", "resolution_complaint_unit": "open_hours"},
        "The workshop now says how long a repair takes.",
    ),
)
