"""What a requeue may change of a job's request, checked by the code that checks a new job."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from ... import db
from ...domain import clips, features, options, reruns
from ...domain.clips import ClipsWanted
from ...domain.lifecycle import JobKind
from ...domain.options import AUTO
from ...engines import registry
from .. import jobs
from ..jobs import EngineName, EngineOrder, Hotwords, JobPriority, Language, Mode, ModelName, NewJob, Prompt, Speakers
from ..sessions import Identity

# {field: (old, new)}, plain JSON values
Diff = dict[str, tuple[Any, Any]]


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; what is left out stays, ``null`` takes a choice back.

    ``attempts``: how often each step may be tried in the new run; ``time_factor``: how many times the usual time
    it may take.
    """

    engine: EngineName | UnsetType = UNSET
    model: ModelName | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    mode: Mode | UnsetType = UNSET
    min_speakers: Speakers | UnsetType | None = UNSET
    max_speakers: Speakers | UnsetType | None = UNSET
    priority: JobPriority | UnsetType = UNSET
    features: features.Features | UnsetType = UNSET
    hotwords: Hotwords | UnsetType = UNSET
    prompt: Prompt | UnsetType = UNSET
    engines: EngineOrder | UnsetType | None = UNSET
    clips: ClipsWanted | UnsetType | None = UNSET
    attempts: Annotated[int, msgspec.Meta(ge=1, le=20)] | UnsetType = UNSET
    time_factor: Annotated[float, msgspec.Meta(ge=1, le=10)] | UnsetType = UNSET


NOTHING = Changes()
_OF_RUN = ("attempts", "time_factor")
_OF_JOB = tuple(name for name in Changes.__struct_fields__ if name not in _OF_RUN)
_COLUMNS_OF_JOB = frozenset(_OF_JOB) - {"features", "hotwords", "prompt", "engines", "clips"}
_OF_PRICE = frozenset({"language", "features"})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A job's request as it stands, with what is known of its recording; ``seconds`` is None for text."""

    request: NewJob
    attempts: int
    time_factor: float
    price: Decimal
    media_kind: str
    seconds: float | None


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A job's request as it would be: ``diff`` has what differs, ``price`` is in credits."""

    request: NewJob
    attempts: int
    time_factor: float
    price: Decimal
    diff: Diff


# For ``of_row``; the job is ``j``, its recording ``m``.
COLUMNS = (
    "j.media_id, j.kind, j.engine, j.model, j.language, j.mode, j.min_speakers, j.max_speakers, j.priority,"
    " j.features, j.options, j.clips, j.time_factor, j.credits_quoted, m.kind AS media_kind, m.duration_seconds,"
    " (SELECT max(s.max_attempts) FROM stages s WHERE s.job_id = j.id) AS attempts"
)


def of_row(row: db.Row) -> Asked:
    """Return the request of a row that was selected with ``COLUMNS``."""
    asked = options.parse(row["options"])
    request = NewJob(
        kind=row["kind"],
        media_id=row["media_id"],
        features=features.parse(msgspec.json.decode(row["features"])),
        hotwords=asked.hotwords,
        prompt=asked.prompt,
        engines=asked.engines or None,
        clips=clips.parse(row["clips"]) if row["kind"] == JobKind.CLIPS else None,
        **{name: row[name] for name in _OF_JOB if name in _COLUMNS_OF_JOB},
    )
    return Asked(
        request=request,
        attempts=row["attempts"],
        time_factor=row["time_factor"],
        price=row["credits_quoted"],
        media_kind=row["media_kind"],
        seconds=row["duration_seconds"],
    )


def compare(admin: Identity, asked: Asked, changes: Changes) -> Changed:
    """Return what the job would be with ``changes``; no other part of it is judged anew, unless something differs.

    Raises:
        UnsupportedOption: options that do not go together, or that this server does not know.
    """
    wanted = {name: value for name in _OF_JOB if (value := getattr(changes, name)) is not UNSET}
    of_run = {name: getattr(changes if getattr(changes, name) is not UNSET else asked, name) for name in _OF_RUN}
    if wanted.get("engine", AUTO) != AUTO:
        wanted.setdefault("engines", None)  # an order is for "auto" only
    request = msgspec.structs.replace(asked.request, **wanted)
    price = asked.price
    if wanted:
        # A priority that stays was granted to the job's owner; an operator's own may be lower.
        granted = request.priority == asked.request.priority
        judge = msgspec.structs.replace(admin, max_priority="critical") if granted else admin
        checked = jobs.examine(judge, request, media_kind=asked.media_kind, seconds=asked.seconds)
        request = msgspec.structs.replace(request, language=checked.language)
        price = checked.quote.total if _OF_PRICE & wanted.keys() else price
    pairs = {name: (getattr(asked.request, name), getattr(request, name)) for name in _OF_JOB}
    pairs |= {name: (getattr(asked, name), new) for name, new in of_run.items()}
    return Changed(request=request, price=price, diff=_differing(pairs), **of_run)


def _differing(pairs: Diff) -> Diff:
    return {
        name: (msgspec.to_builtins(old), msgspec.to_builtins(new)) for name, (old, new) in pairs.items() if old != new
    }


async def apply(admin: Identity, job_id: UUID, changes: Changes) -> Diff:
    """Change the locked, ended job and set aside every result that does not hold any more.

    Raises:
        UnsupportedOption: as ``compare``.
    """
    if changes == NOTHING:
        return {}
    asked = await look(job_id)
    changed = compare(admin, asked, changes)
    await _write(job_id, changed)
    await _set_aside(job_id, changed, is_text=asked.media_kind == "text")
    return changed.diff


async def look(job_id: UUID) -> Asked:
    """Return the request of a job that the caller has locked."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM jobs j JOIN media m ON m.id = j.media_id WHERE j.id = $1",  # noqa: S608 - constant
        job_id,
    )
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    return of_row(row)


async def _write(job_id: UUID, changed: Changed) -> None:
    new = changed.request
    await db.execute(
        "UPDATE jobs SET engine = $2, model = $3, language = $4, mode = $5, min_speakers = $6, max_speakers = $7,"
        " priority = $8, features = $9, credits_quoted = $10, time_factor = $11, options = $12, clips = $13"
        " WHERE id = $1",
        job_id,
        new.engine,
        new.model,
        new.language,
        new.mode,
        new.min_speakers,
        new.max_speakers,
        new.priority,
        msgspec.json.encode(new.features).decode(),
        changed.price,
        changed.time_factor,
        msgspec.json.encode(new.options).decode(),
        msgspec.json.encode(new.clips or ClipsWanted()).decode(),
    )
    if "attempts" in changed.diff:
        await db.execute("UPDATE stages SET max_attempts = $2 WHERE job_id = $1", job_id, changed.attempts)


async def _set_aside(job_id: UUID, changed: Changed, *, is_text: bool) -> None:
    """Give stages whose result came from the old request no result: ``runs.restart`` lets these wait again."""
    stale = reruns.outdated(
        changed.diff,
        kind=JobKind(changed.request.kind),
        is_text=is_text,
        speakers_with_text=await _has_speakers_with_text(job_id),
    )
    if not stale:
        return
    names = [stage.value for stage in stale]
    await db.execute(
        "DELETE FROM stage_chunks WHERE stage_id IN (SELECT id FROM stages WHERE job_id = $1 AND name = ANY($2))",
        job_id,
        names,
    )
    await db.execute(
        "UPDATE stages SET status = 'cancelled', result = NULL WHERE job_id = $1 AND name = ANY($2)", job_id, names
    )
    if "transcribe" in names:
        await db.execute("UPDATE jobs SET engine_used = NULL, model_used = NULL WHERE id = $1", job_id)


async def _has_speakers_with_text(job_id: UUID) -> bool:
    row = await db.fetch_one("SELECT engine_used FROM jobs WHERE id = $1", job_id)
    if row is None or row["engine_used"] not in registry.names():
        return False
    can = registry.get(row["engine_used"]).capabilities()
    return can.labels_speakers and not can.diarizes
