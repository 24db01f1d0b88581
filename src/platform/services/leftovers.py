"""What cancelled jobs left at a provider: no worker had the step any more that could have deleted it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .. import db, logs
from ..engines import registry
from ..errors import EngineCredentials, EngineUnavailable

log = logs.get("leftovers")


@runtime_checkable
class Elsewhere(Protocol):
    """An engine whose work goes on at a provider, and whose notes say where."""

    async def forget(self, note: str) -> bool:
        """Delete there what the note names; False where there is nothing, or the note is another engine's."""


# A worker that is told of the cancel has five seconds to delete it itself. What could not be deleted within two days
# will not be.
_LEFT = """
SELECT s.id, s.note FROM stages s JOIN jobs j ON j.id = s.job_id
WHERE s.note IS NOT NULL AND s.status = 'cancelled' AND j.status = 'cancelled'
    AND j.finished_at > now() - interval '2 days' AND j.finished_at < now() - interval '10 seconds'
ORDER BY j.finished_at LIMIT 20
"""


async def delete() -> int:
    """Delete what cancelled jobs have at providers; returns how many had something. Run by the scheduler.

    Raises:
        EngineFailed, Unavailable, EngineCredentials: a provider does not do it now; the rest is left for the next time.
    """
    engines = [each for each in map(registry.get, registry.names()) if each.refusal() is None]
    able = [each for each in engines if isinstance(each, Elsewhere)]
    return sum([await _delete(row, able) for row in await db.fetch(_LEFT)]) if able else 0


async def _delete(row: db.Row, engines: Sequence[Elsewhere]) -> bool:
    was_there = False
    for engine in engines:
        try:
            was_there = await engine.forget(row["note"]) or was_there
        except EngineCredentials:
            raise
        except EngineUnavailable as exc:  # it says that there is no such thing
            log.info("leftover_unknown", stage_id=str(row["id"]), error=exc.message)
    await db.execute("UPDATE stages SET note = NULL WHERE id = $1 AND note = $2", row["id"], row["note"])
    return was_there
