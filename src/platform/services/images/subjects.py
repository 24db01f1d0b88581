"""What an illustration without a prompt shows: titles and topics of its clip or job."""

from __future__ import annotations

from uuid import UUID

import msgspec

from ... import db
from ...domain import illustrations
from ...domain.insights import Insights
from ...errors import NotFound

_MOST = 6


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture belongs to, and the prompt made of it."""

    job_id: UUID
    clip_id: UUID | None
    prompt: str


async def of_clip(user_id: UUID, clip_id: UUID) -> Subject:
    """Return the subject that a clip is.

    Raises:
        NotFound: there is no such clip of the user.
    """
    row = await db.fetch_one(
        "SELECT c.job_id, c.title, c.topics FROM clips c JOIN jobs j ON j.id = c.job_id"
        " WHERE c.id = $1 AND j.user_id = $2 AND c.deleted_at IS NULL",
        clip_id,
        user_id,
    )
    if row is None:
        raise NotFound("There is no such clip")
    return Subject(job_id=row["job_id"], clip_id=clip_id, prompt=illustrations.prompt(row["title"], row["topics"]))


async def of_job(user_id: UUID, job_id: UUID) -> Subject:
    """Return the subject that a job is: what its analysis found, or the name of the recording.

    Raises:
        NotFound: there is no such job of the user.
    """
    row = await db.fetch_one(
        "SELECT m.filename, t.document->'insights' AS insights,"
        " (SELECT array_agg(title ORDER BY importance DESC, position) FROM content_segments s WHERE s.job_id = j.id)"
        " AS titles FROM jobs j JOIN media m ON m.id = j.media_id LEFT JOIN LATERAL (SELECT document FROM transcripts"
        " WHERE job_id = j.id ORDER BY version DESC LIMIT 1) t ON true WHERE j.id = $1 AND j.user_id = $2",
        job_id,
        user_id,
    )
    if row is None:
        raise NotFound("There is no such job")
    title = row["filename"].rsplit(".", 1)[0].replace("_", " ").replace("-", " ")
    topics = row["titles"] or _found(row["insights"])
    return Subject(job_id=job_id, clip_id=None, prompt=illustrations.prompt(title, topics[:_MOST]))


def _found(raw: str | None) -> list[str]:
    insights = msgspec.json.decode(raw, type=Insights) if raw else Insights()
    chapters = [chapter.gist or chapter.headline for chapter in insights.chapters]
    ranked = sorted(insights.highlights, key=lambda phrase: phrase.rank, reverse=True)
    return chapters or [phrase.text for phrase in ranked]
