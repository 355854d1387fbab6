"""Bringing an archive: checked first, shown, and then taken in whole or not at all.

The file lies below the data folder until it is over. The check reads it in place and writes
nothing. What comes in is one write, so that a kill at any point leaves all of it or nothing;
files are stored before, under the digest of their bytes, and go with a sweep when no row came to
name them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

from parley.accounts import records as accounts
from parley.accounts.models import Account
from parley.archives import documents
from parley.archives.incoming import Incoming, opened
from parley.archives.models import Bringing
from parley.archives.names import BagError
from parley.archives.progress import noting
from parley.archives.report import Report
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused
from parley.kernel.records import Fate, Found
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.threads import bringing as thread_files
from parley.threads import records as threads
from parley.threads.models import Origin
from parley.vendors import records as vendors

DOMAINS = (accounts, vendors, threads, documents)
MOST_OCTETS = 200_000_000  # by the page; the operator's command takes what the limits of bags allow
MOST_TRIES = 3
KEPT = timedelta(days=3)  # a checked file waits so long for a word
REPORT_KEPT = timedelta(days=30)
CHUNK = 1 << 20
UNDER_WAY = ("checking", "bringing")
OPEN = (*UNDER_WAY, "checked")
Progress = Callable[[int, int], None]

_folder = Path("imports")


def configure(folder: Path) -> None:
    """Say where archives lie that are being brought."""
    global _folder
    _folder = folder


def path_of(row: Bringing) -> Path:
    return _folder / row.id


# The whole of it, for the jobs and the command


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""


def look(path: Path, account: Account, progress: Progress = _quiet) -> Report:
    """What this archive would bring to this account; nothing is written.

    :raise BagError: it cannot be taken at all; the text says why
    :raise OSError: the file cannot be opened
    """
    with opened(path, account) as source:
        return _looked(source, account, progress)


def _looked(source: Incoming, account: Account, progress: Progress) -> Report:
    report = Report.of(source)
    total = len(source.paths)
    for done, found in enumerate(_all(source, account, thread_files.check_files(source)), 1):
        report.add(found)
        progress(min(done, total), total)
    return report.end()


def _all(source: Incoming, account: Account, files: Iterator[Found]) -> Iterator[Found]:
    yield from files
    for domain in DOMAINS:
        yield from domain.check(source, account)


def bring(path: Path, account: Account, progress: Progress = _quiet,
          ended: Callable[[Report], None] = lambda report: None) -> Report:
    """Take in what `look` says. `ended` is called inside the write, at its end.

    :raise BagError: it cannot be taken at all; the text says why
    :raise OSError: the file cannot be opened
    """
    with opened(path, account) as source:
        _looked(source, account, progress)  # so that the write below only writes
        stored = list(thread_files.take_files(source))
        with db.write():
            account = _open(account)
            report = Report.of(source)
            origin = cache(partial(_origin, source, account))
            for found in _all(source, account, iter(stored)):
                found.bring(origin)
                report.add(found)
            journal.record("archive.brought", "account", account.id, by=account.id)
            versions.touch(f"member:{account.id}")
            ended(report.end())
    return report


def _open(account: Account) -> Account:
    """The account as it is now, held until the write is over."""
    row: Account | None = db.lock(Account.select().where(
        Account.id == account.id, Account.closed_at.is_null())).first()
    if row is None:
        raise BagError("The account is closed.")
    return row


def _origin(source: Incoming, account: Account) -> Origin:
    """The row that says where it comes from, brought up to date."""
    entry = {"kind": source.kind, "server": source.server, "url": source.server_url,
             "handle": source.handle, "source_id": source.source_id, "made_at": source.made_at,
             "signed_by": source.signed_by}
    row = documents.origin_of(account, entry, source.checked)
    if (source.checked, source.made_at) > (row.checked, row.made_at):
        row.server, row.handle, row.made_at = source.server, source.handle, source.made_at
        row.signed_by, row.checked, row.brought_at = source.signed_by, source.checked, clock.now()
        row.save()
    return row


# By the page


def stage(by: Account, name: str, stream: IO[bytes]) -> Bringing:
    """Keep a file that somebody sent, and have it checked in the background.

    :raise Invalid: under `file`: it is empty or too large
    :raise Refused: an archive of theirs comes in just now
    """
    row = Bringing(id=ids.unguessable(), account=by, name=_shown_name(name), asked_at=clock.now())
    _folder.mkdir(parents=True, exist_ok=True)
    try:
        _receive(stream, path_of(row))
        with db.write():
            db.lock(Account.select(Account.id).where(Account.id == by.id)).first()
            if Bringing.select().where(
                    Bringing.account == by.id, Bringing.state == "bringing").exists():
                raise Refused(Refusal("bringing", "Another archive of yours is coming in just "
                                      "now. Wait until it is here."))
            before = list(Bringing.select().where(
                Bringing.account == by.id, Bringing.state.in_(OPEN)))
            Bringing.delete().where(Bringing.id.in_([old.id for old in before])).execute()
            row.save(force_insert=True)
            outbox.put("check_archive", bringing=row.id)
    except BaseException:
        path_of(row).unlink(missing_ok=True)
        raise
    for old in before:
        path_of(old).unlink(missing_ok=True)
    return row


def _shown_name(name: str) -> str:
    shown = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return shown.encode("utf-8", "ignore").decode()[-120:] or "archive"


def _receive(stream: IO[bytes], target: Path) -> None:
    size = 0
    with target.open("xb") as out:
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > MOST_OCTETS:
                most = MOST_OCTETS // 1_000_000
                raise Invalid({"file": f"Here an archive may have {most} MB. The people who run "
                               "this server can bring in larger ones."})
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise Invalid({"file": "Choose the file of your archive."})


def latest(by: Account) -> Bringing | None:
    """What a person brought last, or is bringing."""
    found: Bringing | None = Bringing.select().where(Bringing.account == by.id).order_by(
        Bringing.asked_at.desc()).first()
    return found


def confirm(by: Account, bringing_id: str) -> None:
    """Take in what was checked, in the background.

    :raise NotFound: there is none of theirs that waits for this word
    """
    with db.write():
        row = _waiting(by, bringing_id)
        row.state, row.done, row.total = "bringing", 0, 0
        row.save()
        outbox.put("bring_archive", bringing=row.id)


def drop(by: Account, bringing_id: str) -> None:
    """Throw away what was checked, or the account of what came of it.

    :raise NotFound: there is none of theirs, or it is coming in
    """
    with db.write():
        row = db.lock(Bringing.select().where(
            Bringing.id == bringing_id, Bringing.account == by.id)).first()
        if row is None or row.state == "bringing":
            raise NotFound
        row.delete_instance()
    path_of(row).unlink(missing_ok=True)


def _waiting(by: Account, bringing_id: str) -> Bringing:
    row = db.lock(Bringing.select().where(
        Bringing.id == bringing_id, Bringing.account == by.id,
        Bringing.state == "checked")).first()
    if row is None:
        raise NotFound
    return row


def check_task(task: Task) -> None:
    """Carry out what `stage` wrote. Bears being called twice, and being killed at any point."""
    row = _under_way(task, "checking")
    if row is None:
        return
    with _alone(row), _told(row, task), noting(partial(_note, row)) as progress:
        report = look(path_of(row), row.account, progress)
        _set(row, "checking", state="checked", report=report.plain())


def bring_task(task: Task) -> None:
    """Carry out what `confirm` wrote. Bears being called twice, and being killed at any point."""
    row = _under_way(task, "bringing")
    if row is None:
        return
    with _alone(row), _told(row, task), noting(partial(_note, row)) as progress:
        bring(path_of(row), row.account, progress, lambda report: _set(
            row, "bringing", state="done", report=report.plain(), ended_at=clock.now()))
    path_of(row).unlink(missing_ok=True)


def _under_way(task: Task, state: str) -> Bringing | None:
    row: Bringing | None = Bringing.get_or_none(
        Bringing.id == task.data["bringing"], Bringing.state == state)
    if row is not None and not path_of(row).exists():  # after a restore from a backup
        _set(row, state, state="failed", ended_at=clock.now())
        return None
    return row


@contextmanager
def _alone(row: Bringing) -> Iterator[None]:
    """One worker reads a file at a time, also when a lease ran out meanwhile."""
    with path_of(row).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def _told(row: Bringing, task: Task) -> Iterator[None]:
    """Let the person know when it cannot be taken, or when it failed for good."""
    try:
        yield
    except BagError as error:
        _set(row, row.state, state="refused", report={"problem": str(error)}, ended_at=clock.now())
        path_of(row).unlink(missing_ok=True)
    except Exception as error:
        if task.attempts < MOST_TRIES:
            raise
        _set(row, row.state, state="failed", ended_at=clock.now())
        path_of(row).unlink(missing_ok=True)
        raise outbox.GiveUp(str(error)) from error


def _set(row: Bringing, only_while: str, **values: Any) -> None:
    with db.write():
        Bringing.update(**values).where(
            Bringing.id == row.id, Bringing.state == only_while).execute()


def _note(row: Bringing, done: int, total: int) -> None:
    Bringing.update(done=done, total=total).where(Bringing.id == row.id).execute()


def sweep() -> None:
    """Forget what nobody said a word about, reports that are old, and files without a row."""
    now = clock.now()
    with db.write():
        Bringing.delete().where(
            Bringing.state.in_(("checking", "checked")), Bringing.asked_at < now - KEPT).execute()
        Bringing.delete().where(Bringing.ended_at < now - REPORT_KEPT).execute()
    day_ago = (now - timedelta(days=1)).timestamp()
    for path in _folder.glob("*"):
        if path.stat().st_mtime < day_ago and not Bringing.select().where(
                Bringing.id == path.name, Bringing.state.in_(OPEN)).exists():
            path.unlink(missing_ok=True)


def came(report: dict[str, Any]) -> int:
    """How many things a stored report says are new or changed."""
    return sum(of.get(fate, 0) for of in report.get("counts", {}).values()
               for fate in (Fate.NEW, Fate.CHANGED))
