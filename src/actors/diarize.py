"""Tell the speakers apart."""

from __future__ import annotations

import msgspec

from ..platform import storage
from ..platform.engines import registry
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints
from .report import Report


async def work(stage: Claimed, report: Report) -> Finished:
    """Let the engine that made the text find out who speaks when."""
    engine = registry.get(checkpoints.transcription(stage).engine)
    async with storage.current().local_copy(checkpoints.ingested(stage).audio_key) as path:
        found = await engine.diarize(await checkpoints.request(stage, path), report)
    told = tuple(Warned(code=each.code, stage=stage.name, message=each.message) for each in found.warnings)
    return Finished(result=msgspec.json.encode(found), warnings=told)
