"""Whether a model's files can be had, asked of a real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from reelscribe.platform.engines import access

from tests.platform.engines.hub_server import COMMIT, Hub, serving

REPOSITORY = "someone/gated"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "config.yaml").write_text("pipeline: {}\n")
    with serving(REPOSITORY, folder) as server:
        yield server


async def test_open_repository_is_not_denied(hub: Hub) -> None:
    assert await access.denial(REPOSITORY, "config.yaml", environ={"HF_ENDPOINT": hub.url}) is None


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "a server without a token (status 401)"), ("hf_other", "the token of this server (status 403)")],
)
async def test_gated_repository_is_denied_although_its_description_is_public(hub: Hub, token: str, words: str) -> None:
    hub.token = "hf_right"

    denied = await access.denial(REPOSITORY, "config.yaml", environ={"HF_ENDPOINT": hub.url, "HF_TOKEN": token})

    assert denied is not None
    assert denied.gated
    assert words in denied.reason
    assert "hf_" not in denied.reason


async def test_gated_repository_is_open_to_who_has_the_token(hub: Hub) -> None:
    hub.token = "hf_right"

    environ = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_right"}

    assert await access.denial(REPOSITORY, "config.yaml", environ=environ) is None


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE"),
        ({"TRANSFORMERS_OFFLINE": "true"}, "HF_HUB_OFFLINE"),
        ({"HF_ENDPOINT": "http://127.0.0.1:1"}, "127.0.0.1:1 cannot be reached"),
        ({"HF_ENDPOINT": "not a url"}, "cannot be reached"),
    ],
    ids=["offline", "transformers-offline", "closed-port", "no-url"],
)
async def test_denial_says_why(environ: dict[str, str], words: str) -> None:
    denied = await access.denial(REPOSITORY, "config.yaml", environ=environ)

    assert denied is not None
    assert words in denied.reason
    assert not denied.gated


async def test_missing_file_is_denied_but_not_gated(hub: Hub) -> None:
    denied = await access.denial(REPOSITORY, "other.yaml", environ={"HF_ENDPOINT": hub.url})

    assert denied is not None
    assert "404" in denied.reason
    assert not denied.gated


async def test_answer_comes_although_the_hub_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {"HF_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"}

        denied = await asyncio.wait_for(access.denial(REPOSITORY, "config.yaml", environ=environ), 30)

    assert denied is not None
    assert "does not answer within" in denied.reason


async def test_obstacle_for_a_plain_file(hub: Hub) -> None:
    found = f"{hub.url}/{REPOSITORY}/resolve/{COMMIT}/config.yaml"

    assert await access.obstacle(found, environ={}) is None
    assert await access.obstacle(f"{hub.url}/nothing", environ={}) == "127.0.0.1 answers 404."
    assert await access.obstacle(found, environ={"HF_HUB_OFFLINE": "1"}) == "HF_HUB_OFFLINE forbids it."


def test_cached_file_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "models--someone--gated" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (folder / "config.yaml").touch()

    assert access.is_cached(tmp_path, REPOSITORY, "config.yaml")
    assert not access.is_cached(tmp_path, REPOSITORY, "model.bin")
    assert not access.is_cached(tmp_path, "someone/else", "config.yaml")
