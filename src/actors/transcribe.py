"""Turn the speech into timed text."""

from __future__ import annotations

import msgspec

from ..platform import storage
from ..platform.domain.lifecycle import StageName
from ..platform.domain.options import AUTO
from ..platform.engines import registry
from ..platform.engines.protocol import Transcription
from ..platform.services import chunks
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints, chunked, engine_fault, failover
from .piece import Engines
from .report import Report
from .warnings import not_done


async def work(stage: Claimed, report: Report, engines: Engines = registry.get) -> Finished:
    """Let the job's engine transcribe; alignment is left out where every word has its time already."""
    text = await (_by_any if stage.engine == AUTO else _by_one)(stage, report, engines)
    return Finished(
        result=msgspec.json.encode(text),
        warnings=_warnings(stage, text),
        skip=_needless(stage, text, engines),
        engine=text.engine,
        model=text.model,
        write=lambda: chunks.forget(stage.job_id),
    )


async def _by_any(stage: Claimed, report: Report, engines: Engines) -> Transcription:
    return await failover.transcribe(stage, report, engines, _by_one)


async def _by_one(stage: Claimed, report: Report, engines: Engines) -> Transcription:
    way = chunked.transcribe if chunked.is_worth_it(stage, engines) else _whole
    return await way(stage, report, engines)


async def _whole(stage: Claimed, report: Report, engines: Engines) -> Transcription:
    async with storage.current().local_copy(checkpoints.ingested(stage).audio_key) as path:
        request = await checkpoints.request(stage, path)
        with engine_fault.of(stage.engine):
            return await engines(stage.engine).transcribe(request, report)


def _needless(stage: Claimed, text: Transcription, engines: Engines) -> tuple[StageName, ...]:
    """Return the later stages that have nothing to do any more."""
    has_speakers = any(segment.speaker or any(word.speaker for word in segment.words) for segment in text.segments)
    can = engines(text.engine).capabilities()
    names = {
        StageName.ALIGN: all(segment.words for segment in text.segments),
        StageName.DIARIZE: has_speakers or (can.labels_speakers and not can.diarizes),
        StageName.ANALYSE: not _for_the_analyst(stage, text),
    }
    return tuple(name for name, is_needless in names.items() if is_needless)


def _for_the_analyst(stage: Claimed, text: Transcription) -> frozenset[str]:
    return _missing(stage, text) & registry.analyst().features() if stage.has_analysis else frozenset()


def _missing(stage: Claimed, text: Transcription) -> frozenset[str]:
    return stage.wanted.parts() - {"speaker_labels"} - set(text.features_done)


def _warnings(stage: Claimed, text: Transcription) -> tuple[Warned, ...]:
    told = [Warned(code=each.code, stage=stage.name, message=each.message) for each in text.warnings]
    if not text.segments:
        told.append(Warned(code="no_speech", stage=stage.name, message="No speech was found in this recording"))
    nobody = _missing(stage, text) - _for_the_analyst(stage, text)
    told += [not_done(stage.name, f"The engine '{text.engine}'", name) for name in sorted(nobody)]
    return tuple(told)
