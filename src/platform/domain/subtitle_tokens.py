"""The smallest parts of subtitles: words, each with its time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

from . import wording
from .transcript import Segment

_LONGEST_SIGN = 8  # code points; enough for families of emoji and for Thai, an end for mischief


class Token(msgspec.Struct, frozen=True):
    """What is never torn apart; ``spaced`` where a space goes before it. Times in seconds.

    ``bound``: what follows it must stand in the same subtitle.
    """

    text: str
    start: float
    end: float
    spaced: bool
    bound: bool = False


def width(text: str) -> int:
    """Return how wide the text is, where a Chinese, Japanese or Korean sign takes two places."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def tokens(segment: Segment, *, widest: int) -> list[Token]:
    """Return the tokens of a segment, none wider than ``widest``; they hold its whole text, in order.

    Words that have a time keep it; other text shares the time around it, by its length.
    """
    text = wording.clean(segment.text)
    cut = wording.slices(text, [word.text for word in segment.words])
    if cut is None:
        return list(_spread(text, segment.start, segment.end, widest=widest, spaced=True))
    found: list[Token] = []
    spaced = True
    for part, word in zip(cut, segment.words, strict=True):
        found.extend(_spread(part, word.start, word.end, widest=widest, spaced=spaced))
        spaced = part[-1:].isspace()
    return found


def written(tokens: Sequence[Token]) -> str:
    """Return the tokens as one line."""
    return "".join(f" {token.text}" if token.spaced and nr else token.text for nr, token in enumerate(tokens))


def _spread(text: str, start: float, end: float, *, widest: int, spaced: bool) -> Iterator[Token]:
    second_per_sign = (end - start) / max(len(text.rstrip()), 1)
    for place, part, gap in _parts(text, widest=widest):
        begins = start + place * second_per_sign
        ends = min(start + (place + len(part)) * second_per_sign, end)
        yield Token(part, begins, max(begins, ends), gap if place else spaced)


def _parts(text: str, *, widest: int) -> Iterator[tuple[int, str, bool]]:
    """Yield where each part begins, the part, and whether a space is before it."""
    for match in re.finditer(r"\S+", text):
        if width(match[0]) <= widest:
            yield match.start(), match[0], True
            continue
        place = match.start()
        for sign in signs(match[0]):
            yield place, sign, place == match.start()
            place += len(sign)


def signs(text: str) -> Iterator[str]:
    sign = ""
    for point in text:
        if sign and (not _continues(sign, point) or len(sign) >= _LONGEST_SIGN):
            yield sign
            sign = ""
        sign += point
    yield sign


def _continues(sign: str, point: str) -> bool:
    return unicodedata.category(point)[0] == "M" or point == "\u200d" or sign[-1] == "\u200d"
