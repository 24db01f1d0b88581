"""Both storages: ``storage`` is each in turn, ``leftovers`` lists what lies in it."""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from reelscribe.platform import settings
from reelscribe.platform import storage as storages
from reelscribe.platform.storage import LocalStorage, Storage
from reelscribe.platform.storage.copies import Copies
from reelscribe.platform.storage.s3 import S3Storage, connect

from tests.platform.storage.gate import Gate

BUCKET = "reelscribe-test"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server that speaks the S3 protocol, keeping everything in memory."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def opened(endpoint: str, folder: Path, *, limit_bytes: int = 1024**3) -> S3Storage:
    """Return the storage at an S3 server, as every process opens it for itself; copies lie in ``folder``."""
    client = connect(endpoint=endpoint, region="us-east-1", access_key="test-key", secret_key="test-secret")
    return S3Storage(client, BUCKET, copies=Copies(folder, limit_bytes=limit_bytes))


@pytest.fixture
def s3(s3_endpoint: str, tmp_path: Path) -> Iterator[S3Storage]:
    storage = opened(s3_endpoint, tmp_path / "fetched")
    client = storage._client
    client.make_bucket(BUCKET)
    yield storage
    for upload in client._list_multipart_uploads(BUCKET).uploads:
        client._abort_multipart_upload(BUCKET, upload.object_name, upload.upload_id)
    for item in client.list_objects(BUCKET, recursive=True):
        client.remove_object(BUCKET, item.object_name)
    client.remove_bucket(BUCKET)


@pytest.fixture
def on_s3(s3: S3Storage, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let ``storage.current()`` of this process be the S3 server."""
    values = {"STORAGE_BACKEND": "s3", "S3_ENDPOINT": s3_endpoint, "S3_BUCKET": BUCKET}
    for name, value in (values | {"S3_ACCESS_KEY": "test-key", "S3_SECRET_KEY": "test-secret"}).items():
        monkeypatch.setenv(f"REELSCRIBE_{name}", value)
    _forget_settings()
    yield
    monkeypatch.undo()
    _forget_settings()


def _forget_settings() -> None:
    settings.current.cache_clear()
    storages.current.cache_clear()


@pytest.fixture
def gate(s3_endpoint: str) -> Iterator[Gate]:
    """A door to the same server that counts who passes, and can be held shut."""
    with Gate(s3_endpoint) as opened_gate:
        yield opened_gate


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB of its own; mounting one needs root."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("needs the program 'mount'")
    small = [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    done = subprocess.run(small, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs the right to mount a small disk: {done.stderr.strip()}")
    yield folder
    subprocess.run([umount, str(folder)], check=True)


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "storage", public_url="http://127.0.0.1:8000")


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    found: Storage = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def leftovers(storage: Storage) -> Callable[[], list[str]]:
    """Return the names of all files and unfinished uploads in the storage."""

    def of_s3() -> list[str]:
        assert isinstance(storage, S3Storage)
        uploads = storage._client._list_multipart_uploads(BUCKET).uploads
        objects = storage._client.list_objects(BUCKET, recursive=True)
        return [str(upload.object_name) for upload in uploads] + [str(item.object_name) for item in objects]

    def of_local() -> list[str]:
        assert isinstance(storage, LocalStorage)
        with contextlib.suppress(FileNotFoundError):
            return [str(path) for path in storage._root.rglob("*") if path.is_file()]
        return []

    return of_local if isinstance(storage, LocalStorage) else of_s3
