"""Stored files that nobody will ever ask for again: remains of crashes, and of runs that were begun anew.

What is unfinished elsewhere is not touched: a file must be a day old, and its key must name a user or a job
that this database knows, so that two installations may share a bucket.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from .. import db, logs, storage

log = logs.get("orphans")

# Longer than an upload or a step of a job may lie between its file and its row.
_AGE = timedelta(days=1)
_MEDIA = re.compile(r"media/([0-9a-f]{32})/[0-9a-f]{32}")
_IMAGE = re.compile(r"images/([0-9a-f]{32})/[0-9a-f]{32}")
_CLIP = re.compile(r"clips/([0-9a-f-]{36})/[0-9a-f]{32}(?:-poster|-preview)?\.(?:mp4|jpg|webp)")
_SOUND = re.compile(r"jobs/([0-9a-f-]{36})/(?:audio-\d+\.wav|soundings-\d+\.bin)")

Named = Sequence[tuple[str, UUID]]


async def sweep(now: datetime) -> int:
    """Delete recordings without a row, replaced clips, sound tracks that no run needs; returns how many."""
    media = await _sweep("media/", _MEDIA, _unknown_media, now)
    images = await _sweep("images/", _IMAGE, _unknown_images, now)
    clips = await _sweep("clips/", _CLIP, partial(_replaced_clips, before=now - _AGE), now)
    sound = await _sweep("jobs/", _SOUND, _needless_sound, now)
    return media + images + clips + sound


async def _sweep(
    prefix: str, pattern: re.Pattern[str], orphans: Callable[[Named], Awaitable[list[str]]], now: datetime
) -> int:
    deleted = 0
    async for keys in storage.current().written_before(prefix, now - _AGE):
        named = [(key, UUID(found[1])) for key in keys if (found := pattern.fullmatch(key))]
        for key in await orphans(named):
            log.info("orphan_deleted", key=key)
            await storage.current().delete(key)
            deleted += 1
    return deleted


async def _unknown_media(named: Named) -> list[str]:
    """Return the keys without a recording that still exists, and without an upload on its way."""
    return await _keys(
        "SELECT k.key FROM unnest($1::text[], $2::uuid[]) AS k(key, owner) JOIN users u ON u.id = k.owner"
        " WHERE NOT EXISTS (SELECT 1 FROM media m WHERE m.storage_key = k.key AND m.deleted_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM uploads p WHERE p.storage_key = k.key AND p.status IN ('open', 'completing'))",
        named,
    )


async def _unknown_images(named: Named) -> list[str]:
    """Return the keys of attempts whose worker was lost before the picture was entered."""
    return await _keys(
        "SELECT k.key FROM unnest($1::text[], $2::uuid[]) AS k(key, owner) JOIN users u ON u.id = k.owner"
        " WHERE NOT EXISTS (SELECT 1 FROM images i WHERE i.storage_key = k.key)",
        named,
    )


async def _replaced_clips(named: Named, *, before: datetime) -> list[str]:
    """Return the keys that no clip names any more: older files of a changed one, all files of a deleted one.

    However old a file is, somebody may still play it that was replaced or deleted not ``before`` then.
    """
    return await _keys(
        "SELECT k.key FROM unnest($1::text[], $2::uuid[]) AS k(key, owner) JOIN clips c ON c.id = k.owner"
        " WHERE (c.deleted_at IS NOT NULL"
        " OR NOT k.key = ANY(array_remove(ARRAY[c.storage_key, c.poster_key, c.preview_key], NULL)))"
        " AND coalesce(greatest(c.rendered_at, c.deleted_at) < $3, true)",
        named,
        before,
    )


async def _needless_sound(named: Named) -> list[str]:
    """Return the keys of ended jobs that no checkpoint of theirs names; a retry decodes to a new key."""
    return await _keys(
        "SELECT k.key FROM unnest($1::text[], $2::uuid[]) AS k(key, owner) JOIN jobs j ON j.id = k.owner"
        " WHERE j.finished_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stages s WHERE s.job_id = j.id"
        " AND s.name = 'ingest' AND k.key IN (s.result->>'audio_key', s.result->>'soundings_key'))",
        named,
    )


async def _keys(sql: str, named: Named, *values: datetime) -> list[str]:
    rows = await db.fetch(sql, [key for key, _ in named], [owner for _, owner in named], *values)
    return [row["key"] for row in rows]
