"""What a font file says of itself: the names of its faces, and the signs they can draw.

Source: ISO/IEC 14496-22, "Open Font Format" (OpenType 1.9): tables ``name`` and ``cmap`` (formats 4 and 12) and the
header of collections. Only a few kilobytes are read of a file, however large it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

_PLAIN = (b"\x00\x01\x00\x00", b"OTTO", b"true")
_OUTLINES = frozenset({b"glyf", b"CFF ", b"CFF2"})
_FAMILY, _FULL_NAME = 1, 4
_MICROSOFT, _ENGLISH = 3, 0x0409
_MOST_FACES, _MOST_TABLES, _MOST_BYTES = 64, 256, 4 * 1024**2


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """One face of a file; ``ranges`` of code points that it has, both ends counted, in order.

    ``outlined``: its glyphs are shapes, not pictures.
    """

    path: Path
    family: str
    name: str
    outlined: bool
    ranges: tuple[tuple[int, int], ...]

    def draws(self, sign: str) -> bool:
        """Return whether there is a glyph for the sign."""
        return any(first <= ord(sign) <= last for first, last in self.ranges)


def faces(path: Path) -> list[Face]:
    """Return the faces of a font; none where the file is no font, is broken, or cannot be read."""
    try:
        with path.open("rb") as file:
            return [face for start in _starts(file) if (face := _face(path, file, start)) is not None]
    except (OSError, struct.error, ValueError, IndexError):
        return []


def _starts(file: BinaryIO) -> tuple[int, ...]:
    head = file.read(12)
    if head[:4] in _PLAIN:
        return (0,)
    if head[:4] != b"ttcf":
        return ()
    count = min(struct.unpack(">I", head[8:12])[0], _MOST_FACES)
    return struct.unpack(f">{count}I", file.read(4 * count))


def _face(path: Path, file: BinaryIO, start: int) -> Face | None:
    tables = _tables(file, start)
    if b"name" not in tables or b"cmap" not in tables:
        return None
    names = _names(_read(file, *tables[b"name"]))
    ranges = tuple(_ranges(_read(file, *tables[b"cmap"])))
    family, name = names.get(_FAMILY, ""), names.get(_FULL_NAME, "")
    return Face(path=path, family=family, name=name, outlined=bool(_OUTLINES & tables.keys()), ranges=ranges)


def _tables(file: BinaryIO, start: int) -> dict[bytes, tuple[int, int]]:
    file.seek(start + 4)
    count = min(struct.unpack(">H", file.read(2))[0], _MOST_TABLES)
    file.seek(start + 12)
    rows = struct.iter_unpack(">4sIII", file.read(16 * count))
    return {tag: (offset, length) for tag, _, offset, length in rows}


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(min(length, _MOST_BYTES))


def _names(table: bytes) -> dict[int, str]:
    """Return the English names by their number, as Windows and libass know the face."""
    count, texts = struct.unpack(">HH", table[2:6])
    found: dict[int, str] = {}
    for at in range(6, 6 + 12 * count, 12):
        platform, _, language, number, length, offset = struct.unpack(">6H", table[at : at + 12])
        if platform == _MICROSOFT and language == _ENGLISH:
            found[number] = table[texts + offset : texts + offset + length].decode("utf-16-be", errors="replace")
    return found


def _ranges(table: bytes) -> Iterator[tuple[int, int]]:
    count = struct.unpack(">H", table[2:4])[0]
    offsets = [struct.unpack(">I", table[at + 4 : at + 8])[0] for at in range(4, 4 + 8 * count, 8)]
    formats = {struct.unpack(">H", table[offset : offset + 2])[0]: offset for offset in offsets}
    if 12 in formats:  # the whole of Unicode, so format 4 adds nothing
        yield from _groups(table[formats[12] :])
    elif 4 in formats:
        yield from _segments(table[formats[4] :])


def _groups(table: bytes) -> Iterator[tuple[int, int]]:
    count = struct.unpack(">I", table[12:16])[0]
    for first, last, _ in struct.iter_unpack(">III", table[16 : 16 + 12 * min(count, len(table) // 12 - 2)]):
        yield first, last


def _segments(table: bytes) -> Iterator[tuple[int, int]]:
    double = struct.unpack(">H", table[6:8])[0]
    lasts = struct.unpack(f">{double // 2}H", table[14 : 14 + double])
    firsts = struct.unpack(f">{double // 2}H", table[16 + double : 16 + 2 * double])
    yield from ((first, last) for first, last in zip(firsts, lasts, strict=True) if first <= last < 0xFFFF)
