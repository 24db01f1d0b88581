"""Make the file of one clip; its failure costs no other clip."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..platform import logs, storage, temporary
from ..platform.domain.framing import Scene
from ..platform.domain.transcript import Transcript
from ..platform.errors import BadMedia, MediaFailed, TimeLimitReached
from ..platform.media import probe, repair, scenes
from ..platform.media.info import MediaInfo
from ..platform.media.render import render
from ..platform.media.render.render import Rendered
from ..platform.services.clips import orders, renders, scenery
from ..platform.services.clips.orders import Asked
from ..platform.services.clips.renders import Files
from ..platform.services.stages import Claimed, Finished
from ..platform.settings import current
from . import checkpoints, rejoin
from .report import Report

log = logs.get("worker")

# Of the whole step: looking at the picture, then making the clip; the rest is bringing the files away.
_LOOKING, _MAKING = 0.1, 0.95


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint: which change of the clip was rendered, and how."""

    revision: int
    way: str


async def work(stage: Claimed, report: Report) -> Finished:
    """Make the clip as it stands now and store its files beside those it had.

    Where picture and sound would be those of the file there is, that is joined anew; otherwise the clip is rendered.
    """
    assert stage.clip_id is not None, "the schema gives each rendering its clip"  # noqa: S101 - for the type checker
    asked = await orders.of(stage.clip_id)
    text = await checkpoints.newest_text(stage)
    with temporary.folder() as folder:
        files = await rejoin.kept(stage, asked, text, folder)
        if files is None:
            async with storage.current().local_copy(stage.media_key) as source:
                made = await _made(stage, asked, text, source, folder, report)
            files = await _stored(stage, made)
    return Finished(
        result=msgspec.json.encode(Made(revision=asked.revision, way=files.way)),
        write=lambda: renders.store(asked.clip_id, asked.revision, files),
    )


async def _made(stage: Claimed, asked: Asked, text: Transcript, source: Path, folder: Path, report: Report) -> Rendered:
    """Render; a damaged recording is repaired once, as it was for its sound."""
    try:
        return await _rendered(stage, asked, text, source, folder, report)
    except (BadMedia, MediaFailed) as exc:
        if not repair.may_help(exc):
            raise
        damage = exc
    with temporary.folder() as other:
        limit = repair.time_limit(stage.duration_seconds or 0.0)
        mended = await repair.mend(source, other, timeout=limit, max_seconds=current().max_media_seconds)
        if mended is None:
            raise repair.in_vain(damage) from damage
        return await _rendered(stage, asked, text, mended.path, folder, report)


async def _rendered(
    stage: Claimed, asked: Asked, text: Transcript, source: Path, folder: Path, report: Report
) -> Rendered:
    info = await probe.known(source)
    seen = await _seen(stage, asked, source, info, report)
    order = orders.order(asked, text, seen)
    return await render.render(source, info, order, folder, on_progress=report.part(_LOOKING, _MAKING))


async def _seen(stage: Claimed, asked: Asked, source: Path, info: MediaInfo, report: Report) -> tuple[Scene, ...]:
    """Return what is seen in the clip, looking only where nobody has looked, and only where it matters."""
    if info.video is None or not asked.is_framed:
        return ()
    known = await scenery.of(stage.media_id, asked.spans)
    missing = scenery.unseen(asked.spans, known)
    if missing:
        try:
            found = await scenes.detect(source, info, missing, on_progress=report.part(0.0, _LOOKING))
        except (MediaFailed, TimeLimitReached) as exc:  # a clip that shows the whole picture is better than none
            log.warning("scenes_not_seen", job_id=str(stage.job_id), error=repr(exc), exc_info=exc)
            return known
        await scenery.store(stage.media_id, found)
        known = await scenery.of(stage.media_id, asked.spans)
    return known


async def _stored(stage: Claimed, made: Rendered) -> Files:
    """Put the files where no other attempt writes."""
    place = f"clips/{stage.clip_id}/{stage.token.hex}"
    video = await storage.current().put_file(f"{place}{made.video.suffix}", made.video)
    poster = await storage.current().put_file(f"{place}-poster{made.poster.suffix}", made.poster)
    preview = await storage.current().put_file(f"{place}-preview{made.preview.suffix}", made.preview)
    return Files(
        video_key=video.key,
        poster_key=poster.key,
        preview_key=preview.key,
        duration_seconds=made.duration_seconds,
        width=made.width,
        height=made.height,
        size_bytes=video.size,
        way=made.way,
        warnings=made.warnings,
        sha256=video.sha256,
        basis=made.basis,
    )
