"""From a job's acceptance to the start of its work, on an idle system.

Both times come from PostgreSQL's clock: ``created_at`` is that of the transaction that accepted the job,
``started_at`` that of the one in which a worker claimed its first stage.
"""

from __future__ import annotations

import statistics
from datetime import datetime

import httpx

from . import servers
from .figures import Figure, at_most, plain

JOBS = 60
TARGET_MS = 20.0


def measure() -> list[Figure]:
    """Return the latencies of ``JOBS`` jobs, one after the other."""
    with servers.home() as folder, servers.up(folder) as (url, _), servers.sign_up(url) as client:
        media = client.post("media", files={"file": ("note.txt", b"One two three.", "text/plain")})
        body = {"media_id": media.raise_for_status().json()["id"], "engine": "stub"}
        for _ in range(3):  # the worker opens its connections with the first jobs
            _latency_ms(client, body)
        took = sorted(_latency_ms(client, body) for _ in range(JOBS))
    return [
        at_most("median from acceptance to start", statistics.median(took), TARGET_MS, unit=" ms"),
        plain("95th percentile", took[int(JOBS * 0.95)], unit=" ms"),
        plain("longest", took[-1], unit=" ms"),
    ]


def _latency_ms(client: httpx.Client, body: dict[str, str]) -> float:
    job = servers.finished(client, client.post("jobs", json=body).raise_for_status().json()["id"])
    started, accepted = (datetime.fromisoformat(job[name]) for name in ("started_at", "created_at"))
    return (started - accepted).total_seconds() * 1000
