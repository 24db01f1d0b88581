"""What joining H.264 needs to know of its bytes: units, and the parameter sets of an MP4 (avcC); pure.

ISO/IEC 14496-10 (7.3 and annex B) and 14496-15 (5.3.3). Copied and encoded pictures follow other parameter sets. Both
are in the header, under different numbers, and once more before each picture that all decoding can begin with:
players read either the one or the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

IDR: Final = 5  # pictures that nothing after them reaches back beyond
_SEI, _SPS, _PPS, _DELIMITER, _EXTENSION = 6, 7, 8, 9, 13
PARAMETERS: Final = frozenset({_SPS, _PPS, _EXTENSION})
_START: Final = re.compile(rb"\x00{2,}\x01")


class BrokenError(ValueError):
    """These bytes are no H.264 as an MP4 holds it."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameter sets of a stream; ``length_bytes`` before each unit, ``rest`` follows the sets in an avcC."""

    head: bytes
    length_bytes: int
    sequence: tuple[bytes, ...]
    picture: tuple[bytes, ...]
    rest: bytes = b""

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers that are taken."""
        taken = [_golomb(unit[4:]) for unit in self.sequence] + [_golomb(unit[1:]) for unit in self.picture]
        return frozenset(taken)

    @property
    def profile(self) -> int:
        """66 baseline, 77 main, 100 high, …"""
        return self.head[1]

    def units(self) -> bytes:
        """Return the sets as units with a length of four bytes before each."""
        return b"".join(_framed(unit) for unit in (*self.sequence, *self.picture))

    def joined(self, other: Parameters) -> bytes:
        """Return an avcC with the sets of both, for units with lengths of four bytes."""
        sequence, picture = self.sequence + other.sequence, self.picture + other.picture
        level = max(self.head[3], other.head[3])
        return (
            bytes([1, self.head[1], self.head[2], level, 0xFC | 3, 0xE0 | len(sequence)])
            + b"".join(len(unit).to_bytes(2, "big") + unit for unit in sequence)
            + bytes([len(picture)])
            + b"".join(len(unit).to_bytes(2, "big") + unit for unit in picture)
            + self.rest
        )


def from_avcc(content: bytes) -> Parameters:
    """Read an avcC.

    Raises:
        BrokenError: it is none, or cut off.
    """
    try:
        if content[0] != 1:
            raise BrokenError
        sequence, at = _listed(content, 6, content[5] & 0x1F)
        picture, at = _listed(content, at + 1, content[at])
    except IndexError as exc:
        raise BrokenError from exc
    if not sequence or not picture:
        raise BrokenError
    return Parameters(
        head=content[:4],
        length_bytes=(content[4] & 3) + 1,
        sequence=sequence,
        picture=picture,
        rest=content[at:],
    )


def from_stream(content: bytes) -> Parameters:
    """Read units with start codes between them, as x264 prints them.

    Raises:
        BrokenError: there are no parameter sets.
    """
    units = [unit for unit in _START.split(content) if unit]
    sequence = tuple(unit for unit in units if kind(unit) == _SPS)
    picture = tuple(unit for unit in units if kind(unit) == _PPS)
    if not sequence or not picture:
        raise BrokenError
    return Parameters(head=b"\1" + sequence[0][1:4], length_bytes=4, sequence=sequence, picture=picture)


def copied(packet: bytes, parameters: Parameters) -> Iterator[bytes]:
    """Yield the units of a packet of a stream that ``parameters`` belongs to.

    Raises:
        BrokenError: the lengths do not fit, or there are parameter sets that the header does not have.
    """
    at, width = 0, parameters.length_bytes
    while at < len(packet):
        length = int.from_bytes(packet[at : at + width], "big")
        unit = packet[at + width : at + width + length]
        if not length or len(unit) < length:
            raise BrokenError
        if kind(unit) in PARAMETERS and unit not in (*parameters.sequence, *parameters.picture):
            raise BrokenError
        yield unit
        at += width + length


def encoded(packet: bytes) -> Iterator[bytes]:
    """Yield the units of a packet with start codes, without what x264 says about itself."""
    return (unit for unit in _START.split(packet) if unit and kind(unit) not in {_SEI, *PARAMETERS})


def packed(units: list[bytes], parameters: Parameters) -> bytes:
    """Return the units as an MP4 holds them; one that decoding can begin with has its parameter sets before it."""
    if not any(kind(unit) == IDR for unit in units):
        return b"".join(_framed(unit) for unit in units)
    ahead = [unit for unit in units if kind(unit) == _DELIMITER]
    others = [unit for unit in units if kind(unit) not in {_DELIMITER, *PARAMETERS}]
    return b"".join(map(_framed, ahead)) + parameters.units() + b"".join(map(_framed, others))


def kind(unit: bytes) -> int:
    """Return the type of a unit (table 7-1)."""
    return unit[0] & 0x1F


def _framed(unit: bytes) -> bytes:
    return len(unit).to_bytes(4, "big") + unit


def _listed(content: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        length = int.from_bytes(content[at : at + 2], "big")
        unit = content[at + 2 : at + 2 + length]
        if len(unit) < length or not length:
            raise BrokenError
        found.append(unit)
        at += 2 + length
    return tuple(found), at


def _golomb(content: bytes) -> int:
    """Return the first number of a parameter set (9.1); it is small, so that no emulation byte is before it."""
    bits = int.from_bytes(content[:4].ljust(4, b"\0"), "big")
    zeros = 32 - bits.bit_length()
    if zeros > 8:
        raise BrokenError
    return (bits >> (31 - 2 * zeros)) - 1
