"""What a manager types into the editor, for tests."""

from __future__ import annotations

from typing import Any

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def typed(**fields: Any) -> dict[str, Any]:
    """A draft that can be published in November 2026, with these fields instead."""
    usual = dict.fromkeys(WEEKDAYS, "9:00–17:00")
    return {**usual, "zone": "Europe/Berlin", "expires": "2027-12-31",
            "first_answer_question": "8", "first_answer_question_unit": "open_hours"} | fields
