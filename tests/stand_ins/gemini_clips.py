"""What the stand-in's "model" chooses for clips: well by default, or wrong in one of the ways that real ones have.

``server.rule = gemini_clips.rule("absurd")`` makes a ``gemini.Server`` answer so; others are answered as usual.
``server.faults["generate"].extend([gemini.overloaded()] * 3)`` makes it busy before that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from tests.stand_ins.gemini import Received, Reply

Kind = Literal["good", "absurd", "times", "reversed", "overlapping", "empty", "truncated"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Line = dict[str, Any]

_MOST = 8
_SECONDS = 40.0
_WORDS = re.compile(r"[^\W\d_]{5,}")


def good(lines: list[Line]) -> dict[str, Any]:
    """Choose passages of about forty seconds, evenly spread, with words of their own."""
    total = sum(float(line.get("seconds", 5.0)) for line in lines)
    count = min(_MOST, max(round(total / (2 * _SECONDS)), 1))
    return {"clips": [_clip(lines, number * len(lines) // count, number, count) for number in range(count)]}


def absurd(lines: list[Line]) -> dict[str, Any]:
    """Name lines that are not there."""
    last = lines[-1]["line"]
    return {"clips": [_named(last + 10 * number, last + 10 * number + 5) for number in range(1, 4)]}


def times(lines: list[Line]) -> dict[str, Any]:
    """Name times instead of lines."""
    return {"clips": [{**_named(1, 1), "first": "00:12", "last": "01:40"}]}


def backwards(lines: list[Line]) -> dict[str, Any]:
    """End before the beginning."""
    return {"clips": [{**clip, "first": clip["last"] + 1, "last": clip["first"]} for clip in good(lines)["clips"]]}


def overlapping(lines: list[Line]) -> dict[str, Any]:
    """Name every passage again, one line longer and less important."""
    clips = good(lines)["clips"]
    last = lines[-1]["line"]
    more = [{**clip, "last": min(clip["last"] + 1, last), "importance": clip["importance"] / 2} for clip in clips]
    return {"clips": [*more, *clips]}


def empty(lines: list[Line]) -> dict[str, Any]:
    """Choose nothing."""
    return {"clips": []}


_ANSWERS: dict[Kind, Callable[[list[Line]], dict[str, Any]]] = {
    "good": good,
    "absurd": absurd,
    "times": times,
    "reversed": backwards,
    "overlapping": overlapping,
    "empty": empty,
}


def rule(kind: Kind) -> Callable[[Received, bytes | None], Reply | dict[str, Any]]:
    """Return a rule for ``gemini.Server`` that answers questions for clips in this way, and others as usual."""
    from tests.stand_ins import gemini_model
    from tests.stand_ins.gemini import Reply

    def answered(request: Received, sound: bytes | None) -> Reply | dict[str, Any]:
        schema = request.config["responseJsonSchema"]
        if "clips" not in schema.get("properties", {}):
            return gemini_model.answer(schema, request.text, sound)
        lines = gemini_model.listed(request.text)
        if kind != "truncated":
            return _ANSWERS[kind](lines)
        text = json.dumps(good(lines))
        return Reply(text[: len(text) * 2 // 3], finish_reason="MAX_TOKENS")

    return answered


def _clip(lines: list[Line], at: int, number: int, count: int) -> dict[str, Any]:
    end, seconds = at, float(lines[at].get("seconds", 5.0))
    while end + 1 < min((number + 1) * len(lines) // count, len(lines)) and seconds < _SECONDS:
        end += 1
        seconds += float(lines[end].get("seconds", 5.0))
    own = lines[at : end + 1]
    best = max(own, key=lambda line: len(set(_WORDS.findall(line["text"]))))
    words = best["text"].rstrip(".,;:!?").split()
    topics = list(dict.fromkeys(word.lower() for word in _WORDS.findall(best["text"])))[:3]
    return {
        "first": own[0]["line"],
        "last": own[-1]["line"],
        "title": " ".join(words[:7]).capitalize() or "A passage",
        "topics": topics,
        # The middle of a talk, and every other passage, count more: an order that is not that of the talk.
        "importance": round(0.9 - 0.1 * abs(number - count // 2) / max(count, 1) - 0.2 * (number % 2), 2),
        "reason": f"The stand-in likes {' and '.join(topics[:2]) or 'it'}.",
        "quote": best["text"],
    }


def _named(first: int, last: int) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "title": "Something that nobody said",
        "topics": ["nothing"],
        "importance": 0.9,
        "reason": "It is not there.",
        "quote": "Nobody said this.",
    }
