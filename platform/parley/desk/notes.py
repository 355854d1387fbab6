"""Notes of a company's people about a thread: for them alone, and only while they are one team."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.desk import rules
from parley.desk.actions import serve, thread_of
from parley.desk.models import Note
from parley.journal import actions as journal
from parley.kernel import clock, db, safe_html
from parley.kernel.errors import NotFound, Refusal, Refused
from parley.vendors.models import Vendor


def of(vendor: Vendor, thread_id: str) -> list[Note]:
    """The notes of a company's people on a thread, oldest first. Ask `serve` before."""
    rows = Note.select(Note, Account).join(Account).where(
        Note.thread == thread_id, Note.vendor == vendor.id, Note.sealed_at.is_null())
    return list(rows.order_by(Note.at, Note.id))


def noted(vendor: Vendor, thread_ids: list[str]) -> set[str]:
    """Those of the threads that carry notes of this company's people."""
    rows = Note.select(Note.thread).where(
        Note.thread.in_(thread_ids), Note.vendor == vendor.id, Note.sealed_at.is_null())
    return {row.thread_id for row in rows.distinct()}


def write(by: Account, vendor: Vendor, thread_id: str, body: str) -> Note:
    """Leave a note for colleagues.

    :raise NotFound: no desk of theirs, or no such thread
    :raise Invalid: under `note`
    :raise Refused: the thread has enough of them
    """
    text = _cleaned(body)
    with db.write():
        serve(by, vendor)
        thread_of(vendor, thread_id)
        if len(of(vendor, thread_id)) >= rules.MOST_NOTES:
            raise Refused(Refusal("many", f"This thread has {rules.MOST_NOTES} notes. Remove one "
                                  "that is no longer needed.", "note"))
        note = Note.create(thread=thread_id, vendor=vendor, author=by, body=text,
                           html=safe_html.render(text), at=clock.now())
        _recorded("desk.note_written", note, by)
    return note


def _cleaned(body: str) -> str:
    return safe_html.clean_text(body, field="note", least=rules.NOTE[0], most=rules.NOTE[1],
                                what="note")


def own(by: Account, vendor: Vendor, note_id: str) -> Note:
    """A note of this person's that is read at this desk.

    :raise NotFound: there is none
    """
    serve(by, vendor)
    note: Note | None = db.lock(Note.select().where(
        Note.id == note_id, Note.vendor == vendor.id, Note.author == by.id,
        Note.sealed_at.is_null())).first()
    if note is None:
        raise NotFound
    return note


def edit(by: Account, vendor: Vendor, note_id: str, body: str) -> Note:
    """Change one's own note.

    :raise NotFound: there is none of theirs
    :raise Invalid: under `note`
    """
    text = _cleaned(body)
    with db.write():
        note = own(by, vendor, note_id)
        note.body, note.html, note.edited_at = text, safe_html.render(text), clock.now()
        note.save()
        _recorded("desk.note_edited", note, by)
    return note


def remove(by: Account, vendor: Vendor, note_id: str) -> Note:
    """Take one's own note away, for good.

    :raise NotFound: there is none of theirs
    """
    with db.write():
        note = own(by, vendor, note_id)
        note.delete_instance()
        _recorded("desk.note_removed", note, by)
    return note


def _recorded(kind: str, note: Note, by: Account) -> None:
    journal.record(kind, "vendor", note.vendor_id, by.id, note=note.id, thread=note.thread_id)
