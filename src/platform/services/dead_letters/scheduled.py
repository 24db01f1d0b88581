"""Requeue later: the plan lies on the letter, the scheduler carries it out once when it is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from ... import db, logs
from ...errors import BadInput, ReelscribeError, Unavailable
from .. import audit
from ..sessions import Identity
from . import admins, again, letters
from . import changes as changing
from .again import Plan
from .letters import LetterState

log = logs.get("dead_letters")

_AT_A_TIME = 200
# Who planned it should still know why.
_LONGEST = timedelta(days=365)


class Planned(Plan, frozen=True, kw_only=True):
    """A plan with who made it and why."""

    by: UUID
    reason: str = ""


async def schedule(admin: Identity, letter: db.Row, plan: Plan, *, at: datetime, reason: str) -> None:
    """Plan the requeue of the locked letter; planning again moves it. Credits are held when it is due.

    Raises:
        BadInput: ``at`` is not in the future, or more than a year away.
        Conflict: somebody has decided already.
        UnsupportedOption: changes that do not go together, or that this server does not know.
    """
    letters.refuse_unless_open(letter)
    now = datetime.now(UTC)
    if not now < at < now + _LONGEST:
        raise BadInput("Choose a time in the future, within a year, or none to requeue now", field="at")
    changing.compare(admin, await changing.look(letter["job_id"]), plan.changes)
    planned = Planned(
        changes=plan.changes, from_start=plan.from_start, waive=plan.waive, by=admin.user_id, reason=reason
    )
    await db.execute(
        "UPDATE dead_letters SET status = 'scheduled', due_at = $2, plan = $3 WHERE id = $1",
        letter["id"],
        at,
        msgspec.json.encode(planned).decode(),
    )
    await _note(admin, "dead_letter.schedule", letter, reason, {"due_at": at, "plan": plan})


async def unschedule(admin: Identity, letter_id: UUID, *, reason: str = "") -> LetterState:
    """Take a plan back: the letter waits for a person again. Doing it twice changes nothing.

    Raises:
        NotFound: there is no such dead letter.
        Conflict: it was requeued or discarded meanwhile.
    """
    async with db.transaction():
        letter = await letters.lock(letter_id)
        letters.refuse_unless_open(letter)
        if letter["status"] == "scheduled":
            await _open_again(letter_id)
            await _note(admin, "dead_letter.unschedule", letter, reason, {"status": "open"})
        return await letters.state(letter_id)


async def tick() -> int:
    """Requeue what is due, as a duty of the scheduler: nothing was broken, so nothing was mended."""
    await requeue_due()
    return 0


async def requeue_due(now: datetime | None = None) -> int:
    """Requeue what is due, each letter once; returns how many.

    What is refused then (credits that are missing, a recording that is gone) waits for a person again, with
    the reason in its note.
    """
    moment = now or datetime.now(UTC)
    rows = await db.fetch(
        "SELECT id FROM dead_letters WHERE status = 'scheduled' AND due_at <= $1 ORDER BY due_at LIMIT $2",
        moment,
        _AT_A_TIME,
    )
    return sum([await _requeue(row["id"], moment) for row in rows])


async def _requeue(letter_id: UUID, moment: datetime) -> bool:
    try:
        async with db.transaction():
            letter = await letters.lock(letter_id)
            if not _is_due(letter, moment):  # another scheduler, or a person, was quicker
                return False
            planned = msgspec.json.decode(letter["plan"], type=Planned)
            await again.run_again(await admins.acting(planned.by), letter, planned, reason=planned.reason)
    except Unavailable:
        raise
    except ReelscribeError as exc:
        await _give_back(letter_id, moment, exc.message)
        return False
    except (msgspec.ValidationError, asyncpg.PostgresError) as exc:  # one odd plan must not hold up the others
        log.error("planned_requeue_failed", letter_id=str(letter_id), error=repr(exc), exc_info=exc)
        await _give_back(letter_id, moment, "It could not be carried out; the server's log says why")
        return False
    return True


def _is_due(letter: db.Row, moment: datetime) -> bool:
    return bool(letter["status"] == "scheduled" and letter["due_at"] <= moment)


async def _give_back(letter_id: UUID, moment: datetime, why: str) -> None:
    async with db.transaction():
        letter = await letters.lock(letter_id)
        if not _is_due(letter, moment):
            return
        told = f"Not requeued at {moment:%Y-%m-%d %H:%M} UTC as planned: {why}"
        await _open_again(letter_id, told)
    log.warning("planned_requeue_refused", letter_id=str(letter_id), error=why)


async def _open_again(letter_id: UUID, told: str = "") -> None:
    await db.execute(
        "UPDATE dead_letters SET status = 'open', due_at = NULL, plan = NULL,"
        " note = concat_ws(E'\\n', nullif(note, ''), nullif($2, '')) WHERE id = $1",
        letter_id,
        told,
    )


async def _note(admin: Identity, action: str, letter: db.Row, reason: str, after: object) -> None:
    before = {"status": letter["status"], "due_at": letter["due_at"]}
    await audit.note(
        admin,
        action,
        subject_kind="dead_letter",
        subject_id=letter["id"],
        reason=reason,
        before=before,
        after=after,
    )
