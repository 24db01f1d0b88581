"""The "language model" of the Gemini stand-in: rules that give the answer asked for, without understanding anything.

It looks at the JSON schema of the request and at the lines in its text, so a person sees pages with content, and a
test sees what a well-behaved model would do. What it hears is the number of the stretch and where in it we are.
"""

from __future__ import annotations

import array
import io
import json
import re
import wave
from typing import Any

from tests.stand_ins import gemini_clips

_SECONDS_PER_SEGMENT = 5.0
_HUSH = 60  # samples that are nowhere louder: nobody speaks


def answer(schema: dict[str, Any], text: str, sound: bytes | None) -> dict[str, Any]:
    """Return JSON for ``schema``; ``text`` is all that the user's turn says, ``sound`` a WAV file."""
    wanted = set(schema.get("properties", {}))
    if sound is not None:
        return _heard(sound) if "segments" in wanted else {"language": "en"}
    lines = listed(text)
    numbers = [line["line"] for line in lines]
    if "summary" in wanted:
        return {"summary": f"This is about {len(lines)} lines. It begins: {_first_text(lines)}"}
    if "clips" in wanted:
        return gemini_clips.good(lines)
    if "chapters" in wanted:
        return {"chapters": [_chapter(number) for number in numbers[:: max(len(numbers) // 3, 1)][:3]]}
    if "highlights" in wanted:
        return {"highlights": [_phrase(line) for line in lines[:5] if len(line["text"].split()) > 1]}
    if "entities" in wanted:
        return {"entities": [entity for line in lines for entity in _entities(line)]}
    if "sentiments" in wanted:
        return {"sentiments": [{"line": number, "sentiment": _mood(number)} for number in numbers]}
    if "new_paragraph" in json.dumps(schema):
        return {"lines": [{**_tidy(line), "new_paragraph": line["line"] % 4 == 1} for line in lines]}
    return {"lines": [{"line": line["line"], "text": f"«{line['text']}»"} for line in lines]}


def listed(text: str) -> list[dict[str, Any]]:
    """Return the lines of a prompt that are JSON objects with a number."""
    found = []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        value = json.loads(line)
        if "line" in value:
            found.append({"text": value.get("headline", ""), **value})
    return found


def length(sound: bytes) -> float:
    """Return the seconds of a WAV file."""
    with wave.open(io.BytesIO(sound)) as file:
        return file.getnframes() / file.getframerate()


def is_silent(sound: bytes) -> bool:
    """Return whether a 16-bit WAV file is nowhere louder than a hush."""
    with wave.open(io.BytesIO(sound)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    return max(map(abs, samples), default=0) < _HUSH


def clock(seconds: float) -> str:
    """Return MM:SS.s, as the model is asked to give times.

    >>> clock(67.54)
    '01:07.5'
    """
    tenths = int(seconds * 10)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _heard(sound: bytes) -> dict[str, Any]:
    if is_silent(sound):
        return {"has_speech": False, "language": "", "segments": []}
    total, segments, at = length(sound), [], 0.0
    while at < total:
        end = min(at + _SECONDS_PER_SEGMENT, total)
        text = f"The stand-in hears {end - at:.1f} seconds of sound from {clock(at)} on."
        segments.append({"start": clock(at), "end": clock(end), "text": text})
        at = end
    return {"has_speech": True, "language": "en", "segments": segments}


def _first_text(lines: list[dict[str, Any]]) -> str:
    return str(lines[0]["text"]) if lines else "nothing"


def _chapter(number: int) -> dict[str, Any]:
    return {
        "first": number,
        "headline": f"What line {number} begins",
        "gist": f"Line {number}",
        "summary": "And so on.",
    }


def _phrase(line: dict[str, Any]) -> dict[str, Any]:
    return {"line": line["line"], "text": " ".join(line["text"].split()[:2]), "importance": 5}


def _entities(line: dict[str, Any]) -> list[dict[str, Any]]:
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", line["text"])
    return [{"line": line["line"], "kind": "person_name", "text": name} for name in names]


def _mood(number: int) -> str:
    return ("neutral", "positive", "negative")[number % 3]


def _tidy(line: dict[str, Any]) -> dict[str, Any]:
    text = line["text"].strip()
    return {"line": line["line"], "text": text[:1].upper() + text[1:].rstrip(".,") + "."}
