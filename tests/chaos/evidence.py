"""All that is needed to look into what went wrong: the rows of the jobs concerned, one file each."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from reelscribe.platform import db

from .checks import Found
from .world import World

_MOST = 50
_ROWS = {
    "job": "SELECT * FROM jobs WHERE id = $1",
    "stages": "SELECT * FROM stages WHERE job_id = $1 ORDER BY position",
    "chunks": "SELECT c.* FROM stage_chunks c JOIN stages s ON s.id = c.stage_id WHERE s.job_id = $1 ORDER BY 3",
    "attempts": "SELECT s.name, a.* FROM attempts a JOIN stages s ON s.id = a.stage_id WHERE s.job_id = $1"
    " ORDER BY a.started_at",
    "ledger": "SELECT * FROM credit_entries WHERE job_id = $1 ORDER BY id",
    "transcripts": "SELECT version, origin, run, text, created_at FROM transcripts WHERE job_id = $1 ORDER BY version",
    "clips": "SELECT * FROM clips WHERE job_id = $1 ORDER BY position",
    "dead letters": "SELECT * FROM dead_letters WHERE job_id = $1 ORDER BY created_at",
    "outbox": "SELECT o.* FROM outbox o JOIN stages s ON s.id = o.stage_id WHERE s.job_id = $1",
}


async def keep(world: World, found: Sequence[Found]) -> None:
    """Write down every job that a check found wrong."""
    folder = world.home / "wrong"
    folder.mkdir(exist_ok=True)
    concerned = list(dict.fromkeys(job_id for each in found for job_id in each.jobs))
    for job_id in concerned[:_MOST]:
        made = world.made.get(job_id)
        rows = {"order": repr(made), **await _rows(job_id)}
        text = msgspec.json.format(msgspec.json.encode(rows, enc_hook=str), indent=2)
        (folder / f"{job_id}.json").write_bytes(text)


async def _rows(job_id: UUID) -> dict[str, list[dict[str, object]]]:
    return {name: [dict(row) for row in await db.fetch(sql, job_id)] for name, sql in _ROWS.items()}
