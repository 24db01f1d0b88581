"""Clustering of vectors that were made around known centres."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.engines.diarization import clustering


def voices(people: int, each: int, *, spread: float = 0.02, seed: int = 0) -> np.ndarray:
    """Unit vectors around ``people`` orthogonal ones, person after person: person 0 first."""
    noise = np.random.default_rng(seed).normal(0, spread, (people * each, 256))
    vectors = np.repeat(np.eye(256)[:people], each, axis=0) + noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 8), st.integers(3, 12), st.integers(0, 1000))
def test_centroids_are_as_many_as_people_when_voices_are_apart(people: int, each: int, seed: int) -> None:
    vectors = voices(people, each, seed=seed)

    centroids = clustering.centroids(vectors)

    assert len(centroids) == people
    owners = (vectors @ centroids.T).argmax(axis=1).reshape(people, each)
    assert all(len(set(row)) == 1 for row in owners)


@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 7))
def test_centroids_stay_within_the_bounds_whatever_the_voices(people: int, fewest: int, extra: int) -> None:
    centroids = clustering.centroids(voices(people, 8), fewest=fewest, most=fewest + extra)

    assert fewest <= len(centroids) <= fewest + extra


def test_centroids_leave_out_a_voice_that_is_heard_once() -> None:
    cough = np.eye(256, dtype=np.float32)[200:201]

    assert len(clustering.centroids(np.concatenate([voices(2, 20), cough]))) == 2


def test_centroids_of_a_long_recording_are_found_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MOST", 60)
    mixed = voices(3, 200)[np.random.default_rng(1).permutation(600)]

    assert len(clustering.centroids(mixed)) == 3


def test_agglomerate_joins_by_average_not_by_nearest() -> None:
    chain = np.array([[np.cos(angle), np.sin(angle)] for angle in (0.0, 0.5, 1.0)])
    # 1 - cos 0.5 = 0.12; the third is (0.12 + 0.46) / 2 = 0.29 from the first two together

    labels = clustering.agglomerate(chain, np.ones(3), threshold=0.25)

    assert len(set(labels)) == 2


def test_agglomerate_weighs_a_joined_cluster_as_its_members() -> None:
    vectors = voices(2, 6, spread=0.05).astype(np.float64)
    halves = np.array([vectors[:4].sum(axis=0), vectors[4:6].sum(axis=0), *vectors[6:]])

    labels = clustering.agglomerate(halves, np.array([4.0, 2.0, *[1.0] * 6]), threshold=0.9)

    assert labels.tolist() == [0, 0, 1, 1, 1, 1, 1, 1]


def test_assign_gives_the_speakers_of_one_window_to_different_people() -> None:
    people = np.eye(256)[:2]
    both_near_the_first = voices(1, 2).reshape(1, 2, 256)

    labels = clustering.assign(both_near_the_first, people, np.array([[100, 100]]))

    assert sorted(labels[0].tolist()) == [0, 1]


def test_assign_repeats_a_person_when_there_are_too_few() -> None:
    labels = clustering.assign(voices(1, 2).reshape(1, 2, 256), np.eye(256)[:1], np.array([[100, 100]]))

    assert labels.tolist() == [[0, 0]]


def test_assign_names_nobody_when_a_speaker_was_not_heard_alone() -> None:
    labels = clustering.assign(voices(1, 2).reshape(1, 2, 256), np.eye(256)[:2], np.array([[100, 0]]))

    assert labels.tolist() == [[0, -1]]
