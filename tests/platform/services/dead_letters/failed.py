"""Jobs that failed for good, one as it really happens or thousands as rows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from reelscribe.platform import db
from reelscribe.platform.domain.features import Features
from reelscribe.platform.domain.lifecycle import StageName
from reelscribe.platform.errors import EngineUnavailable
from reelscribe.platform.services import failure, jobs, stages
from reelscribe.platform.services.sessions import SCOPES, Identity
from reelscribe.platform.services.stages import Finished

from tests.platform.services.factories import identity, media, waiting_message

_LEASE = timedelta(seconds=60)
_PLAIN = Features()


def administrator(user) -> Identity:
    """An administrator as a handler would know them."""
    return Identity(user_id=user.id, email=user.email, role="admin", scopes=SCOPES, max_priority="critical")


async def letter(
    user_id: UUID,
    *,
    at: StageName = StageName.TRANSCRIBE,
    mode: str = "mono",
    kind: str = "audio",
    language: str | None = None,
    features: Features = _PLAIN,
) -> UUID:
    """A dead letter of a one-minute job that failed at a stage after the others had succeeded."""
    media_id = await media(user_id, kind=kind, seconds=60.0 if kind == "audio" else None)
    wanted = jobs.NewJob(media_id=media_id, engine="stub", mode=mode, language=language, features=features)
    job = await jobs.create(identity(user_id), wanted)
    return await fail(job.id, at=at)


async def fail(job_id: UUID, *, at: StageName = StageName.TRANSCRIBE) -> UUID:
    """Let a waiting job run to a stage and fail there for good; returns its dead letter."""
    while True:
        stage_id, message_id = await waiting_message(job_id)
        claimed = await stages.claim(stage_id, message_id, worker="w1", lease=_LEASE)
        assert claimed is not None
        if claimed.name is at:
            break
        await stages.finish(claimed, Finished(result=b'{"ok": true}', engine="stub", model="tiny"))
    await stages.fail(claimed, failure.of(EngineUnavailable("The model is missing")))
    row = await db.fetch_one("SELECT id FROM dead_letters WHERE job_id = $1 ORDER BY run DESC LIMIT 1", job_id)
    assert row is not None
    found: UUID = row["id"]
    return found


async def row(letter_id: UUID) -> db.Row:
    """The letter with its job: ``j_status``, ``run`` of the job as ``j_run``, ``credits_held``."""
    found = await db.fetch_one(
        "SELECT d.*, j.status AS j_status, j.run AS j_run, j.credits_held, j.credits_quoted, j.engine AS j_engine,"
        " j.priority AS j_priority, j.warnings FROM dead_letters d JOIN jobs j ON j.id = d.job_id WHERE d.id = $1",
        letter_id,
    )
    assert found is not None
    return found


async def stages_of(letter_id: UUID) -> dict[str, str]:
    """The states of the job's stages by name."""
    rows = await db.fetch(
        "SELECT s.name, s.status FROM stages s JOIN dead_letters d ON d.job_id = s.job_id WHERE d.id = $1", letter_id
    )
    return {each["name"]: each["status"] for each in rows}


async def audited(subject: UUID | str) -> list[str]:
    """The actions that the audit log has on a subject, in their order."""
    rows = await db.fetch("SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id", str(subject))
    return [each["action"] for each in rows]


async def many(user_id: UUID, count: int, *, code: str, error_class: str = "EngineUnavailable") -> None:
    """``count`` failed one-minute jobs of one cause, as rows, all of one recording."""
    media_id = await media(user_id)
    await db.execute(_MANY, user_id, media_id, count, code, error_class)


_MANY = """
WITH j AS (
    INSERT INTO jobs (user_id, media_id, kind, engine, status, stage, error, credits_quoted, finished_at, admitted_at)
    SELECT $1, $2, 'transcription', 'stub', 'failed', 'transcribe', jsonb_build_object('code', $4::text,
        'stage', 'transcribe', 'message', 'It failed', 'hint', ''), 1, now(), now() FROM generate_series(1, $3)
    RETURNING id
), s AS (
    INSERT INTO stages (job_id, name, position, status, result)
    SELECT j.id, p.name, p.nr - 1, p.status, CASE WHEN p.status = 'completed' THEN '{}'::jsonb END
    FROM j, unnest(ARRAY['ingest', 'silence', 'transcribe', 'align', 'diarize', 'deliver'],
        ARRAY['completed', 'completed', 'failed', 'waiting', 'skipped', 'waiting'])
        WITH ORDINALITY AS p(name, status, nr)
    RETURNING id, job_id, name
), e AS (
    INSERT INTO credit_entries (user_id, job_id, kind, held_delta)
    SELECT $1, j.id, k.kind, k.delta FROM j, (VALUES ('hold', 1), ('release', -1)) AS k(kind, delta)
)
INSERT INTO dead_letters (job_id, stage_id, user_id, stage_name, engine, error_code, error_class, message, fingerprint,
    worker, attempts)
SELECT s.job_id, s.id, $1, 'transcribe', 'stub', $4, $5, 'It failed: ' || $4, md5($4), 'w1', 1
FROM s WHERE s.name = 'transcribe'
"""
