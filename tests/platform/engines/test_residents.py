"""Which processes a pool keeps: real children, most of an unknown engine, which only say that they cannot."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
from reelscribe.platform.engines.messages import Event, Loaded, Open, Transcribe
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.engines.residents import Bounds
from reelscribe.platform.errors import BadMedia, EngineFailed, EngineUnavailable

from tests.platform.engines.conftest import MODEL, Wav
from tests.platform.engines.padding import copied

SELFISH = "A_speech/en_ps_librivox_0890.wav"
COMMAND = Transcribe(audio="none.wav", duration=1.0)
MB = 1024**2

MakePool = Callable[..., Pool]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    made: list[Pool] = []

    def make(*, size: int = 1, clock: Callable[[], float] = lambda: 0.0, **bounds: float) -> Pool:
        made.append(Pool(size=size, environ=os.environ, bounds=Bounds(**bounds), clock=clock))
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


def engines(pool: Pool) -> list[str]:
    return [each.model or each.engine for each in pool.residents()]


async def hear(pool: Pool, model: Path, request: Request, handle: Callable[[], None] = lambda: None) -> None:
    """Have a child with the model in the folder ``model`` transcribe."""

    async def handled(event: Event) -> None:
        handle()

    order = Open(engine="faster-whisper", model=model.name, folder=str(model), device="cpu")
    command = Transcribe(audio=str(request.audio), duration=request.duration, language="en")
    await pool.transcribe(order, command, handled)


async def test_process_that_nobody_used_for_long_is_ended(make_pool: MakePool) -> None:
    now = [0.0]
    pool = make_pool(size=3, clock=lambda: now[0], idle_seconds=60)
    for engine in ("a", "b", "c"):
        await ask(pool, engine)
    now[0] = 59.0
    await ask(pool, "a")
    await pool.unload_idle()
    assert pool.stats.unloaded_idle == 0

    now[0] = 60.0
    await pool.unload_idle()

    assert engines(pool) == ["a"]
    assert (pool.stats.unloaded_idle, pool.stats.evictions) == (2, 0)


async def test_pool_unloads_by_itself_and_goes_on(make_pool: MakePool) -> None:
    pool = make_pool(idle_seconds=0.001, clock=asyncio.get_running_loop().time)
    seen: list[int] = []

    async def remember(event: Event) -> None:
        seen.extend(pool.pids)

    with pytest.raises(EngineUnavailable):
        await pool.transcribe(Open(engine="a"), COMMAND, remember)
    async with asyncio.timeout(20):
        while psutil.pid_exists(seen[0]):  # noqa: ASYNC110 - the pool's own timer ends it
            await asyncio.sleep(0.001)

    assert pool.stats.unloaded_idle == 1
    await ask(pool, "a")


async def test_without_a_limit_idle_processes_stay(make_pool: MakePool) -> None:
    now = [0.0]
    pool = make_pool(clock=lambda: now[0])
    await ask(pool, "a")
    now[0] = 1e9

    await ask(pool, "a")

    assert pool.stats.hits == 1


async def test_process_is_renewed_after_its_requests(make_pool: MakePool) -> None:
    pool = make_pool(jobs=2)
    await ask(pool, "a")
    (first,) = pool.pids

    await ask(pool, "a")

    assert pool.pids == ()
    assert not psutil.pid_exists(first)
    assert (pool.stats.recycled, pool.stats.failures) == (1, 0)
    await ask(pool, "a")


@pytest.mark.model
async def test_process_that_has_grown_is_renewed(make_pool: MakePool, models: Path, wav: Wav) -> None:
    pool = make_pool(growth_bytes=2 * MB)
    await hear(pool, models / MODEL, wav(SELFISH))
    assert pool.stats.recycled == 0

    await hear(pool, models / MODEL, wav("B_multispeaker/pyannote_sample_30s_2spk.wav"))

    assert (pool.stats.recycled, pool.pids) == (1, ())


@pytest.mark.model
async def test_least_recently_used_make_room_in_memory(
    make_pool: MakePool, models: Path, tmp_path: Path, wav: Wav
) -> None:
    a, b, c = (copied(models / MODEL, tmp_path / name, ballast_bytes=300 * MB) for name in "abc")
    # Each holds 430 to 560 MB. Two fit; a third is expected to take 462 MB: its files and the libraries.
    pool = make_pool(size=4, memory_bytes=1100 * MB)
    for model in (a, b, a):
        await hear(pool, model, wav(SELFISH))
    assert engines(pool) == ["a", "b"]

    await hear(pool, c, wav(SELFISH))

    assert engines(pool) == ["c", "a"]
    assert (pool.stats.hits, pool.stats.misses, pool.stats.evictions) == (1, 3, 1)


@pytest.mark.model
async def test_model_that_is_larger_than_all_that_is_allowed_runs_alone(
    make_pool: MakePool, models: Path, tmp_path: Path, wav: Wav
) -> None:
    pool = make_pool(size=4, memory_bytes=100 * MB)  # the libraries alone take more
    seen: list[int] = []
    folders = [copied(models / MODEL, tmp_path / name) for name in "ab"]

    await asyncio.gather(*(hear(pool, each, wav(SELFISH), lambda: seen.append(len(pool.pids))) for each in folders * 2))

    assert set(seen) == {1}
    assert pool.stats.loads + pool.stats.hits == 4


async def test_requests_are_served_in_turn_while_one_waits_for_room(make_pool: MakePool) -> None:
    pool = make_pool(size=4, memory_bytes=1)  # one at a time
    served: list[str] = []

    async def one(engine: str) -> None:
        await ask(pool, engine)
        served.append(engine)

    await asyncio.gather(*(one(engine) for engine in "abcab"))

    assert served == list("abcab")


async def test_request_that_waits_for_room_can_be_cancelled(make_pool: MakePool) -> None:
    pool = make_pool()
    begun = asyncio.Event()

    async def hold(event: Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    busy = asyncio.create_task(pool.transcribe(Open(engine="a"), COMMAND, hold))
    await begun.wait()
    waiting = asyncio.create_task(ask(pool, "b"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])

    busy.cancel()
    await asyncio.wait([busy])

    assert pool.pids == ()
    assert (pool.stats.cancellations, pool.stats.failures) == (1, 0)
    await ask(pool, "b")


@pytest.mark.model
@pytest.mark.chaos
async def test_close_while_a_model_is_loaded_leaves_nothing_behind(
    make_pool: MakePool, models: Path, tmp_path: Path, wav: Wav
) -> None:
    model = copied(models / MODEL, tmp_path / "large", ballast_bytes=300 * MB)
    pool = make_pool()
    begun = asyncio.Event()
    loading = asyncio.create_task(hear(pool, model, wav(SELFISH), begun.set))
    await begun.wait()  # it has taken the command
    (pid,) = pool.pids

    await pool.close()

    assert not psutil.pid_exists(pid)
    with pytest.raises(EngineFailed):
        await loading
    assert pool.pids == ()


@pytest.mark.chaos
async def test_close_while_processes_start_refuses_all_that_wait(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    asked = [asyncio.create_task(pool.transcribe(Open(engine=name), COMMAND, ignore)) for name in "abcd"]
    await asyncio.sleep(0)  # the first has begun to start its process
    before = set(psutil.Process().children(recursive=True))

    await pool.close()

    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in outcomes} == {EngineFailed}
    assert pool.pids == ()
    assert not [child for child in psutil.Process().children(recursive=True) if child not in before]
    await ask(pool, "a")


@pytest.mark.chaos
async def test_request_that_is_cancelled_while_its_process_starts_leaves_none(make_pool: MakePool) -> None:
    pool = make_pool()
    before = set(psutil.Process().children(recursive=True))
    starting = asyncio.create_task(pool.transcribe(Open(engine="a"), COMMAND, ignore))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # it is inside the start

    starting.cancel()
    await asyncio.wait([starting])

    assert pool.pids == ()
    assert not [child for child in psutil.Process().children(recursive=True) if child not in before]
    await ask(pool, "a")


async def test_load_is_counted_with_its_seconds(make_pool: MakePool) -> None:
    pool = make_pool()
    heard: list[Event] = []

    async def remember(event: Event) -> None:
        heard.append(event)

    order = Open(engine="pocketsphinx")
    with pytest.raises(BadMedia):
        await pool.transcribe(order, COMMAND, remember)

    (loaded,) = [event for event in heard if isinstance(event, Loaded)]
    assert (pool.stats.loads, pool.stats.load_seconds) == (1, loaded.seconds)
