"""Words as an engine hears them become segments that people can read; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..domain.transcript import Segment, Word

_SENTENCE_END = (".", "?", "!", "。", "？", "！", "…")  # noqa: RUF001 full-width marks end Chinese sentences

# A pause this long parts two segments; conversation turns have gaps of 0.2 s, paragraphs of 1 s and more.
_PAUSE_SECONDS = 0.8
# A sentence end parts only when the segment has grown this long, so that "Yes." does not stand alone.
_SENTENCE_SECONDS = 4.0
# Nobody reads longer blocks; subtitles are cut finer at export.
_LONGEST_SECONDS = 20.0

# Fewer repetitions are speech ("no, no, no, no", a refrain), more are a decoder that runs in circles.
_LOOP_TIMES = 4
_LOOP_WORDS = 24
# The longest phrase that is looked for: a sentence, in words or in signs of a language without spaces.
_LOOP_LONGEST_WORDS = 20
_LOOP_LONGEST_SIGNS = 60
# What may differ from round to round.
_MARKS = ".,!?。，！？、…"  # noqa: RUF001 full-width marks


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One word as heard; ``text`` begins with a space where the language puts one before it.

    Seconds from the start of the file; ``confidence`` is 0 to 1 or None.
    """

    start: float
    end: float
    text: str
    confidence: float | None = None


class Scribe:
    """Makes numbered segments from words that arrive in order; none overlaps the one before."""

    def __init__(self, *, duration: float) -> None:
        """Keep all times between 0 and ``duration`` seconds."""
        self._duration = duration
        self._end = 0.0
        self._count = 0

    def write(self, sounds: Sequence[Sound]) -> tuple[Segment, ...]:
        """Return the segments of ``sounds``, which end with a finished phrase."""
        ordered = [self._placed(sound) for sound in sounds if sound.text.strip()]
        return tuple(self._segment(phrase) for phrase in phrases(ordered))

    def _placed(self, sound: Sound) -> Sound:
        start = milliseconds(min(max(sound.start, self._end), self._duration))
        self._end = milliseconds(min(max(sound.end, start), self._duration))
        return replace(sound, start=start, end=self._end)

    def _segment(self, phrase: Sequence[Sound]) -> Segment:
        self._count += 1
        return Segment(
            id=f"s{self._count}",
            start=phrase[0].start,
            end=phrase[-1].end,
            text="".join(sound.text for sound in phrase).strip(),
            words=tuple(_word(sound) for sound in phrase),
        )


def phrases(sounds: Sequence[Sound]) -> Iterator[list[Sound]]:
    """Part words at pauses, at sentence ends, and before a block grows too long."""
    phrase: list[Sound] = []
    for sound in sounds:
        if phrase and _ends(phrase, sound):
            yield phrase
            phrase = []
        phrase.append(sound)
    if phrase:
        yield phrase


def whole_words(sounds: Sequence[Sound]) -> list[Sound]:
    """Join what belongs to one word in a language with spaces: Whisper hears "cold" and "-hearted"."""
    words: list[Sound] = []
    for sound in sounds:
        if words and not sound.text.startswith(" "):
            words[-1] = _joined(words[-1], sound)
        else:
            words.append(sound)
    return words


def _joined(first: Sound, second: Sound) -> Sound:
    known = [sound.confidence for sound in (first, second) if sound.confidence is not None]
    return replace(first, end=second.end, text=first.text + second.text, confidence=min(known, default=None))


def without_loops(sounds: Sequence[Sound]) -> list[Sound]:
    """Keep one round of a phrase that repeats itself far beyond speech.

    Whisper's decoder can run in circles on noise or music; the bounds are the constants above.
    """
    return [sounds[at] for at in _kept([sound.text for sound in sounds], longest=_LOOP_LONGEST_WORDS)]


def text_without_loops(text: str, *, spaced: bool) -> str:
    """Do the same for text whose words have no times; without ``spaced`` words, characters are what repeats.

    >>> text_without_loops("So " + "thank you. " * 30 + "Bye.", spaced=True)
    'So thank you. Bye.'
    """
    if spaced:
        words = text.split()
        return " ".join(words[at] for at in _kept(words, longest=_LOOP_LONGEST_WORDS))
    return "".join(text[at] for at in _kept(text, longest=_LOOP_LONGEST_SIGNS))


def _kept(texts: Sequence[str], *, longest: int) -> list[int]:
    words = [text.strip().lower().strip(_MARKS) for text in texts]
    kept: list[int] = []
    at = 0
    while at < len(words):
        size, times = _loop(words, at, longest=longest)
        kept.extend(range(at, at + size))
        at += size * times
    return kept


def _loop(words: Sequence[str], at: int, *, longest: int) -> tuple[int, int]:
    for size in range(1, 1 + min(longest, (len(words) - at) // _LOOP_TIMES)):
        times = _times(words, at, size)
        if times >= _LOOP_TIMES and times * size >= _LOOP_WORDS:
            return size, times
    return 1, 1


def _times(words: Sequence[str], at: int, size: int) -> int:
    round_one = words[at : at + size]
    times = 1
    while words[at + times * size : at + (times + 1) * size] == round_one:
        times += 1
    return times


def _ends(phrase: Sequence[Sound], following: Sound) -> bool:
    if following.start - phrase[-1].end >= _PAUSE_SECONDS:
        return True
    if following.end - phrase[0].start > _LONGEST_SECONDS:
        return True
    finished = phrase[-1].text.rstrip("\"'”’)»").endswith(_SENTENCE_END)  # noqa: RUF001 closing quotes
    return finished and phrase[-1].end - phrase[0].start >= _SENTENCE_SECONDS


def milliseconds(seconds: float) -> float:
    """Cut ``seconds`` to whole milliseconds, never up, so that nothing ends after its recording.

    >>> milliseconds(30.0008125), milliseconds(0.29)
    (30.0, 0.29)
    """
    # The millionth undoes what binary fractions lose: 0.29 * 1000 is 290.0 or 289.99999999999994.
    return math.floor(seconds * 1000 + 1e-6) / 1000


def _word(sound: Sound) -> Word:
    confidence = None if sound.confidence is None else round(min(max(sound.confidence, 0.0), 1.0), 3)
    return Word(start=sound.start, end=sound.end, text=sound.text.strip(), confidence=confidence)
