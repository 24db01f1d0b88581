"""PocketSphinx hears each recording as if it were its first."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from reelscribe.platform.engines.messages import Transcribe
from reelscribe.platform.media import programs
from reelscribe.platform.resources import data_path

pytest.importorskip("pocketsphinx")  # there is no wheel for every Python
from reelscribe.platform.engines.child.sphinx import Sphinx


class Heard:
    """Takes the place of the channel to the parent."""

    def __init__(self) -> None:
        self.segments: list[object] = []

    def heard(self, segments) -> None:
        self.segments += segments

    def progress(self, fraction) -> None:
        """Needs no place."""


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """Nine seconds of the sample lecture."""
    cut = tmp_path / "speech.wav"
    command = [str(programs.ffmpeg().path), "-v", "error", "-ss", "36", "-t", "9"]
    command += ["-i", str(data_path("samples") / "lecture.mp4"), "-ac", "1", "-ar", "16000", str(cut)]
    subprocess.run(command, check=True, timeout=60)
    return cut


def test_same_recording_has_the_same_words_and_times_again(speech):
    decoder, first, second = Sphinx.load(), Heard(), Heard()
    command = Transcribe(audio=str(speech), duration=9.0, language="en")

    decoder.transcribe(command, first)
    decoder.transcribe(command, second)

    assert first.segments
    assert second.segments == first.segments
