"""A stand-in for AssemblyAI, and an engine that works with it and does not dawdle."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from reelscribe.platform.domain.features import Features
from reelscribe.platform.engines.assemblyai.client import Pace
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.settings import Settings

from tests.platform.engines.conftest import Notes
from tests.stand_ins import assemblyai as stand_in

UPLOAD, SUBMIT, LIST = "POST /v2/upload", "POST /v2/transcript", "GET /v2/transcript"
POLL, DELETE, WRITE = "GET /v2/transcript/{id}", "DELETE /v2/transcript/{id}", "POST /v1/chat/completions"

PACE = Pace(poll=0.01, timeout=20.0, writing=20.0, goodbye=4.0, failed_polls=3)

MakeEngine = Callable[..., AssemblyAI]
MakeRequest = Callable[..., Request]


@dataclass
class Remembering(Notes):
    """A reporter that keeps a note between attempts."""

    kept: list[str] = field(default_factory=list)

    async def remember(self, note: str) -> None:
        self.kept.append(note)

    async def remembered(self) -> str | None:
        return self.kept[-1] if self.kept else None


@pytest.fixture
def provider() -> Iterator[stand_in.Server]:
    with stand_in.serving() as server:
        yield server


@pytest.fixture
async def make_engine(provider: stand_in.Server) -> AsyncIterator[MakeEngine]:
    """``make_engine(pace=…, assemblyai_delete=True, …)``: an engine with those settings."""

    def make(*, pace: Pace = PACE, **settings: object) -> AssemblyAI:
        values = {"assemblyai_base_url": provider.url, "assemblyai_api_key": provider.key, **settings}
        return AssemblyAI(Settings(**values), Pool(size=1, environ={}), pace=pace)

    yield make
    # Connections that the SDK has closed are gone only after the loop has had its turn.
    await asyncio.sleep(0)


@pytest.fixture
def engine(make_engine: MakeEngine) -> AssemblyAI:
    return make_engine()


@pytest.fixture
def recording(tmp_path: Path) -> MakeRequest:
    """``recording(seconds=12, features={…}, language="en", …)``: a request for a silent file of that length."""

    def make(*, seconds: float = 12.0, features: dict[str, object] | None = None, **options: object) -> Request:
        path = tmp_path / f"{seconds}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(bytes(2 * round(16_000 * seconds)))
        wanted = msgspec.convert(features or {}, Features)
        return Request(audio=path, duration=seconds, features=wanted, **options)

    return make


def understanding(*names: str) -> dict[str, object]:
    """Return ``features`` with these parts of ``speech_understanding``."""
    return {"speech_understanding": dict.fromkeys(names, True)}
