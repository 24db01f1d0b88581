"""The sound of a clip: exact to the sample, without clicks, as loud as others."""

from __future__ import annotations

import re
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media import probe, programs
from reelscribe.platform.media.render import sound
from reelscribe.platform.media.render.sound import Sound

from ..conftest import Make, ignore

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=12:sample_rate=44100")


async def made(source: Path, spans: list[Span], folder: Path, *, fps: float = 25.0) -> Sound:
    info = await probe.inspect(source)
    return await sound.make(
        source, info, frames.grid(spans, fps), folder / "sound.wav", folder=folder, on_progress=ignore
    )


def samples(found: Sound) -> NDArray[np.int16]:
    with wave.open(str(found.path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, found.channels)


def measured(path: Path, what: str) -> float:
    """What ffmpeg's own meter says: "I" is the integrated loudness in LUFS, "Peak" the true peak in dB."""
    argv = [programs.ffmpeg().path, "-nostdin", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stderr
    found = re.search(rf"{what}:\s+(\S+)", said[said.rindex("Summary") :])
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize(
    ("file", "spans"),
    [
        ("E_long/lecture_2spk_12min.mp4", [Span(100.0, 130.0), Span(300.0, 310.0)]),  # 8 dB too quiet, peaks limited
        ("C_video/real_google_advert_35s.mp4", [Span(2.0, 30.0)]),  # music in stereo, too loud
        ("C_video/v_mpeg2_mp2.ts", [Span(1.0, 8.0)]),
    ],
)
async def test_clips_are_equally_loud(media: Path, tmp_path: Path, file: str, spans: list[Span]) -> None:
    found = await made(media / file, spans, tmp_path)

    assert measured(found.path, "I") == pytest.approx(-16.0, abs=0.7)
    assert measured(found.path, "Peak") <= -1.5


async def test_noise_is_not_made_speech(make: Make, tmp_path: Path) -> None:
    source = make("hiss.wav", "-f", "lavfi", "-i", "anoisesrc=amplitude=0.0005:duration=4:seed=1")

    found = await made(source, [Span(0.0, 4.0)], tmp_path)

    assert found.gain_db == pytest.approx(20.0)


async def test_silence_stays_silent(make: Make, tmp_path: Path) -> None:
    source = make("silence.wav", "-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono:duration=2")

    found = await made(source, [Span(0.0, 2.0)], tmp_path)

    assert (found.silent, int(np.abs(samples(found)).max())) == (True, 0)


async def test_joins_do_not_click(make: Make, tmp_path: Path) -> None:
    source = make("tone.wav", *TONE)
    # Cut anywhere in its wave, a tone would jump by up to twice its height.
    spans = [Span(0.4 * n + 0.0013 * n * n, 0.4 * n + 0.31) for n in range(20)]

    found = await made(source, spans, tmp_path)

    wave_form = samples(found)[:, 0].astype(int)
    steepest = 2 * np.pi * 440 / 48_000 * np.abs(wave_form).max()
    assert np.abs(np.diff(wave_form)).max() <= 1.05 * steepest
    assert (abs(wave_form[0]), abs(wave_form[-1])) <= (2, 2)


async def test_neighbours_are_joined_as_they_were(make: Make, tmp_path: Path) -> None:
    source = make("tone.wav", *TONE)

    found = await made(source, [Span(1.0, 2.0), Span(2.0, 3.0)], tmp_path)

    around = np.abs(samples(found)[48_000 - 480 : 48_000 + 480, 0].astype(int))
    assert around.max() > 0.99 * np.abs(samples(found).astype(int)).max()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mp3", "ogg", "ts", "flac"])
async def test_cuts_are_exact_whatever_carries_it(make: Make, tmp_path: Path, suffix: str) -> None:
    beep = "aevalsrc='0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.06)':s=44100:d=40"
    source = make(f"beeps.{suffix}", "-f", "lavfi", "-i", beep)

    found = await made(source, [Span(30.48, 32.48), Span(3.52, 4.52)], tmp_path)

    loud = np.flatnonzero(np.abs(samples(found)[:, 0]) > 1500)
    begins = loud[np.diff(loud, prepend=-48_000) > 4_800] / 48_000
    # At 31 and 32 s in the first stretch, at 4 s in the second one; an encoder may begin half a packet late.
    assert begins == pytest.approx([0.52, 1.52, 2.48], abs=0.012)


async def test_a_track_that_starts_late_stays_in_time(make: Make, tmp_path: Path) -> None:
    beep = "aevalsrc='0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.06)':s=44100:d=6"
    picture = ["-f", "lavfi", "-i", "color=size=64x64:duration=8", "-itsoffset", "1.5", "-f", "lavfi", "-i"]
    source = make("late.mp4", *picture, beep)

    found = await made(source, [Span(0.0, 3.0), Span(7.0, 8.0)], tmp_path)

    heard = np.abs(samples(found)[:, 0]) > 1500
    # Beeps at 1.5, 2.5, … 6.5 s; the track ends at 7.5 s.
    assert np.flatnonzero(heard)[0] / 48_000 == pytest.approx(1.5, abs=0.03)
    assert len(heard) == 4 * 48_000
    assert not heard[round(3.6 * 48_000) :].any()
