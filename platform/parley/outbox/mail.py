"""Mail: written as an outbox row with the fact it tells of, sent by the jobs process.

By SMTP when the operator configured it, else as `.eml` files below the data folder.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import jinja2

from parley.kernel import db
from parley.outbox import actions
from parley.outbox.models import Task

TEMPLATES = Path(__file__).parents[3] / "templates" / "email"
SECONDS = 20
REPLY_LINE = "-- Write your answer above this line --"

_env = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, autoescape=False,
)
_site: dict[str, Any] = {}


def configure(*, folder: Path, smtp_url: str, sender: str, base_url: str, site_name: str,
              demo: bool = False) -> None:
    _site.update(folder=folder, smtp_url=smtp_url, sender=sender, base_url=base_url,
                 site_name=site_name, demo=demo)


def url(path: str) -> str:
    """A full address on this server."""
    return f"{_site['base_url']}{path}"


def send(to: str, kind: str, reply_to: str = "", **context: Any) -> Task:
    """Write a mail from `templates/email/<kind>.txt`; the first line of it is the subject.

    With `reply_to` an answer goes there, and the mail begins with `REPLY_LINE`.
    """
    return actions.put("mail", **composed(to, kind, reply_to, **context))


def composed(to: str, kind: str, reply_to: str = "", **context: Any) -> dict[str, Any]:
    """What `send` writes into the task."""
    text = _env.get_template(f"{kind}.txt").render(site_name=_site["site_name"], url=url, **context)
    subject, _, body = text.partition("\n")
    body = body.strip() + "\n"
    data = {"to": to, "subject": subject.strip(), "text": body, "mail": kind}
    if reply_to:
        data["text"] = f"{REPLY_LINE}\n\n{body}"
        data["headers"] = {"Reply-To": reply_to}
    return data


def domain() -> str:
    """The domain of our own mail, which stands in every Message-ID of ours."""
    return parseaddr(_site["sender"])[1].rpartition("@")[2].lower() or "localhost"


def goes_out() -> bool:
    """Whether mail leaves this machine (in the demo it is shown instead, and counts)."""
    return bool(_site["smtp_url"]) or bool(_site.get("demo"))


def message(task: Task) -> EmailMessage:
    mail = EmailMessage()
    name, address = parseaddr(_site["sender"])
    mail["From"] = formataddr((name, address))
    mail["To"] = Address(addr_spec=task.data["to"])
    mail["Subject"] = " ".join(task.data["subject"].split())
    mail["Date"] = format_datetime(task.created_at)
    mail["Message-ID"] = f"<{task.id}@{address.rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    for header, value in task.data.get("headers", {}).items():
        mail[header] = value
    mail.set_content(task.data["text"])
    return mail


def deliver(task: Task) -> None:
    """Send one mail. The Message-ID is the task's, so a second delivery is recognisable.

    With `sender` in the task's data, what cannot be delivered comes back there.
    """
    mail = message(task)
    if _site["smtp_url"]:
        with connect(_site["smtp_url"]) as server:
            server.send_message(mail, from_addr=task.data.get("sender"))
    else:
        folder: Path = _site["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        _write(task, mail, folder)


def forget(address: str, names: Callable[[str], bool]) -> None:
    """Drop the mail to an address that was not sent, and the copies of mail in the folder that
    went there or that name somebody, as `names` says of their text."""
    waiting = Task.select().where(Task.kind == "mail", Task.done_at.is_null())
    gone = [task.id for task in waiting if task.data.get("to") == address]
    with db.write():
        Task.delete().where(Task.id.in_(gone)).execute()
    for path in _site["folder"].glob("*.eml"):
        copy = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = copy.get_body(("plain",))
        text = f"{copy['Subject']}\n{body.get_content() if body else ''}"
        if parseaddr(str(copy["To"]))[1] == address or names(text):
            path.unlink(missing_ok=True)


def connect(smtp_url: str) -> smtplib.SMTP:
    """Open `smtp://user:password@host:port` (STARTTLS when offered) or `smtps://…`."""
    parts = urlparse(smtp_url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=SECONDS, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _write(task: Task, mail: EmailMessage, folder: Path) -> None:
    """Synced before the task counts as done; written again it is the same file."""
    target = folder / f"{task.created_at:%Y%m%dT%H%M%S}-{task.id}.eml"
    part = target.with_suffix(".part")
    with part.open("wb") as out:
        out.write(mail.as_bytes())
        out.flush()
        os.fsync(out.fileno())
    part.rename(target)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
