"""The words of a reel, where a person wrote those of some of its clips; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import clip_text_words, timeline
from .clip_text_words import Near, Said
from .clips import ClipWord
from .timeline import Span
from .transcript import Transcript

# What a clip plays, and its words if a person wrote them.
Part = tuple[Sequence[Span], Sequence[ClipWord] | None]

_LONGEST_WORD, _LONGEST_SPEAKER = 200, 100  # characters, as ``ClipWord`` has it


def of(transcript: Transcript, parts: Sequence[Part]) -> tuple[ClipWord, ...]:
    """Return the words of all parts, seconds of the recording, sorted, none twice.

    What a person wrote wins wherever a clip with such words plays; elsewhere it is what the transcript says.
    """
    written = timeline.merge(span for spans, words in parts if words is not None for span in spans)
    others = timeline.subtract((span for spans, words in parts if words is None for span in spans), written)
    chosen = [word for spans, words in parts for word in words or () if _touches(word, spans)]
    said = Near(clip_text_words.of(transcript))
    chosen += [word for span in others for word in _said(said.span(span), span)]
    return tuple(sorted(dict.fromkeys(chosen), key=lambda word: (word.start, word.end)))


def _said(words: Sequence[Said], span: Span) -> Iterator[ClipWord]:
    for word in words:
        if span.start <= (word.start + word.end) / 2 < span.end:
            speaker = _clean(word.speaker or "")[:_LONGEST_SPEAKER] or None
            if text := _clean(word.written)[:_LONGEST_WORD]:
                yield ClipWord(start=word.start, end=word.end, text=text, speaker=speaker)


def _clean(text: str) -> str:
    # What is stored is read back as a ``ClipWord``, which holds no control characters.
    return " ".join("".join(sign if sign >= " " and sign != "\x7f" else " " for sign in text).split())


def _touches(word: ClipWord, spans: Sequence[Span]) -> bool:
    return any(word.start <= span.end and word.end >= span.start for span in spans)
