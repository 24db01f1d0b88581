"""Who lives, what each does now, which models it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.queue.tasks import all_queues
from reelscribe.platform.services import stages
from reelscribe.platform.services import workers as beats
from reelscribe.platform.services.overview import workers

from tests.conftest import User
from tests.platform.services import factories

pytestmark = pytest.mark.usefixtures("database", "redis")


async def test_worker_is_alive_when_it_has_just_reported() -> None:
    await beats.start("w1", all_queues(), slots={"io": 4, "media": 2, "engine": 1})

    found = (await workers.look()).items

    await beats.stop("w1")
    assert [(each.id, each.alive, each.slots["io"]) for each in found] == [("w1", True, 4)]
    assert found[0].memory_bytes > 1_000_000
    assert found[0].pool.models == ()
    assert (await workers.look()).items == []


async def test_worker_is_silent_when_it_did_not_report_for_a_while() -> None:
    await db.execute(
        "INSERT INTO workers (id, host, pid, seen_at) VALUES ('w1', 'h', 1, now() - interval '31 seconds')"
    )

    found = (await workers.look()).items

    assert [each.alive for each in found] == [False]
    assert await workers.alive() == 0


async def test_worker_says_what_it_does(user: User) -> None:
    await db.execute("INSERT INTO workers (id, host, pid) VALUES ('w1', 'h', 1)")
    job = await factories.job(user.id)
    await stages.claim(*await factories.waiting_message(job.id), worker="w1", lease=timedelta(seconds=60))

    doing = (await workers.look()).items[0].doing

    assert [(each.stage, each.job_id, each.filename, each.user) for each in doing] == [
        ("ingest", job.id, "talk.wav", user.email)
    ]
    assert doing[0].since is not None


async def test_worker_says_which_piece_it_does_for_another(user: User) -> None:
    await db.execute("INSERT INTO workers (id, host, pid) VALUES ('w1', 'h', 1), ('w2', 'h', 2)")
    job = await factories.job(user.id)
    claimed = await stages.claim(*await factories.waiting_message(job.id), worker="w1", lease=timedelta(seconds=60))
    assert claimed is not None
    await db.execute(
        "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, worker, lease_token,"
        " lease_expires_at) SELECT $1, n, n, n + 1, 'w' || n + 1, gen_random_uuid(), now()"
        " FROM generate_series(0, 1) n",
        claimed.stage_id,
    )

    found = {each.id: each.doing for each in (await workers.look()).items}

    assert [each.chunk for each in found["w1"]] == [None]
    assert [each.chunk for each in found["w2"]] == [2]


@pytest.mark.parametrize(
    ("queues", "groups"),
    [
        (all_queues(), ["io", "media", "engine"]),
        (("engine.high", "engine.normal"), ["engine.high", "engine.normal"]),
        ((), []),
    ],
)
async def test_worker_names_a_group_when_it_takes_all_of_it(queues: tuple[str, ...], groups: list[str]) -> None:
    await db.execute("INSERT INTO workers (id, host, pid, queues) VALUES ('w1', 'h', 1, $1)", list(queues))

    assert (await workers.look()).items[0].groups == groups
