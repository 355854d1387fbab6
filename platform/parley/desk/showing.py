"""Threads in words for the people who answer them: what is due, how long it waits, who has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from parley.accounts.models import Account
from parley.desk import queue, rules
from parley.desk.models import Answering
from parley.threads import rules as threads
from parley.threads import table
from parley.threads.models import Thread
from parley.threads.rules import Impact
from parley.threads.showing import IMPACT_WORDS, KIND_WORDS, state_pill
from parley.threads.turns import state_of
from parley.web.times import local, many, short_day


@dataclass(frozen=True, slots=True)
class Row:
    """One thread in the queue."""

    id: str
    url: str
    title: str
    facts: str
    tone: str
    due: str
    safety: bool
    assignee: str
    was: str
    mine: bool
    busy: str
    noted: bool
    locked: bool


def rows(threads: Iterable[Thread], desk: str, people: Mapping[str, Account], viewer: Account,
         now: datetime, earlier: Mapping[str, int],
         busy: Mapping[str, list[Answering]], noted: set[str]) -> list[Row]:
    """Threads as the queue shows them; `desk` is its address. Nothing here tells of their authors
    but how many threads they opened here before."""
    return [_row(each, desk, people, viewer, now, earlier.get(each.id, 0),
                 busy.get(each.id, []), each.id in noted) for each in threads]


def _row(thread: Thread, desk: str, people: Mapping[str, Account], viewer: Account, now: datetime,
         earlier: int, busy: list[Answering], noted: bool) -> Row:
    tone, due = due_pill(thread, now)
    facts = [KIND_WORDS[threads.Kind(thread.kind)]]
    if thread.impact and thread.impact != Impact.SAFETY:
        facts.append(IMPACT_WORDS[thread.impact])
    if thread.waiting_since:
        facts.append(waits(thread.waiting_since, now))
    if thread.escalated_at:
        facts.append("escalated")
    if earlier:
        facts.append(earlier_words(earlier))
    person = people.get(thread.assignee)
    return Row(
        thread.id, f"{desk}/threads/{thread.id}", thread.title, " · ".join(facts), tone, due,
        thread.impact == Impact.SAFETY, person.display_name if person else "",
        thread.assignee, thread.assignee == viewer.id, busy_words(busy, viewer), noted,
        thread.locked_at is not None)


def due_pill(thread: Thread, now: datetime) -> tuple[str, str]:
    """Tone and words for when a thread is due; outside the company's turn for where it stands."""
    if thread.waiting_since is None:
        return state_pill(table.come_due(state_of(thread), now))
    if thread.due_at is None:
        return "plain", "no due time"
    if thread.very_at and now > thread.very_at:
        return "late", f"very late, since {short_day(thread.due_at)}"
    if now > thread.due_at:
        return "late", f"late since {short_day(thread.due_at)}"
    soon = thread.soon_at is not None and now >= thread.soon_at
    return "waiting" if soon else "plain", f"due {due_words(thread.due_at, now)}"


def due_words(due_at: datetime, now: datetime) -> str:
    """`today 17:00`, `tomorrow 09:00`, `12 May`, where the reader lives."""
    there, here = local(due_at), local(now)
    days = (there.date() - here.date()).days
    if days in (0, 1):
        return f"{('today', 'tomorrow')[days]} {there:%H:%M}"
    return short_day(due_at)


def waits(since: datetime, now: datetime) -> str:
    """`waits 3 days`, `waits 5 hours`."""
    hours = int((now - since).total_seconds() // 3600)
    if hours < 1:
        return "waits less than an hour"
    if hours < 48:
        return f"waits {many(hours, 'hour', 'hours')}"
    return f"waits {hours // 24} days"


def earlier_words(count: int) -> str:
    if count > queue.MOST_EARLIER:
        return f"more than {queue.MOST_EARLIER} earlier threads"
    return many(count, "earlier thread", "earlier threads")


def busy_words(rows: Iterable[Answering], viewer: Account) -> str:
    """Which colleagues are answering this now, and since when."""
    said = [f"{row.account.display_name} has been answering this since {local(row.since):%H:%M}"
            for row in rows if row.account_id != viewer.id]
    return ". ".join(said)


SHOW_WORDS = {
    rules.Show.WAITING: "Waiting for you", rules.Show.AUTHOR: "The author’s turn",
    rules.Show.CLOSED: "Closed", rules.Show.OPEN: "All open",
}
