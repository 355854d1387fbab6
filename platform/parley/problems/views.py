"""All pages of this domain."""

from __future__ import annotations

from parley.problems import naming_pages, problem_pages

BLUEPRINTS = (problem_pages.views, naming_pages.views)

__all__ = ["BLUEPRINTS"]
