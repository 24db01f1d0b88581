"""Let a language model read the text: summary, chapters and whatever else was asked for and is not there yet.

For a clips job somebody also finds what is worth a clip: that must succeed, whatever becomes of the extras.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from ..platform import logs
from ..platform.domain import assembly, extras, sentences
from ..platform.domain.clips import FinderName
from ..platform.domain.insights import Insights
from ..platform.domain.lifecycle import JobKind
from ..platform.domain.transcript import Segment
from ..platform.engines import registry
from ..platform.engines.protocol import Analysis, Analyst, Finder, Found
from ..platform.engines.protocol import Warned as EngineWarned
from ..platform.errors import Interrupted, ReelscribeError, StageFailed
from ..platform.services import failure
from ..platform.services.clips import choosing
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints, warnings
from .report import Report

log = logs.get("worker")


class NothingSaid(StageFailed):
    """Nobody speaks in this recording, so there is nothing that clips could be chosen by."""

    code, permanent = "no_speech", True
    hint = "Upload a recording with speech, or try another engine if there is some in it."


Analysts = Callable[[], Analyst]
Finders = Callable[[FinderName], Finder]


async def work(
    stage: Claimed, report: Report, analyst: Analysts = registry.analyst, finders: Finders = registry.finder
) -> Finished:
    """Ask for the parts that the engine did not deliver; the text is kept whatever comes of it."""
    if stage.kind is JobKind.TRANSCRIPTION:
        return await _read(stage, report, analyst())
    found = await _found(stage, report, finders)
    other = await _extras(stage, report, analyst())
    read = msgspec.json.decode(other.result, type=Analysis)
    return msgspec.structs.replace(
        other,
        result=msgspec.json.encode(msgspec.structs.replace(read, content=found.segments)),
        warnings=(*_told(stage, found.warnings), *other.warnings),
        write=lambda: choosing.store_content(stage.job_id, found.segments),
    )


async def _found(stage: Claimed, report: Report, finders: Finders) -> Found:
    text = await asyncio.to_thread(checkpoints.assembled, stage)
    said = sentences.of(text.segments, text.language)
    if not said:
        raise NothingSaid
    found = await finders(stage.clips.analyst).find(said, text.language, stage.clips, report)
    usage = msgspec.structs.asdict(found.usage)
    log.info("content_found", job_id=str(stage.job_id), by=found.finder, model=found.model, **usage)
    return found


async def _extras(stage: Claimed, report: Report, reader: Analyst) -> Finished:
    """Return the extras; on the last attempt without them rather than without clips."""
    try:
        return await _read(stage, report, reader)
    except Interrupted:
        raise
    except ReelscribeError as exc:
        if stage.attempt < stage.max_attempts and not exc.permanent:
            raise
        log.warning("extras_left_out", job_id=str(stage.job_id), error=repr(exc), exc_info=exc)
        lost = Warned(code=exc.code, stage=stage.name, message=failure.of(exc).warning(stage.name))
        return msgspec.structs.replace(_nothing(reader.name), warnings=(lost,))


def _told(stage: Claimed, warnings: Sequence[EngineWarned]) -> tuple[Warned, ...]:
    return tuple(Warned(code=each.code, stage=stage.name, message=each.message) for each in warnings)


async def _read(stage: Claimed, report: Report, reader: Analyst) -> Finished:
    text = checkpoints.transcription(stage)
    language = text.language or stage.language
    parts = extras.wanted_of(stage.wanted, language) - set(text.features_done)
    asked = extras.only(stage.wanted, parts & reader.features())
    if not asked.parts():
        return _nothing(reader.name)
    found = await reader.analyse(_spoken(stage), language, asked, report)
    log.info("analysed", job_id=str(stage.job_id), model=found.model, **msgspec.structs.asdict(found.usage))
    told = [*_told(stage, found.warnings)]
    missing = sorted(asked.parts() - set(found.features_done) - warnings.explained(found.warnings))
    told += [warnings.not_done(stage.name, f"The analyst '{reader.name}'", part) for part in missing]
    return Finished(result=msgspec.json.encode(found), warnings=tuple(told))


def _nothing(name: str) -> Finished:
    nothing = Analysis(analyst=name, model="", insights=Insights(), features_done=())
    return Finished(result=msgspec.json.encode(nothing))


def _spoken(stage: Claimed) -> Sequence[Segment]:
    """Return the text under the ids of the transcription, with the speakers that were heard."""
    return assembly.labelled(checkpoints.transcription(stage).segments, checkpoints.diarization(stage).turns)
