"""Still pictures: what bytes really are, and how large; nothing here decodes any pixel.

Sources: PNG (ISO/IEC 15948, section 11.2.2), JPEG (ITU-T T.81, annex B), WebP (RFC 9649).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import msgspec

from ..errors import BadInput

# Of one side, in pixels; no browser shows more, and no model draws more.
LARGEST_SIDE = 8192

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# Start of frame, but for three markers between them that are something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length of their own.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture is; ``width`` and ``height`` in pixels."""

    content_type: str
    width: int
    height: int

    @property
    def suffix(self) -> str:
        """What its file's name ends with."""
        return {"image/png": ".png", "image/jpeg": ".jpg"}.get(self.content_type, ".webp")


def look(content: bytes) -> Picture:
    """Return what a PNG, JPEG or WebP says of itself; nothing else is believed, least of all a header of HTTP.

    Raises:
        BadInput: it is none of these, is cut off, or has no size that a picture can have.
    """
    try:
        kind, (width, height) = _measured(content)
    except (struct.error, IndexError) as exc:
        raise BadInput("The picture is cut off.") from exc
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise BadInput(f"The picture says that it has {width} by {height} pixels.")
    return Picture(content_type=kind, width=width, height=height)


def _measured(content: bytes) -> tuple[str, tuple[int, int]]:
    for kind, is_one, measure in _KINDS:
        if is_one(content):
            return kind, measure(content)
    raise BadInput("This is no PNG, JPEG or WebP picture.")


def _png(content: bytes) -> tuple[int, int]:
    length, name = struct.unpack(">I4s", content[8:16])
    (check,) = struct.unpack(">I", content[29:33])
    if (length, name) != (13, b"IHDR") or zlib.crc32(content[12:29]) != check or not content.endswith(_PNG_END):
        raise BadInput("The picture is cut off.")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg(content: bytes) -> tuple[int, int]:
    if not content.rstrip(b"\x00").endswith(_JPEG_END):
        raise BadInput("The picture is cut off.")
    at = 2
    while True:
        marker = content[at + 1]
        if content[at] != 0xFF or marker in (0xD9, 0xDA):
            raise BadInput("The picture does not say how large it is.")
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        if marker == 0xFF:  # fill bytes
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            (length,) = struct.unpack(">H", content[at + 2 : at + 4])
            at += 2 + max(length, 2)


def _webp(content: bytes) -> tuple[int, int]:
    (size,) = struct.unpack("<I", content[4:8])
    if size + 8 > len(content):
        raise BadInput("The picture is cut off.")
    form, data = content[12:16], content[20:30]
    if form == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L" and data[0] == 0x2F:
        (bits,) = struct.unpack("<I", data[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    raise BadInput("The picture does not say how large it is.")


_KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]], ...] = (
    ("image/png", lambda content: content.startswith(_PNG), _png),
    ("image/jpeg", lambda content: content.startswith(_JPEG), _jpeg),
    ("image/webp", lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP", _webp),
)
