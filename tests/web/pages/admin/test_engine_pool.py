"""What the overview says of the engine processes."""

from __future__ import annotations

from reelscribe.platform import db

from tests.web.conftest import Member
from tests.web.pages.conftest import Browser

_ONE = '{"hits": 3, "misses": 1, "loads": 1, "load_seconds": 2.5, "oom_fallbacks": 1, "recycled": 7, "models": []}'
_OTHER = '{"hits": 2, "misses": 2, "failures": 1, "models": []}'


async def test_pools_are_shown_by_worker_and_together(admin: Browser) -> None:
    await db.execute(
        "INSERT INTO workers (id, host, pid, pool) VALUES ('w1', 'h', 1, $1), ('w2', 'h', 2, $2)", _ONE, _OTHER
    )

    page = (await admin.get("/admin")).text

    together = page.partition('id="engine-pool"')[2].partition("</p>")[0]
    one = page.partition('id="worker-w1"')[2].partition("</li>")[0]
    assert "5 of 8 requests found theirs warm" in together
    assert "3 of 4 requests found theirs warm" in one
    for part in (together, one):
        assert "1 had too little memory and took a smaller model" in part
        assert "7 renewed" in part
        assert "1 load, 2.5 s each" in part
    assert "1 died" in together
    assert "died" not in one


async def test_without_speech_nothing_is_said_of_pools(admin: Browser) -> None:
    await db.execute("INSERT INTO workers (id, host, pid) VALUES ('w1', 'h', 1)")

    page = (await admin.get("/admin")).text

    assert 'id="worker-w1"' in page
    assert "found theirs warm" not in page


async def test_health_has_the_sums_of_all_workers(boss: Member) -> None:
    await db.execute(
        "INSERT INTO workers (id, host, pid, pool) VALUES ('w1', 'h', 1, $1), ('w2', 'h', 2, $2)", _ONE, _OTHER
    )

    pool = (await boss.http.get("/api/v1/admin/health")).json()["engine_pool"]

    assert (pool["hits"], pool["misses"], pool["oom_fallbacks"], pool["failures"]) == (5, 3, 1, 1)
    assert pool["load_seconds"] == 2.5
