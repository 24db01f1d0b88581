"""What the customers were promised: each accepted job exists once and ended as it must, with the right text."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from reelscribe.platform import db

from . import materials
from .checks import Found
from .customers import Customer
from .world import Made, World

# What the stream of a job may end with, by how the job ended.
_ENDS = {"completed": "job.completed", "failed": "job.failed", "cancelled": "job.cancelled"}


async def look(world: World, customers: list[Customer], reference: dict[str, str]) -> list[Found]:
    """Do all checks; ``reference`` has the text of each piece when nothing disturbed it."""
    status = {row["id"]: row["status"] for row in await db.fetch("SELECT id, status FROM jobs")}
    return [
        _existing(world, set(status)),
        _answered(world),
        await _texts(world, reference),
        _ends(world, status),
        await _streams(world, customers, status),
    ]


def _existing(world: World, there: set[UUID]) -> Found:
    unknown = there - set(world.made)
    lost = set(world.made) - there
    wrong = [f"job {each} was accepted and is gone" for each in lost]
    wrong += [f"job {each} was never accepted" for each in unknown]
    return Found("every accepted job exists exactly once", world.jobs, wrong + world.gave_up, list(unknown))


def _answered(world: World) -> Found:
    wrong = ["500"] * world.statuses["500"]
    return Found("no request was answered with 500", sum(world.statuses.values()), wrong)


async def _texts(world: World, reference: dict[str, str]) -> Found:
    rows = await db.fetch("SELECT job_id, text FROM transcripts WHERE origin = 'engine'")
    made = [(world.made[row["job_id"]], row["text"]) for row in rows if row["job_id"] in world.made]
    wrong = [(each, text) for each, text in made if text != expected(each, reference)]
    told = [f"job {each.job_id} ({each.order.kind}): {text!r}" for each, text in wrong]
    return Found("every transcript has the right text", len(made), told, [each.job_id for each, _ in wrong])


def expected(made: Made, reference: dict[str, str]) -> str:
    """Return the text that the job must have."""
    piece = made.order.what.piece
    return materials.text(made.order.text) if piece is None else reference[made.order.kind]


def _ends(world: World, status: dict[UUID, str]) -> Found:
    wrong = [each for each in world.made.values() if not _right(each, status.get(each.job_id, "gone"))]
    told = [f"job {each.job_id} ({each.order.kind}) is {status.get(each.job_id)}" for each in wrong]
    name = "what was cancelled stayed so, what was damaged failed"
    return Found(name, len(world.made), told, [each.job_id for each in wrong])


def _right(made: Made, status: str) -> bool:
    if made.is_cancelled:
        return status == "cancelled"
    return status == "failed" if made.order.what.is_damaged else status in ("completed", "failed")


async def _streams(world: World, customers: list[Customer], status: dict[UUID, str]) -> Found:
    asked = list(world.made.values())[:300]
    wrong: list[tuple[Made, str]] = []
    for each in asked:
        said = await customers[each.order.owner].last_words(each.job_id)
        names = [block.partition("event: ")[2].split()[0] for block in said]
        ends = Counter(name for name in names if name in _ENDS.values())
        if ends != {_ENDS[status[each.job_id]]: 1} or status[each.job_id] not in (said or [""])[0]:
            wrong.append((each, ", ".join(names)))
    told = [f"job {each.job_id} is {status[each.job_id]}, its stream says {names}" for each, names in wrong]
    name = "a job's stream begins with how it ended and ends with the one event of it"
    return Found(name, len(asked), told, [each.job_id for each, _ in wrong])
