"""Whether the process lives, and whether it is ready for people."""

from __future__ import annotations

import peewee
from flask import Blueprint, Response, jsonify

from parley.kernel import db
from parley.outbox import actions as outbox
from parley.web.permissions import allowed

views = Blueprint("health", __name__)


@views.get("/healthz")
@allowed("public:health")
def process() -> Response:
    return jsonify(status="ok")


@views.get("/readyz")
@allowed("public:health")
def ready() -> tuple[Response, int]:
    """200 when the database answers and is migrated, with the age of the oldest waiting task."""
    try:
        pending = db.pending_migrations()
        age = outbox.oldest_age() if not pending else 0.0
    except peewee.PeeweeException as error:
        return jsonify(status="unready", database=type(error).__name__), 503
    state = {"database": "ok", "migrations_pending": pending,
             "outbox_oldest_seconds": round(age, 1)}
    return jsonify(status="unready" if pending else "ready", **state), 503 if pending else 200
