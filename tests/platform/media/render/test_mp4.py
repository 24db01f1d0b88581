"""The index of an MP4 is read as ffmpeg writes it, in both its widths."""

from __future__ import annotations

import pytest
from reelscribe.platform.media.render import mp4

from ..conftest import Make

SOUND = ("-f", "lavfi", "-i", "sine=r=8000:d=5")


@pytest.mark.parametrize(
    "units", [pytest.param("1000", id="32 bits"), pytest.param("1002000000", id="64 bits, as ffmpeg 9 for odd rates")]
)
def test_tracks_are_as_long_as_they_play(make: Make, units: str) -> None:
    path = make("sound.mp4", *SOUND, "-c:a", "aac", "-movie_timescale", units)

    (track,) = mp4.tracks(path)

    assert track.kind == "soun"
    assert track.seconds == pytest.approx(5.0, abs=0.2)
