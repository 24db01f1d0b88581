"""Speakers are told apart by pyannote where it can be had, and by our own models with a warning where not."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from reelscribe.platform.domain import diarization_error
from reelscribe.platform.engines import separation
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.engines.protocol import Diarization, Request
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.settings import Settings

from tests.platform.engines import pyannote_folder
from tests.platform.engines.conftest import CONVERSATION, Notes, Wav
from tests.platform.engines.diarization.conftest import read_rttm
from tests.platform.engines.hub_server import Hub, serving

OFFLINE = {**os.environ, "HF_HUB_OFFLINE": "1"}
REPOSITORY = "someone/gated-pipeline"
SHORT = "A_speech/en_ps_librivox_0890.wav"
WITHOUT_WHISPERX = pytest.mark.skipif(
    importlib.util.find_spec("whisperx") is not None, reason="is about a machine without WhisperX"
)

MakePool = Callable[..., Pool]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    """Make pools whose children end with the test."""
    made: list[Pool] = []

    def make(*, environ: dict[str, str] = OFFLINE, memory_bytes: int | None = None) -> Pool:
        made.append(Pool(size=1, environ=environ, memory_bytes=memory_bytes))
        return made[-1]

    yield make
    for pool in made:
        await pool.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """One with a gated pipeline."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "config.yaml").write_text("pipeline: {}\n")
    with serving(REPOSITORY, folder) as server:
        server.token = "hf_right"
        yield server


def assert_light(found: Diarization, *words: str) -> None:
    assert found.turns
    assert [warning.code for warning in found.warnings] == ["light_diarization"]
    assert all(word in found.warnings[0].message for word in words), found.warnings[0].message


async def test_gated_pipeline_names_the_page_and_keeps_the_speakers(
    make_pool: MakePool, hub: Hub, wav: Wav, notes: Notes, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, whisperx_diarization=REPOSITORY)
    environ = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_other"}

    found = await separation.diarize(make_pool(), settings, wav(SHORT), notes, environ=environ)

    assert_light(found, "403", f"https://huggingface.co/{REPOSITORY}", "REELSCRIBE_HF_TOKEN")
    assert "hf_other" not in found.warnings[0].message
    assert hub.requests == [f"HEAD /{REPOSITORY}/resolve/main/config.yaml"]
    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("someone/pipeline", ["HF_HUB_OFFLINE", "someone--pipeline", "REELSCRIBE_MODEL_DIR"]),
        ("./no-such-folder", ["no config.yaml", "REELSCRIBE_WHISPERX_DIARIZATION"]),
        ("no-such-copy", ["no config.yaml", "REELSCRIBE_WHISPERX_DIARIZATION"]),
    ],
    ids=["offline", "folder", "copy"],
)
async def test_pipeline_that_cannot_be_had_keeps_the_speakers(
    make_pool: MakePool, wav: Wav, notes: Notes, tmp_path: Path, name: str, words: list[str]
) -> None:
    settings = Settings(home=tmp_path, whisperx_diarization=name)

    found = await separation.diarize(make_pool(), settings, wav(SHORT), notes, environ=OFFLINE)

    assert_light(found, *words)
    assert str(tmp_path) not in found.warnings[0].message


@WITHOUT_WHISPERX
async def test_missing_library_keeps_the_speakers(make_pool: MakePool, wav: Wav, notes: Notes, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "someone--pipeline"
    folder.mkdir(parents=True)
    (folder / "config.yaml").touch()
    settings, pool = Settings(home=tmp_path, whisperx_diarization="someone/pipeline"), make_pool()

    found = await separation.diarize(pool, settings, wav(SHORT), notes, environ=OFFLINE)

    assert_light(found, "cannot be imported")
    assert len(pool.pids) == 1  # the same process did it


async def test_fewer_speakers_than_asked_for_are_a_warning(
    make_pool: MakePool, wav: Wav, notes: Notes, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, whisperx_diarization="someone/pipeline")

    found = await separation.diarize(make_pool(), settings, wav(SHORT, min_speakers=9), notes, environ=OFFLINE)

    people = len({turn.speaker for turn in found.turns})
    assert [warning.code for warning in found.warnings] == ["light_diarization", "fewer_speakers"]
    assert found.warnings[1].message == f"Only {people} of at least 9 speakers could be told apart."


@dataclass(frozen=True)
class Warm:
    """A process with a real pipeline loaded, for the tests that do it no harm: it takes long to import torch."""

    pool: Pool
    settings: Settings
    environ: dict[str, str]

    async def diarize(self, request: Request, notes: Notes) -> Diarization:
        return await separation.diarize(self.pool, self.settings, request, notes, environ=self.environ)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pyannote_folder.make(tmp_path_factory.mktemp("pyannote") / "models" / "someone--pipeline")


@pytest.fixture(scope="module")
async def warm(pipeline: Path, wav: Wav) -> AsyncIterator[Warm]:
    environ = {**OFFLINE, "PYTHONPATH": str(pyannote_folder.MODULES)}
    settings = Settings(home=pipeline.parent.parent, whisperx_diarization="someone/pipeline")
    ready = Warm(Pool(size=1, environ=environ), settings, environ)
    # A process that begins in a test would have to end with it.
    await ready.diarize(wav("A_speech/tiny_1_sample.wav"), Notes())
    yield ready
    await ready.pool.close()


@pytest.mark.whisperx
@pytest.mark.slow
async def test_pyannote_hears_who_speaks_in_a_conversation(warm: Warm, wav: Wav, notes: Notes, shared: Path) -> None:
    found = await warm.diarize(wav(CONVERSATION), notes)

    truth = read_rttm(shared / "media" / CONVERSATION.replace(".wav", ".rttm"))
    assert found.warnings == ()
    assert found.turns[0].speaker == "SPEAKER_00"
    assert {turn.speaker for turn in found.turns} == {"SPEAKER_00", "SPEAKER_01"}
    assert list(found.turns) == sorted(found.turns, key=lambda turn: turn.start)
    assert diarization_error.compare(truth, list(found.turns), collar=0.25).rate < 0.05
    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.parametrize(("fewest", "most", "people"), [(3, 3, 3), (3, None, 3), (None, 1, 1)])
async def test_pyannote_finds_as_many_speakers_as_it_may(
    warm: Warm, wav: Wav, notes: Notes, fewest: int | None, most: int | None, people: int
) -> None:
    found = await warm.diarize(wav(CONVERSATION, min_speakers=fewest, max_speakers=most), notes)

    assert len({turn.speaker for turn in found.turns}) == people
    assert found.warnings == ()


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.parametrize("name", ["A_speech/tiny_1_sample.wav", "A_speech/silence_digital_30s.wav"])
async def test_pyannote_hears_nobody_in_silence(warm: Warm, wav: Wav, notes: Notes, name: str) -> None:
    assert await warm.diarize(wav(name), notes) == Diarization(turns=())


@pytest.mark.whisperx
@pytest.mark.slow
async def test_file_that_is_no_wav_is_bad_media(warm: Warm, notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "audio.wav"
    path.write_bytes(b"this is not audio")

    with pytest.raises(BadMedia):
        await warm.diarize(Request(audio=path, duration=1.0), notes)


@pytest.mark.whisperx
@pytest.mark.slow
async def test_pipeline_that_needs_a_gated_repository_names_its_page(
    make_pool: MakePool, hub: Hub, wav: Wav, notes: Notes, tmp_path: Path
) -> None:
    folder = tmp_path / "pipeline"
    folder.mkdir()
    (folder / "config.yaml").write_text(
        "pipeline:\n  name: pyannote.audio.pipelines.SpeakerDiarization\n"
        f"  params: {{segmentation: {REPOSITORY}, embedding: {REPOSITORY}}}\n"
    )
    environ = {**os.environ, "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_other"}
    settings = Settings(home=tmp_path, whisperx_diarization=str(folder))

    found = await separation.diarize(make_pool(environ=environ), settings, wav(SHORT), notes, environ=environ)

    assert_light(found, f"https://huggingface.co/{REPOSITORY}", "REELSCRIBE_HF_TOKEN")


@pytest.mark.whisperx
@pytest.mark.slow
async def test_broken_pipeline_keeps_the_speakers(
    make_pool: MakePool, pipeline: Path, wav: Wav, notes: Notes, tmp_path: Path
) -> None:
    folder = tmp_path / "pipeline"
    shutil.copytree(pipeline, folder)
    (folder / "embedding" / "pytorch_model.bin").write_bytes(b"not a model")
    settings = Settings(home=tmp_path, whisperx_diarization=str(folder))

    found = await separation.diarize(make_pool(), settings, wav(SHORT), notes, environ=OFFLINE)

    assert_light(found, "The speaker model pipeline cannot be loaded")
    assert str(tmp_path) not in found.warnings[0].message


@pytest.mark.whisperx
@pytest.mark.slow
@pytest.mark.chaos
async def test_too_little_memory_keeps_the_speakers(
    make_pool: MakePool, pipeline: Path, wav: Wav, notes: Notes
) -> None:
    settings = Settings(home=pipeline.parent, whisperx_diarization=str(pipeline))
    pool = make_pool(memory_bytes=700 * 1024**2)  # of address space: too little for torch, enough for our own models

    found = await separation.diarize(pool, settings, wav(SHORT), notes, environ=OFFLINE)

    assert_light(found, "ran out of memory")


@pytest.mark.whisperx
@pytest.mark.slow
async def test_cancel_leaves_no_process(make_pool: MakePool, pipeline: Path, wav: Wav, notes: Notes) -> None:
    environ = {**OFFLINE, "PYTHONPATH": str(pyannote_folder.MODULES)}
    pool, at_work = make_pool(environ=environ), asyncio.Event()
    notes.on_report = at_work.set
    settings = Settings(home=pipeline.parent, whisperx_diarization=str(pipeline))
    work = asyncio.create_task(separation.diarize(pool, settings, wav(CONVERSATION, times=6), notes, environ=environ))
    await asyncio.wait_for(at_work.wait(), 240)
    pids = pool.pids

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert pids
    assert not any(psutil.pid_exists(pid) for pid in pids)
