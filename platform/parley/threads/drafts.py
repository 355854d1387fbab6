"""What somebody typed and did not send yet. Drafts survive sign-up and an ended session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from parley.accounts.models import Account
from parley.kernel import clock, db
from parley.kernel.errors import NotFound
from parley.threads.models import Draft

MOST_DRAFTS = 50  # per person; the oldest gives way
MOST_BODY = 40_000  # characters: twice the longest text, so that too long a one is kept too
MOST_FIELD = 2_000  # of every other field
KEPT_FOR_VISITORS = timedelta(days=30)
FIELDS = (
    "kind", "title", "body", "vendor", "vendor_name", "website", "product", "happened_where",
    "happened_when", "wish", "impact", "purpose", "side", "then", "solved_by",
)


def keep(by: Account | None, place: str, typed: Mapping[str, Any],
         draft_id: str | None = None) -> Draft:
    """Store what was typed. A visitor's draft is known only by its id.

    :raise NotFound: `draft_id` is somebody else's
    """
    kept = keepable(typed)
    with db.write():
        draft = find(draft_id, by) if draft_id else None
        if draft is None:
            draft = Draft.create(account=by, place=place, fields=kept, updated_at=clock.now())
            if by is not None:
                _make_room(by)
        else:
            draft.fields, draft.updated_at = kept, clock.now()
            draft.account = draft.account_id or by
            draft.save()
    return draft


def keep_anyway(by: Account, place: str, typed: Mapping[str, Any], draft_id: str | None) -> Draft:
    """Store what was typed, as a new draft when that one is gone."""
    try:
        return keep(by, place, typed, draft_id or None)
    except NotFound:
        return keep(by, place, typed)


def keepable(typed: Mapping[str, Any]) -> dict[str, str]:
    """Of what was typed, the fields that a draft has, as they can be stored."""
    return {k: _storable(str(typed[k]), MOST_BODY if k == "body" else MOST_FIELD)
            for k in FIELDS if typed.get(k)}


def _storable(text: str, most: int) -> str:
    """Without what no database takes: a draft is kept whatever it holds, sending it complains."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()[:most]


def find(draft_id: str, by: Account | None) -> Draft:
    """:raise NotFound: there is no such draft of this person (or of no person yet)"""
    draft = Draft.get_or_none(Draft.id == draft_id) if draft_id.isalnum() else None
    if draft is None or draft.account_id not in (None, by.id if by else None):
        raise NotFound
    return draft


def adopt(draft_id: str, by: Account) -> Draft | None:
    """Make a visitor's draft the draft of the person who just arrived."""
    with db.write():
        Draft.update(account=by.id).where(Draft.id == draft_id, Draft.account.is_null()).execute()
    return Draft.get_or_none(Draft.id == draft_id, Draft.account == by.id)


def used(draft_id: str | None, by: Account) -> None:
    """The draft was sent, so it goes. Inside the write that sends it."""
    if draft_id and draft_id.isalnum():
        Draft.delete().where(Draft.id == draft_id, Draft.account == by.id).execute()


def drop(draft_id: str, by: Account) -> None:
    """:raise NotFound: there is no such draft of this person"""
    with db.write():
        if not Draft.delete().where(Draft.id == draft_id, Draft.account == by.id).execute():
            raise NotFound


def of(by: Account) -> list[Draft]:
    """A person's drafts, the latest first."""
    return list(Draft.select().where(Draft.account == by.id).order_by(
        Draft.updated_at.desc(), Draft.id.desc()))


def _make_room(by: Account) -> None:
    for old in of(by)[MOST_DRAFTS:]:
        old.delete_instance()


def sweep() -> None:
    """Forget drafts that visitors left behind."""
    with db.write():
        Draft.delete().where(
            Draft.account.is_null(), Draft.updated_at < clock.now() - KEPT_FOR_VISITORS).execute()


