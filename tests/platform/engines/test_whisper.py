"""faster-whisper where it is tempted to invent, to guess and to hang."""

from __future__ import annotations

from pathlib import Path

import pytest
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.errors import EngineUnavailable

from tests.platform.engines.conftest import MODEL, MakeRegistry, Notes, Wav
from tests.platform.engines.whisper_clips import LATE, WORDLESS, damages

pytestmark = pytest.mark.model

SELFISH = "A_speech/en_ps_librivox_0890.wav"


@pytest.mark.parametrize("clip", WORDLESS)
async def test_nothing_is_invented_where_nobody_speaks(registry: Registry, wav: Wav, notes: Notes, clip: str) -> None:
    engine = registry.get("faster-whisper")

    result = await engine.transcribe(wav(clip), notes)

    assert (result.segments, result.language) == ((), None)
    assert await engine.detect(wav(clip)) is None


async def test_language_is_found_after_a_silent_beginning(registry: Registry, wav: Wav, notes: Notes) -> None:
    engine = registry.get("faster-whisper")

    result = await engine.transcribe(wav(LATE), notes)

    assert result.language == await engine.detect(wav(LATE)) == "en"
    assert 24 <= result.segments[0].start <= result.segments[-1].end <= 38


async def test_hints_reach_the_model(registry: Registry, wav: Wav) -> None:
    engine = registry.get("faster-whisper")
    hotwords = tuple(f"Name{number}" for number in range(300))  # more than a model can hold

    plain = await engine.transcribe(wav(SELFISH, language="en"), Notes())
    told = await engine.transcribe(wav(SELFISH, language="en", hotwords=hotwords, prompt="A novel. " * 300), Notes())

    # The micro model was trained without hints, so that they only confuse it; a real one is helped.
    assert plain.segments != told.segments


async def test_damaged_model_is_refused_with_a_remedy(
    make_registry: MakeRegistry, own_model: Path, wav: Wav, notes: Notes
) -> None:
    engine = make_registry(model_dir=own_model.parent, whisper_model=MODEL).get("faster-whisper")

    for path, damage in damages(own_model):
        whole = path.read_bytes()
        path.write_bytes(damage)
        with pytest.raises(EngineUnavailable) as refusal:
            await engine.transcribe(wav(SELFISH), notes)
        path.write_bytes(whole)
        assert "REELSCRIBE_WHISPER_MODEL" in refusal.value.hint, (path.name, len(damage))

    assert (await engine.transcribe(wav(SELFISH), notes)).segments


async def test_missing_graphics_card_is_refused_with_a_remedy(
    make_registry: MakeRegistry, models: Path, wav: Wav, notes: Notes
) -> None:
    registry = make_registry(
        model_dir=models, whisper_model=MODEL, engine_device="cuda", environ={"CUDA_VISIBLE_DEVICES": ""}
    )

    with pytest.raises(EngineUnavailable, match="CUDA") as refusal:
        await registry.get("faster-whisper").transcribe(wav(SELFISH), notes)

    assert "REELSCRIBE_ENGINE_DEVICE" in refusal.value.hint
