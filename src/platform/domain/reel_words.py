"""Words of a person beside those of the transcript: in a reel of several clips, in a clip that has grown; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import clip_text_words, timeline
from .clip_text_words import Near, Said
from .clips import ClipWord
from .timeline import Span
from .transcript import Transcript

# What a clip plays, and its words if a person wrote them.
Part = tuple[Sequence[Span], Sequence[ClipWord] | None]


def of(transcript: Transcript, parts: Sequence[Part]) -> tuple[ClipWord, ...]:
    """Return the words of all parts, seconds of the recording, sorted, none twice.

    What a person wrote wins wherever a clip with such words plays; elsewhere it is what the transcript says.
    """
    written = timeline.merge(span for spans, words in parts if words is not None for span in spans)
    others = timeline.subtract((span for spans, words in parts if words is None for span in spans), written)
    chosen = [word for spans, words in parts for word in words or () if _touches(word, spans)]
    said = Near(clip_text_words.of(transcript))
    chosen += [word for span in others for word in _said(said.span(span), span, transcript.language)]
    return tuple(sorted(dict.fromkeys(chosen), key=lambda word: (word.start, word.end)))


def grown(
    transcript: Transcript, words: Sequence[ClipWord], before: Sequence[Span], after: Sequence[Span]
) -> Sequence[ClipWord]:
    """Return a clip's words when it plays ``after`` instead of ``before``: those of a person all stay.

    Where it plays what it did not, and nobody wrote anything, it is what the transcript says.
    """
    written = [*before, *(Span(word.start, word.end) for word in words)]
    said = Near(clip_text_words.of(transcript))
    added = [
        word for span in timeline.subtract(after, written) for word in _said(said.span(span), span, transcript.language)
    ]
    return sorted([*words, *added], key=lambda word: (word.start, word.end)) if added else words


def _said(words: Sequence[Said], span: Span, language: str | None) -> Iterator[ClipWord]:
    for word in words:
        if span.start <= (word.start + word.end) / 2 < span.end:
            yield from clip_text_words.as_clip_words(word, language)


def _touches(word: ClipWord, spans: Sequence[Span]) -> bool:
    return any(word.start <= span.end and word.end >= span.start for span in spans)
