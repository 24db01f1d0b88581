"""Load models before anybody asks for them: ``settings.engine_preload``, "engine" or "engine:model", with commas."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from .. import logs, temporary
from ..domain.transcript import Segment
from ..errors import ReelscribeError
from .pool import Pool
from .protocol import Engine, Request

_RATE = 16_000
_SECONDS = 1.0

log = logs.get("engines")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An engine to load, with its usual model for None."""

    engine: str
    model: str | None = None


def parse(text: str) -> list[Wanted]:
    """Read the setting.

    >>> [(each.engine, each.model) for each in parse("whisperx, faster-whisper:small.en,")]
    [('whisperx', None), ('faster-whisper', 'small.en')]
    """
    pairs = [each.strip().partition(":") for each in text.split(",") if each.strip()]
    return [Wanted(engine=name.strip(), model=model.strip() or None) for name, _, model in pairs]


def problem(wanted: Wanted, engines: Mapping[str, Engine]) -> str | None:
    """Return why there is nothing to load, in words for an administrator; loads nothing itself."""
    engine = engines.get(wanted.engine)
    if engine is None:
        return f"there is no engine named {wanted.engine!r}; choose from: {', '.join(engines)}"
    offer = engine.capabilities()
    if offer.is_remote or offer.takes_text:
        return f"the engine {wanted.engine!r} has no model on this machine to load; leave it out"
    refusal = engine.refusal()
    return None if refusal is None else f"{refusal.message} {refusal.hint}".strip()


async def load(wanted: Sequence[Wanted], engines: Mapping[str, Engine], pool: Pool) -> int:
    """Load one after the other, as far as that works; what does not is logged. Returns how many are loaded."""
    loaded = 0
    for each in wanted:
        why = problem(each, engines) or await _load(each, engines[each.engine], pool)
        if why is None:
            loaded += 1
        else:
            log.warning("engine_not_preloaded", engine=each.engine, model=each.model, why=why)
    return loaded


async def _load(wanted: Wanted, engine: Engine, pool: Pool) -> str | None:
    """Have a second of silence transcribed, which loads what a recording would; returns why it failed."""
    with temporary.folder() as folder, pool.loading_ahead():
        path = folder / "silence.wav"
        await asyncio.to_thread(_write_silence, path)
        try:
            await engine.transcribe(Request(audio=path, duration=_SECONDS, model=wanted.model), _Nobody())
        except ReelscribeError as exc:
            return f"{exc.message} {exc.hint}".strip()
    return None


def _write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(bytes(int(2 * _RATE * _SECONDS)))


class _Nobody:
    async def progress(self, fraction: float) -> None:
        """Tell nobody."""

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Tell nobody."""
