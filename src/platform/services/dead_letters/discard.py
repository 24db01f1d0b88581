"""Decide that a job shall not run again, and think better of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ... import db, storage
from ...errors import BadInput, Conflict
from ...settings import current
from .. import audit, media
from ..sessions import Identity
from . import letters
from .letters import LetterState


async def discard(admin: Identity, letter_id: UUID, *, reason: str, delete_source: bool = False) -> LetterState:
    """Close the letter; its job stays failed. With ``delete_source`` its recording is deleted for good.

    Raises:
        NotFound: there is no such dead letter.
        Conflict: somebody has decided already (who, is said), or another job uses the recording.
        BadInput: no reason is given.
    """
    async with db.transaction():
        letter = await letters.lock(letter_id)
        files = await close(admin, letter, reason=reason, delete_source=delete_source)
        after = await letters.state(letter_id)
    await forget(files)
    return after


async def close(admin: Identity, letter: db.Row, *, reason: str, delete_source: bool) -> list[str]:
    """Discard the locked letter; returns the files to ``forget`` after the commit. Errors as ``discard``."""
    said = needed(reason)
    letters.refuse_unless_open(letter)
    files = await _give_up_source(letter) if delete_source else []
    await db.execute(
        "UPDATE dead_letters SET status = 'discarded', resolved_by = $2, resolved_at = now(), reason = $3,"
        " due_at = NULL, plan = NULL, source_deleted = $4 WHERE id = $1",
        letter["id"],
        admin.user_id,
        said,
        delete_source,
    )
    await _note(admin, "dead_letter.discard", letter, said, {"status": "discarded", "source_deleted": delete_source})
    return files


async def forget(files: list[str]) -> None:
    """Delete the files of recordings that were given up."""
    for key in files:
        await storage.current().delete(key)


def needed(reason: str) -> str:
    """Return the reason without spaces around it.

    Raises:
        BadInput: there is none.
    """
    if not reason.strip():
        raise BadInput("Say why, so that the next administrator knows", field="reason")
    return reason.strip()


# Another job that still needs the recording of ``jobs j``: it runs, it is done and played, it waits for review.
OTHER_JOB = """(SELECT o.id FROM jobs o WHERE o.media_id = j.media_id AND o.id <> j.id
    AND (o.status IN ('pending', 'processing', 'completed') OR EXISTS (
        SELECT 1 FROM dead_letters x WHERE x.job_id = o.id AND x.status IN ('open', 'scheduled'))) LIMIT 1)"""


async def _give_up_source(letter: db.Row) -> list[str]:
    recording = await db.fetch_one(
        f"SELECT m.id, m.deleted_at, {OTHER_JOB} AS other_job FROM media m JOIN jobs j ON j.media_id = m.id"  # noqa: S608 - constant
        " WHERE j.id = $1 FOR UPDATE OF m",
        letter["job_id"],
    )
    assert recording is not None, "a job has its recording"  # noqa: S101 - invariant
    if recording["deleted_at"] is not None:
        return []
    if recording["other_job"] is not None:
        raise Conflict(
            f"The recording was not deleted: the job {recording['other_job']} uses it too",
            hint="Discard this one without deleting its recording.",
            job_id=str(recording["other_job"]),
        )
    return [await media.mark_deleted(letter["user_id"], recording["id"])]


async def restore(admin: Identity, letter_id: UUID, *, reason: str = "") -> LetterState:
    """Open a discarded letter again; a recording that was deleted stays deleted.

    Raises:
        NotFound: there is no such dead letter.
        Conflict: it is not discarded, its job ran again since, or it was discarded too long ago.
    """
    async with db.transaction():
        letter = await letters.lock(letter_id)
        await reopen(admin, letter, reason=reason)
        return await letters.state(letter_id)


async def reopen(admin: Identity, letter: db.Row, *, reason: str) -> None:
    """Restore the locked letter; errors as ``restore``."""
    if letter["status"] in letters.OPEN:
        raise Conflict("This is open already; there is nothing to restore")
    if letter["status"] != "discarded":
        letters.refuse_unless_open(letter)
    days = current().dead_letter_days
    if letter["resolved_at"] < datetime.now(UTC) - timedelta(days=days):
        raise Conflict(f"This was discarded more than {days} days ago; it cannot be restored any more")
    await _refuse_if_run_again(letter)
    await db.execute(
        "UPDATE dead_letters SET status = 'open', resolved_by = NULL, resolved_at = NULL, reason = '' WHERE id = $1",
        letter["id"],
    )
    await _note(admin, "dead_letter.restore", letter, reason, {"status": "open"})


async def _refuse_if_run_again(letter: db.Row) -> None:
    job = await db.fetch_one("SELECT status, run FROM jobs WHERE id = $1", letter["job_id"])
    if job is None or job["run"] != letter["run"] or job["status"] != "failed":
        raise Conflict(
            "Its job was run again since, so there is nothing to restore",
            hint="If the new run failed, it has a dead letter of its own.",
        )


async def _note(admin: Identity, action: str, letter: db.Row, reason: str, after: object) -> None:
    await audit.note(
        admin,
        action,
        subject_kind="dead_letter",
        subject_id=letter["id"],
        reason=reason,
        before={"status": letter["status"], "reason": letter["reason"]},
        after=after,
    )
