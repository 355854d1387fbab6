"""The container of an archive: what is written validates elsewhere, and tampering is found."""

from __future__ import annotations

import csv
import hashlib
import io
import stat
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from parley.archives import bag, bag_reading
from parley.archives.bag import BagWriter
from parley.archives.bag_reading import Limits
from parley.archives.names import BagError, alike, check_name, decoded, encoded

NOW = datetime(2026, 5, 3, 12, 30, 15, tzinfo=UTC)
BASE = bag.base_name("ada", NOW)
KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
JWKS = {"keys": [KEY.as_dict(private=False)]}
FILES = {
    "index.html": b"<!doctype html>",
    "threads/01.json": b'{"title":"No answer since March"}',
    "media/\u00fcber.txt": b"",
}


def sign(payload: bytes) -> str:
    header = {"alg": "Ed25519", "kid": KEY.kid}
    return jws.detach_content(jws.serialize_compact(header, payload, KEY, algorithms=["Ed25519"]))


def written(files: dict[str, bytes], info: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with BagWriter(out, base=BASE, now=NOW, info=info or {}) as writer:
        for path, content in files.items():
            writer.add(path, content)
        writer.close(sign)
    return out.getvalue()


def entries(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(contents: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def checked(
    archive: bytes, limits: Limits | None = None, jwks: dict | None = None
) -> bag_reading.Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        path.write_bytes(archive)
        return bag_reading.check(path, jwks or JWKS, limits or Limits())


def payload_of(archive: bytes) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        path.write_bytes(archive)
        with bag_reading.read_bag(path) as opened:
            return {name: opened.read(name) for name in opened.payload}


def validated_elsewhere(archive: bytes) -> bagit.Bag:
    """The bag as the `bagit` library reads it, after its own validation."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in entries(archive).items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        other = bagit.Bag(str(Path(folder) / BASE))
        other.validate()
        return other


GOOD = written(FILES)


def test_the_bagit_library_accepts_the_bag():
    other = validated_elsewhere(written(FILES, {"External-Description": "Ada's\narchive"}))
    assert other.version_info == (1, 0)
    assert other.info["Bagging-Date"] == "2026-05-03"
    assert other.info["Payload-Oxum"] == f"{sum(map(len, FILES.values()))}.3"
    assert other.info["External-Description"] == "Ada's archive"
    assert "README.txt" in other.tagfile_entries()


def test_a_good_bag_passes_the_check():
    report = checked(GOOD)
    assert report.ok, report.problems
    assert report.signed_by == KEY.kid
    assert (report.files, report.octets) == (3, sum(map(len, FILES.values())))
    assert report.info["Bag-Software-Agent"].startswith("Parley")
    assert payload_of(GOOD) == {f"data/{path}": content for path, content in FILES.items()}


def test_everything_stands_in_one_folder():
    assert {name.split("/")[0] for name in entries(GOOD)} == {"parley-archive-ada-2026-05-03"}


def test_equal_input_gives_equal_bytes():
    assert written(FILES) == written(FILES)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 5, 3, 12, 30, 14)}


class Pipe(io.RawIOBase):
    """A stream that only takes: no seeking, as when answering a request."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.largest = 0

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.taken += data
        self.largest = max(self.largest, len(data))
        return len(data)


def test_it_streams_to_a_pipe(tmp_path):
    on_disk = tmp_path / "picture.png"
    on_disk.write_bytes(bytes(range(256)) * 20_000)
    pipe = Pipe()
    with BagWriter(pipe, base=BASE, now=NOW, info={}) as writer:
        writer.add_file("media/picture.png", on_disk)
        writer.add_stream("long.txt", (b"%d\n" % number for number in range(1000)))
        writer.close(sign)
    archive = bytes(pipe.taken)
    assert checked(archive).ok
    assert pipe.largest < 2 * bag.CHUNK
    assert payload_of(archive)["data/media/picture.png"] == on_disk.read_bytes()
    validated_elsewhere(archive)


def test_a_bag_that_was_never_closed_is_none():
    out = io.BytesIO()
    with BagWriter(out, base=BASE, now=NOW, info={}) as writer:
        writer.add("index.html", b"half")
    assert not checked(out.getvalue()).ok


@pytest.mark.parametrize(
    "name",
    [
        "", "/etc/passwd", "../up", "a/../b", "a/./b", "a//b", "a/", "C:\\x", "c:x", "a\\b",
        "nul\0", "a\x1fb", "line\u2028", "half\ud800", "end ", " start", "dot.", "a /b",
        "x" * 501, "a/" * 20,
    ],
)  # fmt: skip
def test_unsafe_names_are_refused(name):
    writer = BagWriter(io.BytesIO(), base=BASE, now=NOW, info={})
    with writer, pytest.raises(BagError):
        writer.add(name, b"")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.txt", "a.txt"),
        ("a.txt", "A.TXT"),
        ("stra\u00dfe", "STRASSE"),
        ("\u00e4", "a\u0308"),
        ("a", "a/b"),
        ("a/b", "A"),
    ],
)
def test_clashing_names_are_refused(first, second):
    with BagWriter(io.BytesIO(), base=BASE, now=NOW, info={}) as writer:
        writer.add(first, b"")
        with pytest.raises(BagError, match="clashes"):
            writer.add(second, b"")


@pytest.mark.parametrize("base", ["", "..", "a/b", "/"])
def test_the_folder_is_one_plain_name(base):
    with pytest.raises(BagError):
        BagWriter(io.BytesIO(), base=base, now=NOW, info={})


def test_a_label_cannot_smuggle_in_another():
    with pytest.raises(BagError, match="label"):
        written({}, {"A: b\nPayload-Oxum": "0.0"})
    report = checked(written(FILES, {"Contact-Name": "Ada\r\nPayload-Oxum: 0.0"}))
    assert report.ok
    assert report.info["Contact-Name"] == "Ada Payload-Oxum: 0.0"


@given(name=st.text())
def test_a_manifest_gives_back_every_name(name):
    assert decoded(encoded(name)) == name
    assert not {"\r", "\n"} & set(encoded(name))


def is_good_name(name: str) -> bool:
    try:
        check_name(name)
    except BagError:
        return False
    return True


names = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3).map("/".join)
good_names = names.filter(is_good_name)
# A common top keeps generated files from lying below one another.
payloads = st.dictionaries(good_names, st.binary(max_size=300), min_size=1, max_size=6).map(
    lambda files: {f"{n}/{path}": content for n, (path, content) in enumerate(files.items())}
)


@settings(deadline=None, max_examples=60)
@given(files=payloads)
@example(files={"100%25.txt": b"", "line\nend\rs": b"x"})
def test_any_payload_comes_back_whole(files):
    archive = written(files)
    report = checked(archive)
    assert report.ok, report.problems
    assert payload_of(archive) == {f"data/{path}": content for path, content in files.items()}


@settings(deadline=None, max_examples=30)
@given(files=payloads)
def test_the_bagit_library_accepts_any_payload(files):
    # It leaves %25 in manifests as it is (RFC 8493, 2.1.3 wants it decoded), and file systems
    # end a name at 255 bytes.
    portable = {path: content for path, content in files.items() if "%" not in path}
    validated_elsewhere(written(portable or {"index.html": b""}))


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_any_changed_byte_of_any_file_is_found(data):
    contents = entries(GOOD)
    name = data.draw(st.sampled_from([name for name, content in contents.items() if content]))
    at = data.draw(st.integers(0, len(contents[name]) - 1))
    other = data.draw(st.integers(1, 255))
    changed = bytearray(contents[name])
    changed[at] ^= other
    assert not checked(zipped({**contents, name: bytes(changed)})).ok


@settings(deadline=None, max_examples=300)
@given(at=st.integers(0, len(GOOD) - 1), other=st.integers(1, 255))
def test_a_changed_byte_of_the_zip_is_found_or_changes_nothing_that_is_read(at, other):
    changed = bytearray(GOOD)
    changed[at] ^= other
    report = checked(bytes(changed))
    assert not report.ok or payload_of(bytes(changed)) == payload_of(GOOD)


@given(end=st.integers(0, len(GOOD) - 1))
def test_a_cut_off_zip_is_refused(end):
    assert not checked(GOOD[:end]).ok


@pytest.mark.parametrize("name", sorted(entries(GOOD)))
def test_any_missing_file_is_found(name):
    contents = entries(GOOD)
    del contents[name]
    assert not checked(zipped(contents)).ok


@pytest.mark.parametrize("name", ["data/more.txt", "NOTE.txt", "manifest-md5.txt"])
def test_any_file_beyond_the_manifests_is_found(name):
    report = checked(zipped({**entries(GOOD), f"{BASE}/{name}": b"more"}))
    assert any(name in problem for problem in report.problems)


def test_fetch_txt_is_ignored_but_never_signed():
    with_fetch = zipped({**entries(GOOD), f"{BASE}/fetch.txt": b"http://x.example/ 1 data/x\n"})
    assert checked(with_fetch).ok


def test_a_bag_made_anew_by_a_stranger_is_found():
    stranger = OKPKey.generate_key("Ed25519", {"kid": KEY.kid})
    report = checked(GOOD, jwks={"keys": [stranger.as_dict(private=False)]})
    assert report.signed_by is None
    assert len(report.problems) == 1


def test_a_tag_manifest_that_leaves_files_out_is_found():
    contents = entries(GOOD)
    lines = contents[f"{BASE}/{bag.TAG_MANIFEST}"].splitlines(keepends=True)
    shorter = b"".join(line for line in lines if b" manifest-sha512" not in line)
    contents[f"{BASE}/{bag.TAG_MANIFEST}"] = shorter
    contents[f"{BASE}/{bag.SIGNATURE}"] = sign(shorter).encode()
    report = checked(zipped(contents))
    assert report.problems == ("manifest-sha512.txt is not in tagmanifest-sha512.txt.",)


def signed_again(contents: dict[str, bytes]) -> bytes:
    """A bag whose tag manifest and signature fit its other tag files, as a careless server's."""
    tags = {
        name: hashlib.sha512(contents[f"{BASE}/{name}"]).hexdigest()
        for name in bag.SIGNED_TAG_FILES
    }
    contents[f"{BASE}/{bag.TAG_MANIFEST}"] = bag.manifest(tags)
    contents[f"{BASE}/{bag.SIGNATURE}"] = sign(bag.manifest(tags)).encode()
    return zipped(contents)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"),
        ("bagit.txt", b"\xef\xbb\xbf" + bag.BAGIT),
        ("bag-info.txt", b"Payload-Oxum: 1.1\n"),
        ("bag-info.txt", b""),
        ("bag-info.txt", b"no label\n"),
        ("bag-info.txt", b"\xff"),
        (bag.MANIFEST, b"abc  data/index.html\n"),
        (bag.MANIFEST, b"0" * 128 + b"  ../../etc/passwd\n"),
        (bag.MANIFEST, b"0" * 128 + b"  /etc/passwd\n"),
        (bag.MANIFEST, (b"0" * 128 + b"  data/a\n") * 2),
        (bag.MANIFEST, b"0" * 128 + b"  data/a\n" + b"0" * 128 + b"  data/A\n"),
    ],
)
def test_malformed_tag_files_are_found_even_when_signed(name, content):
    report = checked(signed_again({**entries(GOOD), f"{BASE}/{name}": content}))
    assert not report.ok
    assert report.signed_by == KEY.kid


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "../up", "other/file", "top", "../folder/", "/", "C:/x"),
        *(f"{BASE}/{path}" for path in ("../up", "data/a\\b", "data/INDEX.html")),
        f"{BASE}/data/index.html/below",
    ],
)
def test_names_that_leave_the_folder_or_clash_are_refused(name):
    report = checked(zipped({**entries(GOOD), name: b""}))
    assert not report.ok
    assert report.files == 0


def test_a_name_that_stands_twice_is_refused():
    out = io.BytesIO(GOOD)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(f"{BASE}/data/index.html", b"another reading")
    assert any("clashes" in problem for problem in checked(out.getvalue()).problems)


def with_entry(change) -> bytes:
    out = io.BytesIO(GOOD)
    entry = zipfile.ZipInfo(f"{BASE}/data/entry")
    change(entry)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(entry, b"/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind):
    archive = with_entry(lambda entry: setattr(entry, "external_attr", (kind | 0o777) << 16))
    assert any("link" in problem for problem in checked(archive).problems)


def test_rare_packings_are_refused():
    archive = with_entry(lambda entry: setattr(entry, "compress_type", zipfile.ZIP_LZMA))
    assert any("method" in problem for problem in checked(archive).problems)


def test_folders_as_entries_of_their_own_are_fine():
    assert checked(zipped({f"{BASE}/": b"", f"{BASE}/data/": b"", **entries(GOOD)})).ok


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(files=8), "files"),
        (Limits(octets=100), "larger"),
        (Limits(whole=10), "too large"),
        (Limits(ratio=0, ratio_from=0), "times"),
    ],
)
def test_limits_are_kept(limits, words):
    assert any(words in problem for problem in checked(GOOD, limits).problems)


def test_a_zip_bomb_is_refused():
    out = io.BytesIO()
    with BagWriter(out, base=BASE, now=NOW, info={}) as writer:
        writer.add_stream("zeros", (bytes(bag.CHUNK) for _ in range(32)))
        writer.close(sign)
    assert any("times its size" in problem for problem in checked(out.getvalue()).problems)


def test_no_zip_is_refused_and_a_missing_file_is_an_error(tmp_path):
    assert checked(b"").problems == ("This is not a whole ZIP file.",)
    with pytest.raises(FileNotFoundError):
        bag_reading.check(tmp_path / "none.zip", JWKS)


def test_what_is_not_there_cannot_be_read(tmp_path):
    (tmp_path / "a.zip").write_bytes(GOOD)
    with bag_reading.read_bag(tmp_path / "a.zip") as opened:
        assert opened.base == BASE
        with pytest.raises(BagError, match="missing"):
            opened.read("data/none.json")


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"), ("+49", "'+49"), ("-1", "'-1"), ("@ada", "'@ada"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), (-1, "'-1"), ("a=b", "a=b"), (None, ""), (5, "5"),
        ('a "b", c', 'a "b", c'),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(cell, kept):
    text = bag.csv_bytes(["name", "note"], [["x", cell]]).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name", "note"], ["x", kept]]


@given(st.text(st.sampled_from("'=+-@\ta"), max_size=4))
def test_a_cell_comes_back_as_it_was_typed(text):
    assert bag.as_typed(bag.neutral(text)) == text


@given(rows=st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2)))
def test_csv_begins_no_cell_with_a_formula_sign(rows):
    text = bag.csv_bytes(["a", "b"], rows).decode()
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell[:1] in set("=+-@\t\r") for cell in row)


@given(name=st.text(), other=st.text())
def test_names_alike_are_alike_in_any_case(name, other):
    assert alike(name) == alike(alike(name))
    if name.casefold() == other.casefold():
        assert alike(name) == alike(other)
