from __future__ import annotations

import wave
from pathlib import Path

import pytest
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.engines.gemini import sound
from reelscribe.platform.errors import BadMedia

from tests.platform.engines.conftest import Wav
from tests.platform.engines.gemini.test_transcribe import LATE, SILENT
from tests.recordings import wav as tone


def test_silences_of_speech_in_silence(wav: Wav) -> None:
    found = sound.silences(wav(LATE).audio)

    # 25 s of silence, speech to 37.2, then silence to the end
    assert found[0] == Span(0.0, 25.0)
    assert found[-1].start == pytest.approx(37.2, abs=0.2)
    assert found[-1].end == pytest.approx(wav(LATE).duration, abs=0.02)


@pytest.mark.parametrize("clip", SILENT)
def test_silent_recording_is_one_silence(wav: Wav, clip: str) -> None:
    assert sound.silences(wav(clip).audio) == (Span(0.0, wav(clip).duration),)


def test_steady_tone_is_no_silence(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(tone(3.0, rate=16_000))

    assert sound.silences(path) == ()


def test_cut_is_exact_to_the_sample(wav: Wav, tmp_path: Path) -> None:
    source, target = wav(LATE).audio, tmp_path / "cut.wav"

    sound.cut(source, Span(25.123, 31.456), target)

    with wave.open(str(source)) as whole, wave.open(str(target)) as part:
        assert part.getnframes() == round(6.333 * 16_000)
        whole.setpos(round(25.123 * 16_000))
        assert part.readframes(part.getnframes()) == whole.readframes(part.getnframes())


def test_cut_stops_at_the_end_of_the_file(wav: Wav, tmp_path: Path) -> None:
    sound.cut(wav(LATE).audio, Span(70.0, 9_999.0), tmp_path / "cut.wav")

    assert sound.length(tmp_path / "cut.wav") == pytest.approx(wav(LATE).duration - 70.0, abs=0.001)


def test_quietest_moment_is_in_the_pause(wav: Wav) -> None:
    assert 26.8 <= sound.quietest(wav(LATE).audio, at=28.0, reach=2.0) <= 27.6


@pytest.mark.parametrize("content", [b"", b"nonsense", tone(1.0, rate=8_000)], ids=["empty", "nonsense", "8kHz"])
def test_other_files_are_bad_media(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "audio.wav"
    path.write_bytes(content)

    with pytest.raises(BadMedia):
        sound.length(path)


@pytest.mark.parametrize("samples", [0, 1])
def test_next_to_nothing_has_no_trouble(tmp_path: Path, samples: int) -> None:
    path = tmp_path / "audio.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, sound.RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * samples))

    assert len(sound.silences(path)) == samples
