"""Downloads through huggingface_hub from a local server, and what happens when there is no way to a hub."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from reelscribe.platform.engines import hub, models
from reelscribe.platform.engines.hub import Refusals
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.errors import EngineUnavailable

from tests.platform.engines.conftest import BEST, CONVERSATION, MODEL, MakeRegistry, Notes, Wav
from tests.platform.engines.hub_server import Hub, serving

SELFISH = "A_speech/en_ps_librivox_0890.wav"
REPOSITORY = "someone/tiny-model"


@pytest.fixture
def hub_server(models: Path) -> Iterator[Hub]:
    with serving(REPOSITORY, models / MODEL) as server:
        yield server


@pytest.fixture
def online(make_registry: MakeRegistry, hub_server: Hub) -> Registry:
    """A registry without a model, but with a way to a hub."""
    environ = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub_server.url, "HF_HUB_DISABLE_XET": "1"}
    return make_registry(whisper_model=REPOSITORY, environ=environ)


@pytest.mark.model
async def test_missing_model_is_downloaded_once(
    online: Registry, hub_server: Hub, wav: Wav, notes: Notes, tmp_path: Path
) -> None:
    result = await online.get("local").transcribe(wav(SELFISH), notes)
    hub_server.status = 500
    again = await online.get("local").transcribe(wav(SELFISH), Notes())

    assert (result.engine, result.model) == (BEST, REPOSITORY)
    assert result.segments == again.segments != ()
    assert notes.fractions == sorted(notes.fractions)
    assert sorted(path.name for path in (tmp_path / "home" / "models").iterdir() if path.is_dir()) == [
        "someone--tiny-model"
    ]


@pytest.mark.model
async def test_download_that_fails_leaves_no_half_model(
    online: Registry, hub_server: Hub, wav: Wav, notes: Notes, tmp_path: Path, own_model: Path
) -> None:
    hub_server.folder = own_model
    (own_model / "tokenizer.json").unlink()

    with pytest.raises(EngineUnavailable, match=r"tokenizer\.json"):
        await online.get("faster-whisper").transcribe(wav(SELFISH), notes)

    assert not (tmp_path / "home" / "models" / "someone--tiny-model").exists()


@pytest.mark.model
async def test_two_registries_download_the_same_model_together(
    make_registry: MakeRegistry, hub_server: Hub, wav: Wav
) -> None:
    environ = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub_server.url, "HF_HUB_DISABLE_XET": "1"}
    both = [make_registry(whisper_model=REPOSITORY, environ=environ) for _ in range(2)]

    results = await asyncio.gather(
        *(registry.get("faster-whisper").transcribe(wav(SELFISH), Notes()) for registry in both)
    )

    assert results[0].segments == results[1].segments
    assert (
        hub_server.requests.count(f"GET /{REPOSITORY}/resolve/0123456789abcdef0123456789abcdef01234567/model.bin") == 1
    )


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE"),
        ({"TRANSFORMERS_OFFLINE": "true"}, "HF_HUB_OFFLINE"),
        ({"HF_ENDPOINT": "http://127.0.0.1:1"}, "cannot be reached"),
        ({"HF_ENDPOINT": "not a url"}, "cannot be reached"),
    ],
)
async def test_refusal_says_why_and_what_to_do(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    model = models.Model(name="small", folder=tmp_path / "small", repository="Systran/faster-whisper-small")

    refusal = await hub.refusal(model, environ=environ)

    assert refusal is not None
    assert words in refusal.message
    assert "REELSCRIBE_MODEL_DIR" in refusal.hint
    assert "reelscribe doctor" in refusal.hint
    assert str(tmp_path) not in refusal.message + refusal.hint  # users read it


async def test_refusal_comes_although_the_hub_never_answers(tmp_path: Path) -> None:
    model = models.Model(name="small", folder=tmp_path / "small", repository="Systran/faster-whisper-small")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {"HF_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"}

        refusal = await asyncio.wait_for(hub.refusal(model, environ=environ), 30)

    assert refusal is not None
    assert "does not answer within" in refusal.message


async def test_refusal_for_model_that_the_hub_lacks(hub_server: Hub, tmp_path: Path) -> None:
    model = models.Model(name="other", folder=tmp_path / "other", repository="someone/other")

    refusal = await hub.refusal(model, environ={"HF_ENDPOINT": hub_server.url})

    assert refusal is not None
    assert "404" in refusal.message


def test_refusal_is_remembered_for_some_minutes(tmp_path: Path) -> None:
    now = [0.0]
    refusals = Refusals(clock=lambda: now[0])
    model = models.Model(name="small", folder=tmp_path / "small")
    refusals.remember(model, EngineUnavailable("no"))

    now[0] = 299.0
    assert refusals.of(model) is not None
    now[0] = 301.0
    assert refusals.of(model) is None


def test_refusal_is_forgotten_when_the_files_change(tmp_path: Path) -> None:
    refusals = Refusals()
    model = models.Model(name="small", folder=tmp_path)
    refusals.remember(model, EngineUnavailable("no"))

    (tmp_path / "model.bin").touch()

    assert refusals.of(model) is None


@pytest.mark.model
async def test_hub_is_asked_once_for_many_jobs(online: Registry, hub_server: Hub, wav: Wav) -> None:
    hub_server.status = 503
    for _ in range(3):
        with pytest.raises(EngineUnavailable, match="503"):
            await online.get("faster-whisper").transcribe(wav(CONVERSATION), Notes())

    assert len(hub_server.requests) == 1
