"""All pages of this domain."""

from __future__ import annotations

from parley.desk import queue_pages, text_pages, thread_pages

views = queue_pages.views

__all__ = ["text_pages", "thread_pages", "views"]
