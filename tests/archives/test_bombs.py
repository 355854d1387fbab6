"""Small files that would take the memory or the time of the whole server: refused while they are
small. Each of these took gigabytes once."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.archives import bag_reading, bringing, elsewhere, incoming
from parley.archives.bag_reading import Limits
from parley.archives.models import Document
from parley.archives.names import BagError
from parley.kernel.records import Unfit
from tests import factories as make
from tests.archives.packing import contents, packed
from tests.archives.packing import elsewhere as elsewhere_made
from tests.archives.rows import rich

NOISE = os.urandom(300_000)  # else the ratio gives a bomb away


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in {**files, "noise": NOISE}.items():
            made.writestr(name, data)
    return path


def listing(entry: bytes, count: int) -> bytes:
    """A ZIP whose list names one file very often."""
    at, size = len(entry), len(entry) * count
    return entry + entry * count + struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, at, 0)


def test_a_list_of_very_many_files_is_counted_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "list.zip"
    path.write_bytes(listing(b"PK\x01\x02" + bytes(42), 60_000))
    monkeypatch.setattr(bag_reading.zipfile, "ZipFile", lambda _: pytest.fail("it was read"))
    with pytest.raises(BagError, match="more than 50,000 files"), bag_reading.read_bag(
            path, Limits(files=50_000)):
        pass


@pytest.mark.parametrize("at", range(4))
def test_a_mark_across_two_pieces_counts_once(tmp_path, monkeypatch, at):
    monkeypatch.setattr(bag_reading, "pieces", lambda stream: in_eights(stream.read()))
    path = tmp_path / "a"
    path.write_bytes(b"x" * (5 + at) + bag_reading.ENTRY + b"x" + bag_reading.ENTRY)
    with path.open("rb") as stream:
        assert bag_reading.marks(stream) == 2


def in_eights(data: bytes) -> Iterator[bytes]:
    return (data[at:at + 8] for at in range(0, len(data), 8))


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "tagmanifest-sha512.txt.jws"])
def test_large_tag_files_are_not_read(tmp_path, name):
    path = zipped(tmp_path / "a.zip", **{f"bag/{name}": b"a:\n" * 400_000, "bag/data/a": b"x"})
    with bag_reading.read_bag(zipped_below(path)) as bag, pytest.raises(BagError, match="too larg"):
        bag.read(name)


def zipped_below(path: Path) -> Path:
    """The same with everything in its one folder."""
    with zipfile.ZipFile(path) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name if name.startswith("bag/") else f"bag/data/{name}", data)
    return path


def test_a_manifest_of_very_many_lines_is_not_kept(tmp_path):
    lines = b"".join(b"%0128x  data/%d\n" % (1, number) for number in range(1000))
    path = zipped_below(zipped(tmp_path / "a.zip", **{"bag/manifest-sha512.txt": lines}))
    with bag_reading.read_bag(path, Limits(files=100)) as bag, pytest.raises(
            BagError, match="lists more than 100"):
        bag.manifest("manifest-sha512.txt")


@pytest.mark.parametrize("data", [
    b"[" + b",".join([b"[]"] * 1_000_000) + b"]", b"[" + b"0," * 3_000_000 + b"0]"])
def test_json_of_very_many_parts_is_not_read(data, tmp_path):
    with pytest.raises(Unfit, match="no JSON that we can read"):
        incoming.parsed(data)
    outbox = b'{"orderedItems":' + b"[" * 2 + b",".join([data[1:-1]] * 2) + b"]" * 2 + b"}"
    with pytest.raises(BagError, match="no JSON that we can read"):
        elsewhere.found(zipped(tmp_path / "a.zip", **{"outbox.json": outbox}))


def test_records_of_very_many_octets_are_not_checked(app, frozen, tmp_path, monkeypatch):
    path = packed(elsewhere_made(contents(rich().ada, tmp_path)), tmp_path / "a.zip")
    monkeypatch.setattr(incoming, "MOST_RECORDS", 1 << 10)
    monkeypatch.setattr(bag_reading.Bag, "check", lambda *_: pytest.fail("it was checked"))
    with pytest.raises(BagError, match="records have more than"):
        bringing.look(path, make.make_account())


def test_a_table_of_very_many_lines_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere, "MOST_ROWS", 1000)
    table = b"topic_title,post,created_at\n" + b"a\n" * 2000
    with pytest.raises(BagError, match="more than 1,000 lines"):
        elsewhere.found(zipped(tmp_path / "a.zip", **{"user_archive.csv": table}))


@pytest.mark.parametrize("table", [
    b"kind,id\n" + b"vendor,x\n" * 30_000, b'kind,id\n"thread,', b"\xff",
    b"kind\nvendor\n", b"kind,id,since\nthread,%s,yesterday\n"])
def test_a_table_of_follows_that_is_none_keeps_nothing_else_out(app, frozen, tmp_path, table):
    life = rich()
    files = elsewhere_made(contents(life.ada, tmp_path))
    table = table.replace(b"%s", life.other.id.encode())
    path = packed(files | {"follows.csv": table}, tmp_path / "a.zip")
    eve = make.make_account()
    report = bringing.bring(path, eve)
    assert report.counts["follow"] == {"refused": 1}
    assert Document.select().where(Document.account == eve.id).exists()
