"""The speech engines as customers choose among them."""

from __future__ import annotations

import msgspec

from ..domain.options import AUTO
from ..engines import registry
from ..engines.protocol import Capabilities, Engine
from ..settings import current


class EngineOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An engine, or ``auto``, which tries those of ``order`` until one works.

    ``refusal``: why it cannot work on this server now, None where it can; ``hint``: what to do about it.
    ``languages``: how many it knows, None for any. ``features``: what can be had with it, by itself or by the
    language model that reads the text. ``is_remote``: the recording leaves this server.
    """

    name: str
    label: str
    is_default: bool
    is_remote: bool
    refusal: str | None
    hint: str
    languages: int | None
    features: tuple[str, ...]
    takes_hints: bool
    takes_text: bool
    diarizes: bool
    word_times: bool
    order: tuple[str, ...] = ()


class EnginePage(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, ``auto`` first; there are few."""

    items: list[EngineOffer]
    next_cursor: str | None = None


LABELS = {
    AUTO: "Automatic: the best one that works",
    "local": "On this server: the best that is installed",
    "whisperx": "WhisperX: exact word times and speakers",
    "faster-whisper": "Whisper: many languages",
    "assemblyai": "AssemblyAI (cloud)",
    "gemini": "Gemini (cloud)",
    "pocketsphinx": "PocketSphinx: English, rough, needs nothing",
    "stub": "No recognition: takes a text file as its own transcript",
}


def offered() -> list[EngineOffer]:
    """Return what a job may name as its engine, ``auto`` first, then in the registry's order."""
    return [_automatic(), *(_offer(registry.get(name)) for name in registry.names())]


def usual_order() -> tuple[str, ...]:
    """Return what ``auto`` tries on this server, best first; names that there are not are left out."""
    named = [name.strip() for name in current().engine_order.split(",")]
    return tuple(dict.fromkeys(name for name in named if name in registry.names()))


def default() -> str:
    """Return the engine of jobs that name none: ``auto`` or a name of the registry."""
    chosen = current().transcription_backend
    return AUTO if chosen == AUTO else registry.get(chosen).name


def _offer(engine: Engine) -> EngineOffer:
    can, refusal = engine.capabilities(), engine.refusal()
    return EngineOffer(
        name=engine.name,
        label=LABELS.get(engine.name, engine.name),
        is_default=engine.name == current().transcription_backend,
        is_remote=can.is_remote,
        refusal=refusal.message if refusal else None,
        hint=refusal.hint if refusal else "",
        languages=None if can.languages is None else len(can.languages),
        features=tuple(sorted(can.features | registry.analyst().features())),
        takes_hints=can.takes_hints,
        takes_text=can.takes_text,
        diarizes=_tells_speakers(can),
        word_times=can.word_times,
    )


def _automatic() -> EngineOffer:
    order = usual_order()
    working = [each for each in (_offer(registry.get(name)) for name in order) if each.refusal is None]
    return EngineOffer(
        name=AUTO,
        label=LABELS[AUTO],
        is_default=current().transcription_backend == AUTO,
        is_remote=any(each.is_remote for each in working),
        refusal=None if working else "No engine of the usual order works on this server.",
        hint="" if working else "An administrator sees why with 'reelscribe doctor'.",
        languages=_most([each.languages for each in working]),
        features=tuple(sorted({name for each in working for name in each.features})),
        takes_hints=any(each.takes_hints for each in working),
        takes_text=False,
        diarizes=any(each.diarizes for each in working),
        word_times=all(each.word_times for each in working),
        order=order,
    )


def _tells_speakers(can: Capabilities) -> bool:
    return can.diarizes or can.labels_speakers


def _most(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return None if len(known) < len(counts) else max(known, default=0)
