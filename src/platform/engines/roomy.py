"""An engine that goes on with a smaller model where one does not fit into memory."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from ..domain.transcript import Segment
from ..errors import EngineFailed, EngineUnavailable
from . import smaller
from .protocol import Capabilities, Diarization, Engine, Reporter, Request, Transcription, Warned
from .stats import PoolStats

# Since it was last of use: the next recordings need not fail first. Memory that becomes free is noticed that late.
_REMEMBER_SECONDS = 1800.0

_Answer = TypeVar("_Answer")


class Roomy:
    """Wraps an engine with Whisper models; everything but memory is the engine's own."""

    def __init__(
        self, engine: Engine, *, default: str, stats: PoolStats, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``default`` is the model of requests that name none; ``stats`` counts those that a smaller one took."""
        self.name = engine.name
        self._engine = engine
        self._default = default
        self._stats = stats
        self._clock = clock
        self._instead: dict[str, tuple[float, str]] = {}

    def capabilities(self) -> Capabilities:
        """Return what the engine can do."""
        return self._engine.capabilities()

    def refusal(self) -> EngineUnavailable | None:
        """Return why the engine can do nothing here."""
        return self._engine.refusal()

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Transcribe with the wanted model, else with the best smaller one that can be had here and fits.

        Text that the first model has passed on stays as it is; of the second, only what comes after it is passed on.
        What is returned is the second model's alone.

        Raises:
            EngineFailed: no model fits; or for another reason, as the engine says.
            EngineUnavailable, BadMedia: as the engine says.
        """
        steady = _Steady(report)

        async def ask(asked: Request) -> Transcription:
            steady.begin()
            return await self._engine.transcribe(asked, steady)

        wanted = request.model or self._default
        text, model = await self._fitting(request, wanted, ask)
        if model == wanted:
            return text
        self._stats.oom_fallbacks += 1
        return msgspec.structs.replace(text, warnings=(*text.warnings, _warning(wanted, model)))

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        """Give each word its time, as the engine does."""
        return await self._engine.align(request, transcription, report)

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart, as the engine does."""
        return await self._engine.diarize(request, report)

    async def detect(self, request: Request) -> str | None:
        """Find out the language, with a smaller model where the wanted one does not fit; errors as ``transcribe``."""
        language, _ = await self._fitting(request, request.model or self._default, self._engine.detect)
        return language

    async def close(self) -> None:
        """End all child processes."""
        await self._engine.close()

    async def _fitting(
        self, request: Request, wanted: str, ask: Callable[[Request], Awaitable[_Answer]]
    ) -> tuple[_Answer, str]:
        """Return the first answer that memory allows, and the model that gave it."""
        models = self._models(request, wanted)
        failure: EngineFailed | None = None
        while models:
            model = models.pop(0)
            try:
                answer = await ask(request if model == wanted else msgspec.structs.replace(request, model=model))
            except EngineFailed as exc:
                if exc.facts.get("cause") != "out_of_memory":
                    raise
                failure, models = exc, list(smaller.ladder(model))
            except EngineUnavailable:
                if model == wanted:
                    raise
                # A smaller one that cannot be had is passed over: the next may be on this machine.
            else:
                if model != wanted:
                    self._instead[wanted] = (self._clock() + _REMEMBER_SECONDS, model)
                return answer, model
        assert failure is not None, "the wanted model comes last where it is not first"  # noqa: S101 - invariant
        raise failure

    def _models(self, request: Request, wanted: str) -> list[str]:
        """Return what to try, in this order: a recording is gone on with by the model that it was begun with.

        What did not fit lately is left out at first. Else each of many pieces would fail before it is done, and pieces
        of one recording would be by different models.
        """
        until, model = self._instead.get(wanted, (0.0, wanted))
        if until <= self._clock():
            model = wanted
        if request.begun_with in smaller.ladder(model):
            model = request.begun_with
        return [wanted] if model == wanted else [model, *smaller.ladder(model), wanted]


class _Steady:
    """Keeps progress from falling and text from being passed on twice when a second model begins again."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._fraction = 0.0
        self._spoken_until = 0.0
        self._skip_until = 0.0

    def begin(self) -> None:
        """Pass on from now on only what comes after the text that has been passed on."""
        self._skip_until = self._spoken_until

    async def progress(self, fraction: float) -> None:
        """Pass ``fraction`` on if it is more than before."""
        if fraction > self._fraction:
            self._fraction = fraction
            await self._report.progress(fraction)

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass finished segments on, each once."""
        new = [each for each in segments if each.start >= self._skip_until]
        if new:
            self._spoken_until = max(self._spoken_until, *(each.end for each in new))
            await self._report.partial(new)


def _warning(wanted: str, model: str) -> Warned:
    message = (
        f"Transcribed by the model {model!r}, because {wanted!r} does not fit into this machine's memory. Expect more "
        "wrong words. Choose the smaller model from the start, or give the machine more memory and run the job again."
    )
    return Warned(code="smaller_model", message=message)
