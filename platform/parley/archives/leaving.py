"""Leaving: the account closes at once, then a task erases what is the person's, domain by domain,
and writes a certificate.

    close ──▶ erasures.jsonl ──▶ task: a write for each step, called again until none is left
                                   ──▶ the account's row goes, the certificate is mailed
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import peewee

from parley.accounts import leaving as accounts
from parley.accounts import rules, sessions
from parley.accounts.models import Account, Leaving
from parley.accounts.naming import Depth
from parley.advocates import records as advocates
from parley.archives import actions as archives
from parley.archives import bringing, erasures
from parley.archives.models import Archive, Bringing, Document
from parley.billing import records as billing
from parley.desk import records as desk
from parley.journal.models import Pseudonym
from parley.kernel import clock, db, ids
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused
from parley.members import records as members
from parley.moderation import records as moderation
from parley.notifications import records as notifications
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.problems import records as problems
from parley.promises import leaving as promises
from parley.scorecards import leaving as scorecards
from parley.threads import records as threads
from parley.threads.models import Origin
from parley.vendors import records as vendors

# Those that ask who took part in a thread come before the one that lets go of threads.
DOMAINS = (notifications, scorecards, desk, moderation, problems, threads, advocates, promises,
           vendors, billing, members, accounts)
AT_ONCE = 100  # steps of a task; then others get their turn
AGAIN_AFTER = timedelta(days=1)  # a leaving that is not over by then is taken up anew
# What is erased by other means, and long tables of ids and sums.
NO_TEXTS = {"leaving", "account", "task", "sign_up", "entry", "version", "tally", "contribution",
            "snapshot"}

STALE = Refusal("stale", "Sign in once more, and come back within ten minutes, so that we know it "
                "is you.", "password")


def leave(by: Account, words: str, password: str) -> Leaving:
    """Close one's account, for good.

    :raise Invalid: under `words` or `password`
    :raise Refused: there is no password, and the person signed in too long ago
    """
    if words not in accounts.WORDS:
        raise Invalid({"words": "Choose what becomes of your words."})
    _prove(by, password)
    return close(by, words)


def _prove(by: Account, password: str) -> None:
    if by.password_hash:
        if not sessions.matches(by, password):
            raise Invalid({"password": "This is not your password."})
    elif by.session is None or clock.now() - by.session.created_at > rules.FRESH_FOR:
        raise Refused(STALE)


def close(account: Account, words: str) -> Leaving:
    """Close an account, and begin to erase it.

    :raise Refused: it is closed already
    """
    with db.write():
        leaving = accounts.close(account, words)
        outbox.put("leave", leaving=leaving.id)
    erasures.note(leaving)
    return leaving


def find(leaving_id: str) -> Leaving:
    """:raise NotFound: there is none"""
    leaving: Leaving | None = Leaving.get_or_none(Leaving.id == leaving_id)
    if leaving is None:
        raise NotFound
    return leaving


def carry_on(task: Task) -> None:
    """Erase some more of somebody who left. Bears being called twice, and being killed."""
    leaving = Leaving.get_or_none(Leaving.id == task.data["leaving"])
    if leaving is None or leaving.erased_at:
        return
    erasures.note(leaving)
    for number, _ in enumerate(_steps(leaving), 1):
        if number >= AT_ONCE:
            with db.write():
                outbox.put("leave", leaving=leaving.id)
            return
    _finish(leaving, farewell=True)


def erase_now(leaving: Leaving, farewell: bool = True) -> Leaving:
    """Erase all that is left of somebody, and wait for it."""
    for _ in _steps(leaving):
        pass
    _finish(leaving, farewell)
    return Leaving.get_by_id(leaving.id)


def sweep() -> None:
    """Take up again what should be over long since."""
    late = Leaving.select().where(
        Leaving.erased_at.is_null(), Leaving.left_at < clock.now() - AGAIN_AFTER)
    for leaving in late:
        waiting = Task.select().where(
            Task.kind == "leave", Task.done_at.is_null(), Task.failed_at.is_null())
        if not any(task.data.get("leaving") == leaving.id for task in waiting):
            with db.write():
                outbox.put("leave", leaving=leaving.id)


def reapply(listed: list[erasures.Erasure]) -> int:
    """Let those leave again who are on the list, and whom a restored backup still holds; how many.

    They get no mail. Their certificates say when that was.
    """
    by_account = {one.account: one for one in listed}
    count = 0
    for account in Account.select().where(Account.email.is_null(False)):
        one = by_account.get(ids.digest(account.id))
        if one is not None:
            with db.write():
                leaving = accounts.close(account, one.words, one.certificate)
            erase_now(leaving, farewell=False)
            count += 1
    for leaving in Leaving.select().where(Leaving.erased_at.is_null()):
        erase_now(leaving)
        count += 1
    return count


def _steps(leaving: Leaving) -> Iterator[None]:
    yield from _archives(leaving)
    yield from _brought(leaving)
    for domain in DOMAINS:
        yield from domain.erase(leaving)
    yield from accounts.delete(leaving, "origins", Origin.account)  # what came goes before
    _forget_mail(leaving)
    yield from _texts(leaving)


def _archives(leaving: Leaving) -> Iterator[None]:
    rows = list(Archive.select().where(Archive.account == leaving.account))
    archives.unlink(rows)
    yield from accounts.delete(leaving, "archives", Archive.account)
    archives.unlink(rows)  # one may have been finished in between


def _brought(leaving: Leaving) -> Iterator[None]:
    """Archives on their way in, and the documents of those that came."""
    for row in Bringing.select().where(Bringing.account == leaving.account):
        bringing.path_of(row).unlink(missing_ok=True)
    yield from accounts.delete(leaving, "bringings", Bringing.account)
    yield from accounts.delete(leaving, "documents", Document.account)


def _forget_mail(leaving: Leaving) -> None:
    """What is written to that address later is another account's."""
    without = accounts.unnaming(leaving, Depth.NEAR)
    if leaving.email:
        mail.forget(leaving.email, leaving.left_at, lambda text: without.text(text) != text)
    with db.write():
        accounts.unname(Task, Task.done_at.is_null() & (Task.created_at <= leaving.left_at),
                        without)


def _texts(leaving: Leaving) -> Iterator[None]:
    """Whatever else names the account, in any table: its address, its handle, its page."""
    without = accounts.unnaming(leaving, Depth.ANYWHERE)
    for model in db.tables():
        fields = accounts.texts(model)
        if model._meta.table_name in NO_TEXTS or not (fields and without.hints):
            continue
        named = accounts.holds(fields, without.hints)
        if model.select(peewee.Value(1)).where(named).exists():
            with db.write():
                changed = accounts.unname(model, named, without)
                accounts.noted(leaving, "texts", changed)
            if changed:
                yield


def _finish(leaving: Leaving, farewell: bool) -> None:
    """Nothing points at the account any more: it goes, and the last mail is written."""
    with db.write():
        row = db.lock(Leaving.select().where(
            Leaving.id == leaving.id, Leaving.erased_at.is_null())).first()
        if row is None:
            return
        Pseudonym.delete().where(Pseudonym.account_id == row.account).execute()
        Account.delete().where(Account.id == row.account).execute()
        if farewell and row.email:
            outbox.put("farewell", **mail.composed(
                row.email, "farewell", path=f"/left/{row.id}", removed=row.words == "remove"))
        row.account, row.email, row.handle, row.name = None, "", "", ""
        row.erased_at = clock.now()
        row.save()
    db.overwrite_log()


def say_farewell(task: Task) -> None:
    """Send the last mail. When it cannot be sent, the address goes all the same."""
    try:
        mail.deliver(task)
    except Exception:
        if task.attempts >= outbox.MOST_ATTEMPTS:
            task.data = {}
        raise RuntimeError("the mail server did not take it") from None
