"""AssemblyAI's answers as a transcript of ours; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

import msgspec

from ...domain import features, languages, pricing
from ...domain.insights import Chapter, Entity, Feeling, Highlight, Insights, Sentiment
from ...domain.timeline import Span
from ...domain.transcript import Segment
from ..languages import base
from ..phrases import Scribe, Sound, milliseconds
from ..protocol import Warned
from . import answers, asking

_FEELINGS: dict[str, Feeling] = {"POSITIVE": "positive", "NEUTRAL": "neutral", "NEGATIVE": "negative"}
_Item = TypeVar("_Item")

_KINDS = {"sentiment_analysis": "sentiments", "auto_chapters": "chapters", "auto_highlights": "highlights"}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a transcript says; ``done`` are the wanted features that it has."""

    language: str | None
    segments: tuple[Segment, ...]
    insights: Insights = Insights()
    done: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()


def found(transcript: answers.Transcript, wanted: frozenset[str], *, duration: float) -> Found:
    """Return what a completed transcript says, times in seconds and none after ``duration``.

    A feature that was ``wanted`` and has not come is not done, and a warning says why; the summary comes later.
    """
    language = base(transcript.language_code)
    speakers = Speakers()
    # ``or``: a text whose words have no times is kept all the same.
    segments = _segments(transcript, speakers, language, duration) or _untimed(transcript.text, duration)
    if not segments:
        return Found(language=language, segments=())
    foreign = pricing.ENGLISH_ONLY if language is not None and not languages.is_english(language) else frozenset[str]()
    offered = wanted - {features.SUMMARY}
    insights = _insights(transcript, offered - foreign, speakers, duration)
    done = {name for name in offered - foreign if _has_come(name, transcript, insights, segments)}
    return Found(
        language=language,
        segments=segments,
        insights=insights,
        done=tuple(sorted(done)),
        warnings=tuple(_warnings(offered, done, foreign)),
    )


class Speakers:
    """Names of ours for the letters of AssemblyAI, in the order in which people begin to speak."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._names: dict[str, str] = {}

    def name(self, letter: str | None) -> str | None:
        """Return the name of a speaker, None for nobody."""
        return self._names.setdefault(letter, f"SPEAKER_{len(self._names):02d}") if letter else None


def spoken(segments: Sequence[Segment]) -> str:
    """Return the text for a reader who has to know who speaks.

    >>> spoken([Segment(id="s1", start=0, end=1, speaker="SPEAKER_00", text="Good morning.")])
    'SPEAKER_00: Good morning.'
    """
    return "\n".join(f"{part.speaker}: {part.text}" if part.speaker else part.text for part in segments)


def _segments(
    transcript: answers.Transcript, speakers: Speakers, language: str | None, duration: float
) -> tuple[Segment, ...]:
    """Return readable segments: none has two speakers, none grows longer than people read."""
    scribe = Scribe(duration=duration)
    space = "" if languages.is_unspaced(language) else " "
    segments: list[Segment] = []
    for letter, turn in groupby(_words(transcript), key=lambda word: word.speaker):
        name = speakers.name(letter)
        segments.extend(_said_by(name, part) for part in scribe.write([_sound(word, space) for word in turn]))
    return tuple(segments)


def _words(transcript: answers.Transcript) -> list[answers.Word]:
    told = [
        msgspec.structs.replace(word, speaker=word.speaker or utterance.speaker)
        for utterance in transcript.utterances or ()
        for word in utterance.words or ()
    ]
    return sorted(told or transcript.words or (), key=lambda word: word.start)


def _sound(word: answers.Word, space: str) -> Sound:
    return Sound(
        start=word.start / 1000, end=word.end / 1000, text=space + word.text.strip(), confidence=word.confidence
    )


def _said_by(name: str | None, segment: Segment) -> Segment:
    words = tuple(msgspec.structs.replace(word, speaker=name) for word in segment.words)
    return msgspec.structs.replace(segment, speaker=name, words=words)


def _untimed(text: str | None, duration: float) -> tuple[Segment, ...]:
    text = (text or "").strip()
    return (Segment(id="s1", start=0.0, end=milliseconds(duration), text=text),) if text else ()


def _insights(transcript: answers.Transcript, wanted: frozenset[str], speakers: Speakers, duration: float) -> Insights:
    clock = _Clock(duration)
    highlights = transcript.auto_highlights_result
    return Insights(
        chapters=_if("auto_chapters", wanted, (_chapter(one, clock) for one in transcript.chapters or ())),
        sentiments=_if(
            "sentiment_analysis",
            wanted,
            (_sentiment(one, speakers, clock) for one in transcript.sentiment_analysis_results or ()),
        ),
        entities=_if("entity_detection", wanted, (_entity(one, clock) for one in transcript.entities or ())),
        highlights=_if(
            "auto_highlights", wanted, (_highlight(one, clock) for one in (highlights and highlights.results) or ())
        ),
    )


def _has_come(name: str, transcript: answers.Transcript, insights: Insights, segments: Sequence[Segment]) -> bool:
    """Tell whether a feature has come: nothing named and no key phrase are answers, no chapter is none."""
    if name == "speaker_labels":
        return any(segment.speaker for segment in segments)
    if name == "entity_detection":
        return transcript.entities is not None
    if name == "auto_highlights":
        result = transcript.auto_highlights_result
        return result is not None and result.status == "success"
    return bool(getattr(insights, _KINDS[name]))


def _warnings(wanted: frozenset[str], done: set[str], foreign: frozenset[str]) -> Iterator[Warned]:
    missing = wanted - done
    if missing & foreign:
        yield asking.left_out_warning(missing & foreign, "only English recordings can have this")
    if missing - foreign:
        yield asking.left_out_warning(missing - foreign, "nothing came of it")


class _Clock:
    """Turns milliseconds of theirs into seconds of ours, inside the recording."""

    def __init__(self, duration: float) -> None:
        self._duration = duration

    def __call__(self, time: float | None) -> float:
        return milliseconds(min(max((time or 0.0) / 1000, 0.0), self._duration))


def _if(name: str, wanted: frozenset[str], items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(items) if name in wanted else ()


def _chapter(one: answers.Chapter, clock: _Clock) -> Chapter:
    return Chapter(
        start=clock(one.start),
        end=clock(one.end),
        headline=one.headline or one.gist or one.summary or "",
        gist=one.gist or "",
        summary=one.summary or "",
    )


def _sentiment(one: answers.Sentiment, speakers: Speakers, clock: _Clock) -> Sentiment:
    return Sentiment(
        start=clock(one.start),
        end=clock(one.end),
        text=one.text,
        sentiment=_FEELINGS.get(one.sentiment.upper(), "neutral"),
        confidence=one.confidence,
        speaker=speakers.name(one.speaker),
    )


def _entity(one: answers.Entity, clock: _Clock) -> Entity:
    kind = one.entity_type.strip().lower().replace(" ", "_")
    return Entity(start=clock(one.start), end=clock(one.end), kind=kind, text=one.text)


def _highlight(one: answers.Highlight, clock: _Clock) -> Highlight:
    spans = tuple(Span(clock(stamp.start), clock(stamp.end)) for stamp in one.timestamps)
    return Highlight(text=one.text, count=one.count, rank=min(max(one.rank or 0.0, 0.0), 1.0), spans=spans)
