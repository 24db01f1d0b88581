"""Jobs as their owners see them: price, creation, lists, cancel and retry."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from .. import db
from ..domain import features, languages, pagination, pricing
from ..domain.clips import ClipsWanted
from ..domain.lifecycle import PIPELINES, JobKind, JobStatus, StageName
from ..domain.options import Options
from ..engines import registry
from ..errors import Forbidden, NotFound, Unavailable, UnsupportedOption
from ..queue import dispatch
from ..queue.tasks import TASKS, Priority, queue_name
from ..settings import current
from . import controls, credits, engines, job_views, suitability
from .job_views import JobPage, JobView
from .sessions import Identity
from .suitability import Case

EngineName = Annotated[str, msgspec.Meta(max_length=32)]
ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[\w./:-]+$")]
Language = Annotated[str, msgspec.Meta(max_length=16)]
Mode = Literal["mono", "dialogue"]
# Printable text in any script: PostgreSQL's JSON cannot hold NUL, and no speaker says a control character.
_SPEAKABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Hotword = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=_SPEAKABLE)]
Hotwords = Annotated[tuple[Hotword, ...], msgspec.Meta(max_length=100)]
Prompt = Annotated[str, msgspec.Meta(max_length=1000, pattern=_SPEAKABLE)]
EngineOrder = Annotated[tuple[EngineName, ...], msgspec.Meta(min_length=1, max_length=8)]
Speakers = Annotated[int, msgspec.Meta(ge=1, le=50)]
JobPriority = Literal["critical", "high", "normal", "low"]

# How often a job is written down before its creation is given up; twice is seldom already.
_TRIES = 3


class NewJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer may ask for; without a ``priority`` it is ``normal``, or what their plan allows.

    ``hotwords``: names and terms that are likely said; ``prompt``: a sentence or two about the recording.
    ``engines``: what the engine ``auto`` tries, best first.
    """

    kind: Literal["transcription", "clips"] = "transcription"
    media_id: UUID
    engine: EngineName | None = None
    model: ModelName | None = None
    language: Language | None = None
    mode: Mode = "mono"
    min_speakers: Speakers | None = None
    max_speakers: Speakers | None = None
    priority: JobPriority | None = None
    features: features.Features = features.Features()
    clips: ClipsWanted | None = None
    hotwords: Hotwords = ()
    prompt: Prompt = ""
    engines: EngineOrder | None = None

    @property
    def options(self) -> Options:
        """What is kept for the speech engine."""
        return Options(hotwords=self.hotwords, prompt=self.prompt, engines=self.engines or ())


class Checked(msgspec.Struct, frozen=True, kw_only=True):
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
        Draining: new jobs are not accepted at the moment.
        InsufficientCredits: what is available does not cover the price.
        Unavailable: what is in the way comes and goes.
    """
    checked = await _check(who, wanted)
    values = dict(await _insert(who, wanted, checked))
    first = {name: values.pop(name) for name in ("stage_id", "message_id", "task", "queue")}
    if first["stage_id"] is not None:  # else it waits for another job of this user to end
        dispatch.offer([dispatch.Outgoing(user_id=who.user_id, **first)])
    credits.tell(who.user_id, values["id"], balance=values.pop("balance"), held=values.pop("account_held"))
    return job_views.of_row(values)


async def _insert(who: Identity, wanted: NewJob, checked: Checked) -> db.Row:
    """Write the job down; what was in the way, but is gone when we look for it, is no reason to refuse the job."""
    for _ in range(_TRIES):
        row = await db.fetch_one(_CREATE, *_arguments(who, wanted, checked))
        if row is not None:
            return row
        await controls.refuse_if_draining(first_queue=_first_queue(who, wanted), engine=checked.engine)
        await _media(who, wanted.media_id)
        if (await credits.balance(who.user_id)).available < checked.quote.total:
            await credits.refuse(who.user_id, checked.quote.total)
    raise Unavailable("The job could not be accepted just now", hint="Nothing was charged. Try again.")


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


async def _check(who: Identity, wanted: NewJob) -> Checked:
    media = await _media(who, wanted.media_id)
    return examine(who, wanted, media_kind=media["kind"], seconds=media["duration_seconds"])


def examine(who: Identity, wanted: NewJob, *, media_kind: str, seconds: float | None) -> Checked:
    """Check that ``who`` may ask for this of a recording of that kind and length, and price it.

    Raises:
        UnsupportedOption: options that do not go together, or that this server does not know.
        Forbidden: a priority above the caller's.
    """
    engine = wanted.engine or engines.default()
    _check_options(who, wanted)
    language = languages.parse(wanted.language) if wanted.language else None
    case = Case(is_text=media_kind == "text", seconds=seconds, language=language, model=wanted.model)
    suitability.check(engine, wanted.engines or (), case)
    if wanted.kind == "clips" and case.is_text:
        raise UnsupportedOption("A text has nothing that clips could be cut from", hint="Upload audio or video.")
    price = pricing.quote(
        kind=JobKind(wanted.kind),
        duration_seconds=seconds,
        language=language,
        features=wanted.features,
    )
    return Checked(engine=engine, language=language, quote=price)


async def _media(who: Identity, media_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT kind, duration_seconds FROM media WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
        media_id,
        who.user_id,
    )
    if row is None:
        raise NotFound("There is no such recording", hint="Upload it first; its id is in the answer.")
    return row


def _check_options(who: Identity, wanted: NewJob) -> None:
    _check_clips(wanted)
    if wanted.min_speakers and wanted.max_speakers and wanted.min_speakers > wanted.max_speakers:
        raise UnsupportedOption("min_speakers is larger than max_speakers")
    for tag in wanted.features.translations:
        _check_target(tag)
    if wanted.priority and _ORDER.index(Priority(wanted.priority)) < _ORDER.index(Priority(who.max_priority)):
        raise Forbidden(f"Your account may use priority '{who.max_priority}' at most")


def _check_clips(wanted: NewJob) -> None:
    asked = wanted.clips
    if asked is None:
        return
    if wanted.kind != "clips":
        raise UnsupportedOption("Only a job of kind 'clips' makes clips", hint="Set kind to 'clips'.", field="clips")
    if asked.min_seconds > asked.max_seconds:
        raise UnsupportedOption(
            f"The shortest length of a clip, {asked.min_seconds:g} s, is above the longest, {asked.max_seconds:g} s",
            hint="Lower the shortest or raise the longest.",
            field="clips.min_seconds",
        )
    if asked.total_seconds is not None and asked.total_seconds < asked.min_seconds:
        raise UnsupportedOption(
            f"{asked.total_seconds:g} s for all clips are less than the shortest may be, {asked.min_seconds:g} s",
            hint="Raise the total or lower the shortest.",
            field="clips.total_seconds",
        )
    if why := registry.finder(asked.analyst).refusal():
        raise UnsupportedOption(why.message, hint=why.hint, field="clips.analyst")


def _check_target(tag: str) -> None:
    try:
        languages.parse(tag)
    except UnsupportedOption as exc:
        hint = "Give codes of ISO 639-1, such as 'de'."
        raise UnsupportedOption(exc.message, hint=hint, field="features.llm_gateway.translate_to") from exc


_ORDER = list(Priority)


def _priority(who: Identity, wanted: NewJob) -> str:
    return wanted.priority or max("normal", who.max_priority, key=lambda each: _ORDER.index(Priority(each)))


# One statement, one round trip, one transaction: no job without its stages, hold, ledger entry and message.
_CREATE = f"""
WITH recording AS (
    SELECT id FROM media WHERE id = $2 AND user_id = $1 AND deleted_at IS NULL FOR SHARE
), account AS (
    UPDATE credit_accounts SET held = held + $12
    WHERE user_id = $1 AND balance - held >= $12 AND EXISTS (SELECT 1 FROM recording)
        AND NOT EXISTS (SELECT 1 FROM queue_controls WHERE state = 'draining' AND name = ANY($19::text[]))
    RETURNING user_id, balance, held
), place AS MATERIALIZED (
    SELECT places_left(user_id, $18) > 0 AS is_free FROM account
), j AS (
    INSERT INTO jobs (user_id, media_id, kind, engine, model, language, mode, min_speakers, max_speakers, priority,
        features, credits_quoted, credits_held, clips, admitted_at, options)
    SELECT user_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, CASE WHEN is_free THEN now() END, $20
    FROM account, place
    RETURNING *
), entry AS (
    INSERT INTO credit_entries (user_id, job_id, kind, held_delta) SELECT user_id, id, 'hold', $12 FROM j
), stage AS (
    INSERT INTO stages (job_id, name, position, status, max_attempts, queue, due_at, message_id)
    SELECT j.id, s.name, nr - 1, CASE WHEN starts THEN 'queued' ELSE s.status END, s.max_attempts,
        CASE WHEN starts THEN $17 ELSE '' END, CASE WHEN starts THEN now() END,
        CASE WHEN starts THEN gen_random_uuid() END
    FROM j, unnest($14::text[], $15::text[], $16::int[]) WITH ORDINALITY AS s(name, status, max_attempts, nr),
        LATERAL (SELECT nr = 1 AND j.admitted_at IS NOT NULL AS starts) AS l
    WHERE s.name <> 'render'  -- one for each clip, once they are chosen
    RETURNING id, name, status, queue, message_id
), first AS (
    INSERT INTO outbox (stage_id, message_id, task, queue)
    SELECT id, message_id, name, queue FROM stage WHERE status = 'queued'
    RETURNING stage_id, message_id, task, queue
)
SELECT {job_views.COLUMNS}, first.stage_id, first.message_id, first.task, first.queue, account.balance,
    account.held AS account_held
FROM j CROSS JOIN account LEFT JOIN first ON true
"""  # noqa: S608 - constants


def _arguments(who: Identity, wanted: NewJob, checked: Checked) -> tuple[object, ...]:
    pipeline = PIPELINES[JobKind(wanted.kind)]
    skipped = set() if wanted.mode == "dialogue" else {StageName.DIARIZE}
    if wanted.kind == "transcription" and not wanted.features.parts():
        skipped.add(StageName.ANALYSE)
    statuses = ["skipped" if name in skipped else "waiting" for name in pipeline]
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
        _priority(who, wanted),
        msgspec.json.encode(wanted.features).decode(),
        checked.quote.total,
        msgspec.json.encode(wanted.clips or ClipsWanted()).decode(),
        [name.value for name in pipeline],
        statuses,
        [min(TASKS[name].attempts, current().stage_attempts) for name in pipeline],
        _first_queue(who, wanted),
        current().user_jobs_at_once,
        controls.names_of(_first_queue(who, wanted), checked.engine),
        msgspec.json.encode(wanted.options).decode(),
    )


def _first_queue(who: Identity, wanted: NewJob) -> str:
    return queue_name(TASKS[PIPELINES[JobKind(wanted.kind)][0]].group, _priority(who, wanted))
