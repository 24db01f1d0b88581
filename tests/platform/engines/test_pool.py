"""The pool with real children that need no model: of an unknown engine they only say that they cannot."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
from reelscribe.platform.engines.messages import Diarize, Event, Failed, Open, Transcribe
from reelscribe.platform.engines.pool import Pool, error_of
from reelscribe.platform.errors import BadMedia, EngineFailed, EngineUnavailable, ReelscribeError

COMMAND = Transcribe(audio="none.wav", duration=1.0)

MakePool = Callable[..., Pool]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    made: list[Pool] = []

    def make(*, size: int = 1, environ: dict[str, str] | None = None) -> Pool:
        made.append(Pool(size=size, environ={**os.environ, **(environ or {})}))
        return made[-1]

    yield make
    for pool in made:
        await pool.close()


async def ignore(event: Event) -> None:
    """Take an event and do nothing."""


async def ask(pool: Pool, engine: str) -> None:
    """Have the child of ``engine`` refuse, which leaves it warm."""
    with pytest.raises(EngineUnavailable, match=engine):
        await pool.transcribe(Open(engine=engine), COMMAND, ignore)


async def test_process_stays_warm_for_the_next_request(make_pool: MakePool) -> None:
    pool = make_pool()
    await ask(pool, "a")
    pids = pool.pids

    await ask(pool, "a")

    assert pool.pids == pids
    assert (pool.stats.misses, pool.stats.hits) == (1, 1)


async def test_least_recently_used_process_makes_room(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    for engine in ("a", "b", "a", "c"):  # c takes the place of b
        await ask(pool, engine)

    await ask(pool, "a")

    assert len(pool.pids) == 2
    assert (pool.stats.evictions, pool.stats.misses, pool.stats.hits) == (1, 3, 2)


async def test_evicted_process_is_gone(make_pool: MakePool) -> None:
    pool = make_pool()
    await ask(pool, "a")
    (first,) = pool.pids

    await ask(pool, "b")

    assert not psutil.pid_exists(first)


async def test_never_more_processes_than_allowed(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    seen: list[int] = []

    async def count(event: Event) -> None:
        seen.append(len(pool.pids))

    async def one(engine: str) -> None:
        with pytest.raises(EngineUnavailable):
            await pool.transcribe(Open(engine=engine), COMMAND, count)

    await asyncio.gather(*(one(engine) for engine in "abcdabcd"))

    assert max(seen) == 2
    assert pool.stats.hits + pool.stats.misses == 8


async def test_requests_are_served_in_the_order_they_came(make_pool: MakePool) -> None:
    pool = make_pool()
    served: list[str] = []

    async def one(engine: str) -> None:
        await ask(pool, engine)
        served.append(engine)

    await asyncio.gather(*(one(engine) for engine in "abcab"))

    assert served == list("abcab")


async def test_waiting_request_can_be_cancelled(make_pool: MakePool) -> None:
    pool = make_pool()
    busy = asyncio.create_task(ask(pool, "a"))
    waiting = asyncio.create_task(ask(pool, "b"))
    await asyncio.sleep(0)  # both have begun, one of them waits

    waiting.cancel()
    await asyncio.gather(busy, waiting, return_exceptions=True)

    assert waiting.cancelled()
    await ask(pool, "c")


@pytest.mark.chaos
async def test_process_that_died_idle_is_replaced_unseen(make_pool: MakePool) -> None:
    pool = make_pool()
    await ask(pool, "a")
    (first,) = pool.pids

    os.kill(first, signal.SIGKILL)
    await ask(pool, "a")

    assert pool.pids != (first,)
    assert pool.stats.failures == 1


@pytest.mark.chaos
async def test_child_that_cannot_live_is_an_engine_failure(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool(environ={"PYTHONHOME": str(tmp_path)})  # Python finds no standard library there

    with pytest.raises(EngineFailed) as failure:
        await pool.transcribe(Open(engine="a"), COMMAND, ignore)

    assert failure.value.facts["exit_code"] == 1
    assert "encodings" in str(failure.value.facts["log_tail"])
    assert pool.pids == ()


async def test_diarization_takes_any_warm_process(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool()
    await ask(pool, "a")

    with pytest.raises(ReelscribeError):
        await pool.diarize(None, Diarize(audio=str(tmp_path / "none.wav")), ignore)

    assert (pool.stats.misses, pool.stats.hits) == (1, 1)


async def test_close_ends_all_processes_and_the_pool_can_go_on(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    await ask(pool, "a")
    await ask(pool, "b")
    pids = pool.pids

    await pool.close()

    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
    await ask(pool, "a")


async def test_pool_refuses_a_second_event_loop(make_pool: MakePool) -> None:
    pool = make_pool()
    await ask(pool, "a")

    with pytest.raises(RuntimeError, match="one event loop"):
        await asyncio.to_thread(asyncio.run, pool.transcribe(Open(engine="a"), COMMAND, ignore))


@pytest.mark.parametrize(
    ("code", "kind"),
    [("bad_media", BadMedia), ("engine_unavailable", EngineUnavailable), ("nonsense", EngineFailed)],
)
def test_error_has_the_class_of_its_code(code: str, kind: type[ReelscribeError]) -> None:
    error = error_of(Failed(code=code, message="Why.", hint="What now.", facts={"cause": "hub"}))

    assert type(error) is kind
    assert (error.message, error.hint, error.facts) == ("Why.", "What now.", {"cause": "hub"})


async def test_residents_are_the_processes_with_their_models(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    for engine in ("a", "b"):
        await ask(pool, engine)

    assert [(each.engine, each.is_busy) for each in pool.residents()] == [("b", False), ("a", False)]
    assert {each.pid for each in pool.residents()} == set(pool.pids)
