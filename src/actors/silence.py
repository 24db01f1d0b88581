"""Find the silent stretches of the recording, its pauses and its loudness, in what was seen while it was decoded."""

from __future__ import annotations

import asyncio

import msgspec

from ..platform import storage
from ..platform.domain.timeline import total
from ..platform.errors import BadMedia, NotFound
from ..platform.media import silence, soundings
from ..platform.media.soundings import Soundings
from ..platform.services import silences
from ..platform.services.stages import Claimed, Finished
from . import checkpoints
from .checkpoints import Silences
from .report import Report


async def work(stage: Claimed, report: Report) -> Finished:
    """Store the silences of the recording."""
    heard = await _heard(stage, report)
    spans = await asyncio.to_thread(silence.find, heard)
    rests = await asyncio.to_thread(silence.pauses, heard)
    done = Silences(
        count=len(spans),
        total_seconds=total(spans),
        pauses=tuple((rest.start, rest.end) for rest in rests),
        loudness_lufs=heard.loudness_lufs,
    )
    return Finished(result=msgspec.json.encode(done), write=lambda: silences.store(stage.media_id, spans))


async def _heard(stage: Claimed, report: Report) -> Soundings:
    """Return what was seen while decoding; jobs of older versions have only the sound track, which is read again."""
    sound = checkpoints.ingested(stage)
    if sound.soundings_key is not None:
        try:
            async with storage.current().local_copy(sound.soundings_key) as path:
                return await asyncio.to_thread(soundings.load, path)
        except (NotFound, BadMedia):
            pass  # lost, or of a newer version
    async with storage.current().local_copy(sound.audio_key) as path:
        return await soundings.read(path, on_progress=report.progress)
