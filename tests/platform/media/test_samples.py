"""Every good file of the shared media opens and decodes to its own length."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from reelscribe.platform.errors import BadMedia, ReelscribeError
from reelscribe.platform.media.audio import ExtractedAudio

from .conftest import decoded, manifest

# Where the sound is not as long as the manifest says of the whole file: what it is instead, or None for no sound.
ODD: dict[str, float | None] = {
    "v_audio_shorter_than_video.mp4": 10.55,
    "real_webm_no_duration.webm": 4.88,
    "v_no_audio.mp4": None,
    "real_leading_dash_name.mp4": None,
}
# One of each container, codec, layout, rate and length; the rest differs only in what is said.
QUICK = ("ch_", "dc_", "level_", "rate_", "silence_", "start_", "tiny_", "reading_", "en_jfk", "fr_sr", "en_essay")

VIDEOS = manifest("C_video")
SPEECH = manifest("A_speech")
Outcomes = dict[str, ExtractedAudio | ReelscribeError]


def name_of(entry: dict[str, Any]) -> str:
    return Path(entry["file"]).name


def quick(entry: dict[str, Any]) -> bool:
    return name_of(entry).startswith(QUICK)


async def decode_all(entries: list[dict[str, Any]], media: Path, folder: Path) -> Outcomes:
    turn = asyncio.Semaphore(3)

    async def one(entry: dict[str, Any]) -> ExtractedAudio | ReelscribeError:
        async with turn:
            try:
                return await decoded(media / entry["file"], folder / f"{name_of(entry)}.wav")
            except ReelscribeError as exc:
                return exc

    made = await asyncio.gather(*(one(entry) for entry in entries))
    return {name_of(entry): outcome for entry, outcome in zip(entries, made, strict=True)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def first(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return await decode_all(VIDEOS + [e for e in SPEECH if quick(e)], media, tmp_path_factory.mktemp("first"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rest(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return await decode_all([e for e in SPEECH if not quick(e)], media, tmp_path_factory.mktemp("rest"))


def check(entry: dict[str, Any], outcome: ExtractedAudio | ReelscribeError) -> None:
    expected = ODD.get(name_of(entry), entry["duration"])
    if expected is None:
        assert isinstance(outcome, BadMedia)
        assert "no sound" in outcome.message
        return
    assert isinstance(outcome, ExtractedAudio), outcome
    assert outcome.duration_seconds == pytest.approx(expected, abs=0.1)  # MP3 encoders pad up to 90 ms
    assert outcome.warnings == ()


@pytest.mark.parametrize("entry", VIDEOS + [e for e in SPEECH if quick(e)], ids=name_of)
async def test_sample_decodes_to_its_length(entry: dict[str, Any], first: Outcomes) -> None:
    check(entry, first[name_of(entry)])


@pytest.mark.slow
@pytest.mark.parametrize("entry", [e for e in SPEECH if not quick(e)], ids=name_of)
async def test_other_sample_decodes_to_its_length(entry: dict[str, Any], rest: Outcomes) -> None:
    check(entry, rest[name_of(entry)])
