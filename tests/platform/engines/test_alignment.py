"""Words get their times from WhisperX's aligner; without one the text is kept and somebody is told."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
import pytest
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines import alignment
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.engines.protocol import Request, Transcription
from reelscribe.platform.errors import BadMedia, EngineFailed
from reelscribe.platform.settings import Settings

from tests.platform.engines.conftest import CONVERSATION, Notes, Wav

JFK = "A_speech/en_jfk_11s.flac"
JFK_TEXT = (
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
)
OFFLINE = {**os.environ, "HF_HUB_OFFLINE": "1"}
WITHOUT_WHISPERX = pytest.mark.skipif(
    importlib.util.find_spec("whisperx") is not None, reason="is about a machine without WhisperX"
)

MakePool = Callable[..., Pool]


def said(*segments: Segment, language: str | None = "en") -> Transcription:
    return Transcription(engine="whisperx", model="small", language=language, segments=segments)


def passage(text: str, start: float = 0.0, end: float = 11.0, number: int = 1) -> Segment:
    return Segment(id=f"s{number}", start=start, end=end, text=text)


def text_of(transcription: Transcription) -> str:
    return " ".join(segment.text for segment in transcription.segments)


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    """Make pools whose children end with the test."""
    made: list[Pool] = []

    def make(*, memory_bytes: int | None = None) -> Pool:
        made.append(Pool(size=1, environ=OFFLINE, memory_bytes=memory_bytes))
        return made[-1]

    yield make
    for pool in made:
        await pool.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def aligner(settings: Settings, models: Path) -> Settings:
    """Settings whose model folder has the small aligner for English and, for its code path, for Chinese."""
    folder = settings.model_path / "align"
    folder.mkdir(parents=True)
    for language in ("en", "zh"):
        (folder / language).symlink_to(models / "micro-wav2vec2-en")
    return settings


async def align(
    pool: Pool, settings: Settings, request: Request, transcription: Transcription, notes: Notes
) -> Transcription:
    return await alignment.align(pool, settings, request, transcription, notes, environ=OFFLINE)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("yo", "no alignment model for the language 'yo'"),
        ("de", "VOXPOPULI_ASR_BASE_10K_DE is not on this machine"),
        ("nl", "HF_HUB_OFFLINE forbids it"),
        (None, "The language is not known"),
    ],
)
async def test_text_is_kept_with_guessed_words_where_no_aligner_can_be_had(
    make_pool: MakePool, settings: Settings, notes: Notes, language: str | None, words: str
) -> None:
    pool = make_pool()
    request = Request(audio=Path("never-read.wav"), duration=9.0, silences=(Span(2.0, 4.0),))

    result = await align(pool, settings, request, said(passage("one two", 0.0, 6.0), language=language), notes)

    assert text_of(result) == "one two"
    assert [(word.start, word.end, word.confidence) for segment in result.segments for word in segment.words] == [
        (0.0, 2.0, None),
        (4.0, 6.0, None),
    ]
    assert [warning.code for warning in result.warnings] == ["words_not_aligned"]
    assert words in result.warnings[0].message
    assert str(settings.home) not in result.warnings[0].message
    assert pool.pids == ()


async def test_words_that_have_times_are_left_alone(make_pool: MakePool, settings: Settings, notes: Notes) -> None:
    word = Word(start=0.0, end=0.5, text="yes", confidence=0.9)
    before = said(Segment(id="s1", start=0.0, end=0.5, text="yes", words=(word,)), passage(" ", number=2))

    assert await align(make_pool(), settings, Request(audio=Path("x.wav"), duration=1.0), before, notes) == before
    assert notes.fractions == [1.0]


@WITHOUT_WHISPERX
async def test_missing_library_keeps_the_text(
    make_pool: MakePool, aligner: Settings, notes: Notes, tmp_path: Path
) -> None:
    request = Request(audio=tmp_path / "never-read.wav", duration=11.0)

    result = await align(make_pool(), aligner, request, said(passage(JFK_TEXT)), notes)

    assert text_of(result) == JFK_TEXT
    assert "cannot be imported" in result.warnings[0].message


@dataclass(frozen=True)
class Warm:
    """A process that has its model loaded, for the tests that do it no harm: it takes long to import torch."""

    pool: Pool
    settings: Settings
    wav: Wav

    async def align(self, transcription: Transcription, notes: Notes, request: Request | None = None) -> Transcription:
        return await align(self.pool, self.settings, request or self.wav(JFK), transcription, notes)


@pytest.fixture(scope="module")
async def warm(models: Path, wav: Wav, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Warm]:
    settings = Settings(home=tmp_path_factory.mktemp("warm"))
    (settings.model_path / "align").mkdir(parents=True)
    (settings.model_path / "align" / "en").symlink_to(models / "micro-wav2vec2-en")
    ready = Warm(Pool(size=1, environ=OFFLINE), settings, wav)
    # A process that begins in a test would have to end with it.
    await ready.align(said(passage("And so")), Notes())
    yield ready
    await ready.pool.close()


def assert_in_order(result: Transcription, segments: tuple[Segment, ...]) -> None:
    times = [time for segment in result.segments for word in segment.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert segments[0].start <= times[0]
    assert times[-1] <= segments[-1].end


@pytest.mark.whisperx
@pytest.mark.slow
async def test_every_word_of_a_known_clip_is_found(warm: Warm, notes: Notes) -> None:
    before = said(passage(JFK_TEXT))

    result = await warm.align(before, notes)

    words = [word for segment in result.segments for word in segment.words]
    assert [word.text for word in words] == JFK_TEXT.split()
    assert all(word.confidence is not None and 0.3 < word.confidence <= 1 for word in words)
    # "ask" after the long pause of this speech: 3.3 s, as heard; "country." at the end: 10.0 s.
    assert words[5].start == pytest.approx(3.3, abs=0.15)
    assert words[-1].start == pytest.approx(10.0, abs=0.15)
    assert text_of(result) == JFK_TEXT
    assert result.warnings == ()
    assert_in_order(result, before.segments)
    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["And so, my 12 fellow $5.00 Americans,", "ask — not … what", "and\tso\u00a0my  fellow", "ÄÖÜ 100 % ß"],
    ids=["digits", "dashes", "white-space", "foreign"],
)
async def test_text_that_the_model_cannot_spell_keeps_every_word(warm: Warm, notes: Notes, text: str) -> None:
    before = said(passage(text, 0.3, 4.5))

    result = await warm.align(before, notes)

    assert [word.text for segment in result.segments for word in segment.words] == text.split()
    assert "".join(text_of(result).split()) == "".join(text.split())
    assert_in_order(result, before.segments)


@pytest.mark.whisperx
@pytest.mark.slow
async def test_language_without_spaces_is_timed_by_character(
    make_pool: MakePool, aligner: Settings, wav: Wav, notes: Notes
) -> None:
    text = "我有GPT4模型。你呢？"  # noqa: RUF001 a full-width mark ends the sentence

    result = await align(make_pool(), aligner, wav(JFK), said(passage(text, 0.3, 4.5), language="zh"), notes)

    assert "".join(word.text for segment in result.segments for word in segment.words) == text
    assert "".join(segment.text for segment in result.segments) == text
    assert len(result.segments[0].words) > 3


@pytest.mark.whisperx
@pytest.mark.slow
async def test_passages_without_sound_are_guessed_and_counted(warm: Warm, notes: Notes) -> None:
    before = said(
        passage("And so, my fellow Americans,", 0.0, 3.0, 1),
        passage("", 3.0, 4.0, 2),
        passage("nothing is here", 10.999, 10.999, 3),
        passage("beyond the end", 50.0, 52.0, 4),
    )

    result = await warm.align(before, notes)

    assert [segment.text for segment in result.segments] == [segment.text for segment in before.segments]
    assert all(word.confidence is None for segment in result.segments[2:] for word in segment.words)
    assert result.warnings[0].message.startswith("2 of 3 passages were not found in the sound, the first at 11 s.")


@pytest.mark.whisperx
@pytest.mark.slow
async def test_one_sample_of_sound_keeps_the_text(warm: Warm, notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "sample.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"\0\0")

    result = await warm.align(said(passage("Hm.", 0, 0)), notes, Request(audio=path, duration=1 / 16_000))

    assert text_of(result) == "Hm."
    assert result.warnings[0].code == "words_not_aligned"


@pytest.mark.whisperx
@pytest.mark.slow
async def test_file_that_is_no_wav_is_bad_media(warm: Warm, notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "audio.wav"
    path.write_bytes(b"this is not audio")

    with pytest.raises(BadMedia):
        await warm.align(said(passage("one", 0.0, 1.0)), notes, Request(audio=path, duration=1.0))


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
async def test_broken_model_keeps_the_text(
    make_pool: MakePool, settings: Settings, models: Path, wav: Wav, name: str
) -> None:
    folder = settings.model_path / "align" / "en"
    folder.mkdir(parents=True)
    for path in (models / "micro-wav2vec2-en").iterdir():
        (folder / path.name).write_bytes(b"not this" if path.name == name else path.read_bytes())

    result = await align(make_pool(), settings, wav(JFK), said(passage(JFK_TEXT)), Notes())

    assert text_of(result) == JFK_TEXT
    assert "align/en" in result.warnings[0].message
    assert str(settings.home) not in result.warnings[0].message


def conversation(seconds: float) -> Transcription:
    """Many passages of three seconds each, so that the work lasts."""
    starts = range(0, int(seconds) - 3, 3)
    return said(*(passage("and so my fellow", at, at + 3, at) for at in starts))


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.chaos
async def test_killed_child_is_an_engine_failure_and_the_next_call_works(
    make_pool: MakePool, aligner: Settings, wav: Wav, notes: Notes
) -> None:
    pool = make_pool()
    notes.on_report = lambda: os.kill(pool.pids[0], signal.SIGKILL)

    with pytest.raises(EngineFailed) as failure:
        await align(pool, aligner, wav(CONVERSATION), conversation(30), notes)

    assert failure.value.facts["exit_code"] == -signal.SIGKILL
    assert pool.pids == ()
    result = await align(pool, aligner, wav(JFK), said(passage(JFK_TEXT)), Notes())
    assert msgspec.json.encode(result.warnings) == b"[]"


@pytest.mark.whisperx
@pytest.mark.slow
async def test_cancel_leaves_no_process(make_pool: MakePool, aligner: Settings, wav: Wav, notes: Notes) -> None:
    pool, at_work = make_pool(), asyncio.Event()
    notes.on_report = at_work.set
    work = asyncio.create_task(align(pool, aligner, wav(CONVERSATION, times=6), conversation(180), notes))
    await asyncio.wait_for(at_work.wait(), 240)
    pids = pool.pids

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert pids
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.chaos
async def test_too_little_memory_keeps_the_text(make_pool: MakePool, aligner: Settings, wav: Wav, notes: Notes) -> None:
    pool = make_pool(memory_bytes=600 * 1024**2)  # of address space: too little for torch

    result = await align(pool, aligner, wav(JFK), said(passage(JFK_TEXT)), notes)

    assert text_of(result) == JFK_TEXT
    assert "memory" in result.warnings[0].message
