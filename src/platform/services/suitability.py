"""Whether an engine can do a job at all, found out before anything is charged or begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ..domain import languages as all_languages
from ..domain.options import AUTO
from ..engines import languages, models, pocketsphinx, registry
from ..engines.protocol import Capabilities, Engine
from ..errors import EngineUnavailable, ReelscribeError, UnsupportedOption
from ..settings import current
from . import engines

# The engines whose models are Whisper's, which ``models`` knows by name.
_WHISPER = frozenset({"local", "faster-whisper", "whisperx"})
# A sound track as engines get it: mono, 16 kHz, 16 bits.
_BYTES_PER_SECOND = 32_000


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: ``seconds`` long where that is known, ``language`` an ISO 639-1 code, None to detect it."""

    is_text: bool = False
    seconds: float | None = None
    language: str | None = None
    model: str | None = None


def check(name: str, order: Sequence[str], case: Case) -> None:
    """Check that the engine, or for ``auto`` one of ``order`` (empty: the usual order), can do it.

    Raises:
        UnsupportedOption: it cannot; the message says why, the hint what can be done.
    """
    if name != AUTO:
        if order:
            raise UnsupportedOption("An order of engines goes with 'auto' only", hint="Set engine to 'auto'.")
        _expect(registry.get(name), case)
        return
    if case.model is not None:
        hint = "Leave the model out, or name the engine that has it."
        raise UnsupportedOption("A model goes with one engine, not with 'auto'", hint=hint)
    for each in order:
        _expect_here(registry.get(each))
    reasons = {each: objection(registry.get(each), case) for each in order or engines.usual_order()}
    if None not in reasons.values():
        raise _none(case, [reason for reason in reasons.values() if reason])


def objection(engine: Engine, case: Case) -> ReelscribeError | None:
    """Return why the engine cannot do it, None where it can; cheap, asks nobody outside."""
    refusal = engine.refusal()
    return refusal or next(_misfits(engine, case), None)


def _expect(engine: Engine, case: Case) -> None:
    _expect_here(engine)
    for misfit in _misfits(engine, case):
        raise misfit


def _expect_here(engine: Engine) -> None:
    refusal = engine.refusal()
    if refusal is not None:
        message = f"The engine '{engine.name}' cannot work on this server: {refusal.message}"
        raise UnsupportedOption(message, hint=refusal.hint or _ANOTHER, engine=engine.name)


_ANOTHER = "Choose another engine; GET /api/v1/engines lists what each can do."


def _misfits(engine: Engine, case: Case) -> Iterator[UnsupportedOption]:
    can = engine.capabilities()
    if case.is_text and not can.takes_text:
        hint = "The engine 'stub' takes a text as its own transcript."
        yield UnsupportedOption(f"The engine '{engine.name}' needs sound; this is a text file", hint=hint)
    if case.model is not None and (unknown := _unknown_model(engine.name, case.model)):
        yield unknown
    known = _languages(engine.name, can, case.model)
    if case.language and known is not None and languages.base(case.language) not in known:
        spoken = all_languages.name(case.language)
        yield UnsupportedOption(f"The engine '{engine.name}' does not understand {spoken}", hint=_ANOTHER)
    if case.seconds is not None and not case.is_text:
        yield from _too_much(engine.name, can, case.seconds)


def _too_much(name: str, can: Capabilities, seconds: float) -> Iterator[UnsupportedOption]:
    limits = (can.longest_seconds, can.largest_bytes and can.largest_bytes / _BYTES_PER_SECOND)
    longest = min((limit for limit in limits if limit), default=seconds)
    if seconds > longest:
        message = f"The engine '{name}' takes recordings of {longest / 60:.0f} minutes at most"
        yield UnsupportedOption(message, hint=f"Cut the recording. {_ANOTHER}", longest_seconds=longest)


def _languages(name: str, can: Capabilities, model: str | None) -> frozenset[str] | None:
    """Return what the engine understands with the model that is asked for, not with its usual one."""
    if name not in _WHISPER or model is None:
        return can.languages
    return languages.ENGLISH if model.endswith(".en") else languages.WHISPER


def _unknown_model(name: str, model: str) -> UnsupportedOption | None:
    if name == "pocketsphinx" or (name == "local" and model == pocketsphinx.MODEL):
        fits = model == pocketsphinx.MODEL
        return None if fits else UnsupportedOption(f"The engine '{name}' has one model, {pocketsphinx.MODEL}")
    if name not in _WHISPER or model in (current().whisper_model, current().whisperx_model):
        return None
    try:
        models.chosen(model, current())
    except EngineUnavailable as exc:
        return UnsupportedOption(exc.message, hint=exc.hint)
    return None


def _none(case: Case, reasons: Sequence[ReelscribeError]) -> UnsupportedOption:
    if case.is_text:
        hint = "The engine 'stub' takes a text as its own transcript."
        return UnsupportedOption("The engine 'auto' needs sound; this is a text file", hint=hint)
    told = " ".join(reason.message.rstrip(".") + "." for reason in reasons)
    return UnsupportedOption(f"No engine of the order can do this: {told}".rstrip(), hint=_ANOTHER)
