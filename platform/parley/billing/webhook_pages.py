"""Where Stripe tells us that something happened."""

from __future__ import annotations

from flask import Blueprint, request

from parley.billing import card_events
from parley.kernel.errors import Refused
from parley.web.permissions import allowed

views = Blueprint("webhooks", __name__)


@views.post("/webhooks/stripe")
@allowed("public:webhook")
def stripe() -> tuple[dict[str, str], int]:
    """200 once the event is stored; Stripe sends again whatever was not answered so."""
    try:
        event = card_events.check(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except Refused as error:
        return {"error": error.refusal.code}, error.status
    return {"outcome": card_events.take(event)}, 200
