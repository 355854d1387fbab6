"""The demo community, whole: its people, companies, declarations and threads."""

from __future__ import annotations

from parley.demo import stories_care, stories_home, stories_rail, stories_shops
from parley.demo.people import COMPANIES, DECLARATIONS, FOLLOWS, PEOPLE
from parley.demo.promises import PLEDGES
from parley.demo.shapes import Company, Declaration, Person, Pledge, Step, Story

__all__ = [
    "COMPANIES",
    "DECLARATIONS",
    "FOLLOWS",
    "PASSWORD",
    "PEOPLE",
    "PLEDGES",
    "STORIES",
    "Company",
    "Declaration",
    "Person",
    "Pledge",
    "Step",
    "Story",
]

PASSWORD = "parley-demo"

STORIES = (
    *stories_rail.STORIES,
    *stories_home.STORIES,
    *stories_shops.STORIES,
    *stories_care.STORIES,
)
