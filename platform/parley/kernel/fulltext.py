"""Full-text search: FTS5 on SQLite, tsvector on PostgreSQL, behind `put`, `drop` and `find`.

One table `document` on both. On SQLite a contentless-delete-safe FTS5 table shadows it by
rowid; on PostgreSQL a generated tsvector column with a GIN index does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import peewee

from parley.kernel import db

MOST_WORDS = 12  # a longer query finds nothing more, and costs more
Cursor = tuple[datetime, str]


class Document(db.Model):
    """What can be found: `kind` and `ref` name the thing, `scope` the vendor it belongs to."""

    id = peewee.BigAutoField()
    kind = peewee.TextField()
    ref = peewee.TextField()
    scope = peewee.TextField(default="")
    title = peewee.TextField()
    body = peewee.TextField()
    at = db.InstantField()

    class Meta:
        indexes = ((("kind", "ref"), True),)


@dataclass(frozen=True)
class Hit:
    kind: str
    ref: str
    at: datetime


def put(kind: str, ref: str, title: str, body: str, at: datetime, scope: str = "") -> None:
    """Make a thing findable, or renew its words."""
    row = {"title": title, "body": body, "at": at, "scope": scope}
    Document.insert(kind=kind, ref=ref, **row).on_conflict(
        conflict_target=[Document.kind, Document.ref], update=row
    ).execute()


def drop(kind: str, ref: str) -> None:
    Document.delete().where(Document.kind == kind, Document.ref == ref).execute()


def move(scope: str, to: str) -> None:
    """What belonged to one vendor belongs to another now."""
    Document.update(scope=to).where(Document.scope == scope).execute()


def words_of(query: str) -> list[str]:
    """The words of whatever was typed; operators and punctuation mean nothing."""
    return re.findall(r"\w+", query.replace("\x00", " "), re.UNICODE)[:MOST_WORDS]


def find(
    query: str,
    *,
    kind: str,
    scope: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 20,
    any_word: bool = False,
) -> list[Hit]:
    """Things that hold the words of `query`, newest first. Any input is safe.

    All words must occur, or with `any_word` at least one, best matches first (no cursor then).
    `before` is the keyset cursor (at, ref) of the last hit of the page before.
    """
    words = words_of(query)
    if not words:
        return []
    match = _match_sqlite(words, any_word) if db.is_sqlite() else _match_postgres(words, any_word)
    joined, matched, rank, params = match
    where = [matched, "d.kind = {p}"]
    params.append(kind)
    if scope is not None:
        where.append("d.scope = {p}")
        params.append(scope)
    if before is not None and not any_word:
        where.append("(d.at, d.ref) < ({p}, {p})")
        params += [Document.at.db_value(before[0]), before[1]]
    order = rank if any_word else "d.at DESC, d.ref DESC"
    if any_word and not db.is_sqlite():
        params.append(params[0])
    sql = (
        f"SELECT d.kind, d.ref, d.at FROM {joined} WHERE {' AND '.join(where)} "
        f"ORDER BY {order} LIMIT {int(limit)}"
    ).format(p=db.database.obj.param)
    rows = db.database.execute_sql(sql, params).fetchall()
    return [Hit(k, ref, Document.at.python_value(at)) for k, ref, at in rows]


def _match_sqlite(words: list[str], any_word: bool) -> tuple[str, str, str, list]:
    quoted = [f'"{word}"' for word in words]
    quoted[-1] += " *" if len(words[-1]) > 2 else ""
    text = (" OR " if any_word else " AND ").join(quoted)
    joined = "document_fts f JOIN document d ON d.id = f.rowid"
    return joined, "document_fts MATCH {p}", "bm25(document_fts, 4.0, 1.0)", [text]


def _match_postgres(words: list[str], any_word: bool) -> tuple[str, str, str, list]:
    quoted = [f"'{word}'" for word in words]
    quoted[-1] += ":*" if len(words[-1]) > 2 else ""
    text = (" | " if any_word else " & ").join(quoted)
    matched = "d.words @@ to_tsquery('english', {p})"
    return "document d", matched, "ts_rank(d.words, to_tsquery('english', {p})) DESC", [text]
