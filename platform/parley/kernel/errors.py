"""How an action says no. `web` turns these into pages; no view catches them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why a rule says no: a stable code, and words for the person who asked."""

    code: str
    message: str
    field: str | None = None


class Refused(Exception):
    """A rule forbids it (page: 409, or 403 when the person lacks the standing)."""

    def __init__(self, refusal: Refusal, status: int = 409) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.status = status


class NotFound(Exception):
    """There is no such thing, or none that this person may see (page: 404)."""


class Invalid(Exception):
    """What was typed cannot be used (page: 422). `errors` maps a field to words."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def refuse(refusal: Refusal | None) -> None:
    """Raise what a rule answered, if it answered no.

    :raise Refused: when `refusal` is not None
    """
    if refusal is not None:
        raise Refused(refusal)
