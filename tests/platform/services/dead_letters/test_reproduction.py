"""The lines that make a failed request again are understood by our own command line."""

from __future__ import annotations

import shlex

import pytest
from reelscribe.cli import clips, transcribe
from reelscribe.platform.services.dead_letters import reproduction

_REQUEST = {"media_id": "m", "engine": "stub", "language": "en", "mode": "dialogue", "min_speakers": 2}
_CLIPS = {
    "count": 3,
    "min_seconds": 20.0,
    "aspect": "9:16",
    "about": "the 'proof'",
    "remove_pauses": True,
    "pause_seconds": 1.5,
    "subtitles": False,
}


def arguments(**payload: object) -> list[str]:
    made = reproduction.lines("https://reel.example", "l", "my talk.mp4", _REQUEST | payload)
    words = shlex.split(made.cli.partition(" && ")[2])
    assert words[0] == "reelscribe"
    return words[1:]


def test_transcription_is_asked_for_with_its_speakers():
    name, *rest = arguments(kind="transcription", clips={})

    asked = transcribe.command.make_context(name, rest).params

    assert (name, asked["mode"], asked["min_speakers"], asked["engine"]) == ("transcribe", "dialogue", 2, "stub")


@pytest.mark.parametrize("wanted", [_CLIPS, {}])
def test_clips_are_asked_for_as_they_were(wanted):
    name, *rest = arguments(kind="clips", clips=wanted)

    asked = clips.command.make_context(name, rest).params

    assert (name, asked["language"]) == ("clips", "en")
    assert {key: asked[key] for key in wanted if key != "pause_seconds"} == {
        key: value for key, value in wanted.items() if key != "pause_seconds"
    }
