"""Stretches of a stored sound track."""

from __future__ import annotations

import random
import wave
from pathlib import Path

import numpy as np
import pytest
from reelscribe.platform import storage
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media import pieces, wav


async def stored(tmp_path: Path, unique: str, samples: np.ndarray) -> str:
    source = tmp_path / "whole.wav"
    with wav.Writer(source) as file:
        file.write(samples.astype(np.int16))
    key = f"jobs/{unique}/audio-1.wav"
    await storage.current().put_file(key, source)
    return key


@pytest.mark.parametrize("span", [Span(0.0, 1.0), Span(0.123, 2.457), Span(2.9, 3.0)])
async def test_cut_holds_exactly_the_samples_of_its_span(tmp_path, unique, span):
    key = await stored(tmp_path, unique, np.arange(3 * wav.RATE) % 30_000)
    target = tmp_path / "cut.wav"

    await pieces.cut(key, span, target)

    (block,) = wav.blocks(target, 10 * wav.RATE)
    first, last = round(span.start * wav.RATE), round(span.end * wav.RATE)
    assert block.tolist() == [number % 30_000 for number in range(first, last)]


async def test_cut_beyond_the_end_holds_what_there_is(tmp_path, unique):
    key = await stored(tmp_path, unique, np.zeros(wav.RATE))
    target = tmp_path / "cut.wav"

    await pieces.cut(key, Span(0.5, 9.0), target)

    with wave.open(str(target)) as file:
        assert file.getnframes() == wav.RATE // 2


@pytest.mark.parametrize("quiet", [6.2, 11.3])
async def test_quietest_moment_near_a_cut_is_found(tmp_path, unique, quiet):
    chance = random.Random(2)
    sound = np.array([chance.randint(-9000, 9000) for _ in range(20 * wav.RATE)])
    sound[int((quiet - 0.15) * wav.RATE) : int((quiet + 0.15) * wav.RATE)] //= 50
    sound[: 2 * wav.RATE] = 0  # more quiet, but too far away
    key = await stored(tmp_path, unique, sound)

    assert await pieces.quietest(key, at=9.0, reach=4.0) == pytest.approx(quiet, abs=0.06)


async def test_quietest_moment_at_the_edge_of_the_file(tmp_path, unique):
    key = await stored(tmp_path, unique, np.zeros(2 * wav.RATE))

    assert 0 <= await pieces.quietest(key, at=0.5, reach=4.0) <= 2
