"""Circuit breakers: an engine that keeps failing gets a rest instead of every job's attempts.

While it rests its stages wait in their queues. A claim that meets a resting engine is refused and its message
is gone; when the rest is over the scheduler invites one stage to try the engine (``stages.invite_probes``), and
once that succeeded it queues the others again (``stages.requeue_lost``). Whoever writes here holds the job's
lock, and no lock of a credit account yet.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from .. import db, logs
from ..domain.breaker import Breaker, failed
from ..domain.lifecycle import StageName
from ..engines import registry
from ..errors import (
    EngineCredentials,
    EngineFailed,
    EngineQuota,
    NotFound,
    ReelscribeError,
    StorageFull,
    TimeLimitReached,
    Unavailable,
)
from ..queue.tasks import TASKS, Group
from ..settings import current
from . import audit
from .failure import Failure
from .sessions import Identity

log = logs.get("breakers")

# Whether ``stages s`` of ``jobs j`` needs an engine whose breaker is not closed: then only a probe may claim it.
RESTS = """(split_part(s.queue, '.', 1) = 'engine'
    AND EXISTS (SELECT 1 FROM breakers b WHERE b.engine = j.engine AND b.state <> 'closed'))"""
# Whether the engine of ``breakers b`` may be tried now: its rest is over and nobody tries it. A probe that was
# cancelled says nothing, but its job does not run any more.
DUE = """((b.state = 'open' AND b.opened_until <= now())
    OR (b.state = 'half_open' AND (coalesce(b.probe_until, '-infinity') <= now() OR NOT EXISTS (
        SELECT 1 FROM stages p WHERE p.job_id = b.last_job_id AND p.status = 'running'))))"""

# Who tries an engine for longer has not failed yet, which is a good sign: another one may try it as well.
_PROBE = timedelta(minutes=5)
# An invited stage that has not come by then has lost its message again.
_INVITATION = timedelta(seconds=10)
_KEPT_CHARACTERS = 500


async def admit_probe(stage_id: UUID) -> bool:
    """Let the stage be the one that tries its engine; False where the engine rests on or another one tries it.

    Call it in the transaction that claims the stage, with the job locked.
    """
    await db.execute(_LOCK_OF_STAGE, stage_id)
    return await db.execute(_ADMIT, stage_id, _PROBE) == 1


# Whoever decides whether an engine may be tried has its breaker locked before: the statement that decides then sees
# what the one before has written, the stage that runs included.
_LOCK_OF_STAGE = """
SELECT 1 FROM breakers b JOIN jobs j ON j.engine = b.engine JOIN stages s ON s.job_id = j.id WHERE s.id = $1
FOR UPDATE OF b
"""


_ADMIT = f"""
UPDATE breakers b SET state = 'half_open', probe_until = now() + $2::interval, last_job_id = j.id, changed_at = now()
FROM stages s JOIN jobs j ON j.id = s.job_id WHERE s.id = $1 AND b.engine = j.engine AND {DUE}
"""  # noqa: S608 - constants


async def rest_of(engine: str, job_id: UUID) -> float | None:
    """Return for how many seconds the engine rests on, None where the job may use it: it is well, or it is tried.

    For the job that may choose another engine; call it in a transaction, with the job locked. Where the rest is over
    this job becomes the one that tries the engine.
    """
    row = await db.fetch_one(_REST, engine)
    if row is None or await db.execute(_TRY, engine, job_id, _PROBE):
        return None
    return float(row["seconds"])


_REST = """
SELECT greatest(extract(epoch FROM coalesce(opened_until, now()) - now()), 1)::float8 AS seconds FROM breakers
WHERE engine = $1 AND state <> 'closed' FOR UPDATE
"""

_TRY = f"""
UPDATE breakers b SET state = 'half_open', probe_until = now() + $3::interval, last_job_id = $2, changed_at = now()
WHERE b.engine = $1 AND ({DUE} OR (b.state = 'half_open' AND b.last_job_id = $2))
"""  # noqa: S608 - constants


async def note_invitation(engine: str) -> None:
    """Invite nobody else for a while; whoever comes first may try the engine, or has come already."""
    async with db.transaction():
        await db.execute("SELECT 1 FROM breakers WHERE engine = $1 FOR UPDATE", engine)
        await db.execute(_INVITE, engine, _INVITATION)


_INVITE = f"UPDATE breakers b SET state = 'open', probe_until = now() + $2::interval WHERE b.engine = $1 AND {DUE}"  # noqa: S608 - constants


async def note_success(engine: str, stage: StageName) -> None:
    """Close the engine's breaker and forget its failures; writes nothing for an engine that was well."""
    if TASKS[stage].group is not Group.ENGINE:
        return
    closed = await db.fetch_one(_CLOSE, engine)
    if closed is not None and closed["state"] != "closed":
        log.info("breaker_closed", engine=engine)


_CLOSE = """
UPDATE breakers b SET state = 'closed', failures = 0, last_job_id = NULL, opened_count = 0, opened_until = NULL,
    probe_until = NULL, changed_at = now()
FROM (SELECT engine, state FROM breakers WHERE engine = $1 AND (state <> 'closed' OR failures > 0) FOR UPDATE) was
WHERE b.engine = was.engine RETURNING was.state
"""


async def note_failure(engine: str, stage: StageName, job_id: UUID, failure: Failure) -> None:
    """Count a failure that may be the engine's; any other ends the job's probe without a verdict."""
    if TASKS[stage].group is not Group.ENGINE:
        return
    if not _blames_the_engine(failure.error):
        await end_probe(engine, job_id)
        return
    await db.execute("INSERT INTO breakers (engine) VALUES ($1) ON CONFLICT DO NOTHING", engine)
    row = await db.fetch_one(_LOCK, engine)
    assert row is not None, "just written"  # noqa: S101 - invariant
    values = {name: row[name] for name in Breaker.__struct_fields__}
    rest = timedelta(seconds=current().breaker_seconds)
    before = Breaker(**values)
    after = failed(before, job_id=job_id, allowed=current().breaker_failures, rest=rest, now=row["now"])
    if after != before:
        await _store(engine, after, failure.problem(stage).message)
    if after.state == "open" != before.state:
        log.warning("breaker_opened", engine=engine, until=str(after.opened_until), code=failure.error.code)


_LOCK = """
SELECT state, failures, last_job_id, opened_count, opened_until, probe_until, now() AS now
FROM breakers WHERE engine = $1 FOR UPDATE
"""


async def end_probe(engine: str, job_id: UUID) -> None:
    """Let another stage try the engine if a stage of this job did: it went away without a verdict."""
    await db.execute(
        "UPDATE breakers SET probe_until = NULL WHERE engine = $1 AND state = 'half_open' AND last_job_id = $2",
        engine,
        job_id,
    )


async def reset(who: Identity, engine: str, *, reason: str = "") -> bool:
    """Let the engine work again at once; False where it was well.

    Raises:
        NotFound: there is no such engine.
    """
    async with db.transaction():
        row = await db.fetch_one(
            "SELECT state, failures, opened_count, opened_until, last_error FROM breakers WHERE engine = $1 FOR UPDATE",
            engine,
        )
        if row is None:
            return _known(engine)
        if row["state"] == "closed" and not row["failures"]:
            return False
        await _store(engine, Breaker(), row["last_error"])
        await audit.note(
            who, "breaker.reset", subject_kind="engine", subject_id=engine, reason=reason, before=dict(row)
        )
    return True


def _known(engine: str) -> bool:
    if engine not in registry.names():
        raise NotFound(f"There is no engine named {engine[:80]!r}.", hint=f"There are: {', '.join(registry.names())}.")
    return False


def _blames_the_engine(error: ReelscribeError) -> bool:
    if isinstance(error, EngineCredentials | EngineQuota):
        return True  # the provider refuses everybody here
    possible = isinstance(error, EngineFailed | Unavailable | TimeLimitReached)
    # An engine that got on with a long recording until the time was up is well.
    advanced = bool(error.facts.get("done_seconds"))
    return possible and not advanced and not error.permanent and not isinstance(error, StorageFull)


async def _store(engine: str, breaker: Breaker, error: str) -> None:
    await db.execute(
        "UPDATE breakers SET state = $2, failures = $3, last_job_id = $4, opened_count = $5, opened_until = $6,"
        " probe_until = $7, last_error = $8, changed_at = now() WHERE engine = $1",
        engine,
        breaker.state,
        breaker.failures,
        breaker.last_job_id,
        breaker.opened_count,
        breaker.opened_until,
        breaker.probe_until,
        error[:_KEPT_CHARACTERS],
    )
