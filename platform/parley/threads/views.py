"""All pages of this domain."""

from __future__ import annotations

from parley.threads import (
    compose_pages,
    reading_pages,
    restored_pages,
    step_pages,
    thread_pages,
)

BLUEPRINTS = (
    thread_pages.views, compose_pages.views, reading_pages.views, restored_pages.views)
arrive = compose_pages.arrive
keep_for_later = compose_pages.keep_for_later

__all__ = ["BLUEPRINTS", "arrive", "keep_for_later", "step_pages"]
