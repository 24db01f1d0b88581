"""The boxes of an MP4 that we made: how long its tracks are, and which are on (ISO/IEC 14496-12).

Only for files that our own ffmpeg has written: what others send is never read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

_CONTAINERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"})
_MOST_INDEX_BYTES: Final = 64 * 1024**2  # 30 minutes have 3 MB
_ENABLED: Final = 1


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """``kind``: "vide", "soun", "sbtl" or "text"; ``seconds`` as it plays; ``samples``: pictures, packets, subtitles.

    ``flags_at``: where in the file the byte is that says whether it is on.
    """

    kind: str
    seconds: float
    samples: int
    flags_at: int


def tracks(path: Path) -> tuple[Track, ...]:
    """Return the tracks in their order.

    Raises:
        ValueError: there is no index, or it is none of ours.
    """
    with path.open("rb") as file:
        at, index = _index(file)
    boxes = list(_boxes(index, 0, len(index)))
    scale = next((_scale(index, place) for name, place, _ in boxes if name == b"mvhd"), 0)
    if not scale:
        raise ValueError("This MP4 has no header.")
    begins = [number for number, (name, _, _) in enumerate(boxes) if name == b"trak"]
    return tuple(
        _track(index, boxes[begin:end], scale, at) for begin, end in zip(begins, [*begins[1:], len(boxes)], strict=True)
    )


def switch_off(path: Path, kinds: frozenset[str]) -> None:
    """Mark the tracks of these kinds as off until somebody chooses them; ffmpeg leaves the first of a kind on."""
    found = [track for track in tracks(path) if track.kind in kinds]
    with path.open("r+b") as file:
        for track in found:
            file.seek(track.flags_at)
            flags = file.read(1)[0]
            file.seek(track.flags_at)
            file.write(bytes([flags & ~_ENABLED]))


def _index(file: BinaryIO) -> tuple[int, bytes]:
    """Return the content of the box "moov", and where it is."""
    at = 0
    while len(head := file.read(16)) >= 8:
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        width = 8
        if size == 1:
            size, width = int.from_bytes(head[8:16], "big"), 16
        if name == b"moov" and size <= _MOST_INDEX_BYTES:
            file.seek(at + width)
            return at + width, file.read(size - width)
        if size < width:
            break
        at += size
        file.seek(at)
    raise ValueError("This MP4 has no index.")


def _boxes(content: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the content of each box, those inside others after them."""
    while begin + 8 <= end:
        size, name = _number(content, begin, 4), content[begin + 4 : begin + 8]
        if size < 8:
            return
        yield name, begin + 8, begin + size
        if name in _CONTAINERS:
            yield from _boxes(content, begin + 8, begin + size)
        begin += size


def _scale(index: bytes, header: int) -> int:
    """Return the units a second; ffmpeg 9 takes one that suits all tracks, which may need times of 64 bits."""
    return _number(index, header + (20 if index[header] == 1 else 12), 4)


def _track(index: bytes, boxes: list[tuple[bytes, int, int]], scale: int, at: int) -> Track:
    places = {name: place for name, place, _ in reversed(boxes)}
    header = places[b"tkhd"]
    wide = index[header] == 1  # times of 64 bits
    seconds = _number(index, header + 28, 8) / scale if wide else _number(index, header + 20, 4) / scale
    return Track(
        kind=index[places[b"hdlr"] + 8 : places[b"hdlr"] + 12].decode("latin-1"),
        seconds=seconds,
        samples=_number(index, places[b"stsz"] + 8, 4) if b"stsz" in places else 0,
        flags_at=at + header + 3,
    )


def _number(content: bytes, at: int, width: int) -> int:
    return int.from_bytes(content[at : at + width], "big")
