"""Only pixels come through, and nothing that a file can be breaks the door."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from parley.kernel import pictures
from parley.kernel.errors import Invalid
from parley.kernel.pictures import accept, check_pdf, re_encode, sniff

unhurried = settings(deadline=None)  # machines under load are slow now and then
SECRET = b"SECRET-PLACE"
HARMLESS = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive"} | {
    "loop", "background", "timestamp", "duration", "default_image"
}  # fmt: skip
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WRITTEN = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/png", "png"),
}


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **how) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(out, kind, **how)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def refusal(data: bytes, name: str = "a.png") -> str:
    with pytest.raises(Invalid) as refused:
        accept(data, name)
    assert set(refused.value.errors) == {"files"}
    return refused.value.errors["files"]


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size, one bit for each pixel, with next to no data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_kind_is_drawn_anew(kind: str) -> None:
    upload = accept(encoded(kind), "photo.bin")
    media_type, extension = WRITTEN[kind]
    assert (upload.media_type, upload.name) == (media_type, f"photo.{extension}")
    assert (upload.width, upload.height) == opened(upload.data).size == (60, 40)
    assert upload.sha256 == hashlib.sha256(upload.data).hexdigest()
    assert sniff(upload.data) == media_type


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "1"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "P"),
     ("PNG", "RGBA"), ("PNG", "I;16"), ("WEBP", "RGBA"), ("GIF", "P"), ("GIF", "1")],
)  # fmt: skip
def test_every_colour_mode_is_taken(kind: str, mode: str) -> None:
    assert opened(re_encode(encoded(kind, mode)).data).mode in ("L", "RGB", "RGBA")


def test_transparency_is_kept() -> None:
    out = io.BytesIO()
    Image.new("P", (4, 4), 0).save(out, "GIF", transparency=0)
    assert opened(re_encode(out.getvalue()).data).getpixel((0, 0))[3] == 0


def test_of_an_animation_the_first_picture_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        picture = opened(re_encode(out.getvalue()).data)
        assert getattr(picture, "n_frames", 1) == 1
        assert picture.convert("RGB").getpixel((4, 4))[0] > 200


def test_a_large_picture_is_made_smaller() -> None:
    for kind in WRITTEN:
        picture = re_encode(encoded(kind, size=(4000, 1000)))
        assert (picture.width, picture.height) == (2560, 640)
    assert re_encode(encoded("PNG", "L", size=(9000, 1))).height == 1


def exif_of_a_phone() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_place_is_removed_and_the_picture_stands_upright(kind: str) -> None:
    sent = encoded(kind, exif=exif_of_a_phone())
    assert SECRET in sent
    picture = re_encode(sent)
    kept = opened(picture.data)
    assert (picture.width, picture.height) == (40, 60)
    assert not kept.getexif()
    assert SECRET not in picture.data


def test_comments_profiles_and_text_are_removed() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    sent = [
        encoded("PNG", pnginfo=text, icc_profile=SECRET, dpi=(72, 72)),
        encoded("JPEG", comment=SECRET, icc_profile=SECRET, xmp=SECRET),
        encoded("WEBP", icc_profile=SECRET, xmp=SECRET),
        encoded("GIF", comment=SECRET),
    ]
    for data in sent:
        kept = re_encode(data).data
        assert SECRET not in kept
        assert set(opened(kept).info) <= HARMLESS


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_unreadable_camera_notes_do_not_spoil_a_picture() -> None:
    assert re_encode(encoded("JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")).width == 60


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_hangs_on_behind_is_gone(kind: str) -> None:
    script = b"<html><script>alert(1)</script></html>"
    assert b"script" not in re_encode(encoded(kind) + script).data


def test_html_inside_a_gif_comes_out_clean() -> None:
    sent = encoded("GIF", comment=b"*/=1;<script>alert(1)</script>")
    assert b"<script>" in sent
    upload = accept(sent, "x.html")
    assert b"script" not in upload.data
    assert upload.name == "x.png"


@pytest.mark.parametrize("kind", WRITTEN)
def test_cut_short(kind: str) -> None:
    data = encoded(kind, size=(300, 300))
    for length in (12, 30, len(data) // 2):
        assert "broken" in refusal(data[:length])


@pytest.mark.parametrize("kind", WRITTEN)
@unhurried
@given(at=st.integers(0, 1500), damage=st.binary(min_size=1, max_size=40))
def test_damaged_bytes_are_a_picture_or_a_refusal(kind: str, at: int, damage: bytes) -> None:
    data = bytearray(encoded(kind))
    data[at : at + len(damage)] = damage
    try:
        accept(bytes(data), "a")
    except Invalid as refused:
        assert set(refused.errors) == {"files"}


@unhurried
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF0000WEBP", b""]),
    st.binary(),
)
def test_noise_is_refused(magic: bytes, noise: bytes) -> None:
    refusal(magic + noise)


@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (10_000, 4_001)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert "million pixels" in refusal(png_header(*size))


def test_too_many_bytes() -> None:
    assert "at most 8 MiB" in refusal(encoded("PNG") + bytes(pictures.MAX_BYTES))
    assert "at most 8 MiB" in refusal(b"%PDF-1.4" + bytes(pictures.MAX_BYTES) + b"%%EOF")


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!doctype html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        b"RIFF\x00\x00\x00\x00WAVE",
        b" %PDF-1.4\n%%EOF",
        b"GIF88a",
        b"\x00",
    ],
)
def test_other_kinds_are_refused_whatever_their_name(data: bytes) -> None:
    assert sniff(data) is None
    assert "not taken" in refusal(data, "photo.jpg")


def test_an_empty_file() -> None:
    assert refusal(b"") == "This file is empty."


def test_the_kind_is_what_it_is_and_not_what_it_is_called() -> None:
    assert accept(encoded("PNG"), "photo.jpg").name == "photo.png"
    assert accept(PDF, "photo.jpg").media_type == "application/pdf"


def test_a_pdf_is_kept_as_it_is() -> None:
    upload = accept(PDF, "C:\\letters\\bill.PDF")
    assert (upload.data, upload.name) == (PDF, "bill.pdf")
    assert upload.width is upload.height is None
    check_pdf(PDF + bytes(1000))


def test_a_pdf_cut_short_or_none_at_all() -> None:
    assert "cut short" in refusal(PDF[:-8])
    assert "cut short" in refusal(PDF + bytes(3000))
    with pytest.raises(Invalid, match="not a PDF"):
        check_pdf(encoded("PNG"))


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        (".pdf", "document.pdf"),
        ("a\x00b\r\nc.pdf", "ab c.pdf"),
        ("bill\u202efdp.exe", "billfdp.pdf"),
        ("a\ud800.pdf", "a.pdf"),
        ('a"<b>.pdf', "a__b_.pdf"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("a.php.pdf", "a.php.pdf"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_cleaned(declared: str, name: str) -> None:
    assert accept(PDF, declared).name == name


@unhurried
@given(st.text(st.characters()))
def test_no_name_breaks_anything(declared: str) -> None:
    name = accept(PDF, declared).name
    assert 5 <= len(name) <= pictures.MAX_NAME
    assert not set(name) & set('/\\\r\n\x00"\u202e')
    name.encode()
