"""Chapters as YouTube reads them out of a video's description.

Source: YouTube Help, "Video chapters" (support.google.com/youtube/answer/9884579): the first at 0:00, at least three,
in ascending order, each at least ten seconds long. Where one rule is broken, YouTube shows no chapter at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from ..errors import UnsupportedOption
from .clips import Chapter

SHORTEST_SECONDS = 10
FEWEST = 3
# A description has room for 5,000 characters, and people want to write some of them.
LONGEST_TITLE = 90
MOST = 45

# YouTube refuses a description with angle brackets in it.
_SWAPPED = str.maketrans("<>", "\u2039\u203a")
# A title that begins with a time would be read as one.
_LEADING_TIME = re.compile(r"^(?:\d+:)+\d+\s*")


class _Part(msgspec.Struct, frozen=True):
    start: int
    end: int
    title: str

    @property
    def length(self) -> int:
        return self.end - self.start


def listed(chapters: Sequence[Chapter], *, duration: float, opening: str = "Intro") -> str:
    """Return the list for the description of a video of ``duration`` seconds, one chapter a line.

    A chapter lasts until the next begins. What is shorter than ten seconds goes to its shorter neighbour, and the title
    of the longer of the two stays. What lies before the first chapter is called ``opening``, where it is long enough.

    >>> talk = [Chapter(start=0, title="Why"), Chapter(start=61.5, title="How"), Chapter(start=3605, title="When")]
    >>> print(listed(talk, duration=4000))
    0:00 Why
    1:01 How
    1:00:05 When

    Raises:
        UnsupportedOption: fewer than three chapters remain.
    """
    parts = _merged(_parts(chapters, int(duration), opening))
    if len(parts) < FEWEST:
        raise UnsupportedOption(
            f"YouTube wants at least {FEWEST} chapters of {SHORTEST_SECONDS} seconds or more; here are {len(parts)}.",
            hint="A longer recording, or a reel of three clips and more, has enough of them.",
            field="format",
        )
    return "\n".join(f"{_time(part.start)} {part.title}" for part in parts)


def of_parts(parts: Iterable[tuple[str, float]]) -> tuple[Chapter, ...]:
    """Return the chapters of a reel that plays (title, seconds) one after the other.

    >>> [chapter.start for chapter in of_parts([("One", 12.5), ("Two", 30.0)])]
    [0.0, 12.5]
    """
    chapters, start = [], 0.0
    for title, seconds in parts:
        chapters.append(Chapter(start=start, title=title))
        start += seconds
    return tuple(chapters)


def _parts(chapters: Sequence[Chapter], end: int, opening: str) -> list[_Part]:
    ordered = sorted(chapters, key=lambda chapter: chapter.start)
    named = [(int(max(each.start, 0)), _title(each.title, nth)) for nth, each in enumerate(ordered, start=1)]
    starts = [(start, title) for start, title in named if start < end]
    if not starts:
        return []
    if starts[0][0] >= SHORTEST_SECONDS:
        starts.insert(0, (0, opening))
    starts[0] = (0, starts[0][1])
    ends = [*(start for start, _ in starts[1:]), end]
    return [_Part(start, until, title) for (start, title), until in zip(starts, ends, strict=True)]


def _merged(parts: list[_Part]) -> list[_Part]:
    """Join the shortest part with its shorter neighbour until all are long enough, and not too many."""
    while len(parts) > 1:
        at = min(range(len(parts)), key=lambda nth: parts[nth].length)
        if parts[at].length >= SHORTEST_SECONDS and len(parts) <= MOST:
            break
        neighbours = [nth for nth in (at - 1, at + 1) if 0 <= nth < len(parts)]
        first = min(at, min(neighbours, key=lambda nth: parts[nth].length))
        parts = [*parts[:first], _joined(parts[first], parts[first + 1]), *parts[first + 2 :]]
    return parts


def _joined(one: _Part, other: _Part) -> _Part:
    return _Part(one.start, other.end, (one if one.length >= other.length else other).title)


def _title(text: str, number: int) -> str:
    plain = _LEADING_TIME.sub("", " ".join(text.translate(_SWAPPED).split()))
    if len(plain) > LONGEST_TITLE:
        plain = plain[: LONGEST_TITLE - 1].rstrip() + "…"
    return plain or f"Chapter {number}"


def _time(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
