"""What a scrape says of the engine processes."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families
from reelscribe.platform import db
from reelscribe.platform.engines.stats import PoolStats

_POOL = """{"hits": 3, "misses": 2, "load_seconds": 2.5, "oom_fallbacks": 1, "models": [
    {"engine": "whisperx", "model": "small", "is_busy": true, "memory_bytes": 1000},
    {"engine": "whisperx", "model": "small", "is_busy": false, "memory_bytes": 500}]}"""


async def test_scrape_has_each_workers_counters_and_memory(http: httpx.AsyncClient) -> None:
    await db.execute("INSERT INTO workers (id, host, pid, pool) VALUES ('w1', 'h', 1, $1), ('w2', 'h', 2, '{}')", _POOL)

    text = (await http.get("/metrics")).text

    found = {
        (sample.name, sample.labels.get("worker")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["reelscribe_engine_pool_hits_total", "w1"] == 3
    assert found["reelscribe_engine_pool_load_seconds_total", "w1"] == 2.5
    assert found["reelscribe_engine_pool_oom_fallbacks_total", "w1"] == 1
    assert found["reelscribe_engine_pool_hits_total", "w2"] == 0
    assert found["reelscribe_engine_pool_memory_bytes", "w1"] == 1500


async def test_every_counter_of_the_pool_is_in_the_scrape(http: httpx.AsyncClient) -> None:
    text = (await http.get("/metrics")).text

    assert not [name for name in PoolStats.__struct_fields__ if f"reelscribe_engine_pool_{name}_total" not in text]
