"""Turn the speech into timed text."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..platform import logs, storage
from ..platform.domain import extras
from ..platform.domain.lifecycle import JobKind, StageName
from ..platform.domain.options import AUTO
from ..platform.engines import registry
from ..platform.engines.protocol import Analyst, Capabilities, Transcription
from ..platform.services import chunks
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints, chunked, engine_fault, failover
from .analyse import Analysts
from .piece import Engines
from .report import Report
from .warnings import explained, not_done

log = logs.get("worker")


async def work(
    stage: Claimed, report: Report, engines: Engines = registry.get, analyst: Analysts = registry.analyst
) -> Finished:
    """Let the job's engine transcribe; later stages are left out where it has done their work already."""
    text = await (_by_any if stage.engine == AUTO else _by_one)(stage, report, engines)
    log.info("transcribed", job_id=str(stage.job_id), engine=text.engine, **msgspec.structs.asdict(text.usage))
    can, to_read = engines(text.engine).capabilities(), _to_read(stage, text, analyst())
    return Finished(
        result=msgspec.json.encode(text),
        warnings=(*_warnings(stage, text, to_read), *_unheard(stage, text, can)),
        skip=_needless(stage, text, can, to_read),
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


def _needless(stage: Claimed, text: Transcription, can: Capabilities, to_read: frozenset[str]) -> tuple[StageName, ...]:
    """Return the later stages that have nothing to do any more."""
    has_speakers = any(segment.speaker or any(word.speaker for word in segment.words) for segment in text.segments)
    names = {
        StageName.ALIGN: all(segment.words for segment in text.segments),
        StageName.DIARIZE: has_speakers or (can.labels_speakers and not can.diarizes),
        StageName.ANALYSE: not to_read and stage.kind is JobKind.TRANSCRIPTION,
    }
    return tuple(name for name, is_needless in names.items() if is_needless)


def _to_read(stage: Claimed, text: Transcription, analyst: Analyst) -> frozenset[str]:
    """Return the wanted extras that a language model can find in the text, and the engine did not."""
    if not (stage.has_analysis and text.segments):
        return frozenset()
    return (extras.wanted_of(stage.wanted, text.language or stage.language) & analyst.features()) - _done(text)


def _done(text: Transcription) -> frozenset[str]:
    return frozenset(text.features_done)


def _warnings(stage: Claimed, text: Transcription, to_read: frozenset[str]) -> tuple[Warned, ...]:
    told = [Warned(code=each.code, stage=stage.name, message=each.message) for each in text.warnings]
    if not text.segments:
        return (*told, _nobody_speaks(stage))
    nobody = stage.wanted.parts() - {"speaker_labels"} - _done(text) - to_read - explained(text.warnings)
    told += [not_done(stage.name, f"The engine '{text.engine}'", name) for name in sorted(nobody)]
    return tuple(told)


def _unheard(stage: Claimed, text: Transcription, can: Capabilities) -> Iterator[Warned]:
    """Warn of names and terms that the engine could not listen for."""
    if can.takes_hints or not (stage.options.hotwords or stage.options.prompt):
        return
    message = f"The engine '{text.engine}' takes neither names nor a description; they made no difference"
    yield Warned(code="hints_unused", stage=stage.name, message=message)


def _nobody_speaks(stage: Claimed) -> Warned:
    extras = " There was nothing to find out about it, and nothing of that is charged." if stage.wanted.parts() else ""
    return Warned(code="no_speech", stage=stage.name, message=f"No speech was found in this recording.{extras}")
