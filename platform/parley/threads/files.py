"""Pictures and PDFs with a post. Bytes lie below the data folder, named by their digest."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peewee import JOIN

from parley.accounts.models import Account
from parley.kernel import clock, ids, pictures
from parley.kernel.errors import Invalid, NotFound
from parley.threads.models import File, Post, Restored, Thread

MOST_FILES = 3  # with one post
_folder = Path("files")


@dataclass(frozen=True)
class Typed:
    """A file as the browser sent it."""

    name: str
    data: bytes


def configure(folder: Path) -> None:
    global _folder
    _folder = folder


def path_of(sha256: str) -> Path:
    return _folder / sha256[:2] / sha256


def take_in(uploads: Iterable[Typed]) -> list[pictures.Upload]:
    """Check, re-encode and store the bytes, before the write that attaches them begins.

    :raise Invalid: a file cannot be used; the words name it
    """
    sent = [u for u in uploads if u.name or u.data]
    if len(sent) > MOST_FILES:
        raise Invalid({"files": f"At most {MOST_FILES} files go with one post."})
    accepted = [pictures.accept(u.data, u.name) for u in sent]
    for upload in accepted:
        store(upload)
    return accepted


def store(upload: pictures.Upload) -> None:
    """Keep these bytes. What no row names within a day goes with a sweep."""
    path = path_of(upload.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{ids.unguessable()}")
    with open(part, "wb") as out:
        out.write(upload.data)
        out.flush()
        os.fsync(out.fileno())
    with _alone():
        part.rename(path)
    _sync_folder(path.parent)
    _sync_folder(_folder)


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else stores or deletes bytes meanwhile, in any process."""
    handle = os.open(_folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def attach(post: Post, by: Account, uploads: list[pictures.Upload]) -> None:
    """Give a post its files. Inside the write that makes the post."""
    for position, upload in enumerate(uploads):
        File.create(
            account=by, post=post, position=position, sha256=upload.sha256,
            media_type=upload.media_type, name=upload.name, size=len(upload.data),
            width=upload.width, height=upload.height, added_at=clock.now())
    if uploads:
        post.file_count = len(uploads)
        post.save()


def drop(post: Post) -> None:
    """The files of a post that is removed. Bytes that nothing names any more go with a sweep."""
    File.delete().where(File.post == post.id).execute()


def forget(digests: Iterable[str]) -> None:
    """Delete stored bytes now that no row names any longer. After the write that dropped them."""
    for digest in set(digests):
        with _alone():
            if not File.select().where(File.sha256 == digest).exists():
                path_of(digest).unlink(missing_ok=True)


def visible(file_id: str, viewer_id: str | None, is_steward: bool) -> File:
    """A file that this viewer may see: its post stands in a thread that is not hidden, or is
    restored and can be read by others.

    :raise NotFound: there is none
    """
    file = (
        File.select(File, Post, Thread, Restored).join(Post, JOIN.LEFT_OUTER)
        .join(Thread, JOIN.LEFT_OUTER).join_from(File, Restored, JOIN.LEFT_OUTER)
        .where(File.id == file_id).first()
    )
    if file is None or (file.post_id is None and file.restored_id is None):
        raise NotFound
    shut = (not file.restored.listed if file.restored_id
            else file.post.hidden_at or not file.post.thread.listed)
    if shut and not (is_steward or file.account_id == viewer_id):
        raise NotFound
    return file


def sweep() -> int:
    """Delete stored bytes that no row names; how many. Fresh ones stay: a post may be coming."""
    gone = 0
    day_ago = clock.now().timestamp() - 86_400
    for path in _folder.glob("??/*"):
        digest, _, part = path.name.partition(".")
        named = not part and File.select().where(File.sha256 == digest).exists()
        if not named:
            with _alone():  # it may be stored anew just now
                if path.stat().st_mtime < day_ago:
                    path.unlink()
                    gone += 1
    return gone
