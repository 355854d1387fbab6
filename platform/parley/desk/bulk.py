"""Doing one thing to many threads at once, saying what came of each, and undoing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parley.accounts.models import Account
from parley.desk import rules
from parley.desk.actions import assignee, give, serve
from parley.desk.models import Bulk
from parley.kernel import clock, db
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused
from parley.problems import linking, steps
from parley.problems.models import SHOWN, Problem
from parley.threads import actions as threads
from parley.threads.actions import NewPost
from parley.threads.models import Thread
from parley.threads.own_posts import remove_post
from parley.threads.rules import Hat, Purpose
from parley.vendors.models import Vendor


@dataclass(frozen=True)
class Asked:
    """What was chosen at the queue. `to` is a colleague's handle, `body` the acknowledgement,
    `problem` what the threads are linked to."""

    act: str
    threads: tuple[str, ...]
    form_key: str
    to: str = ""
    body: str = ""
    problem: str = ""


def carry_out(by: Account, vendor: Vendor, asked: Asked) -> Bulk:
    """Do it to each thread by itself; the row says what was done, and why the rest was not.

    The same form again gives the same row.

    :raise NotFound: no desk of theirs
    :raise Invalid: nothing, too much, or a thread of another company was chosen (then nothing is
        done), or under `act`, `to`, `body` or `problem`
    """
    serve(by, vendor)
    if found := _made(by, asked.form_key):
        return found
    chosen = _chosen(vendor, asked)
    if asked.act == "assign":
        return _assign(by, vendor, asked, chosen)
    if asked.act == "link":
        return _link(by, vendor, asked, chosen)
    return _acknowledge(by, vendor, asked, chosen)


def _made(by: Account, form_key: str) -> Bulk | None:
    row: Bulk | None = Bulk.get_or_none(Bulk.account == by.id, Bulk.form_key == form_key)
    return row


def _chosen(vendor: Vendor, asked: Asked) -> list[Thread]:
    """The threads, in the order in which many are held."""
    if asked.act not in rules.BULK:
        raise Invalid({"act": "Choose what to do with the threads that you ticked."})
    if not threads.FORM_KEY.fullmatch(asked.form_key):
        raise Invalid({"act": "That form is not one of ours. Open the queue again."})
    ids = sorted({one for one in asked.threads if linking.ID.fullmatch(one)})
    if not asked.threads:
        raise Invalid({"thread": "Tick the threads that you mean."})
    if len(ids) > rules.MOST_AT_ONCE:
        raise Invalid({"thread": f"Choose at most {rules.MOST_AT_ONCE} threads at once."})
    rows = list(Thread.select(Thread, Account).join(Account, on=Thread.author).where(
        Thread.id.in_(ids), Thread.vendor == vendor.id, Thread.listed == 1).order_by(Thread.id))
    if len(rows) != len(set(asked.threads)):
        raise Invalid({"thread": "One of these threads is not about your company, or is gone. "
                       "Nothing was done."})
    return rows


def _keep(by: Account, vendor: Vendor, asked: Asked, done: list[dict[str, Any]]) -> Bulk:
    """Inside a write."""
    Bulk.insert(id=Bulk.id.default(), vendor=vendor.id, account=by.id, act=asked.act,
                form_key=asked.form_key, at=clock.now(), done=done).on_conflict_ignore().execute()
    found = _made(by, asked.form_key)
    assert found is not None
    return found


def _assign(by: Account, vendor: Vendor, asked: Asked, chosen: list[Thread]) -> Bulk:
    with db.write():
        person = assignee(vendor, asked.to)
        rows = db.lock(Thread.select().where(
            Thread.id.in_([t.id for t in chosen])).order_by(Thread.id))
        done = []
        for thread in list(rows):
            was, now = thread.assignee, person.id if person else ""
            why = "It was so already." if was == now else ""
            if not why:
                give(by, vendor, thread.id, person, was)
            done.append({"thread": thread.id, "title": thread.title, "why": why, "was": was,
                         "now": now})
        return _keep(by, vendor, asked, done)


def _link(by: Account, vendor: Vendor, asked: Asked, chosen: list[Thread]) -> Bulk:
    if not linking.ID.fullmatch(asked.problem) or not Problem.select().where(
            Problem.id == asked.problem, Problem.vendor == vendor.id, SHOWN).exists():
        raise Invalid({"problem": "Choose a problem of your company."})
    done = []
    with db.write():
        held = {thread.id: thread for thread in linking.hold_all(t.id for t in chosen)}
        problem = steps.hold_shown(asked.problem)
        for thread in chosen:
            row = {"thread": thread.id, "title": thread.title, "why": "", "link": ""}
            try:
                with db.write():
                    row["link"] = linking.join(problem, held[thread.id], by).id
            except Refused as no:
                row["why"] = no.refusal.message
            except KeyError:
                row["why"] = "It is gone."
            done.append(row)
        return _keep(by, vendor, asked, done)


def _acknowledge(by: Account, vendor: Vendor, asked: Asked, chosen: list[Thread]) -> Bulk:
    """A post in each, every one in a write of its own: one that is refused stops no other."""
    if unknown := rules.unknown_placeholders(asked.body):
        raise Invalid({"body": f"{{{unknown[0]}}} stands for nothing."})
    if not asked.body.strip():
        raise Invalid({"body": "Write what the authors shall read."})
    done = []
    for thread in chosen:
        row = {"thread": thread.id, "title": thread.title, "why": "", "post": ""}
        values = {"author": thread.author.display_name, "title": thread.title,
                  "company": vendor.name, "me": by.display_name, "due": rules.NO_DUE}
        try:
            post = threads.write_post(by, thread.id, NewPost(
                rules.filled(asked.body, values), purpose=Purpose.ACKNOWLEDGE,
                only_as=Hat.REPRESENTATIVE, saved_reply=True,
                form_key=f"{asked.form_key}-{thread.id}"))
            row["post"] = post.id
        except Refused as no:
            row["why"] = no.refusal.message
        except NotFound:
            row["why"] = "You opened this thread yourself, or it is gone."
        done.append(row)
    with db.write():
        return _keep(by, vendor, asked, done)


def find(by: Account, vendor: Vendor, bulk_id: str) -> Bulk:
    """What one did to many threads, for whoever did it.

    :raise NotFound: there is none of theirs
    """
    serve(by, vendor)
    row: Bulk | None = Bulk.get_or_none(
        Bulk.id == bulk_id, Bulk.vendor == vendor.id, Bulk.account == by.id)
    if row is None:
        raise NotFound
    return row


def may_undo(row: Bulk) -> bool:
    within = clock.now() < row.at + rules.UNDO_WITHIN
    return within and row.undone_at is None and any(not each["why"] for each in row.done)


def undo(by: Account, vendor: Vendor, bulk_id: str) -> tuple[int, int]:
    """Take back what was done, where nobody has gone on from it: how many, and how many not.

    :raise NotFound: there is none of theirs
    :raise Refused: it is too late, or was taken back before
    """
    row = find(by, vendor, bulk_id)
    if not may_undo(row):
        raise Refused(Refusal("over", "This can be taken back for ten minutes, once."))
    with db.write():
        taken = Bulk.update(undone_at=clock.now()).where(
            Bulk.id == row.id, Bulk.undone_at.is_null()).execute()
        if not taken:
            raise Refused(Refusal("over", "This was taken back already."))
    did = [each for each in row.done if not each["why"]]
    back = [_back(by, vendor, each) for each in did]
    return sum(back), len(back) - sum(back)


def _back(by: Account, vendor: Vendor, each: dict[str, Any]) -> bool:
    try:
        if each.get("post"):
            remove_post(by, each["post"])
            return True
        if each.get("link"):
            linking.unlink(by, each["link"])
            return True
        with db.write():
            was = Account.get_or_none(Account.id == each["was"]) if each["was"] else None
            return give(by, vendor, each["thread"], was and assignee(vendor, was.handle),
                        each["now"])
    except (Refused, NotFound, Invalid):
        return False
