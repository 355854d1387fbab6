"""Answers that come by mail: kept as a task before the mail server is told so, then posted as the
person whose mail was answered. Machines are never posted; whoever cannot be is told why, at most
once a day."""

from __future__ import annotations

import base64
import logging

from parley.accounts import rules as accounts
from parley.accounts.models import Account
from parley.kernel import clock, db
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.notifications import delivery, mail_reading, replies
from parley.notifications.mail_reading import Letter
from parley.notifications.models import ReplyToken
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.threads import actions as threads
from parley.threads import files, outcomes, rules
from parley.threads.hats import hat_of
from parley.threads.models import Thread
from parley.threads.rules import Hat, Purpose, Status
from parley.threads.turns import own_state
from parley.vendors import actions as vendors

log = logging.getLogger("parley.mail")

MOST_MAIL = 25 * 1024 * 1024  # three pictures of 6 MB as mail carries them
NEED_PAGE = "Please answer on the page of the thread instead."


class NotUsed(Exception):
    """A mail cannot become a post; the words tell its writer why."""


def accept(recipient: str, sender: str | None, raw: bytes) -> bool:
    """Keep a mail for `receive`. When this returns True it is committed, and will not be lost.

    False: the recipient is no reply address of ours. `sender` is the envelope's, None where it
    is not known.
    """
    token = replies.token_in(recipient)
    if token is None:
        return False
    with db.write():
        outbox.put("mail_in", token=token, sender=sender, raw=base64.b64encode(raw).decode())
    return True


def receive(task: Task) -> None:
    """Turn one mail into the post that it is meant to be, once, however often this runs."""
    token, sender = task.data["token"], task.data["sender"]
    raw = base64.b64decode(task.data["raw"])
    known = replies.find(token)
    try:
        letter = mail_reading.read(raw, sender, mail.domain())
    except mail_reading.Unreadable as error:
        log.info("mail %s cannot be read: %s", task.id, error)
        if known is not None and known.account_id and sender:
            _tell_why(known.account.email, known.account.email,
                      f"It came here broken. {NEED_PAGE}", known.thread_id)
        return
    if letter.failed:
        _came_back(known)
    elif letter.auto or replies.is_own(letter.sender):
        log.info("mail %s is a machine's (%s)", task.id, letter.auto or "our own address")
    else:
        _answer(known, letter, sender)


def _came_back(known: ReplyToken | None) -> None:
    if known is not None and known.account_id is None:
        delivery.came_back(known.thread_id)


def _answer(known: ReplyToken | None, letter: Letter, envelope: str | None) -> None:
    try:
        if known is None:
            raise NotUsed(f"The address you wrote to is not known, or too old. {NEED_PAGE}")
        by = _writer(known, letter, envelope)
        if not replies.take(known, letter.digest):
            raise NotUsed("You answered that mail before; each of our mails takes one answer. "
                          f"{NEED_PAGE}")
        try:
            _post(known, by, letter)
        except (Invalid, Refused, NotFound, NotUsed) as error:
            replies.give_back(known, letter.digest)
            raise NotUsed(_words(error)) from error
    except NotUsed as error:
        _tell_why(letter.sender, accounts.email_address(envelope or "") or letter.sender,
                  str(error), known.thread_id if known else None)


def _words(error: Exception) -> str:
    if isinstance(error, Invalid):
        return " ".join(error.errors.values())
    if isinstance(error, NotFound):
        return "There is no such thread any more, or you may not write in it."
    return str(error)


def _writer(known: ReplyToken, letter: Letter, envelope: str | None) -> Account:
    """The person who may answer here and whose address the mail comes from.

    :raise NotUsed: there is none
    """
    stranger = NotUsed("It did not come from the address of the account that our mail was for. "
                       "Please answer from that address, or on the page of the thread.")
    by = Account.get_or_none(Account.email == letter.sender) if letter.sender else None
    if envelope and envelope.rpartition("@")[2].lower() != letter.sender.rpartition("@")[2]:
        raise stranger
    if known.account_id is None:
        if vendors.serving(known.thread.vendor_id) == []:
            raise NotUsed(
                "Nobody answers for this company here yet, so a mail cannot stand as its word. "
                "Claim its page first; then answer that mail again: "
                + mail.url(f"/vendors/{known.thread.vendor.slug}/claim"))
        if by is None or vendors.role_of(by, known.thread.vendor_id) is None:
            raise stranger
    elif by is None or by.id != known.account_id:
        raise stranger
    if not by.is_active:
        raise stranger
    return by


def _post(known: ReplyToken, by: Account, letter: Letter) -> None:
    if not letter.text:
        raise NotUsed("We found no new words in it, above what it quotes. "
                      "Please write them at the top.")
    thread = Thread.get_by_id(known.thread_id)
    state = own_state(thread)
    key = f"mail-{letter.digest[:48]}"
    uploads = tuple(files.Typed(name, data) for name, data in letter.files)
    hat, _ = hat_of(by, thread)
    if hat is Hat.REPRESENTATIVE:
        answers = rules.may_post_as_vendor(state.kind, state.open, Purpose.ANSWER) is None
        threads.write_post(by, thread.id, threads.NewPost(
            body=letter.text, purpose=Purpose.ANSWER if answers else Purpose.UPDATE,
            only_as=Hat.REPRESENTATIVE, form_key=key, uploads=uploads))
    elif hat is not Hat.AUTHOR:
        raise NotUsed("You do not answer for this company any longer.")
    elif state.status is Status.AWAITING_AUTHOR and state.turn_claim is None:
        outcomes.give_back(by, thread.id, outcomes.Said(letter.text, key, None, uploads))
    else:
        threads.write_post(by, thread.id, threads.NewPost(
            body=letter.text, only_as=Hat.AUTHOR, form_key=key, uploads=uploads))


def _tell_why(address: str, envelope: str, words: str, thread_id: str | None) -> None:
    """Tell the writer of a mail why nothing came of it, once a day, and only an address that the
    mail really seems to come from and that belongs to somebody here or to the thread's company."""
    if not address or address != envelope:
        return
    known = Account.select().where(Account.email == address, Account.closed_at.is_null()).exists()
    if not known and thread_id is None:
        return
    # Strangers share one mail a day for each thread: any address can be written into a mail.
    whom = address if known else f"strangers to {thread_id}"
    with db.write():
        if replies.may_refuse(whom):
            mail.send(address, "not_posted", words=words,
                      path=f"/threads/{thread_id}" if thread_id else "/")
    log.info("a mail was not used at %s", clock.now())
