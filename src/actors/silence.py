"""Find the silent stretches of the recording."""

from __future__ import annotations

import msgspec

from ..platform import storage
from ..platform.media import silence
from ..platform.services import silences
from ..platform.services.stages import Claimed, Finished
from . import checkpoints
from .report import Report


async def work(stage: Claimed, report: Report) -> Finished:
    """Store the silences of the recording."""
    async with storage.current().local_copy(checkpoints.ingested(stage).audio_key) as path:
        spans = await silence.detect(path, on_progress=report.progress)
    total = sum(span.end - span.start for span in spans)
    return Finished(
        result=msgspec.json.encode(checkpoints.Silences(count=len(spans), total_seconds=total)),
        write=lambda: silences.store(stage.media_id, spans),
    )
