"""Which thoughts are worth watching, and which of them to offer.

A thought counts for sentences that say most of the whole (LexRank), for words in it that matter, for being about one
thing, for clean edges, and for words such as "the important point is". A long talk is ranked in thirds as well, so that
its end can win against its beginning; and of two that say the same, the second counts less (maximal marginal
relevance, Carbonell and Goldstein, https://doi.org/10.1145/290941.291025).
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import cues, edges, weights
from .text import Text
from .thoughts import Thought
from .weights import Vector

MOST = 15
_FEWEST = 5
_WINDOWS = 3
_LOCAL = 0.7  # what the rank in a third counts, of a talk of an hour and more
_LOCAL_SECONDS = 3600.0
_AGAIN = 0.5  # what a thought loses that is the same as one chosen before
_ASKED = 0.6  # what the customer's words count against everything else
_BEST_SENTENCES = 3
_QUESTION_TERMS = 2


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A thought with its ``importance`` 0 to 1, and why; ``vector`` of its terms, ``central``: its best sentence."""

    thought: Thought
    importance: float
    vector: Vector
    central: int
    asked: float = 0.0  # how much of what the customer asked for it has


def rank(
    text: Text,
    thoughts: Sequence[Thought],
    strengths: Sequence[float],
    *,
    shortest: float,
    about: Mapping[str, float],
) -> list[Ranked]:
    """Return all thoughts in order; ``about``: weights of the terms that the customer wants to hear of."""
    central = weights.ranks(text.vectors)
    vectors = [weights.together(text.vectors[each.first : each.last + 1]) for each in thoughts]
    values = _values(text, thoughts, strengths, central, vectors, shortest)
    asked = [_asked(vector, about) for vector in vectors]
    share = _ASKED if any(asked) else 0.0
    return [
        Ranked(
            thought=thought,
            importance=(1 - share) * value + share * match,
            vector=vector,
            central=_best_sentence(text, thought, central),
            asked=match,
        )
        for thought, value, vector, match in zip(thoughts, values, vectors, asked, strict=True)
    ]


def choose(ranked: Sequence[Ranked], text: Text, *, count: int) -> list[Ranked]:
    """Return the best thoughts in order: about half of them, 5 to 15, ``count`` at least, some of every third."""
    wanted = min(len(ranked), MOST, max(_FEWEST, count, len(ranked) // 2))
    chosen: list[Ranked] = []
    windows = _windows(text, [each.thought for each in ranked])
    for window in range(_WINDOWS):
        those = [each for each, own in zip(ranked, windows, strict=True) if own == window]
        for _ in range(min(wanted // (2 * _WINDOWS) or 1, len(those))):
            if len(chosen) < wanted:
                chosen.append(_next(those, chosen))
    while len(chosen) < wanted:
        chosen.append(_next(ranked, chosen))
    return sorted(chosen, key=lambda each: each.thought)


def _next(ranked: Sequence[Ranked], chosen: Sequence[Ranked]) -> Ranked:
    left = [each for each in ranked if all(each is not other for other in chosen)]

    def gain(each: Ranked) -> float:
        same = max((weights.likeness(each.vector, other.vector) for other in chosen), default=0.0)
        return each.importance - _AGAIN * same

    return max(left, key=lambda each: (gain(each), -each.thought.first))


def _values(
    text: Text,
    thoughts: Sequence[Thought],
    strengths: Sequence[float],
    central: Sequence[float],
    vectors: Sequence[Vector],
    shortest: float,
) -> list[float]:
    """Return how good each thought is, 0 to 1: against all, and in a long talk more against those of its third."""
    measures = [
        (1.0, [_central(central, each) for each in thoughts]),
        (0.6, [_density(text, each) for each in thoughts]),
        (0.5, [_unity(text, each, vector) for each, vector in zip(thoughts, vectors, strict=True)]),
        (0.4, [_edges(each, strengths) for each in thoughts]),
    ]
    sums = [0.0] * len(thoughts)
    for factor, values in measures:
        sums = [total + factor * value for total, value in zip(sums, _standard(values), strict=True)]
    sums = [total + _spoken_hints(text, each, shortest) for total, each in zip(sums, thoughts, strict=True)]
    windows = _windows(text, thoughts)
    local = [0.0] * len(sums)
    for window in set(windows):
        places = [place for place, own in enumerate(windows) if own == window]
        for place, value in zip(places, _scaled([sums[place] for place in places]), strict=True):
            local[place] = value
    share = _LOCAL * min(text.seconds(0, len(text.sentences) - 1) / _LOCAL_SECONDS, 1.0)
    return [(1 - share) * one + share * other for one, other in zip(_scaled(sums), local, strict=True)]


def _windows(text: Text, thoughts: Sequence[Thought]) -> list[int]:
    """Return in which third of the recording the middle of each thought is."""
    start, end = text.sentences[0].start, max(sentence.end for sentence in text.sentences)
    whole = max(end - start, 1e-9)
    middles = [(text.sentences[each.first].start + text.sentences[each.last].end) / 2 for each in thoughts]
    return [min(max(int(_WINDOWS * (middle - start) / whole), 0), _WINDOWS - 1) for middle in middles]


def _central(central: Sequence[float], thought: Thought) -> float:
    best = sorted(central[thought.first : thought.last + 1], reverse=True)[:_BEST_SENTENCES]
    return sum(best) / _BEST_SENTENCES


def _density(text: Text, thought: Thought) -> float:
    """Return the weight of the words per second, pauses counted."""
    said = sum(
        text.rarities.get(term, 0.0)
        for words in text.tokens[thought.first : thought.last + 1]
        for word in words
        for term in word.terms
    )
    return said / max(text.seconds(*thought), 1.0)


def _unity(text: Text, thought: Thought, vector: Vector) -> float:
    return statistics.fmean(
        weights.likeness(text.vectors[place], vector) for place in range(thought.first, thought.last + 1)
    )


def _edges(thought: Thought, strengths: Sequence[float]) -> float:
    ends = strengths[thought.last + 1] if thought.last + 1 < len(strengths) else 2.0
    return (strengths[thought.first] if thought.first else 2.0) + ends


def _spoken_hints(text: Text, thought: Thought, shortest: float) -> float:
    said = [text.sentences[place].text for place in range(thought.first, thought.last + 1)]
    first, last = said[0], said[-1]
    hints = 0.2 * min(sum(cues.has("weighty", each, text.language) for each in said), 2)
    hints += 0.5 if any(cues.has("stressed", each, text.language) for each in said) else 0.0
    hints += 0.5 if any(cues.has("summing", each, text.language) for each in said) else 0.0
    hints += 0.5 if any(asks(text, place) for place in range(thought.first, thought.last)) else 0.0
    hints += 0.4 if cues.has("opening", first, text.language) else 0.0
    hints -= 1.0 if cues.has("leaning", first, text.language) else 0.0
    hints -= 0.5 if edges.is_question(last) else 0.0
    hints -= 0.8 if text.is_punctuated and not _is_finished(text, thought) else 0.0
    return hints - 2.0 * max(1 - text.seconds(*thought) / shortest, 0.0)


def asks(text: Text, place: int) -> bool:
    """Return whether a sentence asks for something; "right?" does not."""
    terms = sum(1 for word in text.tokens[place] if word.terms)
    has_content = terms >= _QUESTION_TERMS or any(word.is_unspaced for word in text.tokens[place])
    return has_content and edges.is_question(text.sentences[place].text)


def _is_finished(text: Text, thought: Thought) -> bool:
    following = text.sentences[thought.last + 1].text if thought.last + 1 < len(text.sentences) else ""
    return not edges.is_unfinished(text.sentences[thought.last].text, following)


def _best_sentence(text: Text, thought: Thought, central: Sequence[float]) -> int:
    """Return the sentence to quote: a central one that stands by itself and is neither a shout nor a page."""

    def value(place: int) -> float:
        sentence = text.sentences[place]
        words = len(text.tokens[place])
        good = central[place] + (0.2 if cues.has("weighty", sentence.text, text.language) else 0.0)
        good -= 0.3 if cues.has("leaning", sentence.text, text.language) else 0.0
        good -= 0.3 if place and edges.goes_on(text, place) else 0.0
        good -= 0.3 if words < 5 and not any(word.is_unspaced for word in text.tokens[place]) else 0.0
        return good - 0.01 * max(words - 30, 0) - (0.0 if words else 1.0)

    return max(range(thought.first, thought.last + 1), key=lambda place: (value(place), -place))


def _asked(vector: Mapping[str, float], about: Mapping[str, float]) -> float:
    total = sum(about.values())
    return sum(weight for term, weight in about.items() if term in vector) / total if total else 0.0


def _standard(values: Sequence[float]) -> list[float]:
    spread = statistics.pstdev(values) if len(values) > 1 else 0.0
    if spread < 1e-9:
        return [0.0] * len(values)
    mean = statistics.fmean(values)
    return [min(max((value - mean) / spread, -2.5), 2.5) for value in values]


def _scaled(values: Sequence[float]) -> list[float]:
    """Return values up to 0.95, the worst of eight and more 0.2: few thoughts are seldom worth so little."""
    lowest, highest = min(values), max(values)
    if highest - lowest < 1e-9:
        return [0.75] * len(values)
    reach = 0.75 * min(len(values) / 8, 1.0)
    return [0.95 - reach * (highest - value) / (highest - lowest) for value in values]
