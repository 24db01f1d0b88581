"""A talk cut into whole thoughts: all of it, each about as long as a clip may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .text import Text

# Who hears nothing for so long has left; no thought goes on over it.
_BREAK_SECONDS = 10.0
# What a length counts against the strength of a cut.
_CUT = 0.8  # every cut: without need there is none
_TOO_SHORT = 4.0  # nothing there at all
_TOO_LONG = 6.0  # twice as long as wanted
_FROM_IDEAL = 0.6  # twice or half as long as best, inside of what is wanted
_LONGEST = 2.0  # times the wanted length: no further is looked for


class Thought(NamedTuple):
    """The sentences ``first`` to ``last``, by their places."""

    first: int
    last: int


def cut(text: Text, strengths: Sequence[float], *, shortest: float, longest: float) -> list[Thought]:
    """Return the thoughts of a talk, all of it in order: the cuts that are best together, by dynamic programming.

    ``shortest`` and ``longest`` seconds are kept where the sentences let us.
    """
    count = len(text.sentences)
    if text.seconds(0, count - 1) <= 2 * shortest:
        return [Thought(0, count - 1)]
    best = [0.0, *[-math.inf] * count]
    begins = [0] * (count + 1)
    for end in range(1, count + 1):
        strength = strengths[end] if end < count else 0.0
        for first in range(end - 1, -1, -1):
            if first < end - 1 and _ends_the_search(text, first, end - 1, longest=longest):
                break
            value = best[first] + strength - _CUT - _misfit(text.seconds(first, end - 1), shortest, longest)
            if value > best[end]:
                best[end], begins[end] = value, first
    return _walked_back(begins)


def _ends_the_search(text: Text, first: int, last: int, *, longest: float) -> bool:
    return text.pause(first + 1) >= _BREAK_SECONDS or text.seconds(first, last) > _LONGEST * longest


def _misfit(seconds: float, shortest: float, longest: float) -> float:
    """Return what a thought of this length costs.

    With 15 to 90 s wanted, 37 s are best: 0.0 for 37 s, 0.6 for 73 s, 3.4 for 5 s.
    """
    if seconds < shortest:
        return _TOO_SHORT * (1 - max(seconds, 0.0) / shortest) + _off(shortest, shortest, longest)
    if seconds > longest:
        return _TOO_LONG * (seconds / longest - 1) + _off(longest, shortest, longest)
    return _off(seconds, shortest, longest)


def _off(seconds: float, shortest: float, longest: float) -> float:
    return _FROM_IDEAL * math.log2(seconds / math.sqrt(shortest * max(longest, shortest))) ** 2


def _walked_back(begins: Sequence[int]) -> list[Thought]:
    found: list[Thought] = []
    end = len(begins) - 1
    while end > 0:
        found.append(Thought(begins[end], end - 1))
        end = begins[end]
    return found[::-1]
