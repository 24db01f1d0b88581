"""What nobody may leave behind: messages in Redis, processes, files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psutil
from reelscribe.platform import db, redis
from reelscribe.platform.queue import keys
from reelscribe.platform.queue.tasks import all_queues
from reelscribe.platform.services import orphans

from .checks import Found
from .faults import is_engine
from .patience import until
from .world import World

# Messages of killed workers are delivered again after fifteen seconds of silence.
_DRAINED_SECONDS = 60


async def look(world: World) -> list[Found]:
    """Do the checks that need the platform to run still."""
    await until(_drained, seconds=_DRAINED_SECONDS)
    found = [await _messages(), _orphans(world), await _final_events(world)]
    # A run that ends just when a file of it is stored leaves that to the sweep that comes every day.
    await orphans.sweep(datetime.now(UTC) + timedelta(days=2))
    return [*found, await _sounds(world), await _clips(world)]


async def _drained() -> bool:
    return not await _unfinished()


async def _unfinished() -> list[str]:
    """Return what is still in the queues."""
    client = redis.client()
    found: list[str] = []
    async for key in client.scan_iter(f"{keys.NAMESPACE}:*"):
        kind = await client.type(key)
        if kind in ("list", "hash") or "__acks__" in key:
            found.append(f"{key} ({kind})")
    return found


async def _messages() -> Found:
    return Found("Redis has no message any more", len(all_queues()), await _unfinished())


def _orphans(world: World) -> Found:
    """Look for engines that outlived their workers: they have become our own children."""
    ours = psutil.Process().children()
    wrong = [f"pid {each.pid}: {' '.join(each.cmdline())}" for each in ours if is_engine(each)]
    return Found("no speech engine outlived its worker", len(ours), wrong)


async def _final_events(world: World) -> Found:
    """Count how often each end of a job was told, in the streams that Redis did not lose."""
    rows = await db.fetch("SELECT id, run, kind FROM jobs")
    wrong, jobs = [], []
    for job_id, run, kind in rows:
        entries = await redis.client().xrange(f"reelscribe:job:{job_id}") or []
        ends = [fields["t"] for _, fields in entries if fields["t"] in ("job.completed", "job.failed", "job.cancelled")]
        # Only clips are made anew after the job was completed.
        if len(ends) > run or (ends.count("job.completed") > 1 and kind != "clips"):
            wrong.append(f"job {job_id}, run {run}: {', '.join(ends)}")
            jobs.append(job_id)
    return Found("no end of a run was told twice", len(rows), wrong, jobs)


async def _sounds(world: World) -> Found:
    """Look for decoded sound tracks that nobody needs, once the sweep has been there."""
    rows = await db.fetch(
        "SELECT j.id FROM jobs j WHERE j.status = 'completed'"
        " AND NOT EXISTS (SELECT 1 FROM stages s WHERE s.job_id = j.id AND s.status = 'failed')"
    )
    done = {row["id"] for row in rows}
    found = list((world.home / "storage" / "files" / "jobs").glob("*/*.wav"))
    wrong = [path for path in found if UUID(path.parent.name) in done]
    told = [str(path.relative_to(world.home)) for path in wrong]
    return Found(
        "no decoded sound of a completed job outlives the sweep", len(done), told, [UUID(p.parent.name) for p in wrong]
    )


async def _clips(world: World) -> Found:
    """Look for files of clips that no clip names, once the sweep has been there."""
    rows = await db.fetch("SELECT storage_key, poster_key, preview_key FROM clips WHERE deleted_at IS NULL")
    named = {key for row in rows for key in row.values()}
    files = world.home / "storage" / "files"
    found = [str(path.relative_to(files)) for path in (files / "clips").rglob("*") if path.is_file()]
    wrong = sorted(set(found) - named)
    return Found("no file of a clip that was replaced or deleted outlives the sweep", len(found), wrong)


def look_after_the_end(world: World) -> list[Found]:
    """Do the checks that need the platform to be stopped."""
    return [_processes(world), _temporary(world.home / "tmp"), _endings(world), _takeovers(world)]


def _processes(world: World) -> Found:
    servers = {world.servers.postgres.pid, world.servers.redis.pid}
    wrong = []
    for each in psutil.Process().children(recursive=True):
        parents = {each.pid, *(parent.pid for parent in each.parents())}
        if not parents & servers and each.status() != psutil.STATUS_ZOMBIE:
            wrong.append(f"pid {each.pid}: {' '.join(each.cmdline())}")
    return Found("no process is left", len(world.fleet.all), wrong)


def _temporary(folder: Path) -> Found:
    # onnxruntime keeps a hidden file of its own there.
    left = [path for path in folder.iterdir() if not path.name.startswith(".")]
    wrong = [f"{path.name} ({sum(1 for _ in path.rglob('*'))} files)" for path in left]
    return Found("no temporary file is left", 1, wrong)


def _takeovers(world: World) -> Found:
    wrong = ["the lead stayed with the one that was stopped"] * world.takeovers.count(False)
    return Found("a scheduler that hangs loses the lead", len(world.takeovers), wrong)


def _endings(world: World) -> Found:
    wrong = [each.name for each in world.fleet.all if each.said["killed_at_the_end"]]
    return Found("every process ends when it is told to", len(world.fleet.all), wrong)
