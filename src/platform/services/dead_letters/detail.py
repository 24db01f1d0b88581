"""One dead letter with all that is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from ... import db, storage
from ...domain import masking
from ...domain.advice import advice
from ...errors import NotFound, ReelscribeError
from ...settings import current
from .. import media
from ..files import Download
from . import pages, reproduction
from .detail_views import Attempt, BulkPart, LedgerLine, Letter, Money, Output, Sibling, Source, Step


async def get(letter_id: UUID) -> Letter:
    """Return all that is known about a letter.

    Raises:
        NotFound: there is none with this id.
    """
    row = await _one(letter_id)
    source = await _source(row)
    tries = [_attempt(each) for each in await db.fetch(_TRIES, row["stage_id"])]
    payload = masking.masked_values(msgspec.json.decode(row["payload"]))
    assert isinstance(payload, dict), "it is a request"  # noqa: S101 - invariant
    return Letter(
        **{name: row[name] for name in _PLAIN},
        advice=advice(row["error_code"], exit_code=_exit_code(row, tries), is_source_there=source.exists is not False),
        tries=tries,
        steps=[Step(**dict(each)) for each in await db.fetch(_STEPS, row["job_id"])],
        outputs=[Output(**dict(each)) for each in await db.fetch(_OUTPUTS, row["job_id"])],
        payload=msgspec.json.format(msgspec.json.encode(payload)).decode(),
        source=source,
        credits=await _credits(row),
        siblings=[Sibling(**dict(each)) for each in await db.fetch(_SIBLINGS, row["job_id"], letter_id)],
        bulk_actions=[BulkPart(**dict(each)) for each in await db.fetch(_BULK, letter_id)],
        changes=msgspec.Raw(row["changes"].encode()),
        reproduce=reproduction.lines(_server(), letter_id, row["filename"], payload),
    )


async def source(letter_id: UUID) -> Download:
    """Return where the recording of a letter is, for an administrator to play.

    Raises:
        NotFound: there is no such letter, or its recording was deleted.
    """
    row = await db.fetch_one(
        "SELECT m.* FROM dead_letters d JOIN jobs j ON j.id = d.job_id JOIN media m ON m.id = j.media_id"
        " WHERE d.id = $1",
        letter_id,
    )
    if row is None:
        raise NotFound("There is no such dead letter")
    if row["deleted_at"] is not None:
        raise NotFound("The recording of this job was deleted")
    return media.download_of(row)


_ONE = f"""
SELECT {pages.COLUMNS}, d.message AS whole_message, d.note AS whole_note, d.stage_id, d.payload, d.changes,
    d.source_deleted, v.email AS reviewed_by, j.status AS job_status, j.run AS job_run, j.credits_quoted,
    j.credits_held, j.credits_charged, m.id AS m_id, m.kind AS m_kind, m.content_type, m.size_bytes, m.sha256,
    m.duration_seconds, m.probe, m.storage_key, m.deleted_at, c.balance - c.held AS available,
    coalesce((SELECT g.note FROM dead_letter_groups g WHERE g.fingerprint = d.fingerprint), '') AS group_note,
    (SELECT count(*) FROM dead_letters o WHERE o.fingerprint = d.fingerprint AND o.status = 'open') AS group_count
{pages.TABLES} LEFT JOIN users v ON v.id = d.reviewed_by LEFT JOIN credit_accounts c ON c.user_id = d.user_id
WHERE d.id = $1
"""  # noqa: S608 - constants

_TRIES = """
SELECT run, number, worker, engine, outcome, started_at, finished_at, exit_code, peak_memory_bytes, error,
    extract(epoch FROM finished_at - started_at)::float8 AS seconds, coalesce(traceback, '') AS traceback,
    coalesce(log_tail, '') AS log_tail
FROM attempts WHERE stage_id = $1 ORDER BY run DESC, number DESC LIMIT 200
"""

_STEPS = """
SELECT s.name, s.status, s.attempts, s.max_attempts, s.progress, s.result IS NOT NULL AS has_output, s.worker,
    s.started_at, s.finished_at, extract(epoch FROM s.finished_at - s.started_at)::float8 AS seconds,
    (SELECT count(*) FROM stage_chunks c WHERE c.stage_id = s.id) AS chunks,
    (SELECT count(*) FROM stage_chunks c WHERE c.stage_id = s.id AND c.finished_at IS NOT NULL) AS chunks_done
FROM stages s WHERE s.job_id = $1 AND s.status <> 'skipped' ORDER BY s.position, s.started_at, s.id
"""

_OUTPUTS = """
SELECT 'transcript' AS kind, 'version ' || version || ' (' || origin || ')' AS name, created_at
FROM transcripts WHERE job_id = $1
UNION ALL SELECT 'clip', title, created_at FROM clips WHERE job_id = $1 AND deleted_at IS NULL AND status = 'ready'
UNION ALL SELECT 'artifact', kind || ' ' || version, created_at FROM artifacts WHERE job_id = $1
ORDER BY created_at LIMIT 200
"""

_LEDGER = """
SELECT e.kind, e.run, e.balance_delta, e.held_delta, e.note, u.email AS by, e.created_at
FROM credit_entries e LEFT JOIN users u ON u.id = e.created_by
WHERE e.user_id = $1 AND e.job_id = $2 ORDER BY e.id LIMIT 200
"""

_SIBLINGS = """
SELECT id, run, stage_name AS stage, error_code, status, created_at FROM dead_letters
WHERE job_id = $1 AND id <> $2 ORDER BY run LIMIT 200
"""

_BULK = """
SELECT b.id, b.action, i.status, i.outcome, u.email AS by, b.created_at
FROM bulk_items i JOIN bulk_actions b ON b.id = i.bulk_id LEFT JOIN users u ON u.id = b.created_by
WHERE i.dead_letter_id = $1 ORDER BY b.created_at DESC LIMIT 200
"""

_OTHERS = frozenset(
    ("advice", "tries", "steps", "outputs", "payload", "source", "credits", "siblings", "bulk_actions", "changes")
) | {"reproduce"}
_PLAIN = tuple(name for name in Letter.__struct_fields__ if name not in _OTHERS)


async def _one(letter_id: UUID) -> dict[str, Any]:
    row = await db.fetch_one(_ONE, letter_id)
    if row is None:
        raise NotFound("There is no such dead letter")
    return {**row, "message": row["whole_message"], "note": row["whole_note"]}


class _Failed(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""
    hint: str = ""


def _attempt(row: db.Row) -> Attempt:
    values: dict[str, Any] = dict(row)
    error = msgspec.json.decode(values.pop("error") or "{}", type=_Failed)
    return Attempt(error_code=error.code, message=error.message, hint=error.hint, **values)


def _exit_code(row: dict[str, Any], tries: Sequence[Attempt]) -> int | None:
    return next((each.exit_code for each in tries if each.run == row["run"]), None)


async def _source(row: dict[str, Any]) -> Source:
    return Source(
        id=row["m_id"],
        filename=row["filename"],
        kind=row["m_kind"],
        content_type=row["content_type"],
        size=row["size_bytes"],
        sha256=row["sha256"],
        duration=row["duration_seconds"],
        probe=msgspec.Raw(row["probe"].encode()),
        exists=await _is_there(row["storage_key"]) if row["deleted_at"] is None else False,
    )


async def _is_there(key: str) -> bool | None:
    try:
        await storage.current().size(key)
    except NotFound:
        return False
    except ReelscribeError:
        return None
    return True


async def _credits(row: dict[str, Any]) -> Money:
    return Money(
        quoted=row["credits_quoted"],
        held=row["credits_held"],
        charged=row["credits_charged"],
        available=row["available"] or Decimal(0),
        lines=[LedgerLine(**dict(each)) for each in await db.fetch(_LEDGER, row["user_id"], row["job_id"])],
    )


def _server() -> str:
    return current().public_url.rstrip("/") or "http://127.0.0.1:8000"
