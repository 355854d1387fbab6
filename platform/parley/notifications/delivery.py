"""Carrying a thread to a company that nobody claimed: one mail, and what became of it.

A mail is `delivered` from the instant at which the mail server took it; when it comes back, the
thread says so and nothing more goes to that address.
"""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import clock, db, versions
from parley.kernel.errors import NotFound
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import plain
from parley.notifications import replies, rules
from parley.notifications.models import Delivery
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.threads.models import Post, Thread
from parley.vendors import delivery as addresses
from parley.vendors.models import ContactAddress, Vendor

DAY = timedelta(days=1)
MOST_A_DAY = 3  # to one company: more would be filtered as a campaign, and read by nobody
CARRIED_BACK = timedelta(days=30)  # threads this old still go out when an address is approved
MOST_TEXT = 6_000  # characters of the opening post in the mail; the rest is behind the link


def listen() -> None:
    """Follow what makes a mail due."""
    journal.subscribe("thread.opened", thread_opened)
    journal.subscribe("contact.approved", contact_approved)
    journal.subscribe("contact.stopped", contact_stopped)


def thread_opened(fact: Fact) -> None:
    vendor = Vendor.get_by_id(fact.refs["vendor"])
    if vendor.claimed_at is None:
        _schedule(vendor.id, [fact.subject_id], fact.at)


def contact_approved(fact: Fact) -> None:
    """Open threads of the last days go out too, oldest first, so many a day."""
    Delivery.delete().where(
        Delivery.vendor == fact.subject_id, Delivery.state.in_(["waiting", "failed"])).execute()
    carried = Delivery.select(Delivery.thread).where(Delivery.vendor == fact.subject_id)
    rows = Thread.select(Thread.id).where(
        Thread.vendor == fact.subject_id, Thread.listed == 1, Thread.status != "closed",
        Thread.opened_at > fact.at - CARRIED_BACK, Thread.id.not_in(carried))
    _schedule(fact.subject_id, [row.id for row in rows.order_by(Thread.opened_at)], fact.at)


def contact_stopped(fact: Fact) -> None:
    """What still waits to go to that address does not go."""
    rows = list(Delivery.select().where(
        Delivery.address == fact.refs["contact"], Delivery.state == "waiting"))
    for row in rows:
        row.delete_instance()
    versions.touch(*(f"thread:{row.thread_id}" for row in rows))


def _schedule(vendor_id: str, thread_ids: list[str], now: datetime) -> None:
    """Write the mails of these threads into the outbox; the caller's write holds the vendor."""
    address = addresses.address_of(vendor_id) if mail.goes_out() else None
    if address is None:
        return
    for thread_id in thread_ids:
        at = _next_slot(vendor_id, now)
        Delivery.create(thread=thread_id, vendor=vendor_id, address=address, send_at=at)
        outbox.put("carry", run_after=at, thread=thread_id, token=replies.make(thread_id, None))
        versions.touch(f"thread:{thread_id}")


def _next_slot(vendor_id: str, now: datetime) -> datetime:
    """The earliest instant at which one more mail keeps the daily limit."""
    last = [row.send_at for row in Delivery.select(Delivery.send_at).where(
        Delivery.vendor == vendor_id).order_by(Delivery.send_at.desc()).limit(MOST_A_DAY)]
    return now if len(last) < MOST_A_DAY else max(now, last[-1] + DAY)


def carry(task: Task) -> None:
    """Send the mail of one thread, if it still may go."""
    thread, token = _thread(task.data["thread"]), task.data["token"]
    row = Delivery.get_or_none(Delivery.thread == task.data["thread"], Delivery.state == "waiting")
    known = replies.find(token)
    if row is None or thread is None or known is None or clock.now() < row.send_at:
        return  # sent by another task, or scheduled anew for later
    if not _may_go(thread, row):
        _drop(row)
        return
    try:
        mail.deliver(_mail(task, thread, row.address, token))
    except smtplib.SMTPRecipientsRefused as error:
        if not any(500 <= code < 600 for code, _ in error.recipients.values()):
            _tried(row, task)
            raise
        came_back(thread.id)
    except (OSError, smtplib.SMTPException):
        _tried(row, task)
        raise
    else:
        _delivered(row)


def _may_go(thread: Thread, row: Delivery) -> bool:
    now_at = addresses.address_of(thread.vendor_id)
    return (bool(thread.listed) and thread.status != "closed" and not thread.vendor.claimed_at
            and now_at is not None and now_at.id == row.address_id)


def _drop(row: Delivery) -> None:
    with db.write():
        row.delete_instance()
        versions.touch(f"thread:{row.thread_id}")


def _tried(row: Delivery, task: Task) -> None:
    """The mail server was away once more; after the last try the thread says so."""
    if task.attempts >= outbox.MOST_ATTEMPTS:
        _ends(row, "failed")


def _delivered(row: Delivery) -> None:
    _ends(row, "delivered")


def _ends(row: Delivery, state: str) -> None:
    now = clock.now()
    with db.write():
        changed = Delivery.update(state=state, ended_at=now).where(
            Delivery.thread == row.thread_id, Delivery.state != state).execute()
        if changed:
            kind = "thread.delivered" if state == "delivered" else "thread.undelivered"
            journal.record(kind, "thread", row.thread_id, at=now, vendor=row.vendor_id)
            versions.touch(f"thread:{row.thread_id}")


def came_back(thread_id: str) -> None:
    """The mail of a thread could not be delivered after all: its address is of no use."""
    row = Delivery.get_or_none(Delivery.thread == thread_id)
    if row is None:
        return
    with db.write():
        _ends(row, "failed")
        addresses.stop(row.address, "bounce")


def wished(token: str) -> Vendor:
    """The company asks not to be written to, by the link in a mail. Again changes nothing.

    :raise NotFound: no mail to a company carried this link
    """
    vendor = vendor_of(token)
    with db.write():
        rows = ContactAddress.select().where(
            ContactAddress.vendor == vendor.id,
            ContactAddress.state.in_(["approved", "replaced", "stopped"]))
        for address in rows.order_by(ContactAddress.id):
            addresses.stop(address, "wish")
    return vendor


def vendor_of(token: str) -> Vendor:
    """:raise NotFound: no mail to a company carried this token"""
    known = replies.find(token)
    if known is None or known.account_id is not None:
        raise NotFound
    return Vendor.get_by_id(known.thread.vendor_id)


def _thread(thread_id: str) -> Thread | None:
    return (
        Thread.select(Thread, Account, Vendor)
        .join_from(Thread, Account, on=Thread.author).join_from(Thread, Vendor)
        .where(Thread.id == thread_id).first()
    )


def _mail(task: Task, thread: Thread, address: ContactAddress, token: str) -> Task:
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    text = plain(opening.html)
    unsubscribe = f"/no-mail/{token}"
    data = mail.composed(
        address.email, "vendor_thread", replies.address_of(token), thread=thread,
        vendor=thread.vendor, author=thread.author.display_name, text=text[:MOST_TEXT],
        shortened=len(text) > MOST_TEXT, files=opening.file_count,
        day=rules.long_day(thread.opened_at, "UTC"), unsubscribe=unsubscribe)
    data["headers"] = data.get("headers", {}) | {
        "List-Unsubscribe": f"<{mail.url(unsubscribe)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if replies.address_of(token):
        data["sender"] = replies.address_of(token)
    return Task(id=task.id, kind="mail", created_at=task.created_at, data=data)


_row = Prepared(lambda thread: Delivery.select().where(Delivery.thread == thread))


def state_of(thread: Thread) -> tuple[str, datetime | None]:
    """What became of the mail of a thread, and when: `delivered`, `failed`, `waiting` (until),
    `wish` (the company wants none), or `none`."""
    row = _row.first(thread.id)
    if row is not None:
        return row.state, row.send_at if row.state == "waiting" else row.ended_at
    return ("wish" if addresses.wants_no_mail(thread.vendor_id) else "none"), None
