"""Which pictures of a span can be copied, and which have to be encoded anew; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import msgspec

NEAR: Final = 0.002  # seconds: a picture this close to a cut is at it
_LEAST: Final = 12  # pictures in a row that are worth copying


class Packet(msgspec.Struct, frozen=True):
    """One picture of the file in the order of decoding: when it is shown (seconds of the recording), what it is."""

    time: float
    key: bool  # decoding can begin here, and nothing later reaches back beyond it


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a span: ``packets`` of it are copied as they are, or ``times`` of pictures encoded.

    ``decode``: the packets that have to be decoded for it.
    """

    copy: bool
    times: tuple[float, ...]  # in the order of decoding
    packets: tuple[int, int] = (0, 0)
    decode: tuple[int, int] = (0, 0)


def parts(packets: Sequence[Packet], start: float, end: float) -> tuple[Part, ...] | None:
    """Return how the pictures that are seen from ``start`` to ``end`` get into the clip, None where none is seen.

    The picture that is seen at ``start`` may have appeared before it. Steps: 1. from the first picture at which
    decoding can begin, copy in the order of decoding up to where all that was copied is shown without a gap and
    before ``end``; 2. encode what is shown before, and what is shown after.
    """
    ordered = sorted(packet.time for packet in packets)
    first = max(bisect_right(ordered, start + NEAR) - 1, 0)
    seen = tuple(time for time in ordered[first:] if time < end - NEAR)
    if not seen:
        return None
    begin = next((at for at, packet in enumerate(packets) if packet.key and packet.time in seen[:-1]), None)
    if begin is None:
        return (_encoded(packets, seen),)
    stop = _whole(packets, begin, end)
    if stop - begin < _LEAST:
        return (_encoded(packets, seen),)
    middle = tuple(packet.time for packet in packets[begin:stop])
    head = tuple(time for time in seen if time < min(middle))
    tail = tuple(time for time in seen if time > max(middle))
    found = [_encoded(packets, head)] if head else []
    found.append(Part(copy=True, times=middle, packets=(begin, stop)))
    return (*found, _encoded(packets, tail)) if tail else tuple(found)


def _whole(packets: Sequence[Packet], begin: int, end: float) -> int:
    """Return where copying stops: up to there exactly the earliest pictures have come, all shown before ``end``."""
    times = [packet.time for packet in packets[begin:]]
    stop = begin
    for count, (latest, due) in enumerate(zip(accumulate(times, max), sorted(times), strict=True), start=1):
        if latest >= end - NEAR:
            break
        if latest == due:
            stop = begin + count
    return stop


def _encoded(packets: Sequence[Packet], times: tuple[float, ...]) -> Part:
    """Return a part that is decoded from the last possible beginning before it."""
    wanted = set(times)
    places = [at for at, packet in enumerate(packets) if packet.time in wanted]
    begin = max((at for at in range(places[0] + 1) if packets[at].key and packets[at].time <= times[0]), default=0)
    return Part(copy=False, times=times, decode=(begin, places[-1] + 1))


def delays(times: Sequence[float]) -> int:
    """Return how many pictures decoding has to be ahead, so that each is there when it is shown.

    ``times`` in the order of decoding: [0, 1, 2] -> 0; [0, 3, 1, 2] -> 1, as 1 is decoded third and
    shown second.
    """
    ranks = {time: rank for rank, time in enumerate(sorted(times))}
    return max((at - ranks[time] for at, time in enumerate(times)), default=0)
