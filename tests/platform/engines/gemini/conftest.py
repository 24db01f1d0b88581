"""The engine and the analyst, through Google's SDK, against a local server of the Gemini protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from reelscribe.platform.domain.features import Features, parse
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.gemini.analyst import GeminiAnalyst
from reelscribe.platform.engines.gemini.engine import Gemini
from reelscribe.platform.engines.gemini.patience import Patience
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.settings import Settings

from tests.stand_ins import gemini

# As patient as the real one in attempts, but quick.
QUICK = Patience(pauses=(0.01, 0.01, 0.01), look_seconds=0.01, answer_seconds=20.0)

Spoken = Callable[..., tuple[Segment, ...]]


@pytest.fixture
def server() -> Iterator[gemini.Server]:
    with gemini.running() as running:
        yield running


@pytest.fixture
def settings(server: gemini.Server) -> Settings:
    return Settings(gemini_api_key=server.key, gemini_base_url=server.url)


@pytest.fixture
def engine(settings: Settings) -> Gemini:
    return Gemini(settings, Pool(size=1, environ={}), patience=QUICK)


@pytest.fixture
def analyst(settings: Settings) -> GeminiAnalyst:
    return GeminiAnalyst(settings, patience=QUICK)


def wanted(*parts: str, translate_to: tuple[str, ...] = ()) -> Features:
    """Features as a customer asks for them."""
    understanding = {part: True for part in parts if part not in ("summary", "improve_text")}
    gateway: dict[str, object] = {"enabled": True, "generate_summary": "summary" in parts}
    gateway |= {"improve_text": "improve_text" in parts, "translate_to": translate_to}
    return parse({"speech_understanding": understanding, "llm_gateway": gateway})


def spoken(*texts: str) -> tuple[Segment, ...]:
    """Segments of ten seconds each; every word lasts half a second."""
    return tuple(
        Segment(
            id=f"seg-{number}",
            start=10.0 * number,
            end=10.0 * number + 10,
            text=text,
            speaker="SPEAKER_00",
            words=tuple(
                Word(start=10 * number + 0.5 * place, end=10 * number + 0.5 * place + 0.5, text=word)
                for place, word in enumerate(text.split())
            ),
        )
        for number, text in enumerate(texts)
    )
