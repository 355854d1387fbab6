"""An SMTP listener behind the operator's mail server. It says 250 once a mail is committed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import peewee
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from parley.kernel import db
from parley.notifications import inbound, replies

log = logging.getLogger("parley.mail")

MOST_RECIPIENTS = 10  # of one mail; a mail server may put some together


class Handler:
    """Takes mail for reply addresses, and nothing else: it relays nowhere."""

    async def handle_RCPT(  # noqa: N802 (named by the library)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if replies.token_in(address) is None:
            return "550 5.1.1 There is no such address here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        try:
            await asyncio.to_thread(keep, envelope)
        except (peewee.PeeweeException, OSError):
            log.exception("mail could not be kept")
            return "451 4.3.0 It could not be kept just now; try again"
        return "250 2.0.0 Kept"


def keep(envelope: Envelope) -> None:
    """Write a mail down for each of its recipients, in one transaction."""
    content = envelope.content
    raw = content if isinstance(content, bytes) else (content or "").encode()
    with db.database.connection_context(), db.write():
        for recipient in envelope.rcpt_tos:
            inbound.accept(recipient, envelope.mail_from or "", raw)


def controller(place: str, **options: Any) -> Controller:
    """A listener for `host:port`, not started yet.

    :raise ValueError: the place cannot be read
    """
    host, _, port = place.rpartition(":")
    return Controller(Handler(), hostname=host.strip("[]") or "127.0.0.1", port=int(port),
                      data_size_limit=inbound.MOST_MAIL, enable_SMTPUTF8=True,
                      ident="Parley", **options)
