"""What notices say and where they lead."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from parley.notifications import rules
from parley.notifications.rules import About, long_day, path_of, words


@pytest.mark.parametrize("kind", rules.WORDS)
def test_every_notice_has_words(kind):
    for purpose, outcome in product([None, *rules.ASKING, "update"], [None, *rules.ENDED]):
        said = words(About(kind, "Acme", "Ines", "question", outcome, "planned", "Lea", purpose))
        assert said.endswith(".")
        assert "{" not in said


@pytest.mark.parametrize(("about", "said"), [
    (About("turn", "Acme", purpose="answer"), "Acme answered. It is your turn."),
    (About("claim", "Acme", purpose="decline"), "Acme declined."),
    (About("outcome", author="Ines", outcome="confirmed"), "Ines says that it is solved."),
    (About("idea", "Acme", idea_state="planned"), "Acme plans this idea."),
    (About("reply", who="{0.__class__}"), "{0.__class__} replied."),
])
def test_words(about, said):
    assert words(about) == said


def test_addresses():
    assert path_of("abc", None) == "/threads/abc"
    assert path_of("abc", 50) == "/threads/abc#post-50"
    assert path_of("abc", 51) == "/threads/abc?from=51#post-51"


def test_a_day_is_the_persons_own():
    late = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert long_day(late, "UTC") == "27 November 2026"
    assert long_day(late, "Europe/Zurich") == "28 November 2026"
    assert long_day(None, "UTC") == ""
