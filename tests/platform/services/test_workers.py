"""What workers say of themselves and their engine processes, and how they stop saying it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest
from reelscribe.platform import db, storage
from reelscribe.platform.engines import registry
from reelscribe.platform.engines.stats import PoolStats
from reelscribe.platform.services import measures, workers
from reelscribe.platform.services.overview import workers as overview
from reelscribe.platform.settings import current

from tests.platform.storage.conftest import on_s3, s3, s3_endpoint  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("database", "redis")

STORED_BEFORE = '{"hits": 3, "misses": 1, "loads": 1, "load_seconds": 2.5, "models": []}'
STORED_NOW = '{"hits": 2, "misses": 2, "oom_fallbacks": 1, "recycled": 4, "unloaded_idle": 5, "models": []}'


async def enter(name: str, pool: str) -> None:
    await db.execute("INSERT INTO workers (id, host, pid, pool) VALUES ($1, 'h', 1, $2)", name, pool)


async def test_beat_that_swallows_a_cancel_ends_all_the_same() -> None:
    begun = asyncio.Event()

    async def swallow() -> None:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    task = asyncio.create_task(workers._repeat(swallow, every_seconds=3600))
    await begun.wait()
    task.cancel()

    await asyncio.wait([task], timeout=20)
    assert task.done()


async def test_worker_writes_down_what_its_pool_did() -> None:
    await workers.start("w1", ["io.normal"], slots={"io": 4})

    row = await db.fetch_one("SELECT pool FROM workers WHERE id = 'w1'")

    await workers.stop("w1")
    assert row is not None
    assert set(msgspec.json.decode(row["pool"])) == {*PoolStats.__struct_fields__, "models"}


async def test_pools_are_added_up_also_those_that_an_older_program_wrote() -> None:
    await enter("new", "{}")
    await enter("old", STORED_BEFORE)
    await enter("busy", STORED_NOW)

    found = await overview.pool()

    assert (found.hits, found.misses, found.loads, found.load_seconds) == (5, 3, 1, 2.5)
    assert (found.oom_fallbacks, found.recycled, found.unloaded_idle) == (1, 4, 5)


async def test_measures_have_each_workers_pool() -> None:
    await enter("old", STORED_BEFORE)
    await enter("busy", STORED_NOW)

    pools = (await measures.current()).pools

    assert {name: (pool.hits, pool.oom_fallbacks) for name, pool in pools.items()} == {"old": (3, 0), "busy": (2, 1)}


@pytest.mark.parametrize(("queue", "loaded"), [("engine.normal", 1), ("media.normal", 0)])
async def test_only_a_worker_for_speech_loads_models_ahead(
    monkeypatch: pytest.MonkeyPatch, queue: str, loaded: int
) -> None:
    monkeypatch.setenv("REELSCRIBE_ENGINE_PRELOAD", "pocketsphinx")
    current.cache_clear()
    registry.shared.cache_clear()
    await workers.start("w1", [queue], slots={})

    preloading = [task for task in workers._tasks if getattr(task.get_coro(), "__name__", "") == "_preload"]
    await asyncio.gather(*preloading)

    assert (len(preloading), registry.stats().loads) == (loaded, loaded)
    await workers.stop("w1")
    await registry.close_all()
    monkeypatch.undo()
    current.cache_clear()
    registry.shared.cache_clear()


async def test_worker_keeps_what_it_fetched_until_it_ends(on_s3: None) -> None:  # noqa: F811 - as above
    fetched = current().home / "fetched"
    await storage.current().put("media/talk", one(b"talk"))
    await workers.start("w1", ["media.normal"], slots={})

    for _ in range(2):
        async with storage.current().local_copy("media/talk") as path:
            assert path.read_bytes() == b"talk"
            assert list(fetched.iterdir()) == [path]
    await workers.stop("w1")

    assert list(fetched.iterdir()) == []


async def one(block: bytes) -> AsyncIterator[bytes]:
    yield block
