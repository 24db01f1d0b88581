"""The whole of it: a transcript in, segments worth a clip out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..clips import ClipsWanted, ContentSegment
from ..sentences import Sentence
from . import content, edges, phrases, ranking, reasons, thoughts, titles, tokens, weights
from . import text as texts
from .ranking import Ranked
from .text import Text
from .tokens import Lexicon

_TOPICS = 3


def find(
    sentences: Sequence[Sentence], language: str | None, wanted: ClipsWanted, lexicon: Lexicon
) -> tuple[ContentSegment, ...]:
    """Return 1 to 15 whole thoughts of the talk by time, sharing nothing; ``sentences`` by time, one at least.

    1. Count words, and find where the talk can be cut. 2. Cut all of it into thoughts of the wanted length.
    3. Rank them, choose some of every third. 4. Name each by its own words.
    """
    text = texts.read(sentences, language, lexicon)
    strengths = edges.strengths(text)
    longest = max(wanted.max_seconds, wanted.min_seconds)
    cut = thoughts.cut(text, strengths, shortest=wanted.min_seconds, longest=longest)
    about = asked(wanted.about, text)
    ranked = ranking.rank(text, cut, strengths, shortest=wanted.min_seconds, about=about)
    chosen = ranking.choose(ranked, text, count=wanted.count)
    rarities = weights.rarity(
        [texts.bag([word for place in _places(each) for word in text.tokens[place]]) for each in ranked]
    )
    named: list[ContentSegment] = []
    for each in chosen:
        named.append(_named(text, each, rarities, about, taken=[other.title for other in named]))
    return content.apart(named)


def asked(about: str, text: Text) -> dict[str, float]:
    """Return the weights of what the customer asks for, as far as the talk has it."""
    terms = texts.bag(tokens.read(about, text.lexicon))
    return {term: text.rarities[term] for term in terms if term in text.rarities}


def _named(
    text: Text, ranked: Ranked, rarities: Mapping[str, float], about: Mapping[str, float], *, taken: Sequence[str]
) -> ContentSegment:
    found = phrases.best(text, ranked.thought, rarities, most=_TOPICS)
    own = {term: weight * rarities.get(term, 0.0) for term, weight in ranked.vector.items()}
    return content.segment(
        text.sentences,
        *ranked.thought,
        title=titles.of(text, ranked.thought, found, own, central=ranked.central, taken=taken),
        importance=ranked.importance,
        topics=[phrase.text for phrase in found],
        reason=reasons.of(text, ranked, found, about),
        quote=text.sentences[ranked.central].text,
    )


def _places(ranked: Ranked) -> range:
    return range(ranked.thought.first, ranked.thought.last + 1)
