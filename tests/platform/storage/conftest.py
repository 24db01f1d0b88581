"""Both storages: ``storage`` is each in turn, ``leftovers`` lists what lies in it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from reelscribe.platform.storage import LocalStorage, Storage
from reelscribe.platform.storage.s3 import S3Storage, connect

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


@pytest.fixture
def s3(s3_endpoint: str) -> Iterator[S3Storage]:
    client = connect(endpoint=s3_endpoint, region="us-east-1", access_key="test-key", secret_key="test-secret")
    client.make_bucket(BUCKET)
    yield S3Storage(client, BUCKET)
    for upload in client._list_multipart_uploads(BUCKET).uploads:
        client._abort_multipart_upload(BUCKET, upload.object_name, upload.upload_id)
    for item in client.list_objects(BUCKET, recursive=True):
        client.remove_object(BUCKET, item.object_name)
    client.remove_bucket(BUCKET)


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
