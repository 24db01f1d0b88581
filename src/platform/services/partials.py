"""Keep what a cancelled or failed run has written down as a version of the transcript, and say how far it goes."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import msgspec

from .. import db, events, logs
from ..domain import timeline
from ..domain.exports.paragraphs import clock
from ..domain.lifecycle import StageName
from ..errors import ReelscribeError
from . import drafts, transcripts
from .drafts import Draft
from .job_views import Warned

log = logs.get("partials")

CODE = "partial_result"


async def keep(job_id: UUID) -> bool:
    """Store the text of an ended run that has none stored, once; False where there is nothing to keep."""
    run = await _open_run(job_id)
    draft = await drafts.found(job_id) if run is not None else None
    if run is None or draft is None or not draft.text.segments:
        return False
    made = await asyncio.to_thread(transcripts.assembled, draft.text, draft.speakers, duration=draft.duration)
    warned = warning(draft)
    async with db.transaction():
        row = await db.fetch_one("SELECT user_id FROM jobs WHERE id = $1 FOR UPDATE", job_id)
        if row is None or await _open_run(job_id) != run:
            return False
        await transcripts.store(job_id, made, run=run, origin="partial")
        await db.execute(
            "UPDATE jobs SET warnings = warnings || $2::jsonb WHERE id = $1",
            job_id,
            msgspec.json.encode([warned]).decode(),
        )
    log.info("partial_kept", job_id=str(job_id), run=run)
    data = {"job_id": job_id, **msgspec.structs.asdict(warned)}
    await events.publish(events.EventType.WARNING, row["user_id"], job_id, data)
    return True


async def keep_quietly(job_id: UUID) -> bool:
    """Keep the text where nothing else must fail for it; the scheduler tries again."""
    try:
        return await keep(job_id)
    except (ReelscribeError, asyncpg.PostgresError, msgspec.ValidationError) as exc:
        log.error("partial_not_kept", job_id=str(job_id), error=repr(exc), exc_info=exc)
        return False


# The pieces and results of a run may be large, so they are only looked for, not read.
_MISSED = """
SELECT j.id FROM jobs j WHERE j.finished_at > now() - interval '1 day' AND j.status IN ('cancelled', 'failed')
    AND NOT EXISTS (SELECT 1 FROM transcripts t WHERE t.job_id = j.id AND t.run = j.run)
    AND NOT EXISTS (SELECT 1 FROM stages s WHERE s.job_id = j.id AND s.name = 'deliver' AND s.status = 'completed')
    AND (EXISTS (SELECT 1 FROM stages s WHERE s.job_id = j.id AND s.name = 'transcribe' AND s.status = 'completed'
            AND s.result->'segments'->0 IS NOT NULL)
        OR EXISTS (SELECT 1 FROM stages s JOIN stage_chunks c ON c.stage_id = s.id WHERE s.job_id = j.id
            AND c.result->'segments'->0 IS NOT NULL))
ORDER BY j.finished_at LIMIT 50
"""


async def keep_missed() -> int:
    """Keep the texts of jobs that failed, or whose cancel was cut off; returns how many. Run by the scheduler."""
    return sum([await keep_quietly(row["id"]) for row in await db.fetch(_MISSED)])


def warning(draft: Draft) -> Warned:
    """Return what the user is told: how far the text goes, and what to do.

    It is a warning of the step that a new run begins with, so that it goes when that step is done again.
    """
    if draft.is_whole:
        message = "The job ended before its last step: the text is whole, but speakers or word times may be missing."
        return Warned(code=CODE, stage=StageName.DELIVER, message=f"{message} {_GO_ON}")
    done, total = clock(timeline.total(draft.covered)), clock(draft.duration)
    gaps = "" if len(draft.covered) == 1 else ", with gaps"
    message = f"The job ended before the whole recording was written down: the text covers {done} of {total}{gaps}."
    return Warned(code=CODE, stage=StageName.TRANSCRIBE, message=f"{message} {_GO_ON}")


_GO_ON = "Run the job again to go on from there."


async def _open_run(job_id: UUID) -> int | None:
    """Return the number of the job's last run if that ended badly and stored no text.

    A later run may only have made clips anew: what an earlier one delivered is the better text.
    """
    row = await db.fetch_one(
        "SELECT run FROM jobs j WHERE id = $1 AND status IN ('cancelled', 'failed')"
        " AND NOT EXISTS (SELECT 1 FROM transcripts t WHERE t.job_id = j.id AND t.run = j.run)"
        " AND NOT EXISTS (SELECT 1 FROM stages s WHERE s.job_id = j.id AND s.name = 'deliver'"
        " AND s.status = 'completed')",
        job_id,
    )
    return None if row is None else int(row["run"])
