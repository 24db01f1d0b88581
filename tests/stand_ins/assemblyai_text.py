"""What the stand-in for AssemblyAI "hears": always the same little dialogue, spread over the length of the recording.

The shapes are those of the examples in https://www.assemblyai.com/docs/api-reference/openapi.json.
"""

from __future__ import annotations

from typing import Any

# Who says what, and how it sounds.
LINES = (
    ("A", "Good morning, Professor DeCarlo.", "POSITIVE"),
    ("B", "Good morning, and thank you for having me in Baltimore.", "POSITIVE"),
    ("A", "What is it in this haze that makes it harmful?", "NEGATIVE"),
    ("B", "Most of that is due to particulate matter, which gets deep into your lungs.", "NEGATIVE"),
)


def words(milliseconds: int) -> list[dict[str, Any]]:
    """All words, each as long as the others, in the order of the lines."""
    said = [(speaker, word) for speaker, text, _ in LINES for word in text.split()]
    step = milliseconds / len(said)
    return [
        {
            "text": word,
            "start": round(place * step),
            "end": round((place + 0.9) * step),
            "confidence": round(0.99 - 0.01 * (place % 5), 2),
            "speaker": speaker,
        }
        for place, (speaker, word) in enumerate(said)
    ]


def utterances(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**_stretch(line), "confidence": 0.95, "speaker": line[0]["speaker"], "words": line} for line in _lines(words)
    ]


def _lines(words: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    lines, at = [], 0
    for _, text, _ in LINES if words else ():
        lines.append(words[at : at + len(text.split())])
        at += len(text.split())
    return lines


def _stretch(words: list[dict[str, Any]]) -> dict[str, Any]:
    text = " ".join(word["text"] for word in words)
    return {"text": text, "start": words[0]["start"], "end": words[-1]["end"]}


def _sentiments(words: list[dict[str, Any]]) -> dict[str, Any]:
    found = [
        {**_stretch(line), "sentiment": feeling, "confidence": 0.82, "speaker": line[0]["speaker"]}
        for line, (_, _, feeling) in zip(_lines(words), LINES, strict=False)
    ]
    return {"sentiment_analysis_results": found}


def _chapters(words: list[dict[str, Any]]) -> dict[str, Any]:
    if not words:
        return {"chapters": []}
    chapter = {
        "gist": "Harm of haze",
        "headline": "Haze of wildfires harms the lungs.",
        "summary": "A professor says what is harmful about the haze of wildfires.",
        "start": words[0]["start"],
        "end": words[-1]["end"],
    }
    return {"chapters": [chapter]}


def _entities(words: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {"DeCarlo.": ("person_name", "DeCarlo"), "Baltimore.": ("location", "Baltimore")}
    found = [(word, *kinds[word["text"]]) for word in words if word["text"] in kinds]
    return {
        "entities": [
            {"entity_type": kind, "text": text, "start": word["start"], "end": word["end"]}
            for word, kind, text in found
        ]
    }


def _highlights(words: list[dict[str, Any]]) -> dict[str, Any]:
    at = [index for index, word in enumerate(words) if word["text"] == "particulate"]
    spans = [{"start": words[place]["start"], "end": words[place + 1]["end"]} for place in at]
    results = [{"count": len(at), "rank": 0.08, "text": "particulate matter", "timestamps": spans}] if at else []
    return {"auto_highlights_result": {"status": "success", "results": results}}


RESULTS = {
    "sentiment_analysis": _sentiments,
    "auto_chapters": _chapters,
    "entity_detection": _entities,
    "auto_highlights": _highlights,
}
