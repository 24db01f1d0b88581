"""The engine ``auto``: which engines a job tries, in which order, and what follows when one of them cannot.

1. ``order`` leaves out engines that cannot do the job at all, and puts one first that has pieces of it already.
2. ``admit`` is asked before each: an engine that rests or is stopped is passed over. Where a rest is over, the job
   that asks first is the one that tries the engine (``breakers``).
3. ``note`` tells the failed engine's breaker; ``calls_for_another`` says whether the next engine is tried.
4. ``warnings`` names each engine that was passed over, ``none_left`` is the error where there is no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from .. import db
from ..domain.options import AUTO
from ..engines.protocol import Engine, Transcription, Warned
from ..errors import (
    EngineFailed,
    EngineUnavailable,
    LostLease,
    ReelscribeError,
    StageFailed,
    StorageFull,
    TimeLimitReached,
    Unavailable,
)
from . import breakers, chunks, engines, failure, suitability
from .controls import ENGINE_PREFIX
from .stages import Claimed
from .stages.lease import lock_owned
from .suitability import Case

Engines = Callable[[str], Engine]


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that did not do it, and why; ``was_tried``: it was not only waited for."""

    engine: str
    error: ReelscribeError
    was_tried: bool = True


async def order(stage: Claimed, engine_of: Engines) -> tuple[str, ...]:
    """Return the engines that can do this job, best first.

    Raises:
        EngineUnavailable: there is none; the message has the reason of each.
    """
    case = Case(is_text=stage.media_kind == "text", seconds=stage.duration_seconds, language=stage.language)
    named = stage.options.engines or engines.usual_order()
    objections = {name: suitability.objection(engine_of(name), case) for name in named}
    fitting = [name for name in named if objections[name] is None]
    if not fitting:
        raise none_left([Passed(engine=name, error=why) for name, why in objections.items() if why])
    begun = await chunks.begun_by(stage.stage_id)
    return tuple(sorted(fitting, key=lambda name: name != begun))


async def admit(stage: Claimed, engine: str) -> Passed | None:
    """Let the job try the engine; returns why not where it rests or an administrator stopped it.

    Raises:
        LostLease: another worker owns the stage.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        if await db.fetch_one(_STOPPED, f"{ENGINE_PREFIX}{engine}"):
            stopped = EngineFailed("an administrator stopped it", retry_after=_STOPPED_SECONDS)
            return Passed(engine=engine, error=stopped, was_tried=False)
        seconds = await breakers.rest_of(engine, stage.job_id)
    if seconds is None:
        return None
    resting = EngineFailed("it keeps failing and rests for a while", retry_after=seconds)
    return Passed(engine=engine, error=resting, was_tried=False)


# How long a job waits before it looks again whether an administrator lets an engine go on.
_STOPPED_SECONDS = 120.0
_STOPPED = "SELECT 1 FROM queue_controls WHERE state = 'paused' AND name = $1"


async def note(stage: Claimed, engine: str, error: ReelscribeError) -> None:
    """Tell the engine's breaker how its try ended.

    Raises:
        LostLease: another worker owns the stage.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        await breakers.note_failure(engine, stage.name, stage.job_id, failure.of(error))


def calls_for_another(error: ReelscribeError) -> bool:
    """Return whether another engine may do better: the engine itself failed, and not at the file.

    A time limit at which finished pieces are kept is none: the next attempt goes on there.
    """
    if "engine" not in error.facts or "done_seconds" in error.facts or isinstance(error, StorageFull):
        return False
    return isinstance(error, EngineUnavailable | EngineFailed | Unavailable | TimeLimitReached)


def warnings(passed: Sequence[Passed], text: Transcription) -> tuple[Warned, ...]:
    """Return what people are told of each engine that was tried or passed over before the one that did it."""
    return tuple(
        Warned(
            code="engine_switched",
            message=f"The engine '{each.engine}' did not do this, '{text.engine}' did: {_reason(each)}",
        )
        for each in passed
    )


def none_left(passed: Sequence[Passed]) -> StageFailed:
    """Return the error for a job that no engine could do: worth another attempt if one of the reasons passes.

    The fact ``untried``: all that can do it rest or are stopped, so waiting for them costs the job no attempt.
    """
    told = " ".join(f"{each.engine}: {_reason(each)}" for each in passed) or "the order is empty."
    message = f"No engine of '{AUTO}' could do this. {told}"
    passing = [each.error for each in passed if not each.error.permanent]
    if not passing:
        hint = next((each.error.hint for each in passed if each.error.hint), "")
        return EngineUnavailable(message, hint=hint or "Choose other engines, or ask your administrator.")
    asked = min(_seconds(error) for error in passing)
    facts: dict[str, object] = {"retry_after": asked} if asked else {}
    if not any(each.was_tried for each in passed):
        facts["untried"] = True
    return EngineFailed(message, hint="It is tried again by itself.", **facts)


def _reason(each: Passed) -> str:
    return each.error.message.rstrip(".") + "."


def _seconds(error: ReelscribeError) -> float:
    return failure.of(error).retry_after.total_seconds()
