"""Asking for an archive, building it in the background, and deleting it when its time is over."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from parley.accounts.models import Account
from parley.archives.building import build
from parley.archives.models import Archive
from parley.archives.progress import noting
from parley.journal import actions as journal
from parley.kernel import clock, db
from parley.kernel.db import EPOCH
from parley.kernel.errors import Invalid, NotFound
from parley.kernel.parts import WHOLE, Part
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.threads import records as threads
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor

KEPT = timedelta(days=7)
MOST_TRIES = 3  # what fails three times needs an operator; the person may ask again
GIVEN_UP_AFTER = timedelta(days=1)  # an archive that is not there by then will not come
UNDER_WAY = ("waiting", "building")
MOST_SHOWN = 20  # of one person; nobody needs more in seven days

_folder = Path("archives")
_site_name = "Parley"


def configure(folder: Path, site_name: str) -> None:
    """Say where archives lie, and whose name they carry."""
    global _folder, _site_name
    _folder, _site_name = folder, site_name


def path_of(archive: Archive) -> Path:
    return _folder / f"{archive.id}.zip"


def unlink(archives: list[Archive]) -> None:
    """Delete their files, and what builds of them have written so far."""
    for archive in archives:
        for path in _folder.glob(f"{archive.id}.*"):
            path.unlink(missing_ok=True)


def part_of(company: str, year: str, text_only: bool) -> Part:
    """The part that somebody names by a company (its name or website) and a year.

    :raise Invalid: under `company` or `year`
    """
    errors: dict[str, str] = {}
    vendor, number = "", None
    if company := company.strip():
        try:
            vendor = vendors.find(company).id
        except NotFound:
            errors["company"] = "No company here has this name or website."
    if year := year.strip():
        number = int(year) if re.fullmatch("[0-9]{4}", year) else 0
        if not EPOCH.year <= number <= clock.now().year:
            errors["year"] = f"Name a year as in {clock.now().year}, and none that is to come."
    if errors:
        raise Invalid(errors)
    return Part(vendor, number, text_only)


def ask(by: Account, part: Part = WHOLE) -> Archive:
    """Have an archive made in the background; one that is under way already is returned."""
    with db.write():
        db.lock(Account.select(Account.id).where(Account.id == by.id)).first()  # one at a time
        found = Archive.get_or_none(Archive.account == by.id, Archive.state.in_(UNDER_WAY))
        if found:
            return found
        archive = Archive.create(account=by.id, asked_at=clock.now(), company=part.vendor,
                                 year=part.year, text_only=part.text_only)
        outbox.put("archive", archive=archive.id)
        journal.record("archive.asked", "account", by.id, by.id)
    return archive


def of(by: Account) -> list[Archive]:
    """A person's archives, newest first."""
    newest = Archive.select().where(Archive.account == by.id).order_by(Archive.asked_at.desc())
    return list(newest.limit(MOST_SHOWN))


def companies(archives: list[Archive]) -> dict[str, str]:
    """The names of the companies that archives are about, by their ids."""
    rows = Vendor.select(Vendor.id, Vendor.name).where(
        Vendor.id.in_([archive.company for archive in archives if archive.company]))
    return {row.id: row.name for row in rows}


def can_be_fetched(archive: Archive) -> bool:
    """Whether it is there now; after a restore from a backup a row may have lost its file."""
    return (archive.state == "ready" and archive.expires_at > clock.now()
            and path_of(archive).exists())


def find(by: Account, archive_id: str) -> Archive:
    """An archive of this person that can be fetched now.

    :raise NotFound: there is none, it is somebody else's, not ready, or its time is over
    """
    found = Archive.get_or_none(Archive.id == archive_id, Archive.account == by.id)
    if found is None or not can_be_fetched(found):
        raise NotFound
    return found


def build_to(account: Account, target: Path, part: Part = WHOLE) -> None:
    """Build an archive into a file: whole, or not at all.

    :raise OSError: the file cannot be written
    """
    with _whole_or_nothing(target) as unfinished:
        build(account, unfinished, site_name=_site_name, part=part)


def build_task(task: Task) -> None:
    """Carry out what `ask` wrote. Bears being called twice, and being killed at any point.

    :raise GiveUp: it failed too often
    """
    archive = Archive.get_or_none(Archive.id == task.data["archive"])
    if archive is None or archive.state not in UNDER_WAY:
        return
    try:
        _build(archive)
    except Exception as error:
        last = task.attempts >= MOST_TRIES
        _set(archive, state="failed" if last else "waiting")
        if last:
            raise outbox.GiveUp(str(error)) from error
        raise


def expire() -> None:
    """Delete archives whose time is over, give up those that never came, clear up after kills."""
    now = clock.now()
    old = Archive.select().where(Archive.expires_at <= now)
    for archive in old:
        path_of(archive).unlink(missing_ok=True)
    with db.write():
        Archive.delete().where(Archive.expires_at <= now).execute()
        Archive.update(state="failed").where(
            Archive.state.in_(UNDER_WAY), Archive.asked_at < now - GIVEN_UP_AFTER).execute()
        Archive.delete().where(
            Archive.state == "failed", Archive.asked_at < now - KEPT).execute()
    _clear(now)


def _build(archive: Archive) -> None:
    account = archive.account
    _clear_half(archive)
    _set(archive, state="building", done=0, total=threads.amount(account, archive.part))
    with _whole_or_nothing(path_of(archive)) as unfinished, noting(
            partial(_note, archive)) as progress:
        build(account, unfinished, site_name=_site_name, part=archive.part, progress=progress)
        size, digest = unfinished.stat().st_size, _sha256(unfinished)
    now = clock.now()
    if not _set(archive, state="ready", done=archive.total, size=size, sha256=digest,
                ready_at=now, expires_at=now + KEPT):
        path_of(archive).unlink(missing_ok=True)  # its person left meanwhile


def _note(archive: Archive, done: int) -> None:
    Archive.update(done=done).where(Archive.id == archive.id).execute()


def _clear_half(archive: Archive) -> None:
    """Delete what a build left that was killed.

    :raise OSError: another process is at it just now
    """
    for path in _folder.glob(f"{archive.id}.*.part"):
        with path.open("rb") as half:
            fcntl.flock(half, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _set(archive: Archive, **values: object) -> bool:
    """False when the archive is gone."""
    with db.write():
        for name, value in values.items():
            setattr(archive, name, value)
        return bool(archive.save())


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[Path]:
    """A file to write into, locked, which becomes `target` when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=target.stem + ".", suffix=".part", delete=False
    ) as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        part = Path(opened.name)
        try:
            yield part
            os.fsync(opened.fileno())
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _clear(now: datetime) -> None:
    """Delete what killed builds left, and files that no row names any more."""
    for path in _folder.glob("*.*"):
        fresh = path.stat().st_mtime > (now - GIVEN_UP_AFTER).timestamp()
        named = Archive.select().where(Archive.id == path.name.partition(".")[0]).exists()
        if not fresh and (path.suffix == ".part" or not named):
            path.unlink(missing_ok=True)
