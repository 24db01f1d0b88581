from __future__ import annotations

import pytest
from reelscribe.platform.domain.cohesion import weights

# Three sentences about dogs, each like the next; one about tax.
BAGS = [{"dog": 1, "bone": 1}, {"dog": 1, "bone": 1, "park": 1}, {"dog": 1, "park": 1}, {"tax": 1}]


def test_rare_words_weigh_more() -> None:
    rarities = weights.rarity(BAGS)

    assert rarities["tax"] > rarities["bone"] > rarities["dog"]


def test_likeness_is_one_for_the_same_and_none_for_other_words() -> None:
    dogs, _, _, tax = (weights.vector(bag, weights.rarity(BAGS)) for bag in BAGS)

    assert weights.likeness(dogs, dogs) == pytest.approx(1.0)
    assert weights.likeness(dogs, tax) == 0.0


def test_sentence_that_shares_most_ranks_first() -> None:
    ranks = weights.ranks([weights.vector(bag, weights.rarity(BAGS)) for bag in BAGS])

    assert max(range(4), key=ranks.__getitem__) == 1
    assert max(ranks) == 1.0


def test_ranks_are_those_of_the_written_down_matrix() -> None:
    vectors = [weights.vector(bag, weights.rarity(BAGS)) for bag in BAGS]
    likeness = [[weights.likeness(one, other) for other in vectors] for one in vectors]
    rank = [0.25] * 4
    for _ in range(20):
        rank = [0.15 / 4 + 0.85 * sum(rank[j] * likeness[j][i] / sum(likeness[j]) for j in range(4)) for i in range(4)]

    assert weights.ranks(vectors) == pytest.approx([each / max(rank) for each in rank])


def test_sentences_without_words_rank_nowhere() -> None:
    assert weights.ranks([{}, {}]) == [0.0, 0.0]
