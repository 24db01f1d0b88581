"""Look into the recording and decode its sound track once, for all later stages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from ..platform import storage, temporary
from ..platform.domain.lifecycle import StageName
from ..platform.errors import BadMedia, MediaFailed
from ..platform.media import audio, probe, repair, soundings
from ..platform.media.audio import ExtractedAudio
from ..platform.media.info import MediaInfo
from ..platform.services import sound
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from ..platform.settings import current
from .checkpoints import Ingested
from .report import Report

_NOT_FOR_TEXT = (StageName.SILENCE, StageName.ALIGN, StageName.DIARIZE)
_REPAIRED = Warned(
    code="repaired_media",
    stage=StageName.INGEST,
    message="The file is damaged and was repaired for this job; words may be missing. Your file itself is unchanged.",
)


async def work(stage: Claimed, report: Report) -> Finished:
    """Store the sound track as mono 16 kHz WAV, and what was seen on the way; a text file needs none."""
    if stage.media_kind == "text":
        done = Ingested(audio_key=stage.media_key, duration_seconds=0.0)
        return Finished(result=msgspec.json.encode(done), skip=_NOT_FOR_TEXT)
    with temporary.folder() as folder:
        return await _decode(stage, report, folder)


async def _decode(stage: Claimed, report: Report, folder: Path) -> Finished:
    target = folder / "audio.wav"
    async with storage.current().local_copy(stage.media_key) as source:
        made, repaired = await decoded(
            source, target, seconds=stage.duration_seconds or 0.0, on_progress=report.progress
        )
    _refuse_understatement(stage.duration_seconds or 0.0, made.duration_seconds)
    key = sound.key(stage.job_id, stage.run)
    await storage.current().put_file(key, target)
    seen = await _store_soundings(stage, made, folder / "soundings.bin")
    done = Ingested(audio_key=key, duration_seconds=made.duration_seconds, soundings_key=seen)
    warnings = tuple(Warned(code="damaged_media", stage=stage.name, message=each) for each in made.warnings)
    return Finished(result=msgspec.json.encode(done), warnings=(*repaired, *warnings))


async def _store_soundings(stage: Claimed, made: ExtractedAudio, path: Path) -> str:
    await asyncio.to_thread(soundings.write, path, made.soundings)
    key = sound.soundings_key(stage.job_id, stage.run)
    await storage.current().put_file(key, path)
    return key


async def decoded(
    source: Path, target: Path, *, seconds: float, on_progress: audio.OnProgress
) -> tuple[ExtractedAudio, tuple[Warned, ...]]:
    """Decode the sound of ``source``, which should last ``seconds``; a damaged file is repaired once.

    Raises:
        BadMedia: there is no sound in it, or none that can be decoded, even after the repair.
    """
    try:
        return await _extracted(source, target, await probe.inspect(source), on_progress), ()
    except (BadMedia, MediaFailed) as exc:
        if not repair.may_help(exc):
            raise
        damage = exc
    with temporary.folder() as folder:
        limit = repair.time_limit(seconds)
        mended = await repair.mend(source, folder, timeout=limit, max_seconds=current().max_media_seconds)
        if mended is None:
            raise repair.in_vain(damage) from damage
        try:
            return await _extracted(mended.path, target, mended.info, on_progress), (_REPAIRED,)
        except (BadMedia, MediaFailed) as exc:
            raise repair.in_vain(damage) from exc


async def _extracted(source: Path, target: Path, info: MediaInfo, on_progress: audio.OnProgress) -> ExtractedAudio:
    if not info.has_audio:
        raise BadMedia("This video has no sound track", hint="Upload a recording with sound.")
    limit = current().max_media_seconds
    return await audio.extract(source, target, info=info, max_seconds=limit, on_progress=on_progress)


def _refuse_understatement(said_seconds: float, decoded_seconds: float) -> None:
    """Refuse a file that is far longer than it said when its price was quoted; estimates may be a little off."""
    if decoded_seconds > said_seconds * 1.5 + 30:
        raise BadMedia(
            f"This file says that it lasts {said_seconds:.0f} s, but it holds {decoded_seconds:.0f} s",
            hint="Convert it anew, for example to MP4 or FLAC, and upload that.",
        )
