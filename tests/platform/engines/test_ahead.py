"""Models are loaded before anybody asks for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from reelscribe.platform.engines.ahead import Wanted, parse

from tests.platform.engines.conftest import MODEL, MakeRegistry, Notes, Wav

SELFISH = "A_speech/en_ps_librivox_0890.wav"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        (" , ", []),
        ("whisperx", [Wanted(engine="whisperx")]),
        (
            "whisperx:large-v3, pocketsphinx",
            [Wanted(engine="whisperx", model="large-v3"), Wanted(engine="pocketsphinx")],
        ),
        ("faster-whisper:", [Wanted(engine="faster-whisper")]),
    ],
)
def test_setting_is_a_list_of_engines_and_models(text: str, wanted: list[Wanted]) -> None:
    assert parse(text) == wanted


@pytest.mark.model
async def test_first_request_finds_its_process_warm(
    make_registry: MakeRegistry, models: Path, wav: Wav, notes: Notes
) -> None:
    registry = make_registry(model_dir=models, whisper_model=MODEL, engine_preload="faster-whisper")
    assert await registry.preload() == 1

    await registry.get("faster-whisper").transcribe(wav(SELFISH, language="en"), notes)

    assert (registry.pool.stats.loads, registry.pool.stats.hits) == (1, 1)


@pytest.mark.model
async def test_request_waits_for_the_model_that_is_being_loaded(
    make_registry: MakeRegistry, models: Path, wav: Wav, notes: Notes
) -> None:
    registry = make_registry(model_dir=models, whisper_model="tiny", engine_preload=f"faster-whisper:{MODEL}")
    loading = asyncio.create_task(registry.preload())
    async with asyncio.timeout(30):
        while not registry.pool.pids:  # noqa: ASYNC110 - the child starts by itself
            await asyncio.sleep(0.001)

    result = await registry.get("faster-whisper").transcribe(wav(SELFISH, language="en", model=MODEL), notes)

    assert await loading == 1
    assert result.segments
    assert (registry.pool.stats.loads, len(registry.pool.pids)) == (1, 1)


async def test_wrong_names_are_told_and_hold_up_nothing(make_registry: MakeRegistry) -> None:
    registry = make_registry(engine_preload="whisprx,assemblyai,stub,pocketsphinx")

    assert await registry.preload() == 1
    assert [resident.engine for resident in registry.pool.residents()] == ["pocketsphinx"]
    unknown, remote, text = registry.preload_problems()
    assert "'whisprx'" in unknown
    assert "faster-whisper" in unknown
    assert "'assemblyai' has no model on this machine" in remote
    assert "'stub'" in text


async def test_model_that_cannot_be_had_is_told(
    make_registry: MakeRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = make_registry(engine_preload="faster-whisper:nonsense")

    assert await registry.preload() == 0

    assert registry.pool.pids == ()
    assert "no speech model named 'nonsense'" in "".join(capsys.readouterr())
