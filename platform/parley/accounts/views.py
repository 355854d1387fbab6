"""All pages of this domain: each module puts its own on the one blueprint."""

from __future__ import annotations

from parley.accounts import account_pages, oidc_pages  # noqa: F401
from parley.accounts.arrival_pages import views

__all__ = ["views"]
