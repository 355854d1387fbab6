"""What people brought from elsewhere: reading it, taking it away, and giving it out again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, versions
from parley.kernel.canonical import iso
from parley.kernel.errors import NotFound
from parley.kernel.parts import WHOLE, Part
from parley.threads import drafts
from parley.threads.models import Draft, File, Origin, Restored
from parley.vendors.models import Vendor

FOLDERS = {"thread": "threads", "replies": "replies", "note": "notes"}
BATCH = 20  # records in memory at once; one may hold thousands of posts
LIGHT = [field for field in Restored._meta.sorted_fields if field.name != "record"]


def of(account: Account, part: Part = WHOLE) -> peewee.ModelSelect:
    """All that a person brought, without the records themselves, each with its origin."""
    rows = Restored.select(*LIGHT, Origin, Vendor).join_from(Restored, Origin).join_from(
        Restored, Vendor, peewee.JOIN.LEFT_OUTER).where(Restored.account == account.id)
    return part.of(rows, Restored.at, Restored.vendor)


def visible(restored_id: str, viewer_id: str | None, is_steward: bool) -> Restored:
    """Something restored, with its person, origin and company, if this viewer may read it.

    :raise NotFound: there is none, or it is not for them
    """
    row = (
        Restored.select(Restored, Origin, Account, Vendor).join_from(Restored, Origin)
        .join_from(Restored, Account, on=Restored.account)
        .join_from(Restored, Vendor, peewee.JOIN.LEFT_OUTER)
        .where(Restored.id == restored_id, Restored.removed_at.is_null())
    ).first()
    if row is None:
        raise NotFound
    if row.account_id == viewer_id or (row.listed and row.account.closed_at is None):
        return row
    if is_steward and row.hidden_at:
        return row
    raise NotFound


def _own(by: Account, restored_id: str) -> Restored:
    """:raise NotFound: it is not theirs"""
    row = db.lock(Restored.select().where(
        Restored.id == restored_id, Restored.account == by.id,
        Restored.removed_at.is_null())).first()
    if row is None:
        raise NotFound
    return row


def remove(by: Account, restored_id: str) -> None:
    """Take something restored away, for good. An archive brings it back when one asks it to.

    :raise NotFound: it is not theirs
    """
    with db.write():
        row = _own(by, restored_id)
        File.delete().where(File.restored == row.id).execute()
        if row.hidden_at:
            row.record, row.title, row.digest, row.removed_at = {}, "", "", clock.now()
            row.made_at, row.checked = db.EPOCH, False  # any archive is newer
            row.save()
        else:
            row.delete_instance()
        journal.record("restored.removed", "account", by.id, by=by.id)
        _touch(row)


def as_draft(by: Account, restored_id: str) -> Draft:
    """Begin a new thread with the words of a note; the note stays.

    :raise NotFound: it is no note of theirs
    """
    row = _own(by, restored_id)
    if row.kind != "note":
        raise NotFound
    return drafts.keep(by, "new", {"title": row.record["title"], "body": row.record["body"]})


def hide(row: Restored) -> None:
    """Take something out of sight for all but its person. Inside the write of a steward's act."""
    row.listed, row.hidden_at = 0, clock.now()
    row.save()
    _touch(row)


def show_again(row: Restored) -> None:
    """Let others read it again. Inside the write of a steward's act."""
    row.listed, row.hidden_at = int(row.removed_at is None), None
    row.save()
    _touch(row)


def _touch(row: Restored) -> None:
    versions.touch(f"restored:{row.id}", f"member:{row.account_id}")


def chain(row: Restored) -> list[dict[str, Any]]:
    """The servers on which it stood, the first one first."""
    origin = row.origin
    return [*row.earlier, {
        "server": origin.server, "url": origin.server_url, "handle": origin.handle,
        "made_at": iso(row.made_at), "signed_by": origin.signed_by, "checked": row.checked,
        "listed": bool(row.listed)}]


def export(
    account: Account, part: Part = WHOLE, kinds: Iterable[str] = FOLDERS
) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: what came in goes out as it was."""
    query = Restored.select(Restored, Origin).join(Origin).where(
        Restored.account == account.id, Restored.kind.in_(list(kinds)),
        Restored.removed_at.is_null())
    query = part.of(query, Restored.at, Restored.vendor)
    last = ""
    while rows := list(query.where(Restored.id > last).order_by(Restored.id).limit(BATCH)):
        last = rows[-1].id
        for row in rows:
            yield f"{FOLDERS[row.kind]}/{row.ref}.json", {
                **(_without_files(row.record) if part.text_only else row.record),
                "origins": chain(row)}


def _without_files(record: dict[str, Any]) -> dict[str, Any]:
    """A record whose files were not taken along; they stay named."""
    return {**record, "posts": [
        {**post, "files": [{**file, "path": None} for file in post["files"]]}
        for post in record["posts"]]} if "posts" in record else record
