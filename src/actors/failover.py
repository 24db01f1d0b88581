"""Transcribe by the first engine of ``auto`` that can; see ``services.failover``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from ..platform import logs
from ..platform.engines.protocol import Transcription
from ..platform.errors import ReelscribeError
from ..platform.services import chunks, failover
from ..platform.services.failover import Passed
from ..platform.services.stages import Claimed
from .patience import patiently
from .piece import Engines
from .report import Report

log = logs.get("worker")

Way = Callable[[Claimed, Report, Engines], Awaitable[Transcription]]


async def transcribe(stage: Claimed, report: Report, engines: Engines, way: Way) -> Transcription:
    """Return the text of the first engine that does it; ``way`` works with the engine that the stage names.

    Raises:
        StageFailed: none could; the message has each reason.
        BadMedia: the recording is at fault, so no other engine is tried.
    """
    passed: list[Passed] = []
    for name in await patiently(lambda: failover.order(stage, engines)):
        outcome = await _try(msgspec.structs.replace(stage, engine=name), stage, report, engines, way)
        if isinstance(outcome, Transcription):
            told = (*failover.warnings(passed, outcome), *outcome.warnings)
            return msgspec.structs.replace(outcome, warnings=told)
        passed.append(outcome)
    raise failover.none_left(passed)


async def _try(
    of_engine: Claimed, stage: Claimed, report: Report, engines: Engines, way: Way
) -> Transcription | Passed:
    name = of_engine.engine
    resting = await patiently(lambda: failover.admit(stage, name))
    if resting is not None:
        return resting
    try:
        return await way(of_engine, report, engines)
    except ReelscribeError as exc:
        error = exc
    await patiently(lambda: failover.note(stage, name, error))
    if not failover.calls_for_another(error):
        raise error
    log.warning("engine_switched", job_id=str(stage.job_id), engine=name, error=repr(error))
    await _forget(stage, report)
    return Passed(engine=name, error=error)


async def _forget(stage: Claimed, report: Report) -> None:
    """Throw away what the engine has heard: two engines' texts must not stand beside each other."""
    await patiently(lambda: chunks.begin_anew(stage))
    await report.start_over()
