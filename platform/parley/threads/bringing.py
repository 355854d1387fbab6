"""Threads, replies, notes, drafts and files in an archive that comes in.

What was written elsewhere comes back as documents (`Restored`), never as threads and posts of
this server: so no clock, figure, queue or notice can count them, and nobody speaks who is not
here. What this server has itself stays as it is here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from parley.accounts.models import Account
from parley.kernel import canonical, pictures
from parley.kernel.errors import Invalid
from parley.kernel.records import Fate, Found, Origin, Source, Unfit, instant, nothing
from parley.kernel.safe_html import excerpt
from parley.threads import drafts, files
from parley.threads.models import Draft, File, Follow, Post, Restored, Thread
from parley.vendors import bringing as vendors
from parley.vendors.actions import find_or_make

BATCH = 200  # things looked up at once
TITLE = 120
SHOWN_OUTCOMES = ("confirmed", "declined", "unconfirmed", "void", None)  # not what was withdrawn
STAYS = "It is here, and stays as it is here."
OTHERS = "It is here, but not under your name."
NEWER = "What is here is newer."
PART = "A part of an archive replaces nothing."


@dataclass(frozen=True)
class Kind:
    """What tells a folder of records from the others. `ref` is the id that its file name gives."""

    what: str
    folder: str
    ref: Callable[[Any], str]
    title: Callable[[Any], str | None]
    at: Callable[[Any], str]
    about: Callable[[Any], dict[str, Any]]  # the thread, or the part that tells of it


def _itself(record: Any) -> Any:
    return record


KINDS = (
    Kind("thread", "threads/", lambda r: r["id"], lambda r: r["title"],
         lambda r: r["opened_at"], _itself),
    Kind("replies", "replies/", lambda r: r["thread"]["id"], lambda r: r["thread"]["title"],
         lambda r: r["posts"][0]["created_at"], lambda r: r["thread"]),
    Kind("note", "notes/", lambda r: r["id"], lambda r: r["title"] or excerpt(r["body"], TITLE),
         lambda r: r["written_at"], _itself),
)


def check(source: Source, account: Account) -> Iterator[Found]:
    """What would come in of all this; one record in memory at a time."""
    for kind in KINDS:
        for paths in _pieces(source.below(kind.folder)):
            yield from _records(source, account, kind, paths)
    yield from _drafts(source, account)
    if not source.here:
        yield from _follows(source, account)


def _pieces(items: Sequence[str]) -> Iterator[Sequence[str]]:
    return (items[at:at + BATCH] for at in range(0, len(items), BATCH))


def _records(
    source: Source, account: Account, kind: Kind, paths: Iterable[str]
) -> Iterator[Found]:
    refs = {path: path.removeprefix(kind.folder).removesuffix(".json") for path in paths}
    living = dict(Thread.select(Thread.id, Thread.author).where(
        Thread.id.in_(list(refs.values()))).tuples()) if kind.what != "note" else {}
    known = {row.ref: row for row in Restored.select(
        Restored.id, Restored.ref, Restored.digest, Restored.made_at, Restored.checked,
        Restored.listed, Restored.hidden_at,
        Restored.removed_at).where(
        Restored.account == account.id, Restored.kind == kind.what,
        Restored.ref.in_(list(refs.values())))}
    for path, ref in refs.items():
        try:
            record = source.json(path)
            if kind.ref(record) != ref:
                raise Unfit("It does not hold what its name says.")
            if ref in living:
                yield _living(kind, record, account, living[ref])
            else:
                yield _document(source, account, kind, record, known.get(ref))
        except Unfit as error:
            yield Found(kind.what, path, Fate.REFUSED, str(error))


def _name(kind: Kind, record: Any) -> str:
    return kind.title(record) or "A thread that is no longer public"


def _living(kind: Kind, record: Any, account: Account, author: str) -> Found:
    """A thread that is here: nothing of it is changed by an archive."""
    name = _name(kind, record)
    if kind.what == "thread" and author != account.id:
        return Found(kind.what, name, Fate.REFUSED, OTHERS)
    own = {post["id"]: post["body"] for post in record["posts"] if not post.get("not_owned")}
    here = {post.id: post for post in Post.select().where(Post.id.in_(list(own)))}
    if any(post.author_id != account.id for post in here.values()):
        return Found(kind.what, name, Fate.REFUSED, OTHERS)
    equal = all(post_id in here and body == (None if here[post_id].removed_at
                                             else here[post_id].body)
                for post_id, body in own.items())
    return Found(kind.what, name, *((Fate.SAME,) if equal else (Fate.KEPT, STAYS)))


def _document(
    source: Source, account: Account, kind: Kind, record: Any, row: Restored | None
) -> Found:
    """Others may read it when every server on its way, the last one first, vouches for it: nobody
    does for words in an archive that anyone could have made, or that is of somebody else."""
    earlier = record.pop("origins", [])
    if kind.what != "note":
        _check_posts(source, account, record, earlier)
    digest = _digest(record)
    if source.here and row is not None and not row.removed_at:
        return _restored_already(kind, record, digest, row)
    checked = source.checked and all(there["checked"] for there in earlier)
    public = checked and source.same_person and all(there.get("listed") for there in earlier)
    listed = int(public and _may_be_listed(kind, record) and not (row and row.hidden_at))
    fate, why = _fate(source, checked, digest, listed, row)
    bring: Any = nothing
    if fate in (Fate.NEW, Fate.CHANGED):
        new = Restored(
            account=account.id, kind=kind.what, ref=kind.ref(record), record=record,
            title=excerpt(_name(kind, record), TITLE), at=instant(kind.at(record)), digest=digest,
            earlier=earlier, made_at=source.made_at, checked=checked, listed=listed)
        company = _company(kind, record)
        if row is not None:
            new.id, new.removed_at = row.id, None
        bring = partial(_restore, source, account, new, company, row is None)
    return Found(kind.what, _name(kind, record), fate, why, bring)


def _restored_already(kind: Kind, record: Any, digest: str, row: Restored) -> Found:
    """An archive that this server made tells nothing new of what was brought here before it."""
    same = digest == _digest(Restored.get_by_id(row.id).record)
    return Found(kind.what, _name(kind, record), *((Fate.SAME,) if same else (Fate.KEPT, STAYS)))


def _digest(record: Any) -> str:
    try:
        return hashlib.sha256(canonical.dumps(record)).hexdigest()
    except ValueError:
        raise Unfit("It holds a number that is none.") from None


def _check_posts(source: Source, account: Account, record: Any, earlier: list[Any]) -> None:
    """:raise Unfit: it gives words of others as the person's own, or the other way round"""
    handle = earlier[0]["handle"] if earlier else source.handle
    own = [post for post in record["posts"] if not post.get("not_owned")]
    if any(post["author"]["handle"] != handle for post in own):
        raise Unfit("It gives somebody else’s words as yours.")
    here = Post.select().where(
        Post.id.in_([post["id"] for post in record["posts"]][:1000]), Post.author != account.id)
    if any(post.id in {mine["id"] for mine in own} for post in here):
        raise Unfit(OTHERS)


def _fate(
    source: Source, checked: bool, digest: str, listed: int, row: Restored | None
) -> tuple[Fate, str]:
    if row is None:
        return Fate.NEW, ""
    if row.digest == digest:
        vouched = (checked, listed) > (row.checked, row.listed)
        return (Fate.CHANGED, "It is vouched for now.") if vouched else (Fate.SAME, "")
    newer = (checked, source.made_at) > (row.checked, row.made_at)
    if newer and (row.removed_at or not source.partial):
        return Fate.CHANGED, ""
    return Fate.KEPT, PART if newer else NEWER


def _may_be_listed(kind: Kind, record: Any) -> bool:
    """Notes are private, and what stewards hid or its author withdrew stays away."""
    shown = record.get("hidden_at") is None and record.get("outcome") in SHOWN_OUTCOMES
    return kind.what != "note" and shown and kind.title(record) is not None


def _company(kind: Kind, record: Any) -> tuple[str, str | None] | None:
    if kind.what == "note":
        return None
    vendor = kind.about(record)["vendor"]
    return vendors.named(vendor["name"], vendor.get("domain"))


def _restore(
    source: Source, account: Account, new: Restored, company: tuple[str, str | None] | None,
    first: bool, origin: Origin,
) -> None:
    new.origin = origin()
    if company is not None:
        new.vendor = vendors.known(*company)
        if new.vendor is None and new.checked:
            new.vendor = find_or_make(*company, account)
    attached = _attached(source, new)
    new.save(force_insert=first)
    File.delete().where(File.restored == new.id).execute()
    for file in attached:
        file.save(force_insert=True)


def _attached(source: Source, new: Restored) -> list[File]:
    """The files of its own posts; what the record says of them becomes what was stored."""
    found: list[File] = []
    for post in new.record.get("posts", ()):
        for position, entry in enumerate(post["files"]):
            upload = source.stored.get(entry["path"])
            if upload is None:
                entry["path"] = None
                continue
            entry |= {"sha256": upload.sha256, "media_type": upload.media_type,
                      "size": upload.size, "path": media_path(upload)}
            if upload.width:
                entry |= {"width": upload.width, "height": upload.height}
            found.append(File(
                account=new.account_id, restored=new, restored_post=post["id"], position=position,
                sha256=upload.sha256, media_type=upload.media_type, name=entry["name"],
                size=upload.size, width=entry["width"], height=entry["height"],
                added_at=instant(post["created_at"])))
    return found


def _drafts(source: Source, account: Account) -> Iterator[Found]:
    if "drafts.json" not in source.paths:
        return
    try:
        rows = source.json("drafts.json")[:1000]
    except Unfit as error:
        yield Found("draft", "drafts.json", Fate.REFUSED, str(error))
        return
    here = {row.id: row for row in Draft.select().where(Draft.id.in_([r["id"] for r in rows]))}
    room = drafts.MOST_DRAFTS - Draft.select().where(Draft.account == account.id).count()
    for row in rows:
        found = _draft(account, row, here.get(row["id"]), room)
        room -= found.fate is Fate.NEW
        yield found


def _draft(account: Account, row: Any, here: Draft | None, room: int) -> Found:
    fields = drafts.keepable(row["fields"])
    name = excerpt(fields.get("title") or fields.get("body") or "A draft", TITLE)
    if here is not None and here.account_id != account.id:
        return Found("draft", name, Fate.REFUSED, OTHERS)
    if here is not None:
        same = here.fields == fields
        return Found("draft", name, *((Fate.SAME,) if same else (Fate.KEPT, STAYS)))
    if room <= 0:
        return Found("draft", name, Fate.LEFT, f"You have {drafts.MOST_DRAFTS} drafts already.")
    return Found("draft", name, Fate.NEW, bring=partial(
        _bring_draft, account, row["id"], row["place"], fields, instant(row["updated_at"])))


def _bring_draft(account: Account, draft_id: str, place: str, fields: dict[str, str],
                 at: datetime, origin: Origin) -> None:
    Draft.insert(id=draft_id, account=account, place=place, fields=fields,
                 updated_at=at).on_conflict_ignore().execute()


def _follows(source: Source, account: Account) -> Iterator[Found]:
    """Threads of this server that the person followed when the archive was made."""
    try:
        table = source.table("follows.csv")
    except Unfit:
        return  # told with the companies in it
    rows = {row.get("id", ""): row for row in table if row.get("kind") == "thread"}
    for some in _pieces(list(rows)):
        shown = {thread.id: thread.title for thread in Thread.select(Thread.id, Thread.title).where(
            Thread.id.in_(some), Thread.listed == 1)}
        already = {row.thread_id for row in Follow.select().where(
            Follow.account == account.id, Follow.thread.in_(list(shown)))}
        for thread_id in some:
            if thread_id not in shown:
                yield Found("follow", rows[thread_id].get("name", ""), Fate.LEFT,
                            "This thread is not here.")
            elif thread_id in already:
                yield Found("follow", shown[thread_id], Fate.SAME)
            else:
                yield _follow_anew(account, thread_id, shown[thread_id], rows[thread_id])


def _follow_anew(
    account: Account, thread_id: str, title: str, row: dict[str, str]
) -> Found:
    try:
        since = instant(row.get("since", ""))
    except Unfit as error:
        return Found("follow", title, Fate.REFUSED, str(error))
    return Found("follow", title, Fate.NEW, bring=partial(_follow, account, thread_id, since))


def _follow(account: Account, thread_id: str, since: datetime, origin: Origin) -> None:
    Follow.insert(account=account, thread=thread_id, since=since).on_conflict_ignore().execute()


# Files


@dataclass(frozen=True)
class Stored:
    """What was kept of a file in an archive."""

    sha256: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


def media_path(file: File | Stored) -> str:
    """Where a file lies below `data/`: equal bytes lie there once."""
    return f"media/{file.sha256}.{pictures.EXTENSIONS[file.media_type]}"


def take_files(source: Source) -> Iterator[Found]:
    """Store the files of an archive, before the write that names them. One in memory at a time.

    Bytes that this server or a trusted one drew are kept; all others are drawn anew.
    """
    for path in source.below("media/"):
        name = path.removeprefix("media/")
        if source.here and (row := _kept(name)):
            source.stored[path] = Stored(row.sha256, row.media_type, row.size)
            continue
        try:
            upload = _taken(source, path)
        except Unfit as error:
            yield Found("file", name, Fate.REFUSED, str(error))
            continue
        files.store(upload)
        source.stored[path] = Stored(upload.sha256, upload.media_type, len(upload.data),
                                     upload.width, upload.height)
        yield Found("file", name, Fate.NEW)


def check_files(source: Source) -> Iterator[Found]:
    """What `take_files` would say, as far as the first bytes tell; nothing is stored."""
    for path in source.below("media/"):
        name = path.removeprefix("media/")
        if source.here and _kept(name):
            continue
        try:
            _bytes(source, path)
        except Unfit as error:
            yield Found("file", name, Fate.REFUSED, str(error))
        else:
            yield Found("file", name, Fate.NEW)


def _kept(name: str) -> File | None:
    """A row that names these bytes here already."""
    row: File | None = File.select().where(File.sha256 == name.partition(".")[0]).first()
    return row


def _taken(source: Source, path: str) -> pictures.Upload:
    data = _bytes(source, path)
    digest, _, ending = path.removeprefix("media/").partition(".")
    try:
        if not source.checked:
            return pictures.accept(data, f"file.{ending}")
    except Invalid as error:
        raise Unfit(str(error)) from error
    media_type = pictures.sniff(data)
    assert media_type is not None
    return pictures.Upload(data, media_type, "", None, None, digest)


def _bytes(source: Source, path: str) -> bytes:
    """:raise Unfit: it is no picture or PDF, or not the one that its name says"""
    data = source.octets(path, pictures.MAX_BYTES)
    digest, _, ending = path.removeprefix("media/").partition(".")
    if hashlib.sha256(data).hexdigest() != digest:
        raise Unfit("Its name is not the SHA-256 of its bytes.")
    if pictures.EXTENSIONS.get(pictures.sniff(data) or "") != ending:
        raise Unfit("It is no picture and no PDF that we take.")
    return data
