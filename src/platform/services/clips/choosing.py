"""Write down what was found and which clips are to be made of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ... import db
from ...domain import timeline
from ...domain.clips import ClipPlan, ClipsWanted, ContentSegment
from ...domain.lifecycle import PIPELINES, JobKind, StageName
from ...queue.tasks import TASKS
from ...settings import current

_PLACE = PIPELINES[JobKind.CLIPS].index(StageName.RENDER)


async def store_content(job_id: UUID, segments: Sequence[ContentSegment]) -> None:
    """Keep what the analysis found; call it in the transaction that ends ``analyse``."""
    await db.execute("DELETE FROM content_segments WHERE job_id = $1", job_id)
    for position, each in enumerate(segments):
        await db.execute(
            "INSERT INTO content_segments (job_id, position, start_seconds, end_seconds, title, topics, importance,"
            " reason, quote) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            job_id,
            position,
            each.start,
            each.end,
            each.title[:300],
            [topic[:100] for topic in each.topics],
            each.importance,
            each.reason,
            each.quote,
        )


async def store_plans(job_id: UUID, plans: Sequence[ClipPlan], wanted: ClipsWanted) -> None:
    """Make a row and a rendering of each clip; call it in the transaction that ends ``select``."""
    for plan in plans:
        row = await db.fetch_one(_CLIP, job_id, *_values(plan, wanted))
        assert row is not None, "it was inserted"  # noqa: S101 - for the type checker
        await request(job_id, row["id"])


async def request(job_id: UUID, clip_id: UUID) -> None:
    """Let the clip's rendering wait to be done, whatever became of the one before; the job is locked."""
    attempts = min(TASKS[StageName.RENDER].attempts, current().stage_attempts)
    await db.execute(_STAGE, job_id, clip_id, StageName.RENDER.value, _PLACE, attempts)


_CLIP = """
INSERT INTO clips (job_id, position, title, reason, quote, score, topics, spans, removed, duration_seconds, subtitles,
    aspect, layout, style)
SELECT $1, coalesce(max(position) + 1, 0), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
FROM clips WHERE job_id = $1 RETURNING id
"""

_STAGE = """
INSERT INTO stages (job_id, clip_id, name, position, max_attempts) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT stages_once DO UPDATE SET status = 'waiting', attempts = 0, progress = 0, error = NULL,
    result = NULL, finished_at = NULL, lease_token = NULL, lease_expires_at = NULL, max_attempts = $5
"""


def _values(plan: ClipPlan, wanted: ClipsWanted) -> tuple[object, ...]:
    return (
        plan.title[:300],
        plan.reason,
        plan.quote,
        plan.score,
        [topic[:100] for topic in plan.topics],
        msgspec.json.encode(plan.spans).decode(),
        msgspec.json.encode(plan.removed).decode(),
        timeline.total(plan.spans),
        wanted.subtitles,
        wanted.aspect,
        wanted.layout,
        wanted.style,
    )
