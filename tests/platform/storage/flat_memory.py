"""Put 160 MiB into the storage at argv[1] (a folder or an S3 endpoint), read it back, print the growth in MiB."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from reelscribe.platform.storage import LocalStorage, Storage
from reelscribe.platform.storage.s3 import S3Storage, connect

MIB = 1024 * 1024


async def blocks(mib: int) -> AsyncIterator[bytes]:
    for _ in range(mib * 16):
        yield bytes(64 * 1024)


async def there_and_back(storage: Storage, mib: int) -> None:
    await storage.put("large", blocks(mib))
    size = sum([len(chunk) async for chunk in storage.read("large")])
    await storage.delete("large")
    assert size == mib * MIB


def peak_kib() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def opened(where: str) -> Storage:
    if not where.startswith("http"):
        return LocalStorage(Path(where), public_url="http://unused.test")
    client = connect(endpoint=where, region="us-east-1", access_key="test-key", secret_key="test-secret")
    return S3Storage(client, "reelscribe-test")


async def main(where: str) -> None:
    storage = opened(where)
    await there_and_back(storage, 1)  # threads, connections and lazy imports are not what is measured
    before = peak_kib()
    await there_and_back(storage, 160)
    print((peak_kib() - before) // 1024)


asyncio.run(main(sys.argv[1]))
