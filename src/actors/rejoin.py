"""Make a clip's file anew of the one it has, where a change leaves picture and sound as they are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from ..platform import logs, storage
from ..platform.domain.framing import Scene
from ..platform.domain.rendering import Basis, RenderOrder
from ..platform.domain.transcript import Transcript
from ..platform.errors import BadMedia, MediaFailed, NotFound, TimeLimitReached
from ..platform.media.render import laid, rejoin
from ..platform.services.clips import orders, renders, scenery
from ..platform.services.clips.orders import Asked
from ..platform.services.clips.renders import Files
from ..platform.services.stages import Claimed

log = logs.get("worker")


async def kept(stage: Claimed, asked: Asked, text: Transcript, folder: Path) -> Files | None:
    """Store the clip's file with its new title, chapters and subtitle track; None where it must be rendered.

    Nothing is encoded and the recording is not even fetched. Poster and preview stay what they are, under the same
    keys: a row that names them goes on doing so, and whoever lost the stage cannot bring back keys that were replaced.
    A file that is gone or damaged is rendered anew.
    """
    old = await renders.newest(asked.clip_id)
    if old is None or old.basis is None:
        return None
    order = await _same(stage, asked, text, old.basis)
    if order is None:
        return None
    video = folder / "joined.mp4"
    try:
        seconds = await _joined(old, old.basis, order, video)
    except (NotFound, MediaFailed, TimeLimitReached) as exc:
        log.warning("clip_not_kept", clip_id=str(asked.clip_id), job_id=str(stage.job_id), error=repr(exc))
        return None
    warnings = await asyncio.to_thread(laid.warnings, order, old.basis.recording)
    stored = await storage.current().put_file(f"clips/{stage.clip_id}/{stage.token.hex}.mp4", video)
    log.info("clip_joined_anew", clip_id=str(asked.clip_id), job_id=str(stage.job_id))
    return msgspec.structs.replace(
        old,
        video_key=stored.key,
        size_bytes=stored.size,
        sha256=stored.sha256,
        duration_seconds=seconds,
        warnings=warnings,
    )


async def _same(stage: Claimed, asked: Asked, text: Transcript, basis: Basis) -> RenderOrder | None:
    """Return the order if it has the picture and sound of the file there is, else None."""
    seen: tuple[Scene, ...] = ()
    if basis.recording.size is not None and asked.is_framed:
        seen = await scenery.of(stage.media_id, asked.spans)
        if scenery.unseen(asked.spans, seen):
            return None
    order = orders.order(asked, text, seen)
    try:
        now = await asyncio.to_thread(laid.basis, order, basis.recording)
    except BadMedia:  # outside the recording, which the renderer tells better
        return None
    return order if now == basis else None


async def _joined(old: Files, basis: Basis, order: RenderOrder, target: Path) -> float:
    """Write the file; returns its seconds.

    Raises:
        NotFound: one of the old files is gone.
        MediaFailed: the old file is damaged, or ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
    """
    for key in (old.poster_key, old.preview_key):
        await storage.current().size(key)
    async with storage.current().local_copy(old.video_key) as path:
        return await rejoin.make(path, old.sha256, order, basis.recording, target)
