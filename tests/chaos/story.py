"""One run from its first process to its verdict.

1. Start PostgreSQL, Redis, the provider and our processes; make the accounts.
2. Do each piece of sound once without a disturbance: the reference.
3. Let customers bring jobs while the weather rages; it ends when all jobs are accepted and enough was broken.
4. Put everything right, wait until every job has ended and every clip is as its owner wants it, and look.
5. Stop everything, and look again. What is wrong is written down with its rows and the logs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from reelscribe.cli import stack
from reelscribe.platform import db, migrations, redis
from reelscribe.platform.queue import dispatch
from reelscribe.platform.settings import current

from . import clips, evidence, faults, ledgers, leftovers, materials, orders, program, promises, table
from .checks import Found
from .customers import Customer, person
from .fleet import Fleet
from .orders import KINDS, Order
from .patience import patiently, until
from .provider import Provider
from .servers import Servers
from .weather import Weather
from .wishes import Wishes
from .world import Made, World

_SAID_EVERY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do: ``seconds`` are how long customers bring jobs, ``patience`` how long those may take afterwards.

    ``tiny``: only texts, and none of the faults that only speech has.
    """

    seed: int
    jobs: int
    customers: int
    workers: int
    seconds: float
    patience: float
    gap: tuple[float, float]
    tiny: bool = False
    only: Sequence[str] = ()
    kinds: Sequence[str] = ()


async def tell(plan: Plan, home: Path) -> bool:
    """Do a whole run in ``home`` and print it; True if everything is as it must be."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with _platform(plan, home, listening.fileno(), address) as world:
            found = await _live(plan, world, address)
            ends = {row["id"]: row["status"] for row in await db.fetch("SELECT id, status FROM jobs")}
            await world.fleet.stop()
            found += leftovers.look_after_the_end(world)
            is_right = not any(each.wrong for each in found)
            if not is_right:
                await evidence.keep(world, found)
    sums = [table.of_jobs(world, ends), table.of_faults(world), table.of_deeds(world), table.of_logs(world)]
    sums.append(table.of_checks(found))
    print("\n" + "\n\n".join(sums), flush=True)
    return is_right


@asynccontextmanager
async def _platform(plan: Plan, home: Path, listening: int, address: str) -> AsyncIterator[World]:
    servers, provider = Servers(home), Provider()
    await servers.ready()
    await provider.start()
    program.register(provider.address)
    environ = os.environ | {"CHAOS_PROVIDER": provider.address, "REELSCRIBE_PUBLIC_URL": address}
    fleet = Fleet(workers=plan.workers, listening=listening, logs=home / "logs", environ=environ)
    # asyncpg writes a traceback for each connection that it cannot open again at once.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    await db.start()
    await redis.start()
    await migrations.apply()
    admin = await person("admin@example.test", role="admin")
    world = World(home, plan.seed, servers, fleet, provider, admin, current().lease_seconds, plan.jobs)
    fleet.start()
    try:
        yield world
    finally:
        await fleet.stop()
        await dispatch.stop()
        await redis.stop()
        await db.stop()
        await provider.stop()
        await servers.stop()


async def _live(plan: Plan, world: World, address: str) -> list[Found]:
    rng = Random(plan.seed)
    await _web_answers(address)
    customers = [await Customer.open(number, address, world.statuses) for number in range(plan.customers)]
    pieces = {} if plan.tiny else materials.cut(world.home)
    wishes = Wishes(world, customers, pieces, Random(rng.random()))
    reference = {} if plan.tiny else await _reference(world, customers[0], pieces, plan.kinds)
    planned = orders.plan(rng, jobs=plan.jobs, customers=plan.customers, kinds=plan.kinds, tiny=plan.tiny)
    await _storm(plan, world, wishes, planned, rng)
    found = await promises.look(world, customers, reference) + await ledgers.look() + await leftovers.look(world)
    found += [] if plan.tiny else await clips.look(world, customers)
    for customer in customers:
        await customer.close()
    return found


async def _web_answers(address: str) -> None:
    async def answers() -> bool:
        return await asyncio.to_thread(stack.answers, address)

    assert await until(answers, seconds=60), "the web process does not answer"


async def _reference(world: World, customer: Customer, pieces: dict[str, Path], only: Sequence[str]) -> dict[str, str]:
    """Do each kind of sound once, undisturbed; returns the texts by kind."""
    heard = [name for name, kind in KINDS.items() if kind.piece is not None and not kind.is_damaged]
    kinds = [name for name in heard if not only or name in only]
    texts = {}
    for number, kind in enumerate(kinds, 1):
        order = Order(
            number=-number, kind=kind, owner=0, text=0, priority="normal", pays=False, cancel_after=None,
            wants_it_after_all=False, retries=0, by_admin=False,
        )  # fmt: skip
        made = Made(order, await customer.order(order, pieces))
        world.made[made.job_id] = made

        async def ended(made: Made = made) -> bool:
            return bool(await db.fetch("SELECT 1 FROM jobs WHERE id = $1 AND status = 'completed'", made.job_id))

        assert await until(ended, seconds=90), f"the undisturbed job {made.job_id} ({kind}) is not completed"
        row = await db.fetch_one("SELECT text FROM transcripts WHERE job_id = $1", made.job_id)
        assert row is not None
        texts[kind] = row["text"]
        world.say(f"undisturbed, {kind}: {texts[kind]!r}")
    return texts


async def _storm(plan: Plan, world: World, wishes: Wishes, planned: list[Order], rng: Random) -> None:
    chosen = [each for each in faults.FAULTS if not (plan.tiny and each.target in faults.OF_SPEECH)]
    if plan.only:
        chosen = [each for each in chosen if any(part in each.name for part in plan.only)]
    weather = Weather(world, Random(rng.random()), chosen, gap=plan.gap)
    bringing = asyncio.create_task(wishes.bring(planned, seconds=plan.seconds))
    over = asyncio.Event()
    persisting = asyncio.create_task(wishes.persist(over.is_set))
    saying = asyncio.create_task(_say(world))
    try:
        if chosen:
            await weather.rage(bringing.done)
        await faults.heal(world)
        world.say("everything is put right")
        await bringing
        began = time.monotonic()
        if await until(wishes.satisfied, seconds=plan.patience, every=0.5):
            world.say(f"all jobs have ended, {time.monotonic() - began:.1f} s later")
        over.set()
        await persisting
    finally:
        saying.cancel()


async def _say(world: World) -> None:
    """Print every few seconds how far the jobs are."""
    while True:
        await asyncio.sleep(_SAID_EVERY_SECONDS)
        rows = await patiently(lambda: db.fetch("SELECT status, count(*) AS n FROM jobs GROUP BY 1 ORDER BY 1"))
        told = ", ".join(f"{row['n']} {row['status']}" for row in rows)
        world.say(f"{len(world.made)} of {world.jobs} jobs accepted: {told}; {world.done.total()} faults")
        sys.stdout.flush()
