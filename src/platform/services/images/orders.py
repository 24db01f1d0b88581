"""Accept an illustration: its row, its credit hold and its message."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from ... import db
from ...domain import illustrations, pricing
from ...domain.illustrations import Aspect
from ...engines import flux
from ...errors import BadInput, Unavailable, UnsupportedOption
from ...queue import dispatch
from ...settings import current
from .. import controls, credits
from ..sessions import Identity
from . import subjects
from .subjects import Subject
from .views import COLUMNS, ImageView, of_row
from .work import QUEUE, message

# Printable text in any script; see ``jobs.Prompt``.
Prompt = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=illustrations.LONGEST_PROMPT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
]
_TRIES = 3


class NotSetUp(UnsupportedOption):
    """This server draws no illustrations."""

    code = "images_not_set_up"
    hint = (
        "The poster of a clip is its best frame. For illustrations an administrator sets REELSCRIBE_FLUX_ENDPOINT;"
        " see docs/illustrations.md."
    )


class NewImage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer may ask for: a picture for one job or one clip; without a prompt one is made of its titles."""

    job_id: UUID | None = None
    clip_id: UUID | None = None
    prompt: Prompt | None = None
    aspect: Aspect = "16:9"


async def create(who: Identity, wanted: NewImage) -> ImageView:
    """Accept an illustration: its row and its credit hold in one statement; a worker draws it.

    Raises:
        BadInput: it names no job or clip, or both.
        NotFound: the job or the clip is not the caller's.
        NotSetUp: this server has no image endpoint.
        Draining: new work is not accepted at the moment.
        InsufficientCredits: what is available does not cover the price.
        Unavailable: what is in the way comes and goes.
    """
    subject = await _subject(who, wanted)
    if flux.refusal(current()) is not None:
        raise NotSetUp
    values = dict(await _insert(who, wanted, subject))
    dispatch.offer([message(values["id"], values.pop("message_id"), who.user_id)])
    credits.tell(who.user_id, subject.job_id, balance=values.pop("balance"), held=values.pop("account_held"))
    return of_row(values)


async def _subject(who: Identity, wanted: NewImage) -> Subject:
    if (wanted.job_id is None) == (wanted.clip_id is None):
        raise BadInput("Name either a job or a clip", hint="Send 'job_id' or 'clip_id'.", field="job_id")
    if wanted.clip_id is not None:
        return await subjects.of_clip(who.user_id, wanted.clip_id)
    assert wanted.job_id is not None, "one of the two"  # noqa: S101 - for the type checker
    return await subjects.of_job(who.user_id, wanted.job_id)


async def _insert(who: Identity, wanted: NewImage, subject: Subject) -> db.Row:
    """Write the image down; what was in the way, but is gone when we look for it, is no reason to refuse it."""
    price = pricing.quote_images(1).total
    prompt = (wanted.prompt or "").strip() or subject.prompt
    stopped = controls.names_of(QUEUE, "")
    for _ in range(_TRIES):
        row = await db.fetch_one(
            _CREATE, who.user_id, subject.job_id, subject.clip_id, prompt, wanted.aspect, price, stopped
        )
        if row is not None:
            return row
        await controls.refuse_if_draining(first_queue=QUEUE, engine="")
        if (await credits.balance(who.user_id)).available < price:
            await credits.refuse(who.user_id, price)
    raise Unavailable("The image could not be accepted just now", hint="Nothing was charged. Try again.")


# One statement, one transaction: no image without its hold and its ledger entry.
_CREATE = f"""
WITH account AS (
    UPDATE credit_accounts SET held = held + $6
    WHERE user_id = $1 AND balance - held >= $6
        AND NOT EXISTS (SELECT 1 FROM queue_controls WHERE state = 'draining' AND name = ANY($7::text[]))
    RETURNING user_id, balance, held
), i AS (
    INSERT INTO images (user_id, job_id, clip_id, prompt, aspect, credits_held)
    SELECT user_id, $2, $3, $4, $5, $6 FROM account RETURNING *
), entry AS (
    INSERT INTO credit_entries (user_id, image_id, kind, held_delta, note)
    SELECT user_id, id, 'hold', $6, 'illustration' FROM i
)
SELECT {COLUMNS}, i.message_id, account.balance, account.held AS account_held FROM i, account
"""  # noqa: S608 - constants
