"""Which engine ``local`` takes, and what it says about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from reelscribe.platform.engines import languages
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.errors import EngineUnavailable

from tests.platform.engines.conftest import CONVERSATION, MODEL, MakeRegistry, Notes, Wav

SELFISH = "A_speech/en_ps_librivox_0890.wav"


async def test_without_a_model_pocketsphinx_works_with_a_warning(
    make_registry: MakeRegistry, wav: Wav, notes: Notes
) -> None:
    result = await make_registry().get("local").transcribe(wav(SELFISH, language="en"), notes)

    (warning,) = result.warnings
    assert result.engine == "pocketsphinx"
    assert result.segments
    assert warning.code == "fallback_engine"
    assert all(words in warning.message for words in ("'small'", "HF_HUB_OFFLINE", "REELSCRIBE_MODEL_DIR"))


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

    assert (result.engine, result.model, result.warnings) == ("faster-whisper", MODEL, ())


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

    assert (result.engine, result.warnings) == ("faster-whisper", ())


@pytest.mark.model
async def test_too_little_memory_for_the_model_falls_back(
    make_registry: MakeRegistry, models: Path, wav: Wav, notes: Notes
) -> None:
    # MB of address space: pocketsphinx works in 500, faster-whisper does not
    registry = make_registry(model_dir=models, whisper_model=MODEL, memory_bytes=480 * 1024**2)

    result = await registry.get("local").transcribe(wav(CONVERSATION), notes)

    assert result.engine == "pocketsphinx"
    assert "memory" in result.warnings[-1].message
    assert notes.fractions == sorted(notes.fractions)


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
