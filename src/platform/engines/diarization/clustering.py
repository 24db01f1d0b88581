"""Which voices are one person: average linkage on the cosine distance of unit vectors.

The mean cosine between two clusters is the dot product of their mean vectors, so a cluster is known by the sum of
its vectors and its weight. That makes every step exact and lets a long recording be clustered in blocks first.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from .networks import Floats

THRESHOLD = 0.25  # cosine distance at which two clusters are two people
BLOCK_THRESHOLD = 0.12  # distance up to which neighbours in time are joined before the rest is compared
MOST = 1_500  # vectors compared all with all: 18 MB and half a second
CLEAR = 100  # mel frames (1 s) from which a vector is sure enough to found a person; the others only join one
SMALLEST, SMALLEST_SHARE = 2, 0.02  # windows, and share of the clear ones: less is a cough, and joins its nearest

Doubles = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


def clear(lengths: Labels) -> npt.NDArray[np.bool_]:
    """Return which (window, speaker) are heard alone long enough to found a person; all where few are."""
    least = CLEAR
    heard = lengths > 0
    while least > 1 and (lengths >= least).sum() < max(4, heard.sum() // 5):
        least //= 2
    return np.asarray(heard & (lengths >= least))


def centroids(vectors: Floats, *, threshold: float = THRESHOLD, fewest: int = 1, most: int | None = None) -> Doubles:
    """Return one mean vector for each person, ``fewest`` to ``most`` of them where the vectors allow it.

    1. Agglomerate up to the threshold; clusters that are too small found nobody.
    2. Too few people are left: stop earlier. Too many: go on joining.
    """
    sums, weights = _condense(np.asarray(vectors, dtype=np.float64))
    smallest = max(SMALLEST, SMALLEST_SHARE * weights.sum())
    people = _big(*_joined(sums, weights, agglomerate(sums, weights, threshold=threshold)), smallest)
    for count in range(fewest, min(len(sums), 4 * fewest) + 1):
        if len(people[1]) >= fewest:
            break
        people = _big(*_joined(sums, weights, agglomerate(sums, weights, fewest=count)), smallest, least=count)
    if most is not None and len(people[1]) > most:
        people = _joined(*people, agglomerate(*people, fewest=most))
    return np.asarray(people[0] / people[1][:, None])


def agglomerate(sums: Doubles, weights: Doubles, *, threshold: float = np.inf, fewest: int = 1) -> Labels:
    """Join the nearest two clusters until all are ``threshold`` apart or ``fewest`` are left.

    Returns the cluster of each row, counted from 0.
    """
    means = sums / weights[:, None]
    near = means @ means.T
    np.fill_diagonal(near, -np.inf)
    nearest, weight, labels = near.argmax(axis=1), weights.copy(), np.arange(len(weights))
    for _ in range(len(weights) - fewest):
        first = int(near[np.arange(len(near)), nearest].argmax())
        second = int(nearest[first])
        if 1 - near[first, second] >= threshold:
            break
        _join(near, nearest, weight, first, second)
        labels[labels == second] = first
    return np.asarray(np.unique(labels, return_inverse=True)[1])


def assign(vectors: Floats, people: Doubles, lengths: npt.NDArray[np.intp]) -> Labels:
    """Return the person of each (window, speaker), -1 where length is 0.

    Speakers of one window are different people as long as there are enough people.
    """
    # In single precision: a copy of the vectors of a long recording in double would take twice their memory.
    near = vectors @ (people / np.linalg.norm(people, axis=1, keepdims=True)).T.astype(np.float32)
    labels = np.full(lengths.shape, -1, dtype=np.intp)
    for window in range(len(lengths)):
        speakers = np.flatnonzero(lengths[window])
        if len(speakers):
            labels[window, speakers] = _best_different(near[window, speakers])
    return labels


def _best_different(near: Floats) -> tuple[int, ...]:
    """Give each row its own column with the greatest sum; the best choice lies in each row's nearest three."""
    count = len(near)
    if count > near.shape[1]:
        return tuple(int(column) for column in near.argmax(axis=1))
    nearest = np.argsort(-near, axis=1)[:, :count]
    choices = (choice for choice in product(*nearest) if len(set(choice)) == count)
    return max(choices, key=lambda choice: float(sum(near[row, column] for row, column in enumerate(choice))))


def _join(near: Doubles, nearest: Labels, weight: Doubles, first: int, second: int) -> None:
    """Average linkage: the joined cluster is as near to others as its parts are, by weight.

    Its nearness to a third cluster never exceeds that of the nearer part, so only rows whose nearest was one of
    the two need a new search: the whole takes about n² steps, not n³.
    """
    total = weight[first] + weight[second]
    joined = (weight[first] * near[first] + weight[second] * near[second]) / total
    near[first, :] = near[:, first] = joined
    near[second, :] = near[:, second] = -np.inf
    near[first, first] = -np.inf
    weight[first] = total
    stale = np.flatnonzero((nearest == first) | (nearest == second) | (np.arange(len(near)) == first))
    nearest[stale] = near[stale].argmax(axis=1)


def _big(sums: Doubles, weights: Doubles, smallest: float, least: int = 1) -> tuple[Doubles, Doubles]:
    """Keep the clusters of at least ``smallest`` windows, or the ``least`` largest where fewer are that big."""
    order = np.argsort(-weights, kind="stable")
    kept = order[: max(least, int((weights >= smallest).sum()))]
    return sums[kept], weights[kept]


def _condense(vectors: Doubles) -> tuple[Doubles, Doubles]:
    """Join what is very near within blocks of time until few enough clusters are left to compare all with all."""
    sums, weights, threshold = vectors, np.ones(len(vectors)), BLOCK_THRESHOLD
    while len(sums) > MOST:
        blocks = [slice(at, at + MOST // 3) for at in range(0, len(sums), MOST // 3)]
        parts = [
            _joined(sums[block], weights[block], agglomerate(sums[block], weights[block], threshold=threshold))
            for block in blocks
        ]
        sums, weights = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
        threshold += 0.02  # ends: at 1 whole blocks become one cluster
    return sums, weights


def _joined(sums: Doubles, weights: Doubles, labels: Labels) -> tuple[Doubles, Doubles]:
    count = int(labels.max(initial=-1)) + 1
    joined, weight = np.zeros((count, sums.shape[1])), np.zeros(count)
    np.add.at(joined, labels, sums)
    np.add.at(weight, labels, weights)
    return joined, weight
