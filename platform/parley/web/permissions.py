"""One permission check per route.

`@allowed("domain:verb")` names what a route is for; `app` plugs in the gate that knows who may
do what (`members.rules.ROUTES`). What depends on the thing itself (whose thread, which vendor)
is asked by the action, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app

Gate = Callable[[str], None]


class SignInNeeded(Exception):
    """This is for signed-in people; after signing in they come back to it."""


def allowed(permission: str) -> Callable:
    """Let a view run only when the gate lets this permission pass.

    The view answers 404 to those for whom the thing is private, and asks a visitor to sign in
    where an account would do.
    """

    def mark(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            current_app.extensions["parley.gate"](permission)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return mark


def permission_of(view: Callable) -> str | None:
    """The permission a view declares, None when it forgot to."""
    return getattr(view, "permission", None)
