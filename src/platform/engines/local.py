"""The default engine: the best that this machine can really run, and it says which that was."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..domain.transcript import Segment
from ..errors import EngineFailed, EngineUnavailable, StageFailed
from .protocol import Capabilities, Diarization, Engine, Reporter, Request, Transcription, Warned


class Local:
    """Asks its candidates, best first, until one can do the work."""

    name = "local"

    def __init__(self, candidates: Sequence[Engine]) -> None:
        """Choose among ``candidates``; the last one is the fallback that is always there."""
        self._candidates = tuple(candidates)

    def capabilities(self) -> Capabilities:
        """Return what the candidates can do together."""
        offers = [engine.capabilities() for engine in self._candidates]
        return Capabilities(
            languages=_together([offer.languages for offer in offers]),
            word_times=all(offer.word_times for offer in offers),
            diarizes=any(offer.diarizes for offer in offers),
            detects_language=any(offer.detects_language for offer in offers),
            in_pieces=all(offer.in_pieces for offer in offers),
            takes_hints=any(offer.takes_hints for offer in offers),
        )

    def refusal(self) -> EngineUnavailable | None:
        """Return why none of the candidates can do anything here."""
        reasons = [engine.refusal() for engine in self._candidates]
        return None if None in reasons else reasons[-1]

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text by the first candidate that can.

        Raises:
            EngineUnavailable: none can; the message has the reason of each.
            EngineFailed, BadMedia: the one that could failed.
        """
        steady = _Steady(report)
        reasons: list[StageFailed] = []
        for engine in self._candidates:
            try:
                transcription = await engine.transcribe(request, steady)
            except (EngineUnavailable, EngineFailed) as exc:
                if steady.has_spoken or not _calls_for_another(exc):
                    raise
                reasons.append(exc)
            else:
                return _with_warning(transcription, reasons, is_rough=engine.capabilities().is_rough)
        raise _none(reasons)

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        """Give each word its time, by the engine that made the words."""
        return await self._named(transcription.engine).align(request, transcription, report)

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart, by the first candidate that can.

        Raises:
            EngineUnavailable: none can.
            EngineFailed, BadMedia: the one that could failed.
        """
        for engine in self._candidates:
            if engine.capabilities().diarizes:
                return await engine.diarize(request, report)
        raise EngineUnavailable(
            "Speakers cannot be told apart on this machine.", hint="Use mono mode, or install onnxruntime."
        )

    async def detect(self, request: Request) -> str | None:
        """Find out the language, by the first candidate that can; None where none can."""
        for engine in self._candidates:
            if not engine.capabilities().detects_language:
                continue
            try:
                return await engine.detect(request)
            except (EngineUnavailable, EngineFailed) as exc:
                if not _calls_for_another(exc):
                    raise
        return None

    async def close(self) -> None:
        """End all child processes."""
        for engine in self._candidates:
            await engine.close()

    def _named(self, name: str) -> Engine:
        return next((engine for engine in self._candidates if engine.name == name), self._candidates[-1])


class _Steady:
    """Keeps progress from falling when a second candidate begins again, and knows whether text has gone out."""

    def __init__(self, report: Reporter) -> None:
        self.has_spoken = False
        self._report = report
        self._fraction = 0.0

    async def progress(self, fraction: float) -> None:
        """Pass ``fraction`` on if it is more than before."""
        if fraction > self._fraction:
            self._fraction = fraction
            await self._report.progress(fraction)

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass finished segments on."""
        self.has_spoken = True
        await self._report.partial(segments)


def _calls_for_another(exc: StageFailed) -> bool:
    return isinstance(exc, EngineUnavailable) or exc.facts.get("cause") == "out_of_memory"


def _together(known: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    languages_of_all: frozenset[str] = frozenset()
    for some in known:
        if some is None:
            return None
        languages_of_all |= some
    return languages_of_all


def _with_warning(transcription: Transcription, reasons: Sequence[StageFailed], *, is_rough: bool) -> Transcription:
    if not reasons:
        return transcription
    message = (
        f"Transcribed by {transcription.engine}, because nothing better runs here: {reasons[0].message} "
        f"{'Expect many wrong words. ' if is_rough else ''}{reasons[0].hint}"
    )
    warned = Warned(code="fallback_engine", message=message.strip())
    return msgspec.structs.replace(transcription, warnings=(*transcription.warnings, warned))


def _none(reasons: Sequence[StageFailed]) -> EngineUnavailable:
    return EngineUnavailable(
        "No speech engine on this machine can do this: " + " ".join(reason.message for reason in reasons),
        hint=reasons[0].hint if reasons else "",
        cause=reasons[0].facts.get("cause", "") if reasons else "",
    )
