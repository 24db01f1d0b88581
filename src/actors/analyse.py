"""Let a language model read the text: summary, chapters and whatever else was asked for and is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ..platform import logs
from ..platform.domain import assembly, extras
from ..platform.domain.insights import Insights
from ..platform.domain.transcript import Segment
from ..platform.engines import registry
from ..platform.engines.protocol import Analysis, Analyst
from ..platform.services.job_views import Warned
from ..platform.services.stages import Claimed, Finished
from . import checkpoints, warnings
from .report import Report

log = logs.get("worker")


Analysts = Callable[[], Analyst]


async def work(stage: Claimed, report: Report, analyst: Analysts = registry.analyst) -> Finished:
    """Ask for the parts that the engine did not deliver; the text is kept whatever comes of it."""
    text = checkpoints.transcription(stage)
    language = text.language or stage.language
    parts = extras.wanted_of(stage.wanted, language) - set(text.features_done)
    reader = analyst()
    asked = extras.only(stage.wanted, parts & reader.features())
    if not asked.parts():
        return _nothing(reader.name)
    found = await reader.analyse(_spoken(stage), language, asked, report)
    log.info("analysed", job_id=str(stage.job_id), model=found.model, **msgspec.structs.asdict(found.usage))
    told = [Warned(code=each.code, stage=stage.name, message=each.message) for each in found.warnings]
    missing = sorted(asked.parts() - set(found.features_done) - warnings.explained(found.warnings))
    told += [warnings.not_done(stage.name, f"The analyst '{reader.name}'", part) for part in missing]
    return Finished(result=msgspec.json.encode(found), warnings=tuple(told))


def _nothing(name: str) -> Finished:
    nothing = Analysis(analyst=name, model="", insights=Insights(), features_done=())
    return Finished(result=msgspec.json.encode(nothing))


def _spoken(stage: Claimed) -> Sequence[Segment]:
    """Return the text under the ids of the transcription, with the speakers that were heard."""
    return assembly.labelled(checkpoints.transcription(stage).segments, checkpoints.diarization(stage).turns)
