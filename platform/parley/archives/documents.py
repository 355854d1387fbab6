"""Files of an archive from elsewhere that are kept to be read: sessions, payments, reports …

They say what was so on another server. Nothing here goes by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from peewee import fn

from parley.accounts.models import Account
from parley.archives.incoming import MOST_JSON, check_texts, parsed
from parley.archives.models import Document
from parley.kernel import clock, db
from parley.kernel.canonical import iso
from parley.kernel.errors import Invalid, NotFound
from parley.kernel.parts import WHOLE, Part
from parley.kernel.records import Fate, Found, Source, Unfit, nothing
from parley.kernel.records import Origin as Origins
from parley.kernel.safe_html import clean_text
from parley.threads.bringing import NEWER, PART
from parley.threads.models import Origin

NAMES = {
    "account.json": "Your account", "sessions.json": "Signed-in browsers",
    "membership.json": "Membership and offices", "payments.csv": "Payments",
    "dues.json": "Plan, gifts and places", "follows.csv": "What you followed",
    "representations.json": "For whom you answered", "addresses.json": "Addresses you named",
    "claims.json": "Pages you claimed", "invitations.json": "Invitations you sent",
    "declarations.json": "Your declarations as an advocate",
    "me-too.json": "Where you said “me too”",
    "helped.json": "What helped", "outside.json": "Calls, visits and private answers",
    "thanks.json": "Thanks", "problems.json": "Problems: named, linked, answered",
    "reports.json": "Reports, and acts about your words", "desk.json": "What you wrote at a desk",
    "notices.json": "Notices", "votes.json": "Where you voted",
    "promises.json": "Promises that your threads were measured by",
    "publications.json": "Promises that you published",
    "scorecard-comments.json": "Comments on figures",
    "stewardship.json": "What you decided as a steward",
}
TAKEN_OTHERWISE = ("manifest.json", "drafts.json", "media.json", "origins.json", "index.html",
                   "style.css")
DERIVED = ("threads/", "replies/", "notes/", "media/", "activitystreams/", "schemas/", "keys/",
           "documents/")
FOLDER = "documents/"
HOLDS = (Origin, Document)


def check(source: Source, account: Account) -> Iterator[Found]:
    """The documents of the archive itself, and those that it brought from servers before."""
    for path in source.paths:
        if path in TAKEN_OTHERWISE or path.startswith(DERIVED) or path.endswith(".html"):
            continue
        if path not in NAMES:
            yield Found("document", path, Fate.LEFT, "This server does not know such a file.")
        elif source.here:
            yield Found("document", NAMES[path], Fate.SAME)
        else:
            yield _document(source, account, path, path, None)
    if not source.here:
        yield from _of_others(source, account)


def _document(
    source: Source, account: Account, path: str, name: str, of: dict[str, Any] | None
) -> Found:
    shown = NAMES.get(name, name)
    try:
        text = readable(source, path)
    except Unfit as error:
        return Found("document", shown, Fate.REFUSED, str(error))
    checked = source.checked and (of is None or of["checked"])
    row = _known(account, source, of, name)
    fate = _fate(source, checked, text, row)
    why = ""
    if fate is Fate.KEPT:
        why = PART if source.partial else NEWER
    write = partial(_keep, account, source, checked, text, name, of)
    return Found("document", shown, fate, why,
                 write if fate in (Fate.NEW, Fate.CHANGED) else nothing)


def readable(source: Source, path: str) -> str:
    """:raise Unfit: it is no text, or no JSON though it says so"""
    data = source.octets(path, MOST_JSON)
    try:
        text = data.decode()
        clean_text(text.removeprefix("\ufeff"), field="", least=0, most=len(text), what="file")
    except (UnicodeDecodeError, Invalid):
        raise Unfit("It is no text that can be kept.") from None
    if path.endswith(".json"):
        check_texts(parsed(data))
    return text


def origin_key(source: Any, of: dict[str, Any] | None) -> dict[str, str]:
    if of is None:
        return {"server_url": source.server_url, "source_id": source.source_id}
    return {"server_url": of["url"], "source_id": of["source_id"]}


def _known(
    account: Account, source: Source, of: dict[str, Any] | None, name: str
) -> Document | None:
    key = origin_key(source, of)
    found: Document | None = Document.select(Document, Origin).join(Origin).where(
        Document.account == account.id, Document.path == name,
        Origin.server_url == key["server_url"], Origin.source_id == key["source_id"]).first()
    return found


def _fate(source: Source, checked: bool, text: str, row: Document | None) -> Fate:
    if row is None:
        return Fate.NEW
    if row.text == text and not (checked and not row.checked):
        return Fate.SAME
    newer = (checked, source.made_at) > (row.checked, row.made_at)
    return Fate.CHANGED if newer and not source.partial else Fate.KEPT


def _keep(account: Account, source: Source, checked: bool, text: str, name: str,
          of: dict[str, Any] | None, origin: Origins) -> None:
    there = origin_of(account, of | {"made_at": datetime.fromisoformat(of["made_at"])},
                      checked) if of else origin()
    Document.delete().where(Document.origin == there.id, Document.path == name).execute()
    Document.create(account=account, origin=there, path=name, text=text, checked=checked,
                    made_at=source.made_at)


def origin_of(account: Account, of: dict[str, Any], checked: bool) -> Origin:
    """The origin that an entry of `origins.json` tells of, made when it is not known yet."""
    Origin.insert(
        id=Origin.id.default(), account=account, kind=of["kind"], server=of["server"],
        server_url=of["url"], handle=of["handle"], source_id=of["source_id"],
        made_at=of["made_at"], signed_by=of["signed_by"], checked=checked,
        brought_at=clock.now()).on_conflict_ignore().execute()
    return Origin.get(Origin.account == account.id, Origin.server_url == of["url"],
                      Origin.source_id == of["source_id"])


def _of_others(source: Source, account: Account) -> Iterator[Found]:
    """Documents of the servers before the one that made this archive."""
    paths = [path for path in source.paths if path.startswith(FOLDER)]
    if not paths:
        return
    try:
        origins = {entry["id"]: entry for entry in source.json("origins.json")}
    except Unfit as error:
        yield Found("document", "origins.json", Fate.REFUSED, str(error))
        return
    for path in paths:
        origin_id, _, name = path.removeprefix(FOLDER).partition("/")
        if origin_id not in origins or name not in NAMES:
            yield Found("document", path, Fate.LEFT, "This server does not know such a file.")
        else:
            yield _document(source, account, path, name, origins[origin_id])


# Out again


def export(account: Account, part: Part = WHOLE) -> Iterator[tuple[str, Any]]:
    """Pairs of a path below `data/` and its value: where things came from, and the documents. They
    concern no company and are of no year."""
    if part.vendor or part.year is not None:
        return
    origins = list(Origin.select().where(Origin.account == account.id).order_by(
        Origin.brought_at, Origin.id))
    yield "origins.json", [_origin(row) for row in origins]
    for origin in origins:
        for row in Document.select().where(Document.origin == origin.id).order_by(Document.path):
            yield f"{FOLDER}{origin.id}/{row.path}", row.text.encode()


def _origin(row: Origin) -> dict[str, Any]:
    return {
        "id": row.id, "kind": row.kind, "server": row.server, "url": row.server_url,
        "handle": row.handle, "source_id": row.source_id, "made_at": iso(row.made_at),
        "signed_by": row.signed_by, "checked": row.checked, "brought_at": iso(row.brought_at),
    }


def find(by: Account, document_id: str) -> Document:
    """:raise NotFound: there is no such document of this person"""
    row = Document.select(Document, Origin).join(Origin).where(
        Document.id == document_id, Document.account == by.id).first()
    if row is None:
        raise NotFound
    return row


def of(by: Account) -> list[Document]:
    """A person's documents with something in them, without their texts, by where they come from."""
    light = [field for field in Document._meta.sorted_fields if field.name != "text"]
    return list(Document.select(*light, Origin).join(Origin).where(
        Document.account == by.id, fn.LENGTH(Document.text) > len("[]\n")
    ).order_by(Origin.brought_at.desc(), Document.path))


def remove(by: Account, document_id: str) -> None:
    """Take a document away.

    :raise NotFound: there is no such document of this person
    """
    with db.write():
        if not Document.delete().where(
                Document.id == document_id, Document.account == by.id).execute():
            raise NotFound
