from __future__ import annotations

import subprocess
import sys

from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.gemini.engine import Gemini
from reelscribe.platform.engines.protocol import Transcription

from tests.platform.engines.conftest import CONVERSATION, Notes, Wav
from tests.platform.engines.gemini.test_transcribe import LATE


def test_sdk_is_not_loaded_before_the_first_request() -> None:
    program = (
        "import sys; from reelscribe.platform.engines import registry; registry.analyst().features(); "
        "registry.get('gemini').capabilities(); registry.get('gemini').refusal(); "
        "print([name for name in ('google.genai', 'pydantic', 'numpy') if name in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout.strip() == "[]"


def test_capabilities_say_what_leaves_the_machine(engine: Gemini) -> None:
    offer = engine.capabilities()

    assert offer.is_remote
    assert not offer.word_times
    assert not offer.labels_speakers
    assert offer.takes_hints
    assert engine.refusal() is None


async def test_align_leaves_the_text_as_it_is(engine: Gemini, wav: Wav, notes: Notes) -> None:
    said = (Segment(id="s1", start=25.0, end=28.0, text="Hello there."),)
    text = Transcription(engine="gemini", model="gemini-3.5-flash", language=None, segments=said)

    aligned = await engine.align(wav(LATE), text, notes)

    assert [part.text for part in aligned.segments] == ["Hello there."]
    assert notes.fractions[-1] == 1.0


async def test_speakers_are_told_apart_here(engine: Gemini, wav: Wav, notes: Notes) -> None:
    found = await engine.diarize(wav(CONVERSATION), notes)
    await engine.close()

    assert {turn.speaker for turn in found.turns} == {"SPEAKER_00", "SPEAKER_01"}
