"""The one way a dead letter's job runs again, in the caller's transaction."""

from __future__ import annotations

import msgspec

from ... import db, events
from ...errors import InsufficientCredits
from .. import audit, runs
from ..sessions import Identity
from . import changes as changing
from . import letters
from .changes import NOTHING, Changes, Diff


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to requeue: with which changes, from the first step or the failed one; ``waive``: without a charge."""

    changes: Changes = NOTHING
    from_start: bool = False
    waive: bool = False


async def run_again(admin: Identity, letter: db.Row, plan: Plan, *, reason: str) -> None:
    """Requeue the locked letter now.

    1. Change the job's request, and set aside the results that do not hold any more.
    2. Start a new run of the job; the letter is closed with it.
    3. Keep what was changed on the letter; its payload stays as it was. Note it in the audit log.

    Raises:
        Conflict: somebody has decided already, or the recording is gone.
        UnsupportedOption: changes that do not go together, or that this server does not know.
        InsufficientCredits: the owner's credits do not cover the run.
    """
    letters.refuse_unless_open(letter)
    diff = await changing.apply(admin, letter["job_id"], plan.changes)
    await _restart(admin, letter, plan, reason)
    if diff or letter["plan"] is not None:
        stored = msgspec.json.encode(diff).decode()
        await db.execute("UPDATE dead_letters SET changes = $2, plan = NULL WHERE id = $1", letter["id"], stored)
    await _note(admin, letter, plan, diff, reason)
    _tell(letter)


async def _restart(admin: Identity, letter: db.Row, plan: Plan, reason: str) -> None:
    try:
        await runs.restart(
            letter["job_id"], by=admin.user_id, reason=reason, from_start=plan.from_start, waive=plan.waive
        )
    except InsufficientCredits as exc:
        raise not_covered(exc.facts["required"], exc.facts["available"]) from exc


def not_covered(required: object, available: object) -> InsufficientCredits:
    """Return the error for an administrator; that of ``credits`` speaks to the owner."""
    return InsufficientCredits(
        f"The new run needs {required} credits, the owner has {available}",
        hint="Grant the owner credits, or requeue it without a charge (waive).",
        required=str(required),
        available=str(available),
    )


async def _note(admin: Identity, letter: db.Row, plan: Plan, diff: Diff, reason: str) -> None:
    after = {"status": "requeued", "from_start": plan.from_start, "waive": plan.waive}
    await audit.note(
        admin,
        "dead_letter.requeue",
        subject_kind="dead_letter",
        subject_id=letter["id"],
        reason=reason,
        before={"status": letter["status"], **{name: old for name, (old, _) in diff.items()}},
        after=after | {name: new for name, (_, new) in diff.items()},
    )


def _tell(letter: db.Row) -> None:
    """Tell the owner's browsers, once it is committed, that the job waits again."""
    user_id, job_id = letter["user_id"], letter["job_id"]
    data = {"job_id": job_id, "status": "pending", "stage": letter["stage"], "progress": 0, "stage_progress": 0.0}
    db.after_commit(lambda: events.publish_soon(events.EventType.PROGRESS, user_id, job_id, data))
