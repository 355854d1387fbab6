"""The letter to a company that nobody claimed, its wish not to be written to, and mail that the
operator's mail server hands over by HTTP."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from flask_login import current_user
from markupsafe import Markup

from parley.kernel import clock
from parley.kernel.errors import NotFound
from parley.kernel.safe_html import plain
from parley.notifications import delivery, inbound
from parley.outbox import mail
from parley.threads.models import Post
from parley.threads.thread_pages import visible
from parley.vendors import delivery as addresses
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("mail", __name__)

MOST_LINK = 1_600  # characters of text in a mailto: link; mail programs cut longer ones
WINDOW_SECONDS = 300  # a signed mail is taken this long, so that a recorded one is of no use
_secret = b""


def configure(secret: str) -> None:
    """Set the secret that signs mail handed over by HTTP; empty: none is taken."""
    global _secret
    _secret = secret.encode()


@views.get("/threads/<id:thread_id>/letter")
@allowed("threads:decide")
def letter(thread_id: str) -> str:
    """The author's thread as a letter to print, mail or point to, while nobody claimed the page."""
    thread = visible(thread_id)
    if thread.author_id != current_user.id or thread.vendor.claimed_at or thread.closed_at:
        raise NotFound
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    address = addresses.address_of(thread.vendor_id)
    return render_template(
        "threads/letter.html", thread=thread, html=Markup(opening.html),
        mailto=_mailto(thread, plain(opening.html), address.email if address else ""))


def _mailto(thread: Any, text: str, to: str) -> str:
    page, claim = mail.url(f"/threads/{thread.id}"), f"/vendors/{thread.vendor.slug}/claim"
    short = text if len(text) <= MOST_LINK else text[:MOST_LINK] + " …"
    body = (f"Hello,\n\nI wrote this to you in public:\n\n{thread.title}\n\n{short}\n\n"
            f"Please answer there: {page}\nHow to answer for {thread.vendor.name}: "
            f"{mail.url(claim)}\n\n{thread.author.display_name}\n")
    return f"mailto:{quote(to)}?subject={quote(thread.title)}&body={quote(body)}"


@views.get("/no-mail/<secret:token>")
@allowed("public:mail")
def no_mail_page(token: str) -> str:
    vendor = delivery.vendor_of(token)
    return render_template("vendors/no_mail.html", vendor=vendor,
                           done=addresses.wants_no_mail(vendor.id))


@views.post("/no-mail/<secret:token>")
@allowed("public:mail")
@limited(30, "minute")
def no_mail(token: str) -> str:
    """Also what a mail program sends by itself for its own button (RFC 8058): no form token."""
    vendor = delivery.wished(token)
    return render_template("vendors/no_mail.html", vendor=vendor, done=True)


@views.post("/webhooks/mail")
@allowed("public:mail")
def take_in() -> Response:
    """A mail as it came, in the body, from the operator's mail server.

    `Parley-Signature` is the HMAC-SHA-256 in hex, under PARLEY_MAIL_IN_SECRET, of these lines and
    then the body: `Parley-Timestamp` (Unix seconds), `Parley-Sender` (the envelope's, may be
    empty), `Parley-Recipient`, each followed by a line feed.
    """
    if not _secret:
        raise NotFound
    if request.content_length is None or request.content_length > inbound.MOST_MAIL:
        return _said(413, "too large")
    named = [request.headers.get(f"Parley-{name}", "")
             for name in ("Timestamp", "Sender", "Recipient")]
    raw = request.get_data(cache=False)
    signed = "".join(f"{line}\n" for line in named).encode("utf-8", "replace") + raw
    right = hmac.new(_secret, signed, hashlib.sha256).hexdigest()
    given = request.headers.get("Parley-Signature", "")
    if not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
        return _said(401, "wrong signature")
    if not _fresh(named[0]):
        return _said(401, "signed too long ago")
    if not inbound.accept(named[2], named[1], raw):
        return _said(422, "no such recipient")
    return _said(202, "kept")


def _fresh(stamp: str) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        return False
    return abs(clock.now().timestamp() - int(stamp)) <= WINDOW_SECONDS


def _said(status: int, words: str) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")


signed_by_others = (no_mail, take_in)  # these prove themselves by a token or a signature
