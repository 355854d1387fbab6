"""Forms that lose nothing: on bad input the page comes back with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, request

from parley.kernel.errors import Invalid, Refusal


def reshow(page: Callable) -> Callable:
    """Name the GET view that shows this POST view's form again when its action says no.

    `page` is called with the same URL arguments; its template finds the typed values through
    `typed(...)`, the errors through `errors()`.
    """

    def mark(view: Callable) -> Callable:
        view.reshow = page  # type: ignore[attr-defined]
        return view

    return mark


def typed(name: str, default: Any = "") -> Any:
    """What the person typed into a field, when their form came back; else the default."""
    form = g.get("typed")
    return default if form is None else form.get(name, "")


def typed_list(name: str, default: list[str] | None = None) -> list[str]:
    form = g.get("typed")
    return (default or []) if form is None else form.getlist(name)


def errors() -> dict[str, str]:
    return g.get("errors", {})


def came_back(problem: Invalid | Refusal) -> None:
    """Remember a form that could not be used, for the page that shows it again."""
    g.typed = request.form
    if isinstance(problem, Invalid):
        g.errors = problem.errors
    else:
        g.errors = {problem.field or "": problem.message}


def text(name: str) -> str:
    """A field as it was sent, line ends made LF; empty when missing."""
    return request.form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def flag(name: str) -> bool:
    return request.form.get(name) in ("1", "on", "yes", "true")


def safe_next(default: str) -> str:
    """Where to go on to: only a path of our own."""
    target = request.values.get("next", "")
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if ours and target.isprintable() and "\\" not in target else default
