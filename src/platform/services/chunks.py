"""Pieces of a long transcription: cut once, claimed one by one by several workers, each stored exactly once.

The worker that holds the stage coordinates; others assist it. Every piece has a lease of its own, so a piece
of a worker that died is taken over by whoever is next. A finished piece outlives the attempt and the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from .. import db
from ..domain import chunks as cutting
from ..domain import options as job_options
from ..domain.lifecycle import StageName
from ..domain.options import Options
from ..domain.timeline import Span
from ..engines.protocol import Transcription, Warned
from ..errors import LostLease
from ..queue import dispatch
from ..queue.dispatch import Outgoing
from ..queue.tasks import TASKS
from . import breakers
from .stages.lease import PAUSED, Claimed, lock_owned

# The task of the messages that call idle workers; it is no stage.
ASSIST = "assist"


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece that this worker holds; ``start`` and ``end`` in seconds from the start of the file.

    ``engine`` and ``language`` are those of the first piece, once it is done; ``made_by`` is its engine and model.
    ``done_seconds`` of ``total_seconds`` were finished when it was claimed.
    """

    id: UUID
    token: UUID
    stage_id: UUID
    name: StageName
    job_id: UUID
    user_id: UUID
    position: int
    start: float
    end: float
    audio_key: str
    engine: str
    model: str | None
    language: str | None
    made_by: tuple[str, str] | None
    done_seconds: float
    total_seconds: float
    time_factor: float
    media_id: UUID
    options: Options

    @property
    def span(self) -> Span:
        """The stretch of the recording."""
        return Span(self.start, self.end)

    @property
    def time_limit(self) -> timedelta:
        """How long one worker may take for it."""
        return TASKS[self.name].time_limit(self.span.length) * self.time_factor


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stage is: pieces ``left``, ``free`` of them held by nobody, and seconds."""

    left: int
    free: int
    has_first: bool
    done_seconds: float
    total_seconds: float


async def laid(stage: Claimed) -> bool:
    """Return whether the stage is cut already; pieces of another engine, model or language are thrown away."""
    await db.execute(
        "DELETE FROM stage_chunks WHERE stage_id = $1 AND asked <> $2"
        " AND EXISTS (SELECT 1 FROM stages WHERE id = $1 AND lease_token = $3)",
        stage.stage_id,
        _asked(stage),
        stage.token,
    )
    return await db.fetch_one("SELECT 1 FROM stage_chunks WHERE stage_id = $1 LIMIT 1", stage.stage_id) is not None


async def begun_by(stage_id: UUID) -> str | None:
    """Return the engine that was asked for the pieces of which some are finished; None where none are."""
    row = await db.fetch_one(
        "SELECT split_part(asked, '|', 1) AS engine FROM stage_chunks WHERE stage_id = $1 AND finished_at IS NOT NULL"
        " LIMIT 1",
        stage_id,
    )
    return str(row["engine"]) if row else None


async def lay(stage: Claimed, pieces: Sequence[Span]) -> None:
    """Store how the stage is cut; where another attempt has done so, its plan stays.

    Raises:
        LostLease: another worker owns the stage.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        await db.execute(
            "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, asked)"
            " SELECT $1, n - 1, a, b, $4 FROM unnest($2::float8[], $3::float8[]) WITH ORDINALITY AS t (a, b, n)"
            " WHERE NOT EXISTS (SELECT 1 FROM stage_chunks WHERE stage_id = $1) ON CONFLICT DO NOTHING",
            stage.stage_id,
            [piece.start for piece in pieces],
            [piece.end for piece in pieces],
            _asked(stage),
        )


def _asked(stage: Claimed) -> str:
    hints = (*stage.options.hotwords, stage.options.prompt)
    asked = (stage.engine, stage.model or "", stage.language or "", *([repr(hints)] if any(hints) else []))
    return "|".join(asked)


# The first piece comes before all others: it says which engine, model and language the others are done in.
# ``$4`` is the lease of the stage for its coordinator, NULL for an assistant.
_CLAIM = f"""
WITH first AS (
    SELECT result->>'engine' AS engine, result->>'model' AS model FROM stage_chunks
    WHERE stage_id = $1 AND position = 0 AND finished_at IS NOT NULL
), free AS (
    SELECT c.id, s.name, j.id AS job_id, j.user_id, j.engine, j.model, j.language, j.time_factor,
        j.media_id, j.options,
        (SELECT i.result->>'audio_key' FROM stages i WHERE i.job_id = j.id AND i.name = 'ingest') AS audio_key
    FROM stage_chunks c JOIN stages s ON s.id = c.stage_id JOIN jobs j ON j.id = s.job_id
    WHERE c.stage_id = $1 AND s.status = 'running' AND c.finished_at IS NULL
        AND (c.lease_token IS NULL OR c.lease_expires_at < now())
        AND (c.position = 0 OR EXISTS (SELECT 1 FROM first))
        AND (s.lease_token = $4 OR ($4::uuid IS NULL AND c.position > 0 AND NOT {PAUSED} AND NOT {breakers.RESTS}))
    ORDER BY c.position LIMIT 1 FOR UPDATE OF c SKIP LOCKED
), mine AS (
    UPDATE stage_chunks SET lease_token = gen_random_uuid(), lease_expires_at = now() + $3::interval, worker = $2,
        attempts = stage_chunks.attempts + 1
    FROM free WHERE stage_chunks.id = free.id RETURNING stage_chunks.*
)
SELECT mine.id, mine.lease_token AS token, mine.stage_id, free.name, free.job_id, free.user_id, mine.position,
    mine.start_seconds AS start, mine.end_seconds AS end, free.audio_key,
    coalesce(first.engine, $5, free.engine) AS engine, free.media_id, free.options,
    free.model, free.time_factor, first.engine AS first_engine, first.model AS first_model,
    coalesce(free.language, $6, (SELECT l.result->>'language' FROM stage_chunks l WHERE l.stage_id = $1
        AND l.finished_at IS NOT NULL AND l.result->>'language' IS NOT NULL ORDER BY l.position LIMIT 1)) AS language,
    (SELECT coalesce(sum(end_seconds - start_seconds), 0) FROM stage_chunks WHERE stage_id = $1
        AND finished_at IS NOT NULL) AS done_seconds,
    (SELECT max(end_seconds) FROM stage_chunks WHERE stage_id = $1) AS total_seconds
FROM mine JOIN free ON free.id = mine.id LEFT JOIN first ON true
"""  # noqa: S608 - constants


async def claim(
    stage_id: UUID,
    *,
    worker: str,
    lease: timedelta,
    owner: UUID | None,
    engine: str | None = None,
    language: str | None = None,
) -> Chunk | None:
    """Take the first piece that nobody holds; None where there is none.

    ``owner`` is the stage's token for its coordinator; None for an assistant, who helps while the stage runs.
    ``engine`` and ``language``: what the coordinator has decided for the first piece, which decides for all.
    """
    row = await db.fetch_one(_CLAIM, stage_id, worker, lease, owner, engine, language)
    if row is None:
        return None
    values = dict(row)
    engine, model = values.pop("first_engine"), values.pop("first_model")
    values["options"] = job_options.parse(row["options"])
    values.update(name=StageName(row["name"]), made_by=None if engine is None else (engine, model))
    return Chunk(**values)


# A piece is worth finishing while its stage is worked on or waits for its next attempt.
_WANTED = "s.id = c.stage_id AND s.status IN ('running', 'queued')"

_RENEW = f"""
WITH kept AS (
    UPDATE stage_chunks c SET lease_expires_at = now() + $3::interval FROM stages s
    WHERE c.id = $1 AND c.lease_token = $2 AND {_WANTED} RETURNING c.stage_id
)
SELECT (SELECT coalesce(sum(d.end_seconds - d.start_seconds), 0) FROM stage_chunks d
    WHERE d.stage_id = kept.stage_id AND d.finished_at IS NOT NULL) AS seconds FROM kept
"""  # noqa: S608 - constants


async def renew(chunk: Chunk, *, lease: timedelta) -> float | None:
    """Keep the piece; returns how many seconds of the stage are finished, None where nobody wants it any more."""
    row = await db.fetch_one(_RENEW, chunk.id, chunk.token, lease)
    return None if row is None else float(row["seconds"])


async def store(chunk: Chunk, text: Transcription) -> bool:
    """Keep what was heard, once, its times counted from the start of the file; False where the piece was lost."""
    stored = await db.execute(
        "UPDATE stage_chunks c SET result = $3, finished_at = now(), lease_token = NULL, lease_expires_at = NULL"  # noqa: S608 - constant
        f" FROM stages s WHERE c.id = $1 AND c.lease_token = $2 AND {_WANTED}",
        chunk.id,
        chunk.token,
        msgspec.json.encode(text).decode(),
    )
    return bool(stored)


async def give_back(chunk: Chunk) -> None:
    """Let others have the piece at once; nothing happens where it is stored or lost."""
    await db.execute(
        "UPDATE stage_chunks SET lease_token = NULL, lease_expires_at = NULL WHERE id = $1 AND lease_token = $2",
        chunk.id,
        chunk.token,
    )


_STANDING = """
SELECT count(*) FILTER (WHERE finished_at IS NULL) AS left,
    count(*) FILTER (WHERE finished_at IS NULL AND (lease_token IS NULL OR lease_expires_at < now())) AS free,
    coalesce(bool_or(position = 0 AND finished_at IS NOT NULL), false) AS has_first,
    coalesce(sum(end_seconds - start_seconds) FILTER (WHERE finished_at IS NOT NULL), 0) AS done_seconds,
    coalesce(max(end_seconds), 0) AS total_seconds
FROM stage_chunks WHERE stage_id = $1
"""


async def standing(stage_id: UUID) -> Standing:
    """Return how far the stage is."""
    row = await db.fetch_one(_STANDING, stage_id)
    assert row is not None, "an aggregate has one row"  # noqa: S101 - invariant
    return Standing(**dict(row))


_CALL = """
INSERT INTO outbox (stage_id, message_id, task, queue)
SELECT s.id, gen_random_uuid(), $3, s.queue FROM stages s, generate_series(1, $4)
WHERE s.id = $1 AND s.lease_token = $2 RETURNING message_id, stage_id, task, queue
"""


async def call_for_help(stage: Claimed, times: int) -> None:
    """Send ``times`` messages to the stage's queue, one for each piece that an idle worker could take.

    A lost one costs nothing, and one that comes too late finds nothing to do.
    """
    if times < 1:
        return
    async with db.transaction():
        rows = await db.fetch(_CALL, stage.stage_id, stage.token, ASSIST, times)
        dispatch.offer([Outgoing(**dict(row), user_id=stage.user_id, front=True) for row in rows])


async def finished(stage_id: UUID) -> list[Transcription]:
    """Return what the finished pieces hold, in their order."""
    rows = await db.fetch(
        "SELECT result FROM stage_chunks WHERE stage_id = $1 AND finished_at IS NOT NULL ORDER BY position", stage_id
    )
    return await asyncio.to_thread(lambda: [msgspec.json.decode(row["result"], type=Transcription) for row in rows])


async def forget(job_id: UUID) -> None:
    """Delete all pieces of the job's stages, so that they are done anew; for whoever changes what was asked for."""
    await db.execute("DELETE FROM stage_chunks WHERE stage_id IN (SELECT id FROM stages WHERE job_id = $1)", job_id)


async def begin_anew(stage: Claimed) -> None:
    """Delete the pieces of the stage.

    Raises:
        LostLease: another worker owns the stage, whose pieces they are now.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        await db.execute("DELETE FROM stage_chunks WHERE stage_id = $1", stage.stage_id)


def joined(pieces: Sequence[Transcription]) -> Transcription:
    """Return the pieces (at least one) as one text: segments numbered, each kind of warning once."""
    first = pieces[0]
    warnings: dict[str, Warned] = {}
    for warned in (warned for piece in pieces for warned in piece.warnings):
        warnings.setdefault(warned.code, warned)
    return Transcription(
        engine=first.engine,
        model=first.model,
        language=next((piece.language for piece in pieces if piece.language), None),
        segments=cutting.numbered([segment for piece in pieces for segment in piece.segments]),
        warnings=tuple(warnings.values()),
    )
