from __future__ import annotations

from collections.abc import Sequence

import pytest
from reelscribe.platform.engines.guards import compression, in_batches, is_doubtful, is_speech

FRAME = 0.032


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([], False),
        ([0.4] * 1000, False),
        ([0.72] * 15, False),  # the music of our tests: 0.48 s
        ([0.95] * 3, False),  # 0.096 s: a click
        ([0.95] * 4, True),  # 0.128 s: a short "no"
        ([0.6] * 31, False),  # 0.992 s
        ([0.6] * 32, True),  # 1.024 s: a soft voice, far from the microphone
    ],
)
def test_speech_needs_evidence(probabilities: list[float], expected: bool) -> None:
    assert is_speech(probabilities, frame_seconds=FRAME) is expected


@pytest.mark.parametrize(
    ("text", "log_probability", "expected"),
    [
        ("And so, my fellow Americans, ask not what your country can do for you.", -0.2, False),
        ("And so, my fellow Americans, ask not what your country can do for you.", -1.1, True),
        ("Thank you. " * 30, -0.1, True),
        ("", -0.1, False),
        ("Thank you for watching!", -0.3, False),  # people say so too: only the sound decides
    ],
)
def test_model_is_doubted(text: str, log_probability: float, expected: bool) -> None:
    assert is_doubtful(text, log_probability=log_probability) is expected


def test_compression_grows_with_repetition() -> None:
    assert compression("") == 0
    assert compression("one two three ") < 2.4 < compression("one two three " * 20)


def test_batches_get_smaller_for_want_of_memory_and_lose_nothing() -> None:
    sizes: list[int] = []

    def hear(batch: Sequence[int]) -> list[int]:
        sizes.append(len(batch))
        if len(batch) > 3:
            raise MemoryError
        return [10 * each for each in batch]

    heard = list(in_batches(range(10), 8, hear))

    assert [each for _, batch in heard for each in batch] == [10 * each for each in range(10)]
    assert sizes == [8, 4, 2, 2, 2, 2, 2]
    assert heard[-1][0] == 2


def test_one_window_that_does_not_fit_is_an_error() -> None:
    def hear(batch: Sequence[int]) -> list[int]:
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        list(in_batches([1, 2], 2, hear))
