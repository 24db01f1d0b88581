"""Jobs as their owners see them: price, creation, lists, cancel and retry."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from .. import db
from ..domain import features, languages, pagination, pricing
from ..domain.lifecycle import PIPELINES, JobKind, JobStatus, StageName
from ..engines import registry
from ..errors import Forbidden, NotFound, UnsupportedOption
from ..queue import dispatch
from ..queue.tasks import TASKS, Priority, queue_name
from ..settings import current
from . import credits, job_views
from .job_views import JobPage, JobView
from .sessions import Identity

Speakers = Annotated[int, msgspec.Meta(ge=1, le=50)]


class NewJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer may ask for."""

    kind: Literal["transcription", "clips"] = "transcription"
    media_id: UUID
    engine: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[\w./:-]+$")] | None = None
    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    mode: Literal["mono", "dialogue"] = "mono"
    min_speakers: Speakers | None = None
    max_speakers: Speakers | None = None
    priority: Literal["critical", "high", "normal", "low"] = "normal"
    features: features.Features = features.Features()
    clips: dict[str, msgspec.Raw] | None = None


class _Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose every value is known to be usable, with its price."""

    engine: str
    language: str | None
    quote: pricing.Quote


async def quote(who: Identity, wanted: NewJob) -> pricing.Quote:
    """Return what the job would cost, item by item; errors as in ``create``."""
    return (await _check(who, wanted)).quote


async def create(who: Identity, wanted: NewJob) -> JobView:
    """Accept a job: its rows, its credit hold and its first message, in one transaction.

    Raises:
        NotFound: the recording is not the caller's.
        UnsupportedOption: options that do not go together, or that this server does not know.
        Forbidden: a priority above the caller's.
        InsufficientCredits: what is available does not cover the price.
    """
    checked = await _check(who, wanted)
    row = await db.fetch_one(_CREATE, *_arguments(who, wanted, checked))
    if row is None:
        await _media(who, wanted.media_id)
        await credits.refuse(who.user_id, checked.quote.total)
    assert row is not None, "refuse always raises"  # noqa: S101 - for the type checker
    values = dict(row)
    first = {name: values.pop(name) for name in ("stage_id", "message_id", "task", "queue")}
    dispatch.offer([dispatch.Outgoing(**first)])
    credits.tell(who.user_id, values["id"], balance=values.pop("balance"), held=values.pop("account_held"))
    return job_views.of_row(values)


async def get(who: Identity, job_id: UUID) -> JobView:
    """Return one job of the caller.

    Raises:
        NotFound: there is none with this id.
    """
    row = await db.fetch_one(
        f"SELECT {job_views.COLUMNS} FROM jobs j WHERE id = $1 AND user_id = $2",  # noqa: S608 - constant
        job_id,
        who.user_id,
    )
    if row is None:
        raise NotFound("There is no such job")
    return job_views.of_row(row)


async def list_page(
    who: Identity,
    *,
    limit: int,
    cursor: str | None = None,
    status: JobStatus | None = None,
    kind: JobKind | None = None,
    q: str | None = None,
) -> JobPage:
    """Return one page of the caller's jobs, newest first; ``q`` is looked for in the file names."""
    before = pagination.decode_position(cursor) if cursor else None
    rows = await db.fetch(
        f"SELECT {job_views.COLUMNS} FROM jobs j JOIN media m ON m.id = j.media_id"  # noqa: S608 - constant
        " WHERE j.user_id = $1 AND ($2::text IS NULL OR j.status = $2) AND ($3::text IS NULL OR j.kind = $3)"
        " AND ($4::text IS NULL OR position(lower($4) IN lower(m.filename)) > 0)"
        " AND ($5::timestamptz IS NULL OR (j.created_at, j.id) < ($5, $6))"
        " ORDER BY j.created_at DESC, j.id DESC LIMIT $7",
        who.user_id,
        status,
        kind,
        q,
        before.created_at if before else None,
        before.id if before else None,
        limit + 1,
    )
    items = [job_views.of_row(row) for row in rows[:limit]]
    more = len(rows) > limit
    last = items[-1] if more else None
    return JobPage(items=items, next_cursor=pagination.encode_position(last.created_at, last.id) if last else None)


async def _check(who: Identity, wanted: NewJob) -> _Checked:
    media = await _media(who, wanted.media_id)
    engine = wanted.engine or current().transcription_backend
    _check_options(who, wanted, engine, media["kind"])
    language = languages.parse(wanted.language) if wanted.language else None
    price = pricing.quote(
        kind=JobKind(wanted.kind),
        duration_seconds=media["duration_seconds"],
        language=language,
        features=wanted.features,
    )
    return _Checked(engine=engine, language=language, quote=price)


async def _media(who: Identity, media_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT kind, duration_seconds FROM media WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
        media_id,
        who.user_id,
    )
    if row is None:
        raise NotFound("There is no such recording", hint="Upload it first; its id is in the answer.")
    return row


def _check_options(who: Identity, wanted: NewJob, engine: str, media_kind: str) -> None:
    if JobKind(wanted.kind) not in PIPELINES:
        raise UnsupportedOption("This server does not make clips yet", hint="Ask for kind 'transcription'.")
    if media_kind == "text" and not registry.get(engine).capabilities().takes_text:
        raise UnsupportedOption(f"The engine '{engine}' needs sound; this is a text file")
    registry.get(engine)
    if wanted.min_speakers and wanted.max_speakers and wanted.min_speakers > wanted.max_speakers:
        raise UnsupportedOption("min_speakers is larger than max_speakers")
    order = list(Priority)
    if order.index(Priority(wanted.priority)) < order.index(Priority(who.max_priority)):
        raise Forbidden(f"Your account may use priority '{who.max_priority}' at most")


# One statement, one round trip, one transaction: no job without its stages, hold, ledger entry and message.
_CREATE = f"""
WITH recording AS (
    SELECT id FROM media WHERE id = $2 AND user_id = $1 AND deleted_at IS NULL FOR SHARE
), account AS (
    UPDATE credit_accounts SET held = held + $12
    WHERE user_id = $1 AND balance - held >= $12 AND EXISTS (SELECT 1 FROM recording)
    RETURNING user_id, balance, held
), j AS (
    INSERT INTO jobs (user_id, media_id, kind, engine, model, language, mode, min_speakers, max_speakers, priority,
        features, credits_quoted, credits_held, clips)
    SELECT user_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13 FROM account
    RETURNING *
), entry AS (
    INSERT INTO credit_entries (user_id, job_id, kind, held_delta) SELECT user_id, id, 'hold', $12 FROM j
), stage AS (
    INSERT INTO stages (job_id, name, position, status, max_attempts, queue, due_at, message_id)
    SELECT j.id, s.name, nr - 1, s.status, s.max_attempts, CASE s.status WHEN 'queued' THEN $17 ELSE '' END,
        CASE s.status WHEN 'queued' THEN now() END, CASE s.status WHEN 'queued' THEN gen_random_uuid() END
    FROM j, unnest($14::text[], $15::text[], $16::int[]) WITH ORDINALITY AS s(name, status, max_attempts, nr)
    RETURNING id, name, status, queue, message_id
), first AS (
    INSERT INTO outbox (stage_id, message_id, task, queue)
    SELECT id, message_id, name, queue FROM stage WHERE status = 'queued'
    RETURNING stage_id, message_id, task, queue
)
SELECT {job_views.COLUMNS}, first.stage_id, first.message_id, first.task, first.queue, account.balance,
    account.held AS account_held
FROM j, first, account
"""  # noqa: S608 - constants


def _arguments(who: Identity, wanted: NewJob, checked: _Checked) -> tuple[object, ...]:
    pipeline = PIPELINES[JobKind(wanted.kind)]
    skipped = set() if wanted.mode == "dialogue" else {StageName.DIARIZE}
    statuses = [
        "queued" if nr == 0 else "skipped" if name in skipped else "waiting" for nr, name in enumerate(pipeline)
    ]
    return (
        who.user_id,
        wanted.media_id,
        wanted.kind,
        checked.engine,
        wanted.model,
        checked.language,
        wanted.mode,
        wanted.min_speakers,
        wanted.max_speakers,
        wanted.priority,
        msgspec.json.encode(wanted.features).decode(),
        checked.quote.total,
        msgspec.json.encode(wanted.clips or {}).decode(),
        [name.value for name in pipeline],
        statuses,
        [min(TASKS[name].attempts, current().stage_attempts) for name in pipeline],
        queue_name(TASKS[pipeline[0]].group, wanted.priority),
    )
