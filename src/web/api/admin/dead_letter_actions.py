"""``POST /api/v1/admin/dead-letters/{id}/…``: what an administrator decides about one failure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody

from ....platform.services.dead_letters import discard as discarding
from ....platform.services.dead_letters import notes, scheduled
from ....platform.services.dead_letters import requeue as requeueing
from ....platform.services.dead_letters.changes import NOTHING, Changes
from ....platform.services.dead_letters.letters import LetterState
from ....platform.services.dead_letters.notes import Muted
from ....platform.services.dead_letters.requeue import Preview
from ...guards import Caller
from ...problems import documented
from .. import repeats
from ..repeats import IdempotencyKey

Letter = FromPath[UUID]
Reason = Annotated[str, msgspec.Meta(max_length=1_000)]
Needed = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
Text = Annotated[str, msgspec.Meta(max_length=5_000)]


class Rehearsal(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How to requeue: with which changes, from the first step or the failed one; `waive`: without a charge."""

    changes: Changes = NOTHING
    from_start: bool = False
    waive: bool = False


class Requeue(Rehearsal, kw_only=True, forbid_unknown_fields=True):
    """How to requeue, why, and when; without `at` it is done at once."""

    reason: Reason = ""
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Discard(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it shall not run again; `delete_source` deletes its recording for good."""

    reason: Needed
    delete_source: bool = False


class Why(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A reason for the audit log."""

    reason: Reason = ""


class Note(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to write; an empty text removes the note."""

    text: Text


class Notice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the owner of the job reads on its page."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class Assign(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The e-mail address of an administrator, or null for nobody."""

    to: Annotated[str, msgspec.Meta(max_length=320)] | None


class Review(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether somebody has looked at it."""

    reviewed: bool = True


class Mute(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the group is left out of lists and alerts."""

    note: Reason = ""


@post(
    "/admin/dead-letters/{letter_id:uuid}/requeue",
    status_code=202,
    tags=["Administration"],
    responses=documented(402, 404, 409),
)
async def requeue(
    request: Request[Any, Any, Any],
    letter_id: Letter,
    data: JSONBody[Requeue],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[LetterState]:
    """Run the job again, as it was or changed, now or later; the second to try learns who was first (409)."""
    return await repeats.once(
        request,
        identity,
        idempotency_key,
        lambda: requeueing.requeue(
            identity,
            letter_id,
            data.changes,
            from_start=data.from_start,
            reason=data.reason,
            at=data.at,
            waive=data.waive,
        ),
        status=202,
        location="/api/v1/admin/dead-letters/{id}",
    )


@post(
    "/admin/dead-letters/{letter_id:uuid}/requeue/preview",
    status_code=200,
    tags=["Administration"],
    responses=documented(404),
)
async def preview(letter_id: Letter, data: JSONBody[Rehearsal], identity: Caller) -> Preview:
    """Say what a requeue would change, run and hold, or why it would be refused; does nothing."""
    return await requeueing.preview(identity, letter_id, data.changes, from_start=data.from_start, waive=data.waive)


@post(
    "/admin/dead-letters/{letter_id:uuid}/unschedule",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def unschedule(letter_id: Letter, data: JSONBody[Why], identity: Caller) -> LetterState:
    """Take a planned requeue back; the letter waits for a person again."""
    return await scheduled.unschedule(identity, letter_id, reason=data.reason)


@post(
    "/admin/dead-letters/{letter_id:uuid}/discard",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def discard(letter_id: Letter, data: JSONBody[Discard], identity: Caller) -> LetterState:
    """Decide that it shall not run again; it can be restored for some days."""
    return await discarding.discard(identity, letter_id, reason=data.reason, delete_source=data.delete_source)


@post(
    "/admin/dead-letters/{letter_id:uuid}/restore",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def restore(letter_id: Letter, data: JSONBody[Why], identity: Caller) -> LetterState:
    """Open a discarded one again."""
    return await discarding.restore(identity, letter_id, reason=data.reason)


@post("/admin/dead-letters/{letter_id:uuid}/note", status_code=200, tags=["Administration"], responses=documented(404))
async def note(letter_id: Letter, data: JSONBody[Note], identity: Caller) -> LetterState:
    """Replace the note that administrators see."""
    return await notes.note(identity, letter_id, data.text)


@post(
    "/admin/dead-letters/{letter_id:uuid}/assign", status_code=200, tags=["Administration"], responses=documented(404)
)
async def assign(letter_id: Letter, data: JSONBody[Assign], identity: Caller) -> LetterState:
    """Give it to an administrator, or to nobody."""
    return await notes.assign(identity, letter_id, data.to)


@post(
    "/admin/dead-letters/{letter_id:uuid}/review", status_code=200, tags=["Administration"], responses=documented(404)
)
async def review(letter_id: Letter, data: JSONBody[Review], identity: Caller) -> LetterState:
    """Mark it as looked at, or not."""
    return await notes.review(identity, letter_id, reviewed=data.reviewed)


@post(
    "/admin/dead-letters/{letter_id:uuid}/notify", status_code=200, tags=["Administration"], responses=documented(404)
)
async def notify(letter_id: Letter, data: JSONBody[Notice], identity: Caller) -> LetterState:
    """Tell the owner something; the page of the job shows it at once."""
    return await notes.notify(identity, letter_id, data.text)


@post(
    "/admin/dead-letters/groups/{fingerprint:str}/mute",
    status_code=200,
    tags=["Administration"],
    responses=documented(404),
)
async def mute(fingerprint: FromPath[str], data: JSONBody[Mute], identity: Caller) -> Muted:
    """Leave all failures of one cause out of lists and alerts."""
    return await notes.mute(identity, fingerprint, note=data.note)


@post(
    "/admin/dead-letters/groups/{fingerprint:str}/unmute",
    status_code=200,
    tags=["Administration"],
    responses=documented(404),
)
async def unmute(fingerprint: FromPath[str], identity: Caller) -> Muted:
    """Show the failures of one cause again."""
    return await notes.unmute(identity, fingerprint)


handlers = (requeue, preview, unschedule, discard, restore, note, assign, review, notify, mute, unmute)
