"""Transcripts: made by a run, kept in versions, given out in many formats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from .. import db, storage
from ..domain import assembly, exports, improvement
from ..domain.insights import merged
from ..domain.transcript import EngineName, Transcript
from ..engines.protocol import Analysis, Diarization, Transcription
from ..errors import Conflict, NotFound
from . import drafts

_URL_LIFETIME = timedelta(hours=1)


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a transcript; ``origin``: an engine, a person, or a run that ended early (``partial``)."""

    version: int
    origin: str
    language: str | None
    created_at: datetime


class VersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """All versions, newest first; there are few."""

    items: list[VersionView]
    next_cursor: str | None = None


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stored result can be fetched by anyone until ``expires_at``."""

    url: str
    expires_at: datetime


def assembled(
    text: Transcription, speakers: Diarization, *, duration: float, analysis: Analysis | None = None
) -> Transcript:
    """Put text, speakers and what was read out of the text together; the version is given when it is stored."""
    better = analysis.segments if analysis else None
    return assembly.assemble(
        segments=improvement.applied(text.segments, better),
        turns=speakers.turns,
        language=text.language,
        duration=duration or (text.segments[-1].end if text.segments else 0.0),
        engine=EngineName(name=text.engine, model=text.model),
        version=1,
        insights=merged(text.insights, analysis.insights) if analysis else text.insights,
    )


async def next_version(job_id: UUID) -> int:
    """Return the number that the next version will have."""
    row = await db.fetch_one("SELECT coalesce(max(version), 0) + 1 AS n FROM transcripts WHERE job_id = $1", job_id)
    return int(row["n"]) if row else 1


async def store(job_id: UUID, made: Transcript, *, run: int, origin: Literal["engine", "partial"] = "engine") -> None:
    """Add the version that a run of an engine made; call it in the transaction that ends the run.

    A ``partial`` one is what a run had made when it was cancelled or failed.
    """
    numbered = msgspec.structs.replace(made, version=await next_version(job_id))
    await db.execute(
        "INSERT INTO transcripts (job_id, version, origin, run, language, duration_seconds, document, text)"
        " VALUES ($1, $2, $8, $3, $4, $5, $6, $7)",
        job_id,
        numbered.version,
        run,
        numbered.language,
        numbered.duration,
        msgspec.json.encode(numbered).decode(),
        numbered.text,
        origin,
    )


async def may_be_improved(job_id: UUID) -> bool:
    """Return whether a stage of the job failed that a retry could still add."""
    row = await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status = 'failed'", job_id)
    return row is not None


async def get(user_id: UUID, job_id: UUID) -> Transcript:
    """Return the newest version; of an unfinished or failed job, what its stages have found so far.

    Raises:
        NotFound: there is no such job of this user.
        Conflict: there is no text yet.
    """
    status = await _status(user_id, job_id)
    return await newest(job_id) or await _so_far(job_id, status)


async def _status(user_id: UUID, job_id: UUID) -> str:
    job = await db.fetch_one("SELECT status FROM jobs WHERE id = $1 AND user_id = $2", job_id, user_id)
    if job is None:
        raise NotFound("There is no such job")
    return str(job["status"])


async def newest(job_id: UUID) -> Transcript | None:
    """Return the newest version that is stored, whoever's it is; None where there is none."""
    row = await db.fetch_one("SELECT document FROM transcripts WHERE job_id = $1 ORDER BY version DESC LIMIT 1", job_id)
    if row is None:
        return None
    return await asyncio.to_thread(msgspec.json.decode, row["document"], type=Transcript)


async def _so_far(job_id: UUID, status: str) -> Transcript:
    draft = await drafts.found(job_id)
    if draft is None:
        raise _none_yet(status)
    return await asyncio.to_thread(assembled, draft.text, draft.speakers, duration=draft.duration)


def _none_yet(status: str) -> Conflict:
    if status in ("failed", "cancelled"):
        return Conflict(
            f"There is no transcript: the job is {status}.", hint="Run the job again (retry), then ask again."
        )
    return Conflict(f"There is no transcript yet: the job is {status}.", hint="Wait until the job is completed.")


async def export(user_id: UUID, job_id: UUID, format_name: str) -> exports.Export:
    """Return the newest version as a file of ``format_name``; NotFound and Conflict as in ``get``."""
    made = await get(user_id, job_id)
    return await _render(made, format_name, await _title(job_id))


async def download(user_id: UUID, job_id: UUID, format_name: str) -> Download:
    """Store the export once per version and return a signed URL that expires in an hour.

    Raises:
        NotFound: there is no such job of this user.
        Conflict: no version is stored yet; what an unfinished job has found so far is not kept.
    """
    status = await _status(user_id, job_id)
    made = await newest(job_id)
    if made is None:
        raise _none_yet(status)
    title = await _title(job_id)
    made_file = await _render(made, format_name, title)
    key = f"jobs/{job_id}/transcript-v{made.version}{made_file.suffix}"
    await _keep(job_id, f"transcript.{format_name}", made.version, key, made_file)
    url = storage.current().signed_url(
        key, expires=_URL_LIFETIME, filename=title + made_file.suffix, content_type=made_file.content_type
    )
    return Download(url=url, expires_at=datetime.now(UTC) + _URL_LIFETIME)


async def versions(user_id: UUID, job_id: UUID) -> VersionPage:
    """Return all versions, newest first."""
    await _status(user_id, job_id)
    rows = await db.fetch(
        "SELECT version, origin, language, created_at FROM transcripts WHERE job_id = $1 ORDER BY version DESC",
        job_id,
    )
    return VersionPage(items=[VersionView(**dict(row)) for row in rows])


async def _render(made: Transcript, format_name: str, title: str) -> exports.Export:
    # In a thread: a long transcript takes most of a second, which nobody else should wait for.
    return await asyncio.to_thread(exports.render, made, format_name, title=title)


async def _title(job_id: UUID) -> str:
    row = await db.fetch_one("SELECT m.filename FROM jobs j JOIN media m ON m.id = j.media_id WHERE j.id = $1", job_id)
    name: str = row["filename"] if row else "transcript"
    return name.rsplit(".", 1)[0] or name


async def _keep(job_id: UUID, kind: str, version: int, key: str, made: exports.Export) -> None:
    known = await db.fetch_one(
        "SELECT 1 FROM artifacts WHERE job_id = $1 AND kind = $2 AND version = $3", job_id, kind, version
    )
    if known is None:
        stored = await storage.current().put(key, _once(made.content))
        await db.execute(
            "INSERT INTO artifacts (job_id, kind, version, storage_key, content_type, size_bytes)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            job_id,
            kind,
            version,
            key,
            made.content_type,
            stored.size,
        )


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
