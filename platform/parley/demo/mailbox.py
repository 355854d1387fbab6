"""The mailbox of the demo: every mail that Parley wrote, for all to read."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, current_app, render_template
from markupsafe import Markup, escape

from parley.kernel.errors import NotFound
from parley.outbox import mail
from parley.web.permissions import allowed

views = Blueprint("demo", __name__)

MOST_SHOWN = 100
NAME = re.compile(r"[0-9A-Za-z-]{1,80}")
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


@views.get("/demo/mailbox")
@allowed("public:demo")
def mailbox() -> str:
    newest = sorted(_folder().glob("*.eml"), reverse=True)[:MOST_SHOWN]
    return render_template("demo/mailbox.html", mails=[(path.stem, _read(path)) for path in newest])


@views.get("/demo/mailbox/<name>")
@allowed("public:demo")
def letter(name: str) -> str:
    path = _folder() / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    found = _read(path)
    body = found.get_body(("plain",))
    return render_template("demo/letter.html", mail=found,
                           text=linked(body.get_content() if body else ""))


def linked(text: str) -> Markup:
    """The text as safe HTML, its addresses as links; our own stay on the host in use."""
    parts, end = [], 0
    for match in ADDRESS.finditer(text):
        ours = match[0] == mail.url("") or match[0].startswith(mail.url("/"))
        path = "/" + match[0].removeprefix(mail.url("")).lstrip("/")
        target = path if ours else match[0]
        parts += [escape(text[end:match.start()]),
                  Markup('<a href="{}">{}</a>').format(target, match[0])]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _folder() -> Path:
    return current_app.extensions["parley.settings"].data / "mail"


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type,return-value]
