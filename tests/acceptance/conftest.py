"""The whole platform as a stranger meets it: one running 'reelscribe up', spoken to over HTTP only.

Nothing here imports a service or reads a table. Every answer that any of these tests gets is held
against the served OpenAPI document on the way (``Described``): its status must be listed, its body must
have the described shape, and an error must be a full problem document.

Fixtures:
    server       base URL; sign-up gives ``SIGNUP_CREDITS``, uploads may have ``MAX_UPLOAD_BYTES``
    platform     its home and process, for the tests of the command line
    anyone       client of nobody
    join         ``join()`` registers a user and gives their ``Client``
    owner, stranger   two users who stay for the whole run
    text_media   a recording of the owner that is its own transcript
    finished_job a completed job on it
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from reelscribe.cli import launch

from tests.acceptance.description import Described

API = "/api/v1"
PASSWORD = "correct horse battery"
SIGNUP_CREDITS = 10
DAMAGED_MODEL = "a-damaged-model"
MAX_UPLOAD_BYTES = 24 * 1024 * 1024
NIL = "00000000-0000-4000-8000-000000000000"
SPOKEN = "Good morning everyone.\n\nToday we speak about rivers, and why they wander.\n\nThat is all."

Json = dict[str, Any]
Join = Callable[[], httpx.Client]


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[launch.Platform]:
    """A running 'reelscribe up', stopped after the last of these tests; one of its models is damaged."""
    models = tmp_path_factory.mktemp("models")
    (models / DAMAGED_MODEL).mkdir()
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (models / DAMAGED_MODEL / name).write_bytes(b"not a model")
    settings = {
        "REELSCRIBE_SIGNUP_CREDITS": SIGNUP_CREDITS,
        "REELSCRIBE_MAX_UPLOAD_BYTES": MAX_UPLOAD_BYTES,
        "REELSCRIBE_MODEL_DIR": models,
    }
    with launch.platform(environ={name: str(value) for name, value in settings.items()}) as running:
        yield running


@pytest.fixture(scope="package")
def server(platform: launch.Platform) -> str:
    return platform.url


@pytest.fixture(scope="package")
def described(server: str) -> Described:
    """The served description of the API."""
    return Described(httpx.get(f"{server}/openapi.json").json())


Connect = Callable[[str | None], httpx.Client]


@pytest.fixture(scope="package")
def connect(server: str, described: Described) -> Iterator[Connect]:
    """Open a client that sends a token (or none) and checks every answer against the description."""
    with ExitStack() as opened:

        def connect(token: str | None) -> httpx.Client:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            hooks = {"response": [described.check]}
            return opened.enter_context(httpx.Client(base_url=server, headers=headers, timeout=60, event_hooks=hooks))

        yield connect


@pytest.fixture(scope="package")
def anyone(connect: Connect) -> httpx.Client:
    return connect(None)


@pytest.fixture(scope="package")
def join(anyone: httpx.Client, connect: Connect) -> Join:
    def join() -> httpx.Client:
        credentials = {"email": f"{secrets.token_hex(6)}@example.test", "password": PASSWORD}
        assert anyone.post(f"{API}/auth/register", json=credentials).status_code == 201
        return connect(anyone.post(f"{API}/auth/login", json=credentials).json()["access_token"])

    return join


@pytest.fixture(scope="package")
def owner(join: Join) -> httpx.Client:
    return join()


@pytest.fixture(scope="package")
def stranger(join: Join) -> httpx.Client:
    return join()


@pytest.fixture(scope="package")
def text_media(owner: httpx.Client) -> str:
    return send(owner, "talk.txt", SPOKEN.encode())["id"]


@pytest.fixture(scope="package")
def finished_job(owner: httpx.Client, text_media: str) -> Json:
    job = submit(owner, media_id=text_media, language="en")
    return ended(owner, job["id"])


def send(client: httpx.Client, filename: str, content: bytes) -> Json:
    """Upload in one request; returns the media."""
    answer = client.post(f"{API}/media", files={"file": (filename, content)})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def submit(client: httpx.Client, **wishes: object) -> Json:
    """Create a job with the stub engine unless told otherwise."""
    answer = client.post(f"{API}/jobs", json={"engine": "stub", **wishes})
    assert answer.status_code == 202, answer.text
    found: Json = answer.json()
    return found


def ended(client: httpx.Client, job_id: str) -> Json:
    """Follow the job's stream, which ends by itself, and return the job."""
    client.get(f"{API}/jobs/{job_id}/events")
    found: Json = client.get(f"{API}/jobs/{job_id}").json()
    assert found["status"] in ("completed", "failed", "cancelled"), found
    return found


def problem(answer: httpx.Response, status: int, code: str | None = None) -> Json:
    """Assert that the answer is this problem; its shape is checked on every answer already."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    found: Json = answer.json()
    if code is not None:
        assert found["code"] == code, found
    return found
