"""A mail server on loopback that takes what Parley sends, and mails as programs write them."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from parley.notifications import replies
from parley.outbox import mail
from tests.postgres import free_port

REPLY = "reply@parley.example"


class Postbox:
    """Keeps what is sent to it; `refuse` is what it says to a recipient instead of 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []
        self.refuse: str | None = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.senders.append(envelope.mail_from)
        return "250 OK"

    def last(self) -> EmailMessage:
        return self.mails[-1]


@contextmanager
def postbox(monkeypatch) -> Iterator[Postbox]:
    """Parley sends over real SMTP to the postbox, and takes answers at `REPLY`."""
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    monkeypatch.setitem(mail._site, "smtp_url", f"smtp://127.0.0.1:{server.port}")
    monkeypatch.setitem(mail._site, "sender", "Parley <desk@parley.example>")
    monkeypatch.setattr(replies, "_address", REPLY)
    try:
        yield box
    finally:
        server.stop()


def links(message: EmailMessage) -> list[str]:
    return re.findall(r"http://localhost(/\S*)", message.get_content())


def answer_to(message: EmailMessage, sender: str, words: str = "It is at the depot.",
              **headers: str) -> EmailMessage:
    """What a mail program sends when somebody answers, with what they answer quoted below."""
    reply = EmailMessage()
    given = {"From": f"Somebody <{sender}>", "To": str(message["Reply-To"]),
             "Subject": f"Re: {message['Subject']}", "In-Reply-To": str(message["Message-ID"]),
             "Message-ID": f"<{abs(hash(words + sender))}@mail.example>"}
    for name, value in (given | {k.replace("_", "-"): v for k, v in headers.items()}).items():
        if value:
            reply[name] = value
    quoted = "".join(f"> {line}\n" for line in message.get_content().splitlines())
    reply.set_content(f"{words}\n\n-- \nJonas Klein\nAcme Inc, Depot Street 1\n\n"
                      f"On Mon, 3 May 2026 at 10:00, Parley <desk@parley.example> wrote:\n{quoted}")
    return reply


def bounce_of(message: EmailMessage, action: str = "failed", status: str = "5.1.1") -> bytes:
    """The report (RFC 3464) of a mail server that could not deliver a mail."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {message['Reply-To']}\r\n"
        "Subject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n"
        f"\r\nFinal-Recipient: rfc822; help@acme.example\r\nAction: {action}\r\n"
        f"Status: {status}\r\n\r\n--B\r\nContent-Type: message/rfc822\r\n\r\n"
        "Subject: x\r\n\r\nx\r\n--B--\r\n").encode()
