"""A transcript as numbered sentences: what is shown to whoever chooses clips, and what they answer with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from . import wording
from .transcript import Segment, Word

# A voice that pauses this long has ended its thought, whatever the punctuation says.
_PAUSE_SECONDS = 1.5
# Engines without punctuation hear one endless sentence; this is as long as a spoken one gets.
_LONGEST_SECONDS = 20.0
# From here on a short breath ends what nothing else did.
_LONG_SECONDS = 8.0
_BREATH_SECONDS = 0.35


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """Something one speaker says; ``number`` from 0, times in seconds of the recording, words by their own times."""

    number: int
    start: float
    end: float
    text: str
    speaker: str | None = None
    words: tuple[Word, ...] = ()


def of(segments: Sequence[Segment], language: str | None = None) -> tuple[Sentence, ...]:
    """Return the sentences of a transcript in order; one ends with its mark, a pause, its speaker or by its length.

    The text of each word keeps the marks that stand at it.
    """
    found: list[Sentence] = []
    for words in _groups(_words(segments)):
        text = wording.join([word.text for word in words], language=language)
        if text:
            speaker = words[0].speaker
            found.append(
                Sentence(
                    number=len(found),
                    start=words[0].start,
                    end=max(word.end for word in words),
                    text=text,
                    speaker=speaker,
                    words=tuple(words),
                )
            )
    return tuple(found)


def _words(segments: Sequence[Segment]) -> Iterator[Word]:
    """Yield all words by time, with their marks; a segment without word times counts as one word."""
    every = [word for segment in segments for word in _marked(segment)]
    return iter(sorted(every, key=lambda word: word.start))


def _marked(segment: Segment) -> Iterator[Word]:
    own = segment.words or (Word(start=segment.start, end=segment.end, text=segment.text),)
    texts = wording.slices(segment.text, [word.text for word in own]) or [word.text for word in own]
    for word, text in zip(own, texts, strict=True):
        if said := wording.clean(text):
            yield msgspec.structs.replace(word, text=said, speaker=word.speaker or segment.speaker)


def _groups(words: Iterator[Word]) -> Iterator[list[Word]]:
    group: list[Word] = []
    for word in words:
        if group and _ends(group, word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _ends(group: Sequence[Word], following: Word) -> bool:
    last = group[-1]
    gap = following.start - last.end
    if gap >= _PAUSE_SECONDS or following.speaker != last.speaker or wording.ends_sentence(last.text):
        return True
    length = following.end - group[0].start
    return length > _LONGEST_SECONDS or (length > _LONG_SECONDS and gap >= _BREATH_SECONDS)
