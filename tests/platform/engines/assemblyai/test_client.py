"""How the SDK is used: lazily, with settings of one's own, and never with a whole file in memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path

import assemblyai
import pytest
from reelscribe.platform.engines.assemblyai.client import Pace
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.errors import EngineFailed

from tests.platform.engines.assemblyai.conftest import POLL, SUBMIT, UPLOAD, WRITE, MakeEngine, MakeRequest
from tests.platform.engines.conftest import Notes
from tests.stand_ins.assemblyai import Server
from tests.stand_ins.assemblyai_traffic import Fault

MIB = 1024**2
LARGE = 300 * MIB


@pytest.fixture
def large(tmp_path: Path) -> Request:
    """A file of 300 MiB that takes no room on the disk."""
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(LARGE)
    return Request(audio=path, duration=LARGE / 32_000, language="en")


async def test_large_file_arrives_in_pieces_and_memory_stays_flat(
    provider: Server, engine: AssemblyAI, large: Request, recording: MakeRequest, notes: Notes
) -> None:
    await engine.transcribe(recording(language="en"), Notes())  # so that the SDK is loaded
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        await engine.transcribe(large, notes)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    arrived = provider.asked(UPLOAD)[-1]
    assert (arrived.size, list(provider.uploads.values())[-1]) == (LARGE, LARGE)
    assert arrived.pieces >= LARGE // MIB
    assert arrived.largest <= MIB
    assert peak < 30 * MIB
    # The stand-in is in this process too; tracemalloc's own books are counted here.
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 100 * MIB


async def test_upload_tells_its_progress(
    provider: Server, make_engine: MakeEngine, large: Request, notes: Notes
) -> None:
    provider.is_silent = True

    await make_engine(pace=Pace(poll=0.001)).transcribe(large, notes)

    assert notes.fractions == sorted(notes.fractions)
    assert any(0 < fraction < 0.15 for fraction in notes.fractions)


async def test_waiting_tells_progress_below_one(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.states = ("processing",) * 5

    await engine.transcribe(recording(), notes)

    assert len(notes.fractions) >= 6
    assert all(0 <= fraction < 1 for fraction in notes.fractions[:-1])


async def test_every_request_has_our_key_and_goes_to_our_address(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "another")
    monkeypatch.setenv("ASSEMBLYAI_BASE_URL", "http://127.0.0.1:1")
    before = assemblyai.settings.model_dump()

    await engine.transcribe(recording(language="en", features={"llm_gateway": {"enabled": True}}), notes)

    assert set(provider.routes()) == {UPLOAD, SUBMIT, POLL, WRITE}
    assert {request.headers["authorization"] for request in provider.requests} == {provider.key}
    assert assemblyai.settings.model_dump() == before


@pytest.mark.parametrize("address", ["/etc/hostname", "file:///etc/hostname", "upload/1"])
async def test_upload_address_that_is_a_path_sends_no_file_of_ours(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes, address: str
) -> None:
    provider.fail(UPLOAD, Fault(200, f'{{"upload_url": "{address}"}}'))

    with pytest.raises(EngineFailed, match="cannot be read"):
        await engine.transcribe(recording(), notes)

    assert provider.routes() == [UPLOAD]


@pytest.mark.parametrize(
    "loading",
    [
        "import reelscribe.platform.engines.registry as registry; "
        "from reelscribe.platform.settings import Settings; "
        "engine = registry.Registry(Settings(assemblyai_api_key='x' * 32)).get('assemblyai'); "
        "assert engine.refusal() is None and engine.capabilities().is_remote",
        "import reelscribe.web.app",
    ],
    ids=["registry", "web"],
)
def test_sdk_is_not_imported_before_the_first_call(loading: str) -> None:
    script = f"import sys; {loading}; sys.exit('imported too early' if 'assemblyai' in sys.modules else 0)"

    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
