"""Look into the recording and decode its sound track once, for all later stages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from ..platform import storage
from ..platform.domain.lifecycle import StageName
from ..platform.errors import BadMedia
from ..platform.media import audio, probe
from ..platform.services import sound
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from ..platform.settings import current
from .checkpoints import Ingested
from .report import Report

_NOT_FOR_TEXT = (StageName.SILENCE, StageName.ALIGN, StageName.DIARIZE)


async def work(stage: Claimed, report: Report) -> Finished:
    """Store the sound track as mono 16 kHz WAV; a text file needs none."""
    if stage.media_kind == "text":
        done = Ingested(audio_key=stage.media_key, duration_seconds=0.0)
        return Finished(result=msgspec.json.encode(done), skip=_NOT_FOR_TEXT)
    with tempfile.TemporaryDirectory(prefix="reelscribe-") as folder:
        return await _decode(stage, report, Path(folder) / "audio.wav")


async def _decode(stage: Claimed, report: Report, target: Path) -> Finished:
    async with storage.current().local_copy(stage.media_key) as source:
        info = await probe.inspect(source)
        if not info.has_audio:
            raise BadMedia("This video has no sound track", hint="Upload a recording with sound.")
        made = await audio.extract(
            source, target, info=info, max_seconds=current().max_media_seconds, on_progress=report.progress
        )
    _refuse_understatement(stage.duration_seconds or 0.0, made.duration_seconds)
    key = sound.key(stage.job_id, stage.run)
    await storage.current().put_file(key, target)
    done = Ingested(audio_key=key, duration_seconds=made.duration_seconds)
    warnings = tuple(Warned(code="damaged_media", stage=stage.name, message=each) for each in made.warnings)
    return Finished(result=msgspec.json.encode(done), warnings=warnings)


def _refuse_understatement(said_seconds: float, decoded_seconds: float) -> None:
    """Refuse a file that is far longer than it said when its price was quoted; estimates may be a little off."""
    if decoded_seconds > said_seconds * 1.5 + 30:
        raise BadMedia(
            f"This file says that it lasts {said_seconds:.0f} s, but it holds {decoded_seconds:.0f} s",
            hint="Convert it anew, for example to MP4 or FLAC, and upload that.",
        )
