"""Turn the speech into timed text."""

from __future__ import annotations

import msgspec

from ..platform import storage
from ..platform.domain import features
from ..platform.domain.lifecycle import StageName
from ..platform.engines import registry
from ..platform.engines.protocol import Transcription
from ..platform.services import chunks
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints, chunked
from .piece import Engines
from .report import Report


async def work(stage: Claimed, report: Report, engines: Engines = registry.get) -> Finished:
    """Let the job's engine transcribe; alignment is left out where every word has its time already."""
    way = chunked.transcribe if chunked.is_worth_it(stage, engines) else _whole
    text = await way(stage, report, engines)
    return Finished(
        result=msgspec.json.encode(text),
        warnings=_warnings(stage, text),
        skip=(StageName.ALIGN,) if all(segment.words for segment in text.segments) else (),
        engine=text.engine,
        model=text.model,
        write=lambda: chunks.forget(stage.job_id),
    )


async def _whole(stage: Claimed, report: Report, engines: Engines) -> Transcription:
    async with storage.current().local_copy(checkpoints.ingested(stage).audio_key) as path:
        return await engines(stage.engine).transcribe(await checkpoints.request(stage, path), report)


def _warnings(stage: Claimed, text: Transcription) -> tuple[Warned, ...]:
    told = [Warned(code=each.code, stage=stage.name, message=each.message) for each in text.warnings]
    if not text.segments:
        told.append(Warned(code="no_speech", stage=stage.name, message="No speech was found in this recording"))
    told += [_missing(stage, name) for name in features.paid(features.parse(msgspec.json.decode(stage.features)))]
    return tuple(told)


def _missing(stage: Claimed, name: str) -> Warned:
    message = f"The engine '{stage.engine}' does not offer {name}; it was not done and is not charged"
    return Warned(code="feature_unavailable", stage=stage.name, message=message)
