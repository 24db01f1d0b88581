"""What must be so of clips when all is over: in PostgreSQL, in the storage, and in the files themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import av
import httpx
from reelscribe.platform import db, storage
from reelscribe.platform.errors import ReelscribeError

from . import ledgers
from .checks import Found
from .customers import Customer
from .ledgers import Check
from .patience import until
from .world import World

# By how much the length that a container tells may differ from ours: a frame of the film, a packet of sound.
_APART_SECONDS = 0.15
# The scheduler keeps what ended jobs have written down every five seconds.
_KEPT_SECONDS = 30.0

_CLIPS = "SELECT count(*) AS n FROM clips"
_ALIVE = "SELECT count(*) AS n FROM clips WHERE deleted_at IS NULL"

CHECKS = (
    Check(
        "a clip of an ended job is ready with a file, or failed with a reason",
        _ALIVE,
        "SELECT c.job_id, c.id, c.status, c.storage_key, c.error FROM clips c WHERE deleted_at IS NULL AND NOT ("
        " (status = 'ready' AND num_nulls(storage_key, poster_key, preview_key, rendered_revision) = 0)"
        " OR (status = 'failed' AND storage_key IS NULL AND error IS NOT NULL))",
    ),
    Check(
        "each clip has one rendering, and that is over",
        _CLIPS,
        "SELECT c.job_id, c.id, count(s.id) AS renderings, array_agg(s.status) AS status FROM clips c"
        " LEFT JOIN stages s ON s.clip_id = c.id AND s.name = 'render' GROUP BY c.id"
        " HAVING count(s.id) <> 1 OR bool_or(s.status IN ('waiting', 'queued', 'running'))",
    ),
    Check(
        "a clip is of its last change, or the rendering of that failed or was cancelled",
        _ALIVE,
        "SELECT c.job_id, c.id, c.revision, c.rendered_revision, s.status, s.result FROM clips c"
        " JOIN stages s ON s.clip_id = c.id WHERE c.deleted_at IS NULL AND ("
        " (s.status = 'completed' AND ((s.result->>'revision')::int IS DISTINCT FROM c.rendered_revision"
        "  OR c.rendered_revision IS DISTINCT FROM c.revision))"
        " OR (s.status IN ('failed', 'cancelled')) <> (c.rendered_revision IS DISTINCT FROM c.revision))",
    ),
    Check(
        "no change of a clip was rendered twice",
        "SELECT count(*) AS n FROM attempts a JOIN stages s ON s.id = a.stage_id WHERE s.clip_id IS NOT NULL"
        " AND a.outcome = 'succeeded'",
        "SELECT c.job_id, c.id, c.revision, count(*) AS times FROM clips c JOIN stages s ON s.clip_id = c.id"
        " JOIN attempts a ON a.stage_id = s.id AND a.outcome = 'succeeded' GROUP BY c.id HAVING count(*) > c.revision",
    ),
    Check(
        "no clip twice",
        "SELECT count(*) AS n FROM clips WHERE kind = 'clip' AND deleted_at IS NULL",
        "SELECT job_id, spans, count(*) AS times FROM clips WHERE kind = 'clip' AND deleted_at IS NULL"
        " GROUP BY job_id, spans HAVING count(*) > 1",
    ),
    Check(
        "a job with clips has the transcript of each delivery, and one where it is completed",
        "SELECT count(*) AS n FROM jobs WHERE kind = 'clips'",
        "SELECT j.id AS job_id, j.status, told.n AS transcripts, done.n AS deliveries FROM jobs j,"
        " LATERAL (SELECT count(*) AS n FROM transcripts t WHERE t.job_id = j.id AND t.origin = 'engine') told,"
        " LATERAL (SELECT count(*) AS n FROM stages s JOIN attempts a ON a.stage_id = s.id WHERE s.job_id = j.id"
        "  AND s.name = 'deliver' AND a.outcome = 'succeeded') done"
        " WHERE j.kind = 'clips' AND (told.n <> done.n OR (j.status = 'completed' AND told.n = 0))",
    ),
    Check(
        "making clips anew was free",
        "SELECT count(*) AS n FROM jobs WHERE kind = 'clips' AND run > 1",
        "SELECT e.job_id, e.run, e.kind, e.balance_delta, e.held_delta FROM credit_entries e"
        " JOIN credit_entries c ON c.job_id = e.job_id AND c.kind = 'capture' AND c.run < e.run"
        " WHERE e.balance_delta <> 0 OR e.held_delta <> 0",
    ),
)

_UNTOLD = """
SELECT j.id AS job_id, j.status, j.run FROM jobs j JOIN stages s ON s.job_id = j.id AND s.name = 'transcribe'
WHERE j.kind = 'clips' AND s.status = 'completed' AND NOT EXISTS (SELECT 1 FROM transcripts t WHERE t.job_id = j.id)
"""
_FILES = """
SELECT c.*, j.user_id FROM clips c JOIN jobs j ON j.id = c.job_id
WHERE c.deleted_at IS NULL AND c.storage_key IS NOT NULL ORDER BY c.job_id, c.position
"""


async def look(world: World, customers: list[Customer]) -> list[Found]:
    """Do all checks; the sweep has been there."""
    rows = await db.fetch(_FILES)
    return [
        *await ledgers.look(CHECKS),
        await _kept(),
        await _something(world),
        await _choice(world),
        await _files(rows),
        await _fetched(world, customers, rows),
    ]


async def _kept() -> Found:
    """Look for what was heard and is told nowhere: no clip may cost the text, whatever became of the job."""

    async def told() -> bool:
        return not await db.fetch(_UNTOLD)

    await until(told, seconds=_KEPT_SECONDS)
    rows = await db.fetch(_UNTOLD)
    heard = await db.fetch(_UNTOLD.partition(" AND NOT EXISTS")[0])
    wrong = [f"job {row['job_id']} is {row['status']} in run {row['run']}" for row in rows]
    return Found("no clip cost the text of its recording", len(heard), wrong, [row["job_id"] for row in rows])


async def _something(world: World) -> Found:
    """Look for jobs that were completed with nothing, and for clips that somebody else than their owner deleted."""
    rows = await db.fetch(
        "SELECT j.id, array_agg(c.id) FILTER (WHERE c.storage_key IS NOT NULL) AS made,"
        " array_agg(c.id) FILTER (WHERE c.storage_key IS NOT NULL AND c.deleted_at IS NOT NULL) AS gone"
        " FROM jobs j LEFT JOIN clips c ON c.job_id = j.id WHERE j.kind = 'clips' AND j.status = 'completed'"
        " GROUP BY j.id"
    )
    wrong = []
    for row in rows:
        deleted = world.made[row["id"]].deleted
        if not row["made"]:
            wrong.append((row["id"], "is completed without a clip"))
        if set(row["gone"] or ()) - deleted:
            wrong.append((row["id"], "lost a clip that its owner did not delete"))
    told = [f"job {job_id} {what}" for job_id, what in wrong]
    return Found("a completed job has its clips", len(rows), told, [job_id for job_id, _ in wrong])


async def _choice(world: World) -> Found:
    """Compare the clips that nobody changed with those of the job that nothing disturbed."""
    rows = await db.fetch(
        "SELECT c.job_id, c.spans FROM clips c JOIN jobs j ON j.id = c.job_id WHERE c.kind = 'clip'"
        " AND c.revision = 1 AND c.storage_key IS NOT NULL"
    )
    right = {row["spans"] for row in rows if world.made[row["job_id"]].is_undisturbed}
    wrong = [row for row in rows if row["spans"] not in right]
    told = [f"job {row['job_id']}: {row['spans']}" for row in wrong]
    return Found("the clips are those of an undisturbed job", len(rows), told, [row["job_id"] for row in wrong])


async def _files(rows: Sequence[db.Row]) -> Found:
    wrong = []
    for row in rows:
        try:
            async with storage.current().local_copy(row["storage_key"]) as video:
                told = await asyncio.to_thread(_faults_of, video, row)
            for key, begin in ((row["poster_key"], b"\xff\xd8"), (row["preview_key"], b"RIFF")):
                async with storage.current().local_copy(key) as picture:
                    told += [] if picture.read_bytes().startswith(begin) else [f"{key} is no picture"]
        except ReelscribeError as exc:
            told = [repr(exc)]
        wrong += [(row["job_id"], f"clip {row['id']} of job {row['job_id']}: {each}") for each in told]
    name = "the files of a clip are there, whole, as long as it says, and of the change that it says"
    return Found(name, len(rows), [told for _, told in wrong], [job_id for job_id, _ in wrong])


def _faults_of(video: Path, row: db.Row) -> list[str]:
    """Decode the whole file; return what is not as its row says."""
    try:
        with av.open(str(video)) as found:
            seconds = (found.duration or 0) / 1_000_000
            title = found.metadata.get("title", "")
            frames = [(frame.width, frame.height) for frame in found.decode(video=0)]
    except av.FFmpegError as exc:
        return [f"it cannot be decoded: {exc!r}"]
    said = [
        (set(frames) == {(row["width"], row["height"])}, f"{set(frames)}, not {row['width']}x{row['height']}"),
        (video.stat().st_size == row["size_bytes"], f"{video.stat().st_size} bytes, not {row['size_bytes']}"),
    ]
    if row["rendered_revision"] == row["revision"]:  # else the row tells of a change that no file has
        length = row["duration_seconds"]
        said += [
            (abs(seconds - length) <= _APART_SECONDS, f"{seconds} s, not {length} s"),
            (title == row["title"], f"{title!r}, not {row['title']!r}"),
        ]
    return [told for is_so, told in said if not is_so]


async def _fetched(world: World, customers: list[Customer], rows: Sequence[db.Row]) -> Found:
    wrong = []
    for row in rows:
        owner = customers[world.made[row["job_id"]].order.owner]
        for part in ("content", "poster", "preview"):
            answer = await owner.ask("GET", f"/clips/{row['id']}/{part}")
            if answer.status_code != httpx.codes.OK or not answer.content:
                wrong.append((row["job_id"], f"{part} of clip {row['id']} is answered {answer.status_code}"))
    told = [what for _, what in wrong]
    return Found("owners get the files of their clips", len(rows), told, [job_id for job_id, _ in wrong])
