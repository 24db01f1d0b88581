"""A transcript made ready to be counted in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import wording
from ..sentences import Sentence
from . import tokens, weights
from .tokens import Lexicon, Token
from .weights import Vector

# With fewer marks than this the engine writes none, and a missing one says nothing.
_PUNCTUATED = 0.4


@dataclass(frozen=True, kw_only=True)
class Text:
    """``sentences`` with their words and weights, by the same places; ``rarities`` and ``counts`` of all terms."""

    sentences: tuple[Sentence, ...]
    tokens: tuple[tuple[Token, ...], ...]
    vectors: tuple[Vector, ...]
    rarities: Vector
    counts: Mapping[str, int]
    lexicon: Lexicon
    language: str | None
    is_punctuated: bool

    def seconds(self, first: int, last: int) -> float:
        """Return how long the sentences ``first`` to ``last`` take, with what lies between them."""
        return self.sentences[last].end - self.sentences[first].start

    def pause(self, place: int) -> float:
        """Return the seconds before the sentence ``place``, negative where two speak at once."""
        return self.sentences[place].start - self.sentences[place - 1].end


def read(sentences: Sequence[Sentence], language: str | None, lexicon: Lexicon) -> Text:
    """Count the words of ``sentences``, one or more."""
    words = tuple(tokens.read(sentence.text, lexicon) for sentence in sentences)
    bags = [bag(each) for each in words]
    rarities = weights.rarity(bags)
    ends = sum(wording.ends_sentence(sentence.text) for sentence in sentences)
    return Text(
        sentences=tuple(sentences),
        tokens=words,
        vectors=tuple(weights.vector(each, rarities) for each in bags),
        rarities=rarities,
        counts=_total(bags),
        lexicon=lexicon,
        language=language,
        is_punctuated=ends >= _PUNCTUATED * len(sentences),
    )


def bag(words: Sequence[Token]) -> Counter[str]:
    """Return how often each term stands in ``words``."""
    return Counter(term for word in words for term in word.terms)


def _total(bags: Sequence[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in bags:
        total.update(each)
    return total
