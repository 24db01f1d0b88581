"""Give each word its time."""

from __future__ import annotations

import msgspec

from ..platform import storage
from ..platform.engines import registry
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints
from .report import Report


async def work(stage: Claimed, report: Report) -> Finished:
    """Let the engine that made the text align it."""
    text = checkpoints.transcription(stage)
    engine = registry.get(text.engine)
    async with storage.current().local_copy(checkpoints.ingested(stage).audio_key) as path:
        aligned = await engine.align(await checkpoints.request(stage, path), text, report)
    # Those of the text itself have been told.
    new = [each for each in aligned.warnings if each not in text.warnings]
    told = tuple(Warned(code=each.code, stage=stage.name, message=each.message) for each in new)
    return Finished(result=msgspec.json.encode(aligned), warnings=told)
