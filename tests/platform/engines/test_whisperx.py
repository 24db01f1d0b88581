"""The real WhisperX with the micro model: text, silence, languages, hints, damage. ``test_contract`` asks the rest."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import pytest
from reelscribe.platform.engines.protocol import Transcription
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.engines.stats import PoolStats
from reelscribe.platform.errors import EngineUnavailable
from reelscribe.platform.settings import Settings

from tests.platform.engines.conftest import CONVERSATION, MODEL, MakeRegistry, Notes, Wav
from tests.platform.engines.test_contract import word_error_rate
from tests.platform.engines.whisper_clips import LATE, WORDLESS, damages

SELFISH = "A_speech/en_ps_librivox_0890.wav"
STM = "B_multispeaker/pyannote_sample_30s_2spk.stm"
HINTED = "hinted"


@dataclass(frozen=True)
class Session:
    """What one process made of all recordings, one after the other."""

    notes: dict[str, Notes]
    results: dict[str, Transcription]
    languages: dict[str, str | None]
    stats: PoolStats


@pytest.fixture(scope="module")
async def session(models: Path, wav: Wav) -> Session:
    """One process for all: torch takes its time to be imported."""
    registry = Registry(Settings(model_dir=models, whisperx_model=MODEL))
    engine = registry.get("whisperx")
    clips = (CONVERSATION, SELFISH, LATE, *WORDLESS)
    notes = {clip: Notes() for clip in (*clips, HINTED)}
    results = {clip: await engine.transcribe(wav(clip), notes[clip]) for clip in clips}
    languages = {clip: await engine.detect(wav(clip)) for clip in (LATE, WORDLESS[0])}
    hinted = wav(SELFISH, language="en", hotwords=("Dashwood",) * 300, prompt="A novel. " * 300)
    results[HINTED] = await engine.transcribe(hinted, notes[HINTED])
    await registry.close_all()
    return Session(notes, results, languages, registry.pool.stats)


@pytest.mark.whisperx
@pytest.mark.model
def test_conversation_has_its_words(session: Session, shared: Path) -> None:
    lines = (shared / "media" / STM).read_text().splitlines()
    said = " ".join(line.split(maxsplit=5)[5] for line in lines)

    assert word_error_rate(said, session.results[CONVERSATION]) <= 0.05


@pytest.mark.whisperx
@pytest.mark.model
@pytest.mark.parametrize("clip", WORDLESS)
def test_nothing_is_invented_where_nobody_speaks(session: Session, clip: str) -> None:
    result = session.results[clip]

    assert (result.segments, result.language, session.notes[clip].segments) == ((), None, [])


@pytest.mark.whisperx
@pytest.mark.model
def test_language_is_found_after_a_silent_beginning(session: Session) -> None:
    segments = session.results[LATE].segments

    assert session.results[LATE].language == session.languages[LATE] == "en"
    assert 24 <= segments[0].start <= segments[-1].end <= 38


@pytest.mark.whisperx
@pytest.mark.model
def test_silence_has_no_language(session: Session) -> None:
    assert session.languages[WORDLESS[0]] is None


@pytest.mark.whisperx
@pytest.mark.model
def test_segments_come_without_words_as_partials(session: Session) -> None:
    segments = session.results[CONVERSATION].segments

    assert all(segment.words == () for segment in segments)
    assert tuple(session.notes[CONVERSATION].segments) == segments
    assert session.notes[CONVERSATION].fractions[-1] == 1.0


@pytest.mark.whisperx
@pytest.mark.model
def test_hints_reach_the_model(session: Session) -> None:
    # The micro model was trained without hints, so that they only confuse it; a real one is helped.
    assert session.results[HINTED].segments != session.results[SELFISH].segments


@pytest.mark.whisperx
@pytest.mark.model
def test_one_process_does_it_all(session: Session) -> None:
    assert (session.stats.loads, session.stats.failures) == (1, 0)


@pytest.mark.whisperx
@pytest.mark.model
@pytest.mark.slow
async def test_damaged_model_is_refused_with_a_remedy(
    make_registry: MakeRegistry, own_model: Path, wav: Wav, notes: Notes
) -> None:
    registry = make_registry(model_dir=own_model.parent, whisper_model=MODEL)
    engine = registry.get("whisperx")

    for path, damage in damages(own_model):
        whole = path.read_bytes()
        path.write_bytes(damage)
        with pytest.raises(EngineUnavailable) as refusal:
            await engine.transcribe(wav(SELFISH), notes)
        path.write_bytes(whole)
        assert "REELSCRIBE_WHISPERX_MODEL" in refusal.value.hint, (path.name, len(damage))

    assert (await engine.transcribe(wav(SELFISH), notes)).segments


@pytest.mark.skipif(importlib.util.find_spec("whisperx") is not None, reason="WhisperX is installed here")
async def test_without_whisperx_it_says_how_to_install_it(make_registry: MakeRegistry, wav: Wav, notes: Notes) -> None:
    engine = make_registry().get("whisperx")

    with pytest.raises(EngineUnavailable, match="not installed") as refusal:
        await engine.transcribe(wav(SELFISH), notes)

    assert "./run whisperx" in refusal.value.hint
    assert "reelscribe[whisperx]" in refusal.value.hint
    assert engine.refusal() is not None


@pytest.mark.whisperx
def test_with_whisperx_nothing_stands_against_it(make_registry: MakeRegistry) -> None:
    assert make_registry().get("whisperx").refusal() is None
