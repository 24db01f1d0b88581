"""Mixing to one channel keeps what is there to hear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.media.downmix import BLOCK_SAMPLES, Downmix, Samples

RNG = np.random.default_rng(7)
VOICE = np.rint(RNG.normal(0, 3000, 3 * BLOCK_SAMPLES)).astype(np.int16)
OTHER = np.rint(RNG.normal(0, 3000, 3 * BLOCK_SAMPLES)).astype(np.int16)
NOTHING = np.zeros_like(VOICE)


def mix(*channels: Samples, layout: str = "") -> Samples:
    return Downmix(len(channels), layout).mix(np.stack(channels, axis=1).astype("<i2").tobytes())


def part_of(voice: Samples, mixed: Samples) -> float:
    """Return how much of ``voice`` is in ``mixed``: 1 for all of it, 0 for nothing."""
    return abs(float(np.corrcoef(voice.astype(float), mixed.astype(float))[0, 1]))


@pytest.mark.parametrize(
    ("channels", "layout"),
    [
        ((VOICE,), "mono"),
        ((VOICE, VOICE), "stereo"),
        ((VOICE, -VOICE), "stereo"),
        ((NOTHING, VOICE), "stereo"),
        ((VOICE, NOTHING), "stereo"),
        ((NOTHING, NOTHING, VOICE, NOTHING, NOTHING, NOTHING), "5.1"),
        ((VOICE, -VOICE, NOTHING, NOTHING, NOTHING, NOTHING), "5.1(side)"),
        ((NOTHING,) * 7 + (VOICE,), "8 channels"),
    ],
)
def test_mix_keeps_the_voice(channels: tuple[Samples, ...], layout: str) -> None:
    mixed = mix(*channels, layout=layout)

    assert part_of(VOICE, mixed) > 0.99
    assert mixed.std() > 0.1 * VOICE.std()  # no more than 20 dB lost


def test_mix_keeps_both_voices_of_two_microphones() -> None:
    mixed = mix(VOICE, OTHER, layout="stereo")

    assert part_of(VOICE, mixed) == pytest.approx(0.71, abs=0.03)
    assert part_of(OTHER, mixed) == pytest.approx(0.71, abs=0.03)


def test_mix_leaves_out_the_bass_effects_of_surround() -> None:
    mixed = mix(VOICE, VOICE, VOICE, OTHER, NOTHING, NOTHING, layout="5.1")

    assert part_of(OTHER, mixed) < 0.05


@given(st.lists(st.integers(-32768, 32767), min_size=2, max_size=60), st.integers(1, 8))
def test_mix_never_overflows(values: list[int], channels: int) -> None:
    whole = values[: len(values) // channels * channels]
    frames = np.array(whole, dtype="<i2").reshape(-1, channels)

    mixed = Downmix(channels).mix(frames.tobytes())

    assert len(mixed) == len(frames)
    for frame, sample in zip(frames.astype(int), mixed.astype(int), strict=True):
        assert frame.min() <= sample <= frame.max()
