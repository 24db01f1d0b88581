"""Which engine ``local`` takes, and what it says about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines import languages
from reelscribe.platform.engines.local import Local
from reelscribe.platform.engines.protocol import Reporter, Request, Transcription
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.engines.stub import Stub, explanation
from reelscribe.platform.errors import EngineFailed, EngineUnavailable, StageFailed

from tests.platform.engines.conftest import BEST, MODEL, MakeRegistry, Notes, Wav

SELFISH = "A_speech/en_ps_librivox_0890.wav"


async def test_without_a_model_pocketsphinx_works_with_a_warning(
    make_registry: MakeRegistry, wav: Wav, notes: Notes
) -> None:
    result = await make_registry().get("local").transcribe(wav(SELFISH, language="en"), notes)

    (warning,) = result.warnings
    assert result.engine == "pocketsphinx"
    assert result.segments
    assert warning.code == "fallback_engine"
    assert all(
        words in warning.message for words in ("is not on this machine", "HF_HUB_OFFLINE", "REELSCRIBE_MODEL_DIR")
    )


async def test_without_a_model_english_is_assumed_aloud(make_registry: MakeRegistry, wav: Wav, notes: Notes) -> None:
    result = await make_registry().get("local").transcribe(wav(SELFISH), notes)

    assert result.language == "en"
    assert [warning.code for warning in result.warnings] == ["language_assumed", "fallback_engine"]


async def test_without_a_model_other_languages_are_refused(make_registry: MakeRegistry, wav: Wav, notes: Notes) -> None:
    with pytest.raises(EngineUnavailable) as refusal:
        await make_registry().get("local").transcribe(wav(SELFISH, language="de"), notes)

    assert "'de'" in refusal.value.message
    assert "REELSCRIBE_MODEL_DIR" in refusal.value.hint
    assert notes.segments == []


async def test_model_that_is_asked_for_is_not_replaced(make_registry: MakeRegistry, wav: Wav, notes: Notes) -> None:
    with pytest.raises(EngineUnavailable, match="'large-v3'"):
        await make_registry().get("local").transcribe(wav(SELFISH, model="large-v3"), notes)


@pytest.mark.model
async def test_model_of_the_request_counts_more_than_the_setting(
    make_registry: MakeRegistry, models: Path, wav: Wav, notes: Notes
) -> None:
    registry = make_registry(model_dir=models, whisper_model="small")

    result = await registry.get("local").transcribe(wav(SELFISH, model=MODEL), notes)

    assert (result.engine, result.model, result.warnings) == (BEST, MODEL, ())


@pytest.mark.model
@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json"])
async def test_broken_model_is_unavailable_and_local_falls_back(
    make_registry: MakeRegistry, own_model: Path, wav: Wav, notes: Notes, name: str
) -> None:
    (own_model / name).write_bytes(b"broken")
    registry = make_registry(model_dir=own_model.parent, whisper_model=MODEL)

    with pytest.raises(EngineUnavailable, match=MODEL):
        await registry.get("faster-whisper").transcribe(wav(SELFISH), notes)

    result = await registry.get("local").transcribe(wav(SELFISH), notes)
    assert (result.engine, result.warnings[-1].code) == ("pocketsphinx", "fallback_engine")


@pytest.mark.model
async def test_mended_model_is_taken_at_once(
    make_registry: MakeRegistry, own_model: Path, wav: Wav, notes: Notes
) -> None:
    whole = (own_model / "model.bin").read_bytes()
    (own_model / "model.bin").write_bytes(whole[:100_000])
    registry = make_registry(model_dir=own_model.parent, whisper_model=MODEL)
    with pytest.raises(EngineUnavailable):
        await registry.get("faster-whisper").transcribe(wav(SELFISH), notes)

    (own_model / "model.bin").write_bytes(whole)
    result = await registry.get("local").transcribe(wav(SELFISH), notes)

    assert (result.engine, result.warnings) == (BEST, ())


class Failing(Stub):
    """An engine that fails with ``error``, after it has said ``spoken``."""

    name = "failing"

    def __init__(self, error: StageFailed, *, spoken: tuple[Segment, ...] = ()) -> None:
        self._error = error
        self._spoken = spoken

    async def transcribe(
        self,
        request: Request,
        report: Reporter,
    ) -> Transcription:
        await report.progress(0.5)
        if self._spoken:
            await report.partial(self._spoken)
        raise self._error


OUT_OF_MEMORY = EngineFailed("The speech engine ran out of memory.", cause="out_of_memory")


async def test_too_little_memory_falls_back_and_progress_does_not_fall(tmp_path: Path, notes: Notes) -> None:
    request = Request(audio=tmp_path / "audio.wav", duration=3.0)

    result = await Local((Failing(OUT_OF_MEMORY), Stub())).transcribe(request, notes)

    assert (result.engine, result.warnings[-1].code) == ("stub", "fallback_engine")
    assert "ran out of memory" in result.warnings[-1].message
    assert notes.fractions == [0.5, 1.0]


@pytest.mark.parametrize(
    "engine",
    [
        Failing(EngineFailed("It crashed.")),  # a retry may succeed, a worse transcript would stay
        Failing(OUT_OF_MEMORY, spoken=(explanation(1.0),)),  # people have read its text already
    ],
)
async def test_other_failures_are_left_to_a_retry(tmp_path: Path, notes: Notes, engine: Failing) -> None:
    request = Request(audio=tmp_path / "audio.wav", duration=3.0)

    with pytest.raises(EngineFailed):
        await Local((engine, Stub())).transcribe(request, notes)


@pytest.mark.model
async def test_unknown_language_is_refused_by_name(registry: Registry, wav: Wav, notes: Notes) -> None:
    with pytest.raises(EngineUnavailable, match="'xx'"):
        await registry.get("local").transcribe(wav(SELFISH, language="xx"), notes)


@pytest.mark.model
async def test_region_of_a_language_is_ignored(registry: Registry, wav: Wav, notes: Notes) -> None:
    result = await registry.get("local").transcribe(wav(SELFISH, language="en-GB"), notes)

    assert result.language == "en"


def test_capabilities_are_those_of_all_candidates(make_registry: MakeRegistry) -> None:
    offer = make_registry().get("local").capabilities()

    assert offer.languages == languages.WHISPER
    assert offer.word_times
    assert not offer.takes_text
