"""Silence is found where it is, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media import silence, wav

from .conftest import decoded, ignore

RNG = np.random.default_rng(11)
HARD = 0.041  # an edge lies up to 30 ms inside the silence, where seven frames together are quiet, on a frame of 10 ms


def noise(seconds: float, decibels: float) -> NDArray[np.int16]:
    values = RNG.normal(0, 32768 * 10 ** (decibels / 20), round(seconds * wav.RATE))
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


async def found(path: Path, *parts: NDArray[np.int16]) -> list[Span]:
    with wav.Writer(path) as writer:
        for part in parts:
            writer.write(part)
    return await silence.detect(path, on_progress=ignore)


@pytest.mark.parametrize(
    ("loud", "quiet"),
    [(-20, -100), (-20, -65), (-20, -50), (-45, -80), (-10, -45)],  # dB below full scale
)
async def test_detect_finds_edges_whatever_the_levels(loud: float, quiet: float, tmp_path: Path) -> None:
    spans = await found(
        tmp_path / "a.wav", noise(2.0, quiet), noise(3.0, loud), noise(0.7, quiet), noise(2.0, loud), noise(0.4, quiet)
    )

    assert [(span.start, span.end) for span in spans] == [
        (0.0, pytest.approx(2.0, abs=HARD)),
        (pytest.approx(5.0, abs=HARD), pytest.approx(5.7, abs=HARD)),
    ]


async def test_detect_looks_past_a_constant_offset(tmp_path: Path) -> None:
    spans = await found(
        tmp_path / "a.wav", *(part + np.int16(9000) for part in (noise(2, -20), noise(1, -70), noise(2, -20)))
    )

    assert [(round(span.start, 1), round(span.end, 1)) for span in spans] == [(2.0, 3.0)]


async def test_detect_ignores_a_click_but_not_a_word(tmp_path: Path) -> None:
    quiet, click, word = noise(1, -70), noise(0.015, -20), noise(0.15, -20)

    spans = await found(tmp_path / "a.wav", noise(3, -20), quiet, click, quiet, word, quiet, noise(3, -20))

    assert [(span.start, span.end) for span in spans] == [
        (pytest.approx(3.0, abs=HARD), pytest.approx(5.015, abs=HARD)),
        (pytest.approx(5.165, abs=HARD), pytest.approx(6.165, abs=HARD)),
    ]


async def test_detect_takes_one_even_sound_for_what_it_is(tmp_path: Path) -> None:
    assert await found(tmp_path / "hum.wav", noise(20, -25)) == []
    assert await found(tmp_path / "room.wav", noise(20, -65)) == [Span(0.0, 20.0)]
    assert await found(tmp_path / "zero.wav", np.zeros(20 * wav.RATE, dtype=np.int16)) == [Span(0.0, 20.0)]
    assert await found(tmp_path / "nothing.wav") == []


async def test_detect_finds_one_sentence_in_an_hour_of_silence(tmp_path: Path) -> None:
    minute = noise(60, -70)

    spans = await found(tmp_path / "a.wav", *[minute] * 40, noise(4, -25), *[minute] * 20)

    assert [(round(span.start), round(span.end)) for span in spans] == [(0, 2400), (2404, 3604)]


async def test_detect_reports_progress_to_the_end(tmp_path: Path) -> None:
    seen: list[float] = []

    async def note(fraction: float) -> None:
        seen.append(fraction)

    with wav.Writer(tmp_path / "a.wav") as writer:
        writer.write(noise(150, -30))
    await silence.detect(tmp_path / "a.wav", on_progress=note)

    assert seen == [pytest.approx(0.4), pytest.approx(0.8), 1.0]


async def test_detect_refuses_another_format(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF....WAVE")

    with pytest.raises(BadMedia):
        await silence.detect(path, on_progress=ignore)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("silence_roomtone_30s.ogg", 29.9, 30.1),
        ("silence_digital_30s.wav", 30.0, 30.0),
        ("silence_25s_speech_40s.ogg", 65.0, 66.5),  # 25 + 0.7 + 40 s
        ("music_only_vibe_ace_61s.ogg", 0.0, 2.0),  # it fades out
        ("song_with_vocals_lets_go_fishin.ogg", 0.0, 2.0),
        ("noise_white_snr0.ogg", 0.0, 0.0),
    ],
)
async def test_detect_tells_silence_from_music_and_noise(
    name: str, least: float, most: float, media: Path, tmp_path: Path
) -> None:
    await decoded(media / "A_speech" / name, tmp_path / "out.wav")

    spans = await silence.detect(tmp_path / "out.wav", on_progress=ignore)

    assert least <= sum(span.length for span in spans) <= most
