"""Key phrases: the words that are said here and not everywhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from . import cues, tokens
from .text import Text
from .thoughts import Thought
from .tokens import Token

_LONGEST_WORDS = 3
_MOST_INSIDE = 2  # words between two that count: "art of the printers"
# What a phrase counts that is said but once: its words may stand together by chance.
_ONCE = 0.7
_NAMELESS = 0.5
_HAPAX = 0.6  # a word that the whole talk has but once is seldom a topic
_LONGEST_RUN = 6  # characters, of a script without spaces
_SHORTEST_RUN = 2

_Terms = tuple[str, ...]


class Phrase(NamedTuple):
    """Words as they are written; ``terms`` are what they are compared by."""

    text: str
    terms: tuple[str, ...]
    weight: float


def best(text: Text, thought: Thought, rarities: Mapping[str, float], *, most: int) -> list[Phrase]:
    """Return the phrases that say most about ``thought``, no word in two of them.

    ``rarities``: of terms among all thoughts.
    """
    own = text.tokens[thought.first : thought.last + 1]
    counts = Counter(term for sentence in own for token in sentence for term in token.terms)
    written: dict[_Terms, Counter[str]] = {}
    for sentence in own:
        for terms, words in _candidates(sentence, text.language):
            written.setdefault(terms, Counter())[words] += 1
    found = [
        Phrase(_usual(spellings), terms, _weight(text, terms, spellings, counts, rarities))
        for terms, spellings in _whole(written).items()
    ]
    found.sort(key=lambda phrase: -phrase.weight)
    return _apart(found, most)


def _weight(
    text: Text,
    terms: Sequence[str],
    spellings: Counter[str],
    counts: Mapping[str, int],
    rarities: Mapping[str, float],
) -> float:
    """Return the mean weight of the words, more for several that are said together again, or written as a name."""
    each = sum(_term_weight(text, term, counts) * rarities.get(term, 0.0) for term in terms) / len(terms)
    usual = _usual(spellings)
    if len(terms) == 1 and len(usual) > _SHORTEST_RUN:
        return each * (_NAMELESS if cues.names_nothing(usual, text.language) else 1.0)
    is_firm = spellings.total() > 1 or all(word[:1].isupper() for word in usual.split())
    return each * (math.sqrt(len(terms)) if is_firm else _ONCE)


def _whole(written: Mapping[_Terms, Counter[str]]) -> dict[_Terms, Counter[str]]:
    """Leave out pieces of words in scripts without spaces: what is never said but inside of something longer."""
    joined = [(_usual(spellings), spellings.total()) for terms, spellings in written.items() if _is_run(spellings)]
    return {
        terms: spellings
        for terms, spellings in written.items()
        if not _is_run(spellings)
        or not any(_is_piece(_usual(spellings), spellings.total(), longer, times) for longer, times in joined)
    }


def _is_run(spellings: Counter[str]) -> bool:
    return all(tokens.is_unspaced(spelling) for spelling in spellings)


def _is_piece(text: str, times: int, longer: str, more: int) -> bool:
    return len(longer) > len(text) and more >= times and more > 1 and text in longer


def _term_weight(text: Text, term: str, counts: Mapping[str, int]) -> float:
    return counts[term] * (_HAPAX if text.counts[term] == 1 else 1.0)


def _apart(found: Sequence[Phrase], most: int) -> list[Phrase]:
    kept: list[Phrase] = []
    for phrase in found:
        if len(kept) == most:
            break
        if not any(set(phrase.terms) & set(other.terms) for other in kept):
            kept.append(phrase)
    return kept


def _usual(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _candidates(sentence: Sequence[Token], language: str | None) -> Iterator[tuple[_Terms, str]]:
    for first, token in enumerate(sentence):
        if token.is_unspaced:
            yield from _runs(token)
        elif token.terms:
            yield from _sequences(sentence, first, language)


def _sequences(sentence: Sequence[Token], first: int, language: str | None) -> Iterator[tuple[_Terms, str]]:
    """Yield the phrases that begin with the word ``first``: words that count, and what makes one name of them."""
    terms: list[str] = []
    inside: list[str] = []
    for last in range(first, len(sentence)):
        token = sentence[last]
        if token.is_unspaced or (last > first and not token.follows) or len(inside) > _MOST_INSIDE:
            return
        if not token.terms:
            inside.append(token.text)
            continue
        terms.extend(token.terms)
        if len(terms) > _LONGEST_WORDS or not cues.joins(tuple(inside), language):
            return
        inside = []
        yield tuple(terms), " ".join(each.text for each in sentence[first : last + 1])


def _runs(token: Token) -> Iterator[tuple[_Terms, str]]:
    """Yield stretches of characters whose pairs all count."""
    known = set(token.terms)
    for start in range(len(token.text)):
        terms: list[str] = []
        for end in range(start + _SHORTEST_RUN, min(start + _LONGEST_RUN, len(token.text)) + 1):
            pair = token.text[end - 2 : end]
            if pair not in known:
                break
            terms.append(pair)
            yield tuple(terms), token.text[start:end]
