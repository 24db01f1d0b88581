"""A process that fetches argv[3] from the S3 server at argv[1], copies in argv[2]; prints path and digest."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from pathlib import Path

from reelscribe.platform.storage.copies import Copies
from reelscribe.platform.storage.s3 import S3Storage, connect


async def main(endpoint: str, folder: str, key: str) -> None:
    client = connect(endpoint=endpoint, region="us-east-1", access_key="test-key", secret_key="test-secret")
    storage = S3Storage(client, "reelscribe-test", copies=Copies(Path(folder), limit_bytes=1024**3))
    keeping = asyncio.create_task(storage.keep_copies())
    await asyncio.sleep(0)
    async with storage.local_copy(key) as path:
        print(path, hashlib.sha256(path.read_bytes()).hexdigest(), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    keeping.cancel()


asyncio.run(main(*sys.argv[1:]))
