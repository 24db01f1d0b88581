"""A recording without a picture gets one: as long as the clip, moving with the voice, with its title."""

from __future__ import annotations

import wave
from pathlib import Path

import msgspec
import numpy as np
import pytest
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.clips import Aspect
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media.render import audiogram, audiogram_bars

from ..conftest import ignore
from . import watching

RATE = 48_000


@pytest.fixture
def loud_at_one(tmp_path: Path) -> Path:
    """Three seconds of sound at 48 kHz, silent but for the second one."""
    samples = np.zeros((3 * RATE, 2))
    samples[RATE : 2 * RATE] = 0.5 * np.sin(np.arange(RATE) / 20)[:, None]
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize(("aspect", "size"), [("source", (1280, 720)), ("9:16", (720, 1280))])
async def test_audiogram_has_the_clips_frames_and_moves_with_the_voice(
    loud_at_one: Path, tmp_path: Path, aspect: Aspect, size: tuple[int, int]
) -> None:
    grid = frames.grid([Span(10, 12), Span(20, 21.4)], None)  # longer than the sound
    wanted = msgspec.structs.replace(watching.order(*grid.spans), aspect=aspect)
    target = tmp_path / "picture.mp4"

    told = await audiogram.picture(loud_at_one, wanted, grid, target, folder=tmp_path, on_progress=ignore)

    times, pictures = watching.pictures(target)
    middle = [picture[int(size[1] * 0.44) // 4 - 20 : int(size[1] * 0.44) // 4 + 20] for picture in pictures]
    lit = np.array([(part > 100).mean() for part in middle])
    assert told == size
    assert np.allclose(times, np.arange(grid.total) / grid.fps, atol=1e-4)
    assert lit[5:24].max() < 0.5 * lit[30:50].min()
    assert lit[80:].max() < 0.5 * lit[30:50].min()


async def test_titles_are_drawn_as_they_are_written(loud_at_one: Path, tmp_path: Path) -> None:
    grid = frames.grid([Span(0, 0.2)], None)
    drawn = []
    for title in ("A", "%{n}:'x'\\N{\\fs1}", "漢字 " * 60):
        wanted = msgspec.structs.replace(watching.order(*grid.spans), title=title)
        target = tmp_path / "picture.mp4"
        await audiogram.picture(loud_at_one, wanted, grid, target, folder=tmp_path, on_progress=ignore)
        drawn.append(int((watching.pictures(target)[1][0][: 720 // 4 // 4] > 100).sum()))

    assert 0 < drawn[0] * 3 < drawn[1]


def test_bars_run_outwards_and_silence_is_a_line_of_dots(loud_at_one: Path) -> None:
    heights = audiogram_bars.loudness(loud_at_one, rate=(25, 1), frames=75)

    shown = audiogram_bars.pictures(heights, 24, 30) > 0
    high = shown.sum(axis=1)  # of each bar, in six frames
    middle = audiogram_bars.BARS // 2
    assert (high[0] == 2).all()
    assert [int(np.flatnonzero(row > 2)[0]) for row in high[2:]] == [middle - 1, middle - 2, middle - 3, middle - 4]
    assert (high == high[:, ::-1]).all()


def test_silence_makes_no_bars(tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(bytes(RATE * 2))

    audiogram_bars.write(path, tmp_path / "bars", rate=(30000, 1001), frames=45)

    drawn = np.fromfile(tmp_path / "bars", np.uint8)
    assert drawn.size == 45 * audiogram_bars.BARS * audiogram_bars.LEVELS
    assert (drawn > 0).mean() == 2 / audiogram_bars.LEVELS
