"""Files that people send: pictures are drawn anew from their pixels, PDFs are kept as they are.

What a file is, its first bytes say, never its name or declared type. A picture keeps nothing
but its pixels: no place, camera, comment, colour profile or trailing bytes. Of an animation the
first picture is kept; a GIF becomes a PNG.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from PIL import Image, ImageOps

from parley.kernel.errors import Invalid

MAX_BYTES = 8 * 1024 * 1024  # a photo of a telephone is 2 to 6 MiB
MAX_PIXELS = 40_000_000  # checked before decoding: 40 megapixels take 160 MB of memory
MAX_SIDE = 2560  # pixels of the longer side: enough to read a photographed letter
MAX_NAME = 120
PDF = "application/pdf"
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", PDF: "pdf"}

# media type read: (Pillow's name for it, Pillow's name of what is written, media type written)
_FORMATS = {
    "image/jpeg": ("JPEG", "JPEG", "image/jpeg"),
    "image/png": ("PNG", "PNG", "image/png"),
    "image/webp": ("WEBP", "WEBP", "image/webp"),
    "image/gif": ("GIF", "PNG", "image/png"),
}
_QUALITY = 85
_TAIL = 2048  # where a PDF's end mark stands; some programs write padding after it
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_UNFIT = re.compile(r'[<>:"|?*]')  # in a file name on some system


@dataclass(frozen=True)
class Picture:
    """An encoded picture: its bytes, the media type of these bytes, its size in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Upload:
    """A file fit to store. `width` and `height` are None for a PDF; `sha256` is hex, of `data`."""

    data: bytes
    media_type: str
    name: str
    width: int | None
    height: int | None
    sha256: str


def accept(data: bytes, declared_name: str) -> Upload:
    """A file as it may be stored and served.

    :raise Invalid: under `files`, when it is empty, too large, broken, or of another kind
    """
    media_type = sniff(data)
    if media_type == PDF:
        check_pdf(data)
        return _upload(data, PDF, declared_name)
    picture = re_encode(data)
    return _upload(picture.data, picture.media_type, declared_name, picture.width, picture.height)


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes show, or None when it is none that we take."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"%PDF-"):
        return PDF
    return None


def check_pdf(data: bytes) -> None:
    """Nothing, for a whole PDF; it is stored as it is and served as an attachment only.

    :raise Invalid: under `files`, when it is no PDF, cut short or too large
    """
    _check_size(data)
    if sniff(data) != PDF:
        _no("This file is not a PDF.")
    if b"%%EOF" not in data[-_TAIL:]:
        _no("This PDF is broken or was cut short. Please save it again and send it anew.")


def re_encode(data: bytes) -> Picture:
    """A JPEG, PNG, WebP or GIF drawn anew: upright, at most `MAX_SIDE` pixels, pixels only.

    :raise Invalid: under `files`, when it is of another kind, too large, or broken
    """
    _check_size(data)
    media_type = sniff(data)
    if media_type not in _FORMATS:
        _no("This kind of file is not taken. Please send a JPEG, PNG, WebP or GIF, or a PDF.")
    read_as, write_as, written = _FORMATS[media_type]
    try:
        picture = _pixels(data, read_as)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        _too_many_pixels()
    except Exception:  # a decoder given broken bytes raises whatever it likes
        _no("This picture is broken or was cut short. Please save it again and send it anew.")
    out = io.BytesIO()
    picture.save(out, write_as, **({} if write_as == "PNG" else {"quality": _QUALITY}))
    return Picture(out.getvalue(), written, *picture.size)


def _pixels(data: bytes, read_as: str) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=(read_as,)) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            _too_many_pixels()
        opened.draft(None, (MAX_SIDE, MAX_SIDE))  # a large JPEG is decoded at half size or less
        mode = _mode(opened)
        picture = opened if opened.mode == mode else opened.convert(mode)
        picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        picture = _upright(picture)
    picture.info = {}  # some encoders write what they find here
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # unreadable notes of a camera do not spoil the pixels
        return picture


def _mode(picture: Image.Image) -> str:
    if picture.has_transparency_data:
        return "RGBA"
    return "L" if picture.mode == "L" or picture.mode[0] in "1I" else "RGB"


def _upload(
    data: bytes, media_type: str, name: str, width: int | None = None, height: int | None = None
) -> Upload:
    digest = hashlib.sha256(data).hexdigest()
    return Upload(data, media_type, _name(name, media_type), width, height, digest)


def _name(declared: str, media_type: str) -> str:
    """The name without path, hidden or unfit characters, and with the extension of its type."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", declared))[-1]
    shown = "".join(" " if c.isspace() else c for c in base if c.isspace() or not _hidden(c))
    stem = _SUFFIX.sub("", _UNFIT.sub("_", " ".join(shown.split()))).strip(" .")
    extension = EXTENSIONS[media_type]
    stem = stem[: MAX_NAME - len(extension) - 1].rstrip(" .")
    return f"{stem or ('document' if media_type == PDF else 'picture')}.{extension}"


def _hidden(character: str) -> bool:
    return unicodedata.category(character)[0] == "C"  # control, format, surrogate, unassigned


def _check_size(data: bytes) -> None:
    if not data:
        _no("This file is empty.")
    if len(data) > MAX_BYTES:
        _no(
            f"This file has {len(data) / 1024**2:.1f} MiB; at most {MAX_BYTES // 1024**2} MiB "
            "are taken. Please send a smaller one."
        )


def _too_many_pixels() -> NoReturn:
    _no(
        f"This picture has more than {MAX_PIXELS // 1_000_000} million pixels. "
        "Please make it smaller and send it anew."
    )


def _no(words: str) -> NoReturn:
    raise Invalid({"files": words})
