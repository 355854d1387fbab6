"""The same person and posts as ActivityStreams 2.0, so that other software can read them.

https://www.w3.org/TR/activitystreams-vocabulary/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.accounts.models import Account
from parley.archives.formats import pretty
from parley.kernel import safe_html
from parley.kernel.canonical import iso
from parley.kernel.parts import WHOLE, Part
from parley.outbox.mail import url
from parley.threads import records
from parley.threads.models import File, Post

CONTEXT = "https://www.w3.org/ns/activitystreams"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def actor(account: Account) -> dict[str, Any]:
    """The person, as anybody sees them."""
    return {
        "@context": CONTEXT,
        "type": "Person",
        "id": _address(account),
        "url": _address(account),
        "preferredUsername": account.handle,
        "name": account.display_name,
        "summary": safe_html.render(account.about),
        "published": iso(account.created_at),
        "outbox": "outbox.json",
    }


def outbox(account: Account, part: Part = WHOLE) -> Iterator[bytes]:
    """An OrderedCollection of all posts, oldest first, as pieces of one JSON file."""
    head = {"@context": CONTEXT, "id": "outbox.json", "type": "OrderedCollection",
            "attributedTo": _address(account), "orderedItems": []}
    before, after = pretty(head).split(b"[]")
    yield before + b"["
    between = b"\n"
    for post, files in records.own_posts(account, part):
        yield between + pretty(_create(post, files, account, part)).rstrip()
        between = b",\n"
    yield b"\n  ]" + after


def _create(
    post: Post, files: list[File], account: Account, part: Part
) -> dict[str, Any]:
    note = _note(post, [] if part.text_only else files, account)
    return {"type": "Create", "id": note["id"] + "-create", "actor": _address(account),
            "published": note["published"], "to": note["to"], "object": note}


def _note(post: Post, files: list[File], account: Account) -> dict[str, Any]:
    """An Article for the post that opened a thread, a Note for every other."""
    thread = post.thread
    page = url(f"/threads/{thread.id}")
    note: dict[str, Any] = {
        "type": "Note",
        "id": f"{page}#post-{post.number}",
        "url": f"{page}#post-{post.number}",
        "attributedTo": _address(account),
        "to": [] if post.hidden_at or thread.hidden_at else [PUBLIC],
        "published": iso(post.created_at),
        "mediaType": "text/html",
        "content": _absolute(post.html),
        "source": {"content": post.body, "mediaType": "text/markdown"},
    }
    if post.edited_at:
        note["updated"] = iso(post.edited_at)
    if files:
        note["attachment"] = [_document(file) for file in files]
    if post.number == 1:
        return note | {"type": "Article", "name": thread.title}
    return note | {"inReplyTo": page}


def _absolute(html: str) -> str:
    """A post's HTML for reading elsewhere: its links to members lead to this server."""
    return html.replace('href="/', f'href="{url("/")}')


def _document(file: File) -> dict[str, Any]:
    return {"type": "Document", "mediaType": file.media_type, "name": file.name,
            "url": "../" + records.media_path(file)}


def _address(account: Account) -> str:
    return url(f"/members/{account.handle}")
