"""What a job has written down before its end: its finished steps, or finished pieces of a long transcription."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from .. import db
from ..domain.timeline import Span, merge
from ..engines.protocol import Diarization, Transcription
from . import chunks


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Text that may have gaps: only ``covered`` was listened to; ``duration`` in seconds, 0 where it is not known.

    ``is_whole``: the transcription was finished, so only later steps are missing.
    """

    text: Transcription
    speakers: Diarization
    covered: tuple[Span, ...]
    duration: float
    is_whole: bool


async def found(job_id: UUID) -> Draft | None:
    """Return the draft of a job; None where nothing is written down."""
    results = await _results(job_id)
    pieces = () if "transcribe" in results else await _pieces(job_id)
    # In a thread: a day of speech takes a tenth of a second to read, which nobody else should wait for.
    return await asyncio.to_thread(_put_together, results, pieces)


def _put_together(results: Mapping[str, str], pieces: Sequence[db.Row]) -> Draft | None:
    sound = results.get("ingest")
    duration = msgspec.json.decode(sound, type=_Ingested).duration_seconds if sound else 0.0
    text = results.get("align", results.get("transcribe"))
    if text is None:
        return _of_pieces(pieces, duration) if pieces else None
    speakers = results.get("diarize")
    return Draft(
        text=msgspec.json.decode(text, type=Transcription),
        speakers=msgspec.json.decode(speakers, type=Diarization) if speakers else Diarization(turns=()),
        covered=(Span(0.0, duration),),
        duration=duration,
        is_whole=True,
    )


def _of_pieces(pieces: Sequence[db.Row], duration: float) -> Draft:
    return Draft(
        text=chunks.joined([msgspec.json.decode(piece["result"], type=Transcription) for piece in pieces]),
        speakers=Diarization(turns=()),
        covered=merge(Span(piece["start_seconds"], piece["end_seconds"]) for piece in pieces),
        duration=duration,
        is_whole=False,
    )


class _Ingested(msgspec.Struct):
    duration_seconds: float = 0.0


async def _results(job_id: UUID) -> dict[str, str]:
    rows = await db.fetch(
        "SELECT name, result FROM stages WHERE job_id = $1 AND status = 'completed' AND result IS NOT NULL"
        " AND name IN ('ingest', 'transcribe', 'align', 'diarize')",
        job_id,
    )
    return {row["name"]: row["result"] for row in rows}


async def _pieces(job_id: UUID) -> Sequence[db.Row]:
    return await db.fetch(
        "SELECT c.start_seconds, c.end_seconds, c.result FROM stage_chunks c JOIN stages s ON s.id = c.stage_id"
        " WHERE s.job_id = $1 AND c.finished_at IS NOT NULL ORDER BY c.position",
        job_id,
    )
