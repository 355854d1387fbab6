"""All pages of dues."""

from __future__ import annotations

from parley.billing import member_pages, treasurer_pages, webhook_pages

BLUEPRINTS = (member_pages.views, treasurer_pages.views, webhook_pages.views)
signed_by_others = webhook_pages.stripe
