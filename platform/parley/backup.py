"""Backup and restore: everything in one ZIP file, the same from SQLite and from PostgreSQL.

    manifest.json           format, version, migrations, rows and columns of each table, and the
                            SHA-256 of every other entry
    tables/<table>.jsonl    one row a line: an array in the order of the manifest's columns
    files/… mail/… pages/… the folders of that name below PARLEY_DATA

Instants are whole microseconds since 1970, as they are stored. The tables are one state of the
database. A file is written before the row that names it, and copied after the rows were read,
so every file that a row names is in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

import click
import peewee

from parley import __version__
from parley.accounts.models import Account
from parley.archives import erasures, leaving
from parley.kernel import clock, db
from parley.outbox import actions as outbox

FORMAT = "parley-backup/1"
FOLDERS = ("files", "mail", "pages")
HISTORY = "schema_migration"
SHADOWS = "document_fts"  # SQLite's index; triggers fill it
PIECE = 1024 * 1024
ROWS = 500  # rows in memory at once
PLACE = {"sqlite": "?", "postgres": "%s"}


class BackupError(click.ClickException):
    """It cannot be written, or not be restored here; the text says why. Nothing was changed."""


@dataclass(frozen=True)
class Held:
    """What a backup holds; `mail` counts the mails that a restore holds back, `erased` the people
    whom it let leave again."""

    rows: int
    tables: int
    files: int
    mail: int = 0
    erased: int = 0


def tables() -> list[type[db.Model]]:
    """Every table, each after those that it points at.

    :raise BackupError: the database has a table that no model knows
    """
    models = db.tables()
    known = {m._meta.table_name for m in models}
    present = {name for name in db.database.get_tables()
               if not name.startswith((SHADOWS, "sqlite_")) and name != HISTORY}
    if present - known:
        raise BackupError(f"The database has tables that are not Parley's: {present - known}.")
    return models


def migrations() -> list[str]:
    return [m.name for m in db.runner().status() if m.applied]


# Writing


def write(path: Path, data: Path) -> Held:
    """Write a backup of the database and of the data folder to `path`; it appears there whole.

    :raise BackupError: the tables are not up to date, or the file cannot be written
    """
    if db.pending_migrations():
        raise BackupError("The database is not up to date. Run `flask --app wsgi migrate` first.")
    try:
        with _appearing(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
            return _Writer(out).write(data)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner may read; at `path` once it is complete and synced."""
    number, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with open(number, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    _sync(path.absolute().parent)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class _Writer:
    def __init__(self, out: zipfile.ZipFile) -> None:
        self.out = out
        self.hashes: dict[str, str] = {}

    def write(self, data: Path) -> Held:
        held: dict[str, dict[str, Any]] = {}
        with db.snapshot():
            applied = migrations()
            for model in tables():
                held[model._meta.table_name] = self.table(model)
        files = sum(self.file(path, name) for path, name in _files(data))
        manifest = {
            "format": FORMAT,
            "parley": __version__,
            "written_at": clock.now().isoformat(),
            "migrations": applied,
            "tables": held,
            "sha256": self.hashes,
        }
        self.out.writestr("manifest.json", json.dumps(manifest, indent=1))
        return Held(sum(t["rows"] for t in held.values()), len(held), files)

    def table(self, model: type[db.Model]) -> dict[str, Any]:
        fields = model._meta.sorted_fields
        counted = 0
        with self.entry(f"tables/{model._meta.table_name}.jsonl") as put:
            for row in _rows(model):
                values = [_plain(f, value) for f, value in zip(fields, row, strict=True)]
                put(json.dumps(values, ensure_ascii=False).encode() + b"\n")
                counted += 1
        return {"rows": counted, "columns": _columns(model)}

    def file(self, path: Path, name: str) -> int:
        """Copy a file; 0 when it was deleted meanwhile."""
        with contextlib.suppress(FileNotFoundError), path.open("rb") as source:
            with self.entry(name, zipfile.ZIP_STORED) as put:
                while piece := source.read(PIECE):
                    put(piece)
            return 1
        return 0

    @contextlib.contextmanager
    def entry(self, name: str, method: int = zipfile.ZIP_DEFLATED) -> Iterator[Any]:
        """Add an entry by calling what this gives with its bytes, piece by piece."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
        info.compress_type = method
        info.external_attr = 0o600 << 16
        with self.out.open(info, "w", force_zip64=True) as target:

            def put(piece: bytes) -> None:
                digest.update(piece)
                target.write(piece)

            yield put
        self.hashes[name] = digest.hexdigest()


def _columns(model: type[db.Model]) -> list[str]:
    return [field.column_name for field in model._meta.sorted_fields]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _rows(model: type[db.Model]) -> Iterator[tuple]:
    """All rows as the database gives them, never all in memory."""
    sql = f'SELECT {_quoted(_columns(model))} FROM "{model._meta.table_name}"'
    connection = db.database.connection()
    cursor = connection.cursor() if db.is_sqlite() else connection.cursor(name="backup")
    with contextlib.closing(cursor):
        cursor.execute(sql)
        while some := cursor.fetchmany(ROWS):
            yield from some


def _plain(field: peewee.Field, value: Any) -> Any:
    """A value that JSON has, the same from both databases."""
    if isinstance(field, peewee.BooleanField | peewee.JSONField):
        return field.python_value(value)
    return value


def _files(data: Path) -> Iterator[tuple[Path, str]]:
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path, path.relative_to(data).as_posix()


# Restoring


def restore(path: Path, data: Path) -> Held:
    """Restore a backup into an empty place, all or nothing. Mail not sent yet is held, and whoever
    is on the list of erasures in the data folder leaves again.

    :raise BackupError: the place is not empty, or the backup is damaged or of other tables
    """
    check_empty(data)
    try:
        with zipfile.ZipFile(path) as source:
            return _Reader(source).restore(data)
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from error


def check_empty(data: Path) -> None:
    """:raise BackupError: people or files are here already"""
    if Account.table_exists() and Account.select().exists():
        raise BackupError("This database has people in it. Restore into an empty one.")
    for folder in FOLDERS:
        if any((data / folder).glob("*")):
            raise BackupError(f"{data / folder} is not empty. Restore into an empty data folder.")


class _Reader:
    """:raise BackupError: the archive is no backup, was damaged, or has other tables"""

    def __init__(self, source: zipfile.ZipFile) -> None:
        self.source = source
        try:
            self.manifest = json.loads(source.read("manifest.json"))
            kind = self.manifest["format"]
        except (KeyError, ValueError, TypeError):
            raise BackupError("This is not a backup of Parley.") from None
        if kind != FORMAT:
            raise BackupError(f"This backup has the format {kind}; this Parley reads {FORMAT}.")
        self.check_hashes()

    def check_hashes(self) -> None:
        named = self.manifest["sha256"]
        present = set(self.source.namelist()) - {"manifest.json"}
        if present != set(named):
            raise BackupError(f"The backup is damaged: {sorted(present ^ set(named))[:3]}.")
        for name, wanted in named.items():
            if _folder_of(name) not in ("tables", *FOLDERS) or self.sha256(name) != wanted:
                raise BackupError(f"The backup is damaged: {name} was changed.")

    def sha256(self, name: str) -> str:
        with self.source.open(name) as entry:
            return hashlib.file_digest(entry, "sha256").hexdigest()  # type: ignore[arg-type]

    def restore(self, data: Path) -> Held:
        db.runner().up()
        self.check_tables()
        data.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=data, prefix=".restore-"))
        try:
            files = self.unpack(aside)
            with db.write():
                rows = self.fill()
                moved = _move(aside, data)
                erased = leaving.reapply(erasures.read())
                mail = outbox.hold_mail()
        except BaseException:
            for folder in FOLDERS:  # they were empty before
                shutil.rmtree(data / folder, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        for folder in moved:
            _sync(folder)
        return Held(rows, len(self.manifest["tables"]), files, mail, erased)

    def check_tables(self) -> None:
        ours = {m._meta.table_name: _columns(m) for m in tables()}
        theirs = {name: table["columns"] for name, table in self.manifest["tables"].items()}
        if self.manifest["migrations"] != migrations() or ours != theirs:
            raise BackupError(
                f"This backup was written by Parley {self.manifest['parley']}, whose tables are "
                "not the ones of this version. Restore it with that version, then migrate.")

    def unpack(self, aside: Path) -> int:
        """Write the files below `aside`, synced; how many they are."""
        names = [n for n in self.manifest["sha256"] if _folder_of(n) in FOLDERS]
        for name in names:
            target = aside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with self.source.open(name) as entry, target.open("wb") as out:
                shutil.copyfileobj(entry, out, PIECE)
                out.flush()
                os.fsync(out.fileno())
        return len(names)

    def fill(self) -> int:
        """Insert every row; how many they are."""
        models = tables()
        for model in reversed(models):
            model.delete().execute()
        return sum(self.table(model) for model in models)

    def table(self, model: type[db.Model]) -> int:
        own = [f for f in model._meta.sorted_fields
               if isinstance(f, peewee.ForeignKeyField) and f.rel_model is model]
        count = 0
        with _cursor() as cursor:
            for batch in self.batches(model, own):
                cursor.executemany(_insert(model), batch)
                count += len(batch)
        if count != self.manifest["tables"][model._meta.table_name]["rows"]:
            raise BackupError(f"The backup is damaged: {model._meta.table_name} lacks rows.")
        for field in own:
            self.point(model, field)
        _renew_sequence(model)
        return count

    def batches(
        self, model: type[db.Model], own: Iterable[peewee.Field]
    ) -> Iterator[list[list[Any]]]:
        """Rows ready to insert; columns that point at the same table are left empty at first."""
        fields = model._meta.sorted_fields
        blank = {field.column_name for field in own}
        lines = self.lines(model)
        while some := list(islice(lines, ROWS)):
            yield [[None if f.column_name in blank else _stored(f, value)
                    for f, value in zip(fields, row, strict=True)] for row in some]

    def lines(self, model: type[db.Model]) -> Iterator[list[Any]]:
        with self.source.open(f"tables/{model._meta.table_name}.jsonl") as entry:
            for line in entry:
                yield json.loads(line)

    def point(self, model: type[db.Model], field: peewee.ForeignKeyField) -> None:
        """Fill in a column by which rows point at rows of the same table."""
        primary = model._meta.primary_key
        key, at = (_columns(model).index(f.column_name) for f in (primary, field))
        for row in self.lines(model):
            if row[at] is not None:
                model.update({field: row[at]}).where(primary == row[key]).execute()


def _folder_of(name: str) -> str:
    """The first folder of an entry's name, empty when the name is unsafe."""
    parts = PurePosixPath(name).parts
    unsafe = "\\" in name or "\x00" in name or ".." in parts or len(parts) < 2
    return "" if unsafe or name.startswith("/") else parts[0]


@contextlib.contextmanager
def _cursor() -> Iterator[Any]:
    with contextlib.closing(db.database.cursor()) as cursor:
        yield cursor


def _insert(model: type[db.Model]) -> str:
    columns = _columns(model)
    places = ", ".join([PLACE["sqlite" if db.is_sqlite() else "postgres"]] * len(columns))
    return f'INSERT INTO "{model._meta.table_name}" ({_quoted(columns)}) VALUES ({places})'


def _stored(field: peewee.Field, value: Any) -> Any:
    """A value of a backup as the database takes it."""
    if isinstance(field, peewee.JSONField) and value is not None:
        return json.dumps(value)
    return value


def _renew_sequence(model: type[db.Model]) -> None:
    """Let PostgreSQL go on counting after the highest number that was restored."""
    key = model._meta.primary_key
    if db.is_sqlite() or not isinstance(key, peewee.AutoField):
        return
    table, column = model._meta.table_name, key.column_name
    db.database.execute_sql(
        f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), "
        f'COALESCE(MAX("{column}"), 0) + 1, false) FROM "{table}"')


def _move(aside: Path, data: Path) -> list[Path]:
    """Put the unpacked folders into their places; the folders to sync."""
    for folder in FOLDERS:
        if (aside / folder).exists():
            with contextlib.suppress(FileNotFoundError):
                (data / folder).rmdir()
            os.replace(aside / folder, data / folder)
    return [data, *(data / folder for folder in FOLDERS if (data / folder).exists())]
