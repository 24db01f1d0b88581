"""Which words matter, how alike two stretches of text are, and which sentences say most."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

# Terms with their weights.
Vector = dict[str, float]

# https://arxiv.org/abs/1109.2128 (LexRank), section 3.2: how likely a reader goes on to a similar sentence.
_DAMPING = 0.85
_ROUNDS = 20


def rarity(bags: Sequence[Mapping[str, int]]) -> Vector:
    """Return how much each term says: ln(1 + n / n with it), more for what stands in few of the ``bags``.

    >>> rarity([{"a": 1}, {"a": 2}, {"a": 1, "b": 1}])["b"] == math.log(4)
    True
    """
    having = Counter(term for bag in bags for term in bag)
    return {term: math.log(1 + len(bags) / count) for term, count in having.items()}


def vector(bag: Mapping[str, int], rarities: Mapping[str, float]) -> Vector:
    """Return the weights of a bag of terms, of length 1; empty for an empty bag."""
    weights = {term: (1 + math.log(count)) * rarities.get(term, 0.0) for term, count in bag.items() if count > 0}
    return _normal(weights)


def together(vectors: Iterable[Mapping[str, float]]) -> Vector:
    """Return the sum of ``vectors``, of length 1."""
    total: Vector = {}
    for each in vectors:
        for term, weight in each.items():
            total[term] = total.get(term, 0.0) + weight
    return _normal(total)


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the cosine of two vectors of length 1: 0 nothing in common, 1 the same."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def ranks(vectors: Sequence[Mapping[str, float]]) -> list[float]:
    """Return how central each sentence is, 1 for the most central one (continuous LexRank).

    The likenesses of all pairs are never written down: their product with the ranks is that of two thin matrices, so
    a text twice as long takes twice as long.
    """
    if not any(vectors):
        return [0.0] * len(vectors)
    everything = _sum(vectors, [1.0] * len(vectors))
    degrees = [_dot(each, everything) for each in vectors]
    rank = [1.0 / len(vectors)] * len(vectors)
    for _ in range(_ROUNDS):
        passed = _sum(vectors, [own / degree if degree else 0.0 for own, degree in zip(rank, degrees, strict=True)])
        rank = [(1 - _DAMPING) / len(vectors) + _DAMPING * _dot(each, passed) for each in vectors]
    most = max(rank)
    return [own / most if each else 0.0 for own, each in zip(rank, vectors, strict=True)]


def _sum(vectors: Sequence[Mapping[str, float]], factors: Sequence[float]) -> Vector:
    total: Vector = {}
    for each, factor in zip(vectors, factors, strict=True):
        for term, weight in each.items():
            total[term] = total.get(term, 0.0) + weight * factor
    return total


def _dot(one: Mapping[str, float], total: Mapping[str, float]) -> float:
    return sum(weight * total[term] for term, weight in one.items())


def _normal(weights: Vector) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items() if weight > 0} if length > 0 else {}
