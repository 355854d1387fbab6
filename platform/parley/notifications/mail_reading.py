"""What a mail says that came in: who wrote it, the new words in it, its files; or that a machine
wrote it. Nothing here trusts any of it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses

from parley.accounts import rules as accounts
from parley.kernel import safe_html
from parley.outbox.mail import REPLY_LINE

MOST_READ = 30_000  # characters of a mail that are looked at; a post holds 20,000
CUT_SECONDS = 5
MOST_PARTS = 100  # parts of a mail that are looked at
KEPT_TYPES = ("image/", "application/pdf")
NOISE = ("application/pgp-", "application/pkcs7-", "application/x-pkcs7-", "application/ms-tnef",
         "text/", "message/", "multipart/")
BULK = {"bulk", "junk", "list", "auto_reply"}
OWN_ID = re.compile(r"<[0-9a-hjkmnp-tv-z]{20}@([^>]+)>")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_QUOTED = re.compile(r"^\s*>", re.MULTILINE)

# The library's expressions can be made to run for hours by a crafted text, and nothing in the
# same process could stop them; so they run in one of their own, which can.
_CUTTER = """
import sys
from mailparser_reply.parser import EmailMessage
text = sys.stdin.buffer.read().decode()
mail = EmailMessage(text=text, keep_hyphen_lists=True,
                    languages=["en", "de", "fr", "it", "nl", "es", "pl", "sv", "da", "cs"]).read()
sys.stdout.buffer.write((mail.replies[0].body if mail.replies else "").encode())
"""


class Unreadable(Exception):
    """No mail can be made out of these bytes."""


@dataclass(frozen=True)
class Letter:
    """A mail as it came in. `sender` is the address in From, normalised; empty when there is not
    exactly one. `auto` says why it is taken for a machine's; `failed` that it reports that a mail
    of ours could not be delivered. `files` are names and bytes. `digest` tells it from others.
    """

    sender: str
    text: str
    files: tuple[tuple[str, bytes], ...]
    auto: str
    failed: bool
    digest: str


def read(raw: bytes, envelope_sender: str | None, own_domain: str) -> Letter:
    """Make a letter out of a mail. `envelope_sender` is None where it is not known.

    :raise Unreadable: it is broken beyond use
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        identity = str(message.get("Message-ID", "")).strip()
        return Letter(
            sender=_sender(message),
            text=_new_words(_text(message)), files=tuple(_files(message)),
            auto=_auto(message, envelope_sender, own_domain), failed=_failed(message),
            digest=hashlib.sha256(identity.encode("utf-8", "replace") or raw).hexdigest())
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except Exception as error:  # the standard library's parser fails in many ways on broken mail
        raise Unreadable(type(error).__name__) from error


def _sender(message: Message) -> str:
    found = getaddresses([str(value) for value in message.get_all("From", [])])
    addresses = {accounts.email_address(address) or "" for _, address in found if address}
    return addresses.pop() if len(addresses) == 1 else ""


def _auto(message: Message, envelope_sender: str | None, own_domain: str) -> str:
    """Why this is taken for a machine's mail; empty for a person's (RFC 3834, and custom)."""
    if str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower() != "no":
        return "Auto-Submitted"
    if str(message.get("Precedence", "")).strip().lower() in BULK:
        return "Precedence"
    for name in message:
        low = name.lower()
        if low.startswith("list-") or low in ("x-auto-response-suppress", "x-autoreply",
                                              "x-autorespond", "x-loop"):
            return name
    if envelope_sender == "" or str(message.get("Return-Path", "x")).strip() == "<>":
        return "Return-Path"
    if message.get_content_type() == "multipart/report":
        return "multipart/report"
    own = OWN_ID.fullmatch(str(message.get("Message-ID", "")).strip())
    if own and own[1].lower() == own_domain:
        return "Message-ID"
    return ""


def _failed(message: Message) -> bool:
    """Whether this is a report (RFC 3464) of a mail that could not be delivered for good."""
    if message.get_content_type() != "multipart/report":
        return False
    for part in _parts(message):
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                action = str(block.get("Action", "")).strip().lower()
                status = str(block.get("Status", "5")).strip()
                if action == "failed" and status.startswith("5"):
                    return True
    return False


def _parts(message: Message) -> list[Message]:
    found = []
    for part in message.walk():
        found.append(part)
        if len(found) > MOST_PARTS:
            raise Unreadable("too many parts")
    return found


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    if body.get_content_type() == "text/html":
        text = _plain(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that nobody knows
        return raw.decode("utf-8", "replace")


def _plain(html: str) -> str:
    """The text of HTML up to the first quotation of another mail."""
    cut = re.split(r"<blockquote|<div[^>]{0,200}class=[\"']?gmail_quote|<hr\b",
                   html[:MOST_READ * 4], maxsplit=1, flags=re.IGNORECASE)[0]
    cut = re.sub(r"<(style|script|head)\b.*?(</\1\s*>|$)", "", cut, flags=re.I | re.S)
    return safe_html.plain(cut)


def _new_words(text: str) -> str:
    """Only what was written now: no quoted mail, no signature."""
    text = "".join(c for c in text[:MOST_READ] if c in "\n\t" or c.isprintable())
    mark = text.find(REPLY_LINE.strip("- "))
    if mark >= 0:
        text = _before_attribution(text[:text.rfind("\n", 0, mark) + 1])
    text = _SIGNATURE.split(text)[0].strip()
    return _cut(text) if text else ""


def _cut(text: str) -> str:
    """The text without what the library knows for a quotation or a signature."""
    try:
        done = subprocess.run([sys.executable, "-I", "-c", _CUTTER], input=text.encode(),
                              capture_output=True, timeout=CUT_SECONDS, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return _QUOTED.split(text)[0].strip()
    return done.stdout.decode().strip()


def _before_attribution(text: str) -> str:
    """Without the line by which a mail program introduces what it quotes (“… wrote:”)."""
    lines = text.rstrip().rstrip(">").rstrip().split("\n")
    for back in (1, 2, 3):
        tail = " ".join(lines[-back:])
        if lines and lines[-1].rstrip().endswith(":") and re.search(r"\d{4}|@", tail[:500]):
            return "\n".join(lines[:-back])
    return text


def _files(message: EmailMessage) -> list[tuple[str, bytes]]:
    """Pictures and PDFs that the writer attached, and what else was attached on purpose; not the
    logos of a signature."""
    found = []
    for part in _parts(message):
        kind, disposition = part.get_content_type(), part.get_content_disposition()
        name = part.get_filename() or ""
        if part.is_multipart() or kind.startswith(NOISE):
            continue
        if disposition != "attachment" and (part.get("Content-ID") or not (
                name and kind.startswith(KEPT_TYPES))):
            continue
        data = part.get_payload(decode=True)
        found.append((name or "file", data if isinstance(data, bytes) else b""))
    return found
