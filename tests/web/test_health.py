"""Health and metrics."""

from __future__ import annotations

import httpx
from reelscribe.platform import redis as redis_pool
from reelscribe.platform.services import mended


async def test_health_is_ok_when_all_servers_answer(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health")

    assert answer.status_code == 200
    assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == {
        "database": True,
        "redis": True,
        "storage": True,
    }


async def test_health_is_503_when_redis_is_away(http: httpx.AsyncClient) -> None:
    await redis_pool.stop()

    answer = await http.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"]["ok"] is False
    assert (await http.get("/health/live")).status_code == 200


async def test_login_works_when_redis_is_away(http: httpx.AsyncClient) -> None:
    await redis_pool.stop()
    who = {"email": "ann@example.test", "password": "correct horse"}

    registered = await http.post("/api/v1/auth/register", json=who)

    assert registered.status_code == 201


async def test_metrics_count_responses_by_route_when_asked(http: httpx.AsyncClient) -> None:
    await http.get("/health/live")

    text = (await http.get("/metrics")).text

    assert 'reelscribe_http_responses_total{method="GET",route="/health/live",status="200"}' in text
    assert 'reelscribe_jobs_unfinished{status="pending"} 0.0' in text


async def test_metrics_show_how_the_platform_stands(http: httpx.AsyncClient) -> None:
    await mended.add("rescue_expired", 3)

    text = (await http.get("/metrics")).text

    for line in (
        '\nreelscribe_mended_total{duty="rescue_expired"} 3.0\n',
        "\nreelscribe_dead_letters_open 0.0\n",
        '\nreelscribe_queue_depth{queue="engine.high"} 0.0\n',
        '\nreelscribe_queue_oldest_seconds{queue="engine.high"} 0.0\n',
        "\nreelscribe_workers_alive 0.0\n",
        '\nreelscribe_engine_breaker_open{engine="stub"} 0.0\n',
    ):
        assert line in text
