"""Talks for the tests of cutting: words, the pauses between them, and the sentences they make."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import strategies as st
from reelscribe.platform.domain import timeline
from reelscribe.platform.domain.sentences import Sentence
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Word

_TEXTS = ("a", "word", "quite", "um", "Uh,", "movable")
# Hundredths of a second; 0: the words touch. From 0.12 s on a pause may be heard.
_GAPS = (0, 0, 0, 3, 8, 15, 30, 60)
_RESTS = (0, 15, 40, 120, 300, 1200)
_HEARD = 0.9  # of the pauses; the others are drowned in noise


class Talk(msgspec.Struct, frozen=True):
    """All times in seconds, in whole hundredths; ``pauses`` lie exactly between words."""

    sentences: tuple[Sentence, ...]
    pauses: tuple[Span, ...]
    duration: float

    @property
    def words(self) -> list[Word]:
        return [word for sentence in self.sentences for word in sentence.words]


def talks(*, most: int = 25) -> st.SearchStrategy[Talk]:
    """Talks of one to ``most`` sentences; drawn whole, since word by word takes too long."""
    return st.builds(_made, st.integers(0, 2**32), st.integers(1, most))


def _made(seed: int, count: int) -> Talk:
    random = Random(seed)
    at = random.choice(_RESTS)
    gaps = [(0, at)]
    sentences: list[Sentence] = []
    for number in range(count):
        words: list[Word] = []
        for _ in range(random.randint(1, 9)):
            length, gap = random.randint(5, 80), random.choice(_GAPS)
            words.append(Word(start=at / 100, end=(at + length) / 100, text=random.choice(_TEXTS)))
            gaps.append((at + length, at + length + gap))
            at += length + gap
        gaps.append((at, at := at + random.choice(_RESTS)))
        sentences.append(_sentence(number, words, mark=random.choice((".", ""))))
    heard = [Span(start / 100, end / 100) for start, end in _joined(gaps) if random.random() < _HEARD]
    return Talk(tuple(sentences), tuple(pause for pause in heard if pause.length >= 0.12), at / 100)


def _joined(gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join gaps that touch, so that what is between two sentences is heard as one pause or not at all."""
    return [(round(span.start), round(span.end)) for span in timeline.merge(Span(*gap) for gap in gaps)]


def told(*parts: tuple[float, str], rest: float = 1.0) -> Talk:
    """Return a talk of sentences, each so many seconds after the one before; a word lasts 0.4 s and 0.1 s follow.

    Gaps between sentences are pauses; ``rest`` seconds follow the last.
    """
    sentences: list[Sentence] = []
    pauses: list[Span] = []
    end = 0.0
    for number, (gap, text) in enumerate(parts):
        start = end + gap
        pauses.append(Span(end, start))
        words = [
            Word(start=round(start + at * 0.5, 3), end=round(start + at * 0.5 + 0.4, 3), text=word)
            for at, word in enumerate(text.split())
        ]
        sentences.append(_sentence(number, words))
        end = words[-1].end
    pauses.append(Span(end, end + rest))
    return Talk(tuple(sentences), tuple(pause for pause in pauses if pause.length >= 0.12), round(end + rest, 3))


def cut_words(words: list[Word], at: float) -> list[str]:
    """Return the words that a cut at a moment would tear; a millisecond is rounding."""
    return [word.text for word in words if word.start + 0.001 < at < word.end - 0.001]


def _sentence(number: int, words: list[Word], mark: str = "") -> Sentence:
    text = " ".join(word.text for word in words) + mark
    return Sentence(number=number, start=words[0].start, end=words[-1].end, text=text, words=tuple(words))
