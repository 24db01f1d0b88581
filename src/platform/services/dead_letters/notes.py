"""What administrators write on dead letters: notes, who looks after one, what was looked at, what its owner is told."""

from __future__ import annotations

from uuid import UUID

import msgspec

from ... import db, events
from ...errors import BadInput, NotFound
from .. import audit
from ..job_views import Warned
from ..sessions import Identity
from . import admins, letters
from .letters import LetterState


class Muted(msgspec.Struct, frozen=True, kw_only=True):
    """A group of failures of one cause, and whether lists and alerts leave it out."""

    fingerprint: str
    muted: bool
    note: str


async def note(admin: Identity, letter_id: UUID, text: str) -> LetterState:
    """Replace the letter's note; an empty one removes it. Errors as ``letters.lock``."""
    async with db.transaction():
        letter = await letters.lock(letter_id)
        await db.execute("UPDATE dead_letters SET note = $2 WHERE id = $1", letter_id, text.strip())
        await _note(admin, "dead_letter.note", letter_id, letter["note"], text.strip())
        return await letters.state(letter_id)


async def assign(admin: Identity, letter_id: UUID, to: str | None) -> LetterState:
    """Give the letter to the administrator with this e-mail, or to nobody.

    Raises:
        NotFound: there is no such dead letter, or no such administrator.
    """
    async with db.transaction():
        letter = await letters.lock(letter_id)
        await give(admin, letter, to)
        return await letters.state(letter_id)


async def give(admin: Identity, letter: db.Row, to: str | None) -> None:
    """Assign the locked letter; errors as ``assign``."""
    other = await admins.by_email(to) if to else None
    await db.execute(
        "UPDATE dead_letters SET assigned_to = $2 WHERE id = $1", letter["id"], other.user_id if other else None
    )
    await _note(admin, "dead_letter.assign", letter["id"], letter["assigned_to"], other.email if other else None)


async def review(admin: Identity, letter_id: UUID, *, reviewed: bool = True) -> LetterState:
    """Mark the letter as looked at, or not; errors as ``letters.lock``."""
    async with db.transaction():
        letter = await letters.lock(letter_id)
        await mark(admin, letter, reviewed=reviewed)
        return await letters.state(letter_id)


async def mark(admin: Identity, letter: db.Row, *, reviewed: bool) -> None:
    """Mark the locked letter; who looked first stays."""
    was = letter["reviewed_at"] is not None
    if was == reviewed:
        return
    await db.execute(
        "UPDATE dead_letters SET reviewed_at = CASE WHEN $2 THEN now() END, reviewed_by = $3 WHERE id = $1",
        letter["id"],
        reviewed,
        admin.user_id if reviewed else None,
    )
    await _note(admin, "dead_letter.review", letter["id"], {"reviewed": was}, {"reviewed": reviewed})


async def mute(admin: Identity, fingerprint: str, *, note: str = "") -> Muted:
    """Leave a group out of lists and alerts; muting again changes the note.

    Raises:
        NotFound: no failure has this fingerprint.
    """
    return await _set_muted(admin, fingerprint, muted=True, note=note)


async def unmute(admin: Identity, fingerprint: str) -> Muted:
    """Show a group again; errors as ``mute``."""
    return await _set_muted(admin, fingerprint, muted=False, note="")


async def _set_muted(admin: Identity, fingerprint: str, *, muted: bool, note: str) -> Muted:
    async with db.transaction():
        if not await db.fetch_one("SELECT 1 FROM dead_letters WHERE fingerprint = $1 LIMIT 1", fingerprint):
            raise NotFound("No failure has this fingerprint")
        await db.execute(
            "INSERT INTO dead_letter_groups (fingerprint, muted_at, muted_by, note)"
            " VALUES ($1, CASE WHEN $2 THEN now() END, CASE WHEN $2 THEN $3::uuid END, $4)"
            " ON CONFLICT (fingerprint) DO UPDATE SET muted_at = excluded.muted_at, muted_by = excluded.muted_by,"
            " note = excluded.note",
            fingerprint,
            muted,
            admin.user_id,
            note.strip(),
        )
        after = Muted(fingerprint=fingerprint, muted=muted, note=note.strip())
        action = "dead_letter_group.mute" if muted else "dead_letter_group.unmute"
        await audit.note(admin, action, subject_kind="dead_letter_group", subject_id=fingerprint, after=after)
        return after


async def notify(admin: Identity, letter_id: UUID, text: str) -> LetterState:
    """Tell the job's owner something: the job page shows it until the failed step runs again.

    Raises:
        NotFound: there is no such dead letter.
        BadInput: the text is empty.
    """
    if not text.strip():
        raise BadInput("Write what the owner shall read", field="text")
    async with db.transaction():
        letter = await letters.lock(letter_id)
        told = Warned(code="notice", stage=letter["stage"], message=text.strip())
        await db.execute(
            "UPDATE jobs SET warnings = warnings || $2::jsonb WHERE id = $1",
            letter["job_id"],
            msgspec.json.encode([told]).decode(),
        )
        await _note(admin, "dead_letter.notify", letter_id, None, text.strip())
        _tell(letter["user_id"], letter["job_id"], told)
        return await letters.state(letter_id)


def _tell(user_id: UUID, job_id: UUID, told: Warned) -> None:
    data = {"job_id": job_id, **msgspec.structs.asdict(told)}
    db.after_commit(lambda: events.publish_soon(events.EventType.WARNING, user_id, job_id, data))


async def _note(admin: Identity, action: str, letter_id: UUID, before: object, after: object) -> None:
    await audit.note(admin, action, subject_kind="dead_letter", subject_id=letter_id, before=before, after=after)
