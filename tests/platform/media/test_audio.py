"""Sound is decoded to one format, from the start of the file, whatever carries it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from reelscribe.platform.errors import BadMedia, StorageFull, TooLarge
from reelscribe.platform.media import audio, probe, wav

from .conftest import Make, decoded, ignore

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=44100")
SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono:duration=2")


@pytest.fixture
def full_disk(tmp_path: Path) -> Path:
    """A path that takes no byte. A link, because extract removes what it could not finish."""
    path = tmp_path / "out.wav"
    path.symlink_to("/dev/full")
    return path


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def samples(path: Path) -> NDArray[np.int16]:
    return np.concatenate(list(wav.blocks(path, wav.RATE)))


def level(sound: NDArray[np.int16]) -> float:
    """Return the level in dB below full scale, without a constant offset."""
    return float(20 * np.log10(max(sound.astype(float).std(), 0.1) / 32768))


async def test_extract_writes_our_format(make: Make, tmp_path: Path) -> None:
    made = await decoded(make("a.mp3", *TONE), tmp_path / "out.wav")

    content = (tmp_path / "out.wav").read_bytes()
    assert made.duration_seconds == pytest.approx(2, abs=0.05)
    assert len(content) == 44 + 2 * round(made.duration_seconds * 16_000)
    assert (made.silent, made.warnings) == (False, ())


async def test_extract_reports_progress_that_never_falls(make: Make, tmp_path: Path) -> None:
    source = make("a.flac", "-f", "lavfi", "-i", "sine=duration=300")
    seen: list[float] = []

    async def note(fraction: float) -> None:
        seen.append(fraction)

    info = await probe.inspect(source)
    await audio.extract(source, tmp_path / "out.wav", info=info, max_seconds=600, on_progress=note)

    assert len(seen) > 10
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1, abs=0.01)


async def test_extract_takes_the_track_that_is_not_silent(make: Make, tmp_path: Path) -> None:
    source = make("two.mkv", *SILENCE, *TONE, "-map", "0", "-map", "1", "-disposition:a:0", "default")

    made = await decoded(source, tmp_path / "out.wav")

    assert (made.stream.index, made.silent) == (1, False)


async def test_extract_says_that_all_is_silent(make: Make, tmp_path: Path) -> None:
    source = make("two.mkv", *SILENCE, *SILENCE, "-map", "0", "-map", "1")

    made = await decoded(source, tmp_path / "out.wav")

    assert (made.stream.index, made.silent) == (0, True)
    assert made.duration_seconds == pytest.approx(2, abs=0.05)


async def test_extract_counts_from_the_start_of_the_file(make: Make, tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=duration=4:size=64x64")
    source = make("late.mp4", *picture, "-itsoffset", "1.5", *TONE, "-map", "0", "-map", "1")

    await decoded(source, tmp_path / "out.wav")

    sound = samples(tmp_path / "out.wav")
    heard = np.flatnonzero(np.abs(sound.astype(int)) > 500)
    assert heard[0] / wav.RATE == pytest.approx(1.5, abs=0.03)


async def test_extract_ignores_where_the_clock_of_the_file_starts(media: Path, tmp_path: Path) -> None:
    made = await decoded(media / "A_speech" / "start_offset_ts.mka", tmp_path / "out.wav")

    assert made.duration_seconds == pytest.approx(13.23, abs=0.02)


async def test_extract_fills_a_gap_in_the_middle(make: Make, tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=duration=4:sample_rate=48000")
    cut = make("cut.mkv", *tone, "-af", "aselect='lt(t,1)+gt(t,3)'", "-c:a", "pcm_s16le")

    made = await decoded(cut, tmp_path / "out.wav")

    sound = samples(tmp_path / "out.wav")
    assert made.duration_seconds == pytest.approx(4, abs=0.1)
    assert level(sound[int(1.3 * wav.RATE) : int(2.7 * wav.RATE)]) < -80
    assert level(sound[int(3.3 * wav.RATE) : int(3.7 * wav.RATE)]) > -30


@pytest.mark.parametrize(
    "name", ["ch_5_1_centre_only.m4a", "ch_phase_inverted.flac", "ch_right_only.m4a", "dc_offset.wav"]
)
async def test_extract_keeps_speech_of_odd_channels(name: str, media: Path, tmp_path: Path) -> None:
    await decoded(media / "A_speech" / name, tmp_path / "out.wav")

    # The same 13 s of speech; -18 dB below full scale where nothing is lost.
    assert level(samples(tmp_path / "out.wav")) > -40


async def test_extract_keeps_what_is_there_of_a_damaged_file(make: Make, tmp_path: Path) -> None:
    whole = make("whole.mp3", "-f", "lavfi", "-i", "sine=duration=20").read_bytes()
    hurt = tmp_path / "hurt"
    hurt.write_bytes(whole[:60_000] + b"\xff\xfb\x90\x00" + bytes(range(256)) * 20 + whole[65_124:])

    made = await decoded(hurt, tmp_path / "out.wav")

    assert made.duration_seconds == pytest.approx(20, abs=1)
    assert made.warnings


async def test_extract_refuses_a_video_without_sound(make: Make, tmp_path: Path) -> None:
    source = make("mute.mp4", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64")

    with pytest.raises(BadMedia, match="no sound") as caught:
        await decoded(source, tmp_path / "out.wav")

    assert caught.value.hint


async def test_extract_stops_when_more_comes_than_the_file_said(media: Path, tmp_path: Path) -> None:
    bomb = media / "D_hostile" / "bomb_silence_24h.flac"
    info = await probe.inspect(bomb, max_seconds=100_000)
    lie = msgspec.structs.replace(info, duration_seconds=1.0)

    with pytest.raises(TooLarge, match="hours long"):
        await audio.extract(bomb, tmp_path / "out.wav", info=lie, max_seconds=120, on_progress=ignore)

    assert left_in(tmp_path) == []


async def test_extract_leaves_nothing_when_cancelled(media: Path, tmp_path: Path) -> None:
    bomb = media / "D_hostile" / "bomb_silence_24h.flac"
    info = await probe.inspect(bomb, max_seconds=100_000)
    under_way = asyncio.Event()

    async def note(fraction: float) -> None:
        under_way.set()

    before = {child.pid for child in psutil.Process().children()}
    task = asyncio.create_task(
        audio.extract(bomb, tmp_path / "out.wav", info=info, max_seconds=100_000, on_progress=note)
    )
    await asyncio.wait_for(under_way.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert left_in(tmp_path) == []
    assert {child.pid for child in psutil.Process().children()} <= before


async def test_extract_says_that_the_disk_is_full(make: Make, full_disk: Path) -> None:
    source = make("a.wav", *TONE)
    info = await probe.inspect(source)

    with pytest.raises(StorageFull):
        await audio.extract(source, full_disk, info=info, max_seconds=60, on_progress=ignore)
