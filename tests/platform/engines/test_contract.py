"""What every engine promises, asked of each with real audio."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from reelscribe.platform.domain import word_errors
from reelscribe.platform.engines.protocol import Request, Transcription
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.errors import BadMedia, EngineFailed
from reelscribe.platform.settings import Settings

from tests.platform.engines.conftest import BEST, CONVERSATION, MODEL, MakeRegistry, Notes, Wav

pytestmark = pytest.mark.model

JFK = "A_speech/en_jfk_11s.flac"
JFK_TEXT = (
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
)
SENSE = "A_speech/en_ps_librivox_0870.wav"
SENSE_TEXT = (
    "and mister john dashwood had then leisure to consider how much there might be "
    "prudently in his power to do for them"
)
SELFISH = "A_speech/en_ps_librivox_0890.wav"
SELFISH_TEXT = "unless to be rather cold hearted and rather selfish is to be ill disposed"
SILENCE = "A_speech/silence_digital_30s.wav"
ROOM = "A_speech/silence_roomtone_30s.ogg"

WHISPERX = pytest.param("whisperx", marks=(pytest.mark.whisperx, pytest.mark.slow))
LISTENING = ("local", "faster-whisper", "pocketsphinx", WHISPERX)
IN_CHILD = ("faster-whisper", "pocketsphinx", WHISPERX)
# WhisperX imports torch before it says anything, a minute on a machine that has much else to do.
PATIENCE_SECONDS = 200


def word_error_rate(reference: str, transcription: Transcription) -> float:
    found = " ".join(part.text for part in transcription.segments)
    return word_errors.compare(reference, found, language="en").rate


@pytest.mark.parametrize(
    ("name", "clip", "text", "most"),
    [
        ("faster-whisper", JFK, JFK_TEXT, 0.05),
        ("faster-whisper", SENSE, SENSE_TEXT, 0.05),
        ("faster-whisper", SELFISH, SELFISH_TEXT, 0.05),
        ("local", SELFISH, SELFISH_TEXT, 0.05),
        pytest.param("whisperx", JFK, JFK_TEXT, 0.05, marks=pytest.mark.whisperx),
        pytest.param("whisperx", SENSE, SENSE_TEXT, 0.05, marks=pytest.mark.whisperx),
        pytest.param("whisperx", SELFISH, SELFISH_TEXT, 0.05, marks=pytest.mark.whisperx),
        # pocketsphinx: 0.44 over 17 clips in our measurements, this is one of its better ones
        ("pocketsphinx", SENSE, SENSE_TEXT, 0.6),
    ],
)
async def test_words_are_right_in_known_clip(
    registry: Registry, wav: Wav, notes: Notes, name: str, clip: str, text: str, most: float
) -> None:
    result = await registry.get(name).transcribe(wav(clip, language="en"), notes)

    assert word_error_rate(text, result) <= most


@dataclass(frozen=True)
class Heard:
    """What one engine made of one recording, and what it said meanwhile."""

    engine: str
    request: Request
    notes: Notes
    result: Transcription


# pocketsphinx is slow, so it gets the shorter clip
@pytest.fixture(
    scope="module",
    params=[
        ("local", CONVERSATION),
        ("faster-whisper", CONVERSATION),
        pytest.param(("whisperx", CONVERSATION), marks=pytest.mark.whisperx),
        ("pocketsphinx", JFK),
        ("stub", JFK),
    ],
    ids=lambda case: case[0],
)
async def heard(request: pytest.FixtureRequest, models: Path, wav: Wav) -> Heard:
    name, clip = request.param
    registry = Registry(Settings(model_dir=models, whisper_model=MODEL, whisperx_model=MODEL))
    notes, order = Notes(), wav(clip)
    result = await registry.get(name).transcribe(order, notes)
    await registry.close_all()
    return Heard(name, order, notes, result)


def test_times_are_ordered_and_inside_the_recording(heard: Heard) -> None:
    segments = heard.result.segments

    times = [time for segment in segments for word in segment.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(before.end <= after.start for before, after in pairwise(segments))
    assert segments[0].start >= 0
    assert segments[-1].end <= heard.request.duration


def test_segments_span_their_words(heard: Heard) -> None:
    for segment in heard.result.segments:
        words = segment.words
        assert not words or (segment.start, segment.end) == (words[0].start, words[-1].end)
        assert not words or segment.text == " ".join(word.text for word in words)


def test_segments_have_ids_of_their_own(heard: Heard) -> None:
    ids = [segment.id for segment in heard.result.segments]

    assert len(set(ids)) == len(ids) >= 1


def test_partials_are_the_result(heard: Heard) -> None:
    assert tuple(heard.notes.segments) == heard.result.segments


def test_progress_never_falls_and_ends_at_one(heard: Heard) -> None:
    assert heard.notes.fractions == sorted(heard.notes.fractions)
    assert heard.notes.fractions[-1] == 1.0


def test_words_have_confidence_where_they_were_heard(heard: Heard) -> None:
    words = [word for segment in heard.result.segments for word in segment.words]

    # WhisperX times its words in a step of its own
    assert (words == []) == (heard.result.engine in ("stub", "whisperx"))
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    assert all(re.fullmatch(r"[\w'.,?!-]+", word.text) for word in words)


def test_result_says_what_did_the_work(heard: Heard) -> None:
    names = {"pocketsphinx": ("pocketsphinx", "en-us"), "stub": ("stub", "text"), "local": (BEST, MODEL)}

    assert (heard.result.engine, heard.result.model) == names.get(heard.engine, (heard.engine, MODEL))


def test_language_is_detected(heard: Heard) -> None:
    assert heard.result.language == (None if heard.engine == "stub" else "en")


@pytest.mark.parametrize("clip", [SILENCE, ROOM])
@pytest.mark.parametrize("name", LISTENING)
async def test_silence_has_no_words(registry: Registry, wav: Wav, notes: Notes, name: str, clip: str) -> None:
    result = await registry.get(name).transcribe(wav(clip), notes)

    assert result.segments == ()


async def test_align_keeps_words_that_have_times(heard: Heard, registry: Registry, notes: Notes) -> None:
    if heard.result.engine == "whisperx":
        pytest.skip("WhisperX has no times for its words before this step; see test_alignment")
    aligned = await registry.get(heard.engine).align(heard.request, heard.result, notes)

    assert aligned == heard.result
    assert notes.fractions == [1.0]


@pytest.mark.parametrize("name", LISTENING)
async def test_cancel_leaves_no_process_and_the_next_call_works(
    registry: Registry, wav: Wav, notes: Notes, name: str
) -> None:
    at_work = asyncio.Event()
    notes.on_report = at_work.set
    work = asyncio.create_task(registry.get(name).transcribe(wav(CONVERSATION, times=6, language="en"), notes))
    await asyncio.wait_for(at_work.wait(), PATIENCE_SECONDS)
    pids = registry.pool.pids

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert pids
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert (await registry.get(name).transcribe(wav(SELFISH, language="en"), Notes())).segments


@pytest.mark.chaos
@pytest.mark.parametrize("name", LISTENING)
async def test_killed_child_is_an_engine_failure_and_the_next_call_works(
    registry: Registry, wav: Wav, notes: Notes, name: str
) -> None:
    notes.on_report = lambda: os.kill(registry.pool.pids[0], signal.SIGKILL)

    with pytest.raises(EngineFailed) as failure:
        await registry.get(name).transcribe(wav(CONVERSATION, times=6, language="en"), notes)

    assert failure.value.facts["exit_code"] == -signal.SIGKILL
    assert failure.value.facts["peak_memory_bytes"] > 10_000_000
    assert registry.pool.pids == ()
    assert (await registry.get(name).transcribe(wav(SELFISH, language="en"), Notes())).segments


@pytest.mark.chaos
@pytest.mark.parametrize("name", IN_CHILD)
# MB of address space: too little for Python, for the libraries, for the model or its work
@pytest.mark.parametrize("megabytes", [60, 120, 300])
async def test_out_of_memory_is_an_engine_failure(
    make_registry: MakeRegistry, models: Path, wav: Wav, notes: Notes, name: str, megabytes: int
) -> None:
    registry = make_registry(model_dir=models, whisper_model=MODEL, memory_bytes=megabytes * 1024**2)

    with pytest.raises(EngineFailed) as failure:
        await registry.get(name).transcribe(wav(SELFISH, language="en"), notes)

    assert failure.value.facts["cause"] == "out_of_memory"
    assert "memory" in failure.value.message


@pytest.mark.parametrize("name", LISTENING)
async def test_file_that_is_no_wav_is_bad_media(
    registry: Registry, tmp_path: Path, wav: Wav, notes: Notes, name: str
) -> None:
    path = tmp_path / "audio.wav"
    path.write_bytes(b"this is not audio")

    with pytest.raises(BadMedia):
        await registry.get(name).transcribe(Request(audio=path, duration=1.0), notes)

    assert (await registry.get(name).transcribe(wav(SELFISH), notes)).segments
    assert registry.pool.stats.hits == 1


@pytest.mark.parametrize("name", LISTENING)
async def test_one_sample_has_no_words(registry: Registry, wav: Wav, notes: Notes, name: str) -> None:
    result = await registry.get(name).transcribe(wav("A_speech/tiny_1_sample.wav"), notes)

    assert result.segments == ()
