"""Put 160 MiB into the storage at argv[1] (a folder or an S3 endpoint), read and fetch it, print the growth in MiB.

What is fetched from S3 is kept in the folder argv[2].
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from reelscribe.platform.storage import LocalStorage, Storage
from reelscribe.platform.storage.copies import Copies
from reelscribe.platform.storage.s3 import S3Storage, connect

MIB = 1024 * 1024


async def blocks(mib: int) -> AsyncIterator[bytes]:
    for _ in range(mib * 16):
        yield bytes(64 * 1024)


async def there_and_back(storage: Storage, mib: int) -> None:
    await storage.put("large", blocks(mib))
    size = sum([len(chunk) async for chunk in storage.read("large")])
    async with storage.local_copy("large") as path:
        assert path.stat().st_size == mib * MIB
    await storage.delete("large")
    assert size == mib * MIB


def peak_kib() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def opened(where: str, kept: str) -> Storage:
    if not where.startswith("http"):
        return LocalStorage(Path(where), public_url="http://unused.test")
    client = connect(endpoint=where, region="us-east-1", access_key="test-key", secret_key="test-secret")
    return S3Storage(client, "reelscribe-test", copies=Copies(Path(kept), limit_bytes=1024**3))


async def main(where: str, kept: str) -> None:
    storage = opened(where, kept)
    keeping = asyncio.create_task(storage.keep_copies())
    await asyncio.sleep(0)
    await there_and_back(storage, 1)  # threads, connections and lazy imports are not what is measured
    before = peak_kib()
    await there_and_back(storage, 160)
    print((peak_kib() - before) // 1024)
    keeping.cancel()


asyncio.run(main(*sys.argv[1:]))
